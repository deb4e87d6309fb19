// Runs the tests behind `npm test`: one PostgreSQL for all files, the page built once, tap over everything.
// Prints a line a file, below it each failure, at the end the failures' names and `N passed, N failed`.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Parser, type Result } from 'tap-parser'
import { ensureTemplate, testPostgres } from '#test/helpers/pg.ts'
import { exited, spawnBound } from './bound-process.ts'
import { buildServer, buildWeb } from './build.ts'
import { watchNpm } from './npm-parent.ts'
import { bornAt } from './processes.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const tap = join(root, 'node_modules', '.bin', 'tap')

/** Runs the files and folders named, or all; sets the exit code: 0 only when something ran and nothing failed. */
export async function main(paths: string[]): Promise<void> {
  const temporary = await temporaryDir()
  const server = await testPostgres(false)
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupt.abort())
  }
  watchNpm(() => interrupt.abort())
  let counts = { passed: 0, failed: 1 }
  try {
    const [built] = await Promise.all([buildParts(), ensureTemplate(server.url), buildTap()])
    const output = await runTap(paths, server.url('postgres'), interrupt.signal)
    const { passed, failed } = report(output)
    // What an interrupted run did not get to has not passed.
    counts = { passed, failed: failed + (built ? 0 : 1) + (interrupt.signal.aborted ? 1 : 0) }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  await server.destroy()
  await removeDir(temporary)
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0)
}

/**
 * Everything temporary of a run lies in one folder, so that killed tests leave nothing either; what a killed
 * run left is removed by the next one.
 */
async function temporaryDir(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const runner = /^petrel-run-(\d+)-/.exec(name)?.[1]
    if (runner && bornAt(Number(runner)) === null) await removeDir(join(tmpdir(), name))
  }
  const dir = await mkdtemp(join(tmpdir(), `petrel-run-${process.pid}-`))
  // The user that PostgreSQL runs as must pass through.
  await chmod(dir, 0o755)
  // tsx keeps what it compiled in the temporary folder: that stays warm from run to run.
  const cache = `tsx-${process.getuid?.() ?? 0}`
  await mkdir(join(tmpdir(), cache), { recursive: true })
  await symlink(join(tmpdir(), cache), join(dir, cache))
  process.env.TMPDIR = dir
  return dir
}

/** Never throws: processes that are still ending may write a last file, and a folder left over is no failure. */
async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }).catch(() => {})
}

/** What cannot be built is one failure more; the other tests still say what they have to say. */
async function buildParts(): Promise<boolean> {
  try {
    await Promise.all([buildWeb(), buildServer()])
    return true
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return false
  }
}

/** tap generates its own entry from .taprc; without it a fresh machine finds no tests. */
async function buildTap(): Promise<void> {
  const wanted =
    readFileSync(join(root, '.taprc'), 'utf8') +
    readFileSync(join(root, 'package-lock.json'), 'utf8')
  // Beside what it built, so that both go when the packages are installed anew.
  const stamp = join(root, 'node_modules', '.tap-built-for')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const built = spawnSync(tap, ['build'], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`tap build failed:\n${built.stdout}${built.stderr}`)
  await writeFile(stamp, wanted)
}

/** tap takes files and globs, but no folders. */
function filesOf(path: string): string {
  const found = statSync(join(root, path), { throwIfNoEntry: false })
  return found?.isDirectory() ? join(path, '**', '*.test.ts') : path
}

/** Everything tap wrote. Whatever a test left running in its process group is gone afterwards. */
async function runTap(paths: string[], databaseUrl: string, signal: AbortSignal): Promise<string> {
  const child = spawnBound(tap, ['run', '--reporter=tap', ...paths.map(filesOf)], {
    deathSignal: 'SIGTERM',
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: root,
    env: {
      ...process.env,
      TEST_DATABASE_URL: databaseUrl,
      TEST_RUNNER_PID: String(process.pid),
    },
  })
  const endGroup = (how: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid ?? Number.NaN), how)
    } catch {
      // Nobody is left.
    }
  }
  signal.addEventListener('abort', () => endGroup('SIGTERM'))
  const lines: string[] = []
  let shown = 0
  if (child.stdout) {
    for await (const line of createInterface(child.stdout)) {
      lines.push(line)
      if (!showFile(line)) continue
      // Told at once: of a long log often only a part is kept.
      showFailures(lines.slice(shown))
      shown = lines.length
    }
  }
  await exited(child)
  showFailures(lines.slice(shown))
  endGroup('SIGKILL')
  return lines.join('\n')
}

/** A test file's end is the only kind of line that tap writes unindented with a name and a time; true for one. */
function showFile(line: string): boolean {
  const end = /^(ok|not ok) \d+ - (.*?)(?: # time=([\d.]+)ms)?(?: \{)?$/.exec(line)
  if (!end) return false
  console.log(
    `${end[1] === 'ok' ? '  ok' : 'FAIL'} ${end[2]} ${end[3] ? `(${(Number(end[3]) / 1000).toFixed(1)} s)` : ''}`,
  )
  return true
}

/** Counts single assertions and names the failed ones again. */
function report(output: string): { passed: number; failed: number } {
  const bailouts = Parser.parse(output, { flat: true }).filter(([kind]) => kind === 'bailout')
  const asserts = assertsOf(output.split('\n'))
  const failures = asserts.filter(didFail)
  for (const { fullname } of failures) console.log(`not ok: ${fullname}`)
  return {
    passed: asserts.filter(({ ok, skip }) => ok && !skip).length,
    failed: failures.length + bailouts.length,
  }
}

function assertsOf(lines: string[]): Result[] {
  return Parser.parse(lines.join('\n'), { flat: true }).flatMap(event =>
    event[0] === 'assert' ? [event[1]] : [],
  )
}

function showFailures(lines: string[]): void {
  for (const failure of assertsOf(lines).filter(didFail)) console.log(explain(failure))
}

const didFail = ({ ok, skip, todo }: Result) => !ok && !skip && !todo

/** Which, where, what differs and why, in this order; everything else tap knows about it after that. */
function explain({ fullname, diag }: Result): string {
  const { at, diff, stack, source: _, ...rest } = diag ?? {}
  const place = at as { fileName?: string; lineNumber?: number } | undefined
  const lines = [
    place?.fileName ? `at ${place.fileName}:${place.lineNumber}` : '',
    typeof diff === 'string' ? diff : '',
    Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : '',
    typeof stack === 'string' ? stack : '',
  ]
  const known = lines.filter(Boolean).map(text => text.trimEnd().replaceAll(/^/gm, '  '))
  return `\n${[`not ok: ${fullname}`, ...known].join('\n')}\n`
}
