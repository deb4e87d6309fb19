import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { bornAt } from '#deploy/processes.ts'
import { until } from '#test/helpers/until.ts'
import { root } from './machine.ts'
import { readOptions } from './options.ts'
import type { Report } from './report/model.ts'
import { chosen, main } from './run.ts'

const command = join(root, 'deploy', 'bench.mjs')

async function folder(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-run-bench-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Runs to the end in this process: what was said and the exit code. */
async function bench(t: Test, cwd: string, argv: string[]) {
  const printed = [t.capture(console, 'log'), t.capture(console, 'error')]
  const code = await main({ argv, env: process.env, cwd })
  const lines = printed.flatMap(calls => calls().map(({ args }) => args.join(' ')))
  for (const calls of printed) calls.restore()
  return { code, said: lines.join('\n') }
}

t.test(
  'a wrong command line ends with 2, what cannot be read or written with 1, at once',
  async t => {
    const dir = await folder(t)
    await mkdir(join(dir, 'results'))
    await writeFile(join(dir, 'tokens'), 'no token')
    const remote = ['--url', 'ws://127.0.0.1:1', '--token-file', 'tokens']
    const cases: [number, RegExp, string[]][] = [
      [2, /^--scenario nothing: there are .*quiet/, ['--scenario', 'quiet,nothing']],
      [2, /^--scenario idle needs a server of its own/, [...remote, '--scenario', 'idle']],
      [2, /results is a folder/, ['--html', 'results']],
      [1, /^cannot read the baseline .*none\.json: no such file/, ['--compare', 'none.json']],
      [1, /^cannot write .*: its folder is a file/, ['--json', 'tokens/a.json']],
      [1, /tokens, line 1: this is no access token$/, remote],
      [0, /^quiet: /m, ['--list']],
    ]
    for (const [code, message, argv] of cases)
      t.match(await bench(t, dir, argv), { code, said: message }, argv.join(' '))
  },
)

t.test('a quick run of all leaves out what is long, unless it is named', async t => {
  const names = (...argv: string[]) => chosen(readOptions(argv, '.')).map(({ name }) => name)
  t.notOk(names('--quick').includes('web'))
  t.ok(names('--quick').includes('quiet'))
  t.same(names('--scenario', 'web'), ['web'])
  t.ok(names('--full').includes('web'))
})

t.test('with too few open files even to load it says so', async t => {
  const limited = `ulimit -n 200; exec "${process.execPath}" "${command}"`
  const { status, stderr } = spawnSync('sh', ['-c', limited], { encoding: 'utf8' })
  t.equal(status, 1)
  t.equal(stderr.trim(), 'needs 256 open files, has 200: ulimit -n 256')
})

t.test('stopped by a signal it writes what there is and leaves no process', async t => {
  const dir = await folder(t)
  const json = join(dir, 'a.json')
  const args = ['--scenario', 'quiet,throughput', '--json', json, '--html', '/dev/full']
  const temporary = { ...process.env, TMPDIR: await worldFolder(dir) }
  const child = spawn(process.execPath, [command, ...args], { env: temporary })
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString()
  })
  await until(() => /petrel run 1/.test(said) || child.exitCode !== null, { timeoutMs: 300_000 })
  const started = below(child.pid ?? 0)
  for (const part of ['gateway/main.js', 'api/main.js', 'generator/main.ts', 'postgres', 'redis'])
    t.ok(
      started.some(({ command }) => command.includes(part)),
      part,
    )
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  t.equal(code, 1)
  t.match(said, /cannot write \/dev\/full: no space left \(ENOSPC\)/)
  const report = JSON.parse(await readFile(json, 'utf8')) as Report
  t.same(report.failures, [{ scenario: 'quiet', text: 'stopped by SIGINT' }])
  t.ok(
    report.notes.some(({ scenario, text }) => scenario === 'throughput' && text === 'did not run'),
  )
  t.ok(report.times.length > 0, 'the run that was over is in it')
  t.match(report, { profile: 'two-core', size: 'quick', machine: { postgres: /^\d+/ } })
  const left = () => started.filter(({ pid, born }) => born !== null && bornAt(pid) === born)
  await until(() => left().length === 0).catch(() => undefined)
  t.same(left(), [])
  t.same(
    readdirSync(temporary.TMPDIR).filter(name => name.startsWith('petrel-')),
    [],
    'nor a folder',
  )
})

/** A temporary folder that PostgreSQL's user may enter. */
async function worldFolder(dir: string): Promise<string> {
  const path = join(dir, 'tmp')
  await mkdir(path)
  spawnSync('chmod', ['755', dir, path])
  return path
}

/** All processes below one. */
function below(parent: number): { pid: number; born: string | null; command: string }[] {
  const all = readdirSync('/proc').flatMap(entry => {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1')
      const command = readFileSync(`/proc/${entry}/cmdline`, 'latin1').replaceAll('\0', ' ')
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0])
      return [{ pid: Number(entry), ppid, born: bornAt(Number(entry)), command }]
    } catch {
      return []
    }
  })
  const found = new Set([parent])
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const { pid, ppid } of all) if (found.has(ppid)) found.add(pid)
  }
  return all.filter(({ pid }) => pid !== parent && found.has(pid))
}
