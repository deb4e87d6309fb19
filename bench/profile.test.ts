import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { until } from '#test/helpers/until.ts'
import { shellOf } from './environment.ts'
import { root } from './machine.ts'
import { EventLoops } from './measure/event-loops.ts'
import { type Probed, probeOption, tellProbe } from './measure/probe.ts'
import { Recording } from './profile.ts'
import { flameOf, ownTimes } from './report/flame.ts'

/** `spin` stands in its third line. */
const busy = `interface Unused { a: 1 }

function spin(untilMs: number): void {
  while (performance.now() < untilMs) Math.sqrt(untilMs)
}
setInterval(() => spin(performance.now() + 30), 31)
console.log('ready')
`

/** A process with a probe that spins most of its time, from its source or built. */
async function spinning(
  t: Test,
  how: 'tsx' | 'esbuild',
): Promise<Probed & { dir: string; pid: number }> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-profile-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const source = join(dir, 'busy.ts')
  await writeFile(source, busy)
  const built = join(dir, 'dist', 'busy.mjs')
  if (how === 'esbuild')
    await build({ entryPoints: [source], outfile: built, sourcemap: true, sourcesContent: false })
  const socket = join(dir, 'probe.sock')
  const args = how === 'tsx' ? ['--import=tsx', source] : [built]
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...shellOf(process.env), NODE_OPTIONS: probeOption(socket) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return { name: 'busy', socket, dir, pid: child.pid ?? 0 }
}

for (const how of ['tsx', 'esbuild'] as const) {
  t.test(`a profile names functions by the lines of their source (${how})`, async t => {
    const probed = await spinning(t, how)
    // A profile is taken over time; on a busy machine little may have happened in it.
    await until(
      async () => {
        const recording = new Recording([probed])
        recording.onMark('begin')
        await new Promise(resolve => setTimeout(resolve, 200))
        recording.onMark('end')
        const [taken] = await recording.profiles()
        t.equal(taken?.process, 'busy')
        const flame = flameOf(taken?.profile ?? {}, 'busy', probed.dir)
        return ownTimes(flame).some(({ name }) => name === 'spin busy.ts:3')
      },
      { message: 'spin busy.ts:3' },
    )
    t.equal(listeningPorts(probed.pid), 0, 'no port is opened')
  })
}

t.test('the delay of an event loop counts between the marks, once', async t => {
  const probed = await spinning(t, 'tsx')
  const loops = new EventLoops()
  t.same(await loops.take([probed], 'quiet'), [], 'before a window there is nothing')
  // It spins for 30 ms at a time, and so is late by 20 at least, unless a busy machine lets little happen in the window.
  const found = await until(async () => {
    const onMark = loops.watch([probed])
    onMark('begin')
    await new Promise(resolve => setTimeout(resolve, 300))
    onMark('end')
    const [taken] = await loops.take([probed], 'quiet')
    return (taken?.max ?? 0) >= 15 && taken
  })
  if (!found) return
  t.match(found, { scenario: 'quiet', process: 'busy' })
  t.ok((found?.p95 ?? 0) <= (found?.p99 ?? 0) && (found?.p99 ?? 0) <= (found?.max ?? 0))
  t.same(await loops.take([probed], 'quiet'), [])
})

t.test(
  'a process without a probe is an error for a profile, and left out of the delays',
  async t => {
    const nobody = { name: 'nobody', socket: '/nowhere/probe.sock' }
    const recording = new Recording([nobody])
    recording.onMark('begin')
    recording.onMark('end')
    await t.rejects(
      recording.profiles(),
      /the probe of nobody did not answer to profileOn: .*ENOENT/,
    )
    t.same(await new EventLoops().take([nobody], 'quiet'), [])
  },
)

t.test('a probe takes no other commands, and goes with its process', async t => {
  const probed = await spinning(t, 'tsx')
  await t.rejects(tellProbe(probed, 'nonsense' as never), /there is no command nonsense/)
  process.kill(probed.pid, 'SIGKILL')
  await until(() =>
    tellProbe(probed, 'delaysOff').then(
      () => false,
      () => true,
    ),
  )
})

/** TCP sockets in state LISTEN (0A) that this process has open. */
function listeningPorts(pid: number): number {
  const table =
    readFileSync(`/proc/${pid}/net/tcp`, 'latin1') + readFileSync(`/proc/${pid}/net/tcp6`, 'latin1')
  const inodes = new Set(
    table
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(fields => fields[3] === '0A')
      .map(fields => fields[9]),
  )
  return openInodes(pid).filter(inode => inodes.has(inode)).length
}

function openInodes(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      return inode === undefined ? [] : [inode]
    } catch {
      return []
    }
  })
}
