import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  ConfineError,
  commandPinned,
  findPlace,
  limitMemory,
  type MemoryGroup,
  parseCores,
  pinSelf,
  splitCores,
  usableCores,
} from './confine.ts'

const mebi = 2 ** 20

/** The cores of each thread of this process. */
function coresOfThreads(): string[] {
  return readdirSync('/proc/self/task').map(thread => {
    const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8')
    return parseCores(/^Cpus_allowed_list:(.*)$/m.exec(status)?.[1] ?? '').join()
  })
}

/** The cores a new process finds itself on. */
function coresOfChild(command: string, args: string[]): string {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return parseCores(/^Cpus_allowed_list:(.*)$/m.exec(stdout)?.[1] ?? '').join()
}

/** A limit that ends with the test; skips the test where there can be none. */
async function limited(t: Test, bytes: number): Promise<MemoryGroup | null> {
  const group = await limitMemory(bytes)
  if (!group.limited) {
    t.match(group.why, /\w/, 'it says why there is no limit')
    t.comment(group.why)
    return null
  }
  t.teardown(() => group.end())
  return group
}

/** Runs a script in a Node started inside the group. */
async function runInside(group: MemoryGroup, script: string, ...args: string[]) {
  const child = await group.inside(async () =>
    spawn(process.execPath, ['-e', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  let output = ''
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString()
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, output }
}

const memoryGroup = () =>
  readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find(line => line.includes(':memory:') || line.startsWith('0::/p'))

const several = usableCores().length > 1 ? {} : { skip: 'there is only one core' }

t.test('every thread and every later child is on the named core until unpin', several, async t => {
  const before = usableCores()
  const { server } = splitCores()
  const pinned = pinSelf([server])
  t.teardown(() => pinned.unpin())
  t.same([...new Set(coresOfThreads())], [String(server)])
  t.equal(coresOfChild('cat', ['/proc/self/status']), String(server))

  pinned.unpin()
  t.same([...new Set(coresOfThreads())], [before.join()])
  t.equal(coresOfChild('cat', ['/proc/self/status']), before.join())
})

t.test('a command is pinned while its starter is not', several, async t => {
  const { server, generator } = splitCores()
  const [command, ...args] = commandPinned([server])
  t.equal(coresOfChild(command, [...args, 'cat', '/proc/self/status']), String(server))
  t.ok(usableCores().includes(generator[0] ?? -1))
})

t.test('one core cannot hold both sides', async t => {
  t.throws(() => splitCores([3]), ConfineError)
  t.same(splitCores([0, 2, 3]), { server: 3, generator: [0, 2] })
})

t.test('without taskset it says what to install', async t => {
  const path = process.env.PATH
  t.teardown(() => {
    process.env.PATH = path
  })
  process.env.PATH = '/nonexistent'
  t.throws(() => pinSelf(usableCores()), /install util-linux/)
})

t.test('a core that is not there is refused, also beside one that is', async t => {
  const before = usableCores()
  t.teardown(() => pinSelf(before))
  t.throws(() => pinSelf([1023]), ConfineError)
  t.throws(() => pinSelf([before[0] ?? 0, 1023]), /only \d/)
  t.throws(() => pinSelf([]), ConfineError)
})

t.test('a process past the limit is killed and nobody else', async t => {
  const group = await limited(t, 96 * mebi)
  if (!group) return
  const home = memoryGroup()
  const greedy = await runInside(
    group,
    'const kept = []; for (;;) kept.push(Buffer.alloc(4 << 20, 1))',
  )
  t.equal(greedy.signal, 'SIGKILL')
  const use = group.use()
  t.ok(use.oomKills >= 1, 'counted')
  t.ok(use.limitHits >= 1, 'counted')
  t.ok(use.peakBytes === null || use.peakBytes <= 96 * mebi, 'the peak is within the limit')
  t.equal(memoryGroup(), home, 'this process is back in its own group')
})

t.test('children of children are inside, and their memory is the peak', async t => {
  const group = await limited(t, 512 * mebi)
  if (!group) return
  const script = `
    const { spawnSync } = require('node:child_process')
    const grown = 'Buffer.alloc(128 << 20, 1); console.log(require("fs").readFileSync("/proc/self/cgroup", "utf8"))'
    console.log(spawnSync(process.execPath, ['-e', grown], { encoding: 'utf8' }).stdout)`
  const { code, output } = await runInside(group, script)
  t.equal(code, 0)
  t.match(output, `petrel-bench-${process.pid}-`)
  const { peakBytes, oomKills } = group.use()
  t.ok(peakBytes === null || peakBytes > 128 * mebi)
  t.equal(oomKills, 0)
})

t.test('files in the page cache make room and kill nobody', async t => {
  const group = await limited(t, 96 * mebi)
  if (!group) return
  const dir = mkdtempSync(join(tmpdir(), 'petrel-confine-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const { code } = await runInside(
    group,
    `const fs = require('node:fs')
     const file = fs.openSync(process.argv[1], 'w')
     for (let i = 0; i < 192; i += 1) fs.writeSync(file, Buffer.alloc(1 << 20, i))
     fs.fsyncSync(file)`,
    join(dir, 'file'),
  )
  t.equal(code, 0)
  const { oomKills, limitHits } = group.use()
  t.equal(oomKills, 0)
  t.ok(limitHits > 0, 'twice the limit went through the page cache')
})

t.test('a running process is added and outlives the end of the limit', async t => {
  const group = await limited(t, 256 * mebi)
  if (!group) return
  const child = spawn('sleep', ['60'])
  t.teardown(() => child.kill())
  await once(child, 'spawn')
  const groupOfChild = () => readFileSync(`/proc/${child.pid}/cgroup`, 'utf8')
  group.add(child.pid ?? 0)
  t.match(groupOfChild(), 'petrel-bench-')
  const other = await limitMemory(64 * mebi)
  t.ok(other.limited)
  if (other.limited) await other.end()

  const lasting = await limitMemory(64 * mebi)
  if (!lasting.limited) return
  lasting.add(child.pid ?? 0)
  await lasting.end()
  t.notMatch(groupOfChild(), 'petrel-bench-')
  t.equal(child.exitCode, null)
})

t.test(
  'the group of memory is found in both versions, in containers, and where they mix',
  async t => {
    const second = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate'
    const first = '33 23 0:29 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory'
    const cpu = '34 23 0:30 / /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu'
    const container = '33 23 0:29 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory'
    t.same(findPlace('0::/user.slice/s.scope\n', `${cpu}\n${second}\n`), {
      version: 2,
      own: '/sys/fs/cgroup/user.slice/s.scope',
      mount: '/sys/fs/cgroup',
    })
    t.match(findPlace('7:memory:/a:b\n2:cpu:/\n0::/x\n', `${cpu}\n${first}\n${second}\n`), {
      version: 1,
      own: '/sys/fs/cgroup/memory/a:b',
    })
    t.match(findPlace('7:memory,hugetlb:/docker/ab/c\n', container), {
      version: 1,
      own: '/sys/fs/cgroup/memory/c',
    })
    t.throws(() => findPlace('7:memory:/docker/cd\n', container), /outside/)
    t.throws(() => findPlace('0::/../other\n', second), /outside/)
    t.throws(() => findPlace('2:cpu:/\n', cpu), /no memory cgroups/)
  },
)
