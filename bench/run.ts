// `npm run bench`: reads the command line, runs scenarios, prints the table, writes the files. Exit codes: 0 even
// where a target is missed, 1 when something went wrong (with what there is), 2 for a wrong command line.

import { randomUUID } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { busyText, commitOf, readMachine, root } from './machine.ts'
import { otherBenchText } from './measure/neighbours.ts'
import { SmallMachine } from './measure/small-machine.ts'
import { baselineFile, type Options, readOptions, UsageError, usage } from './options.ts'
import { Remote } from './remote.ts'
import { type Baseline, baselineOf, readBaseline } from './report/baseline.ts'
import { plain } from './report/columns.ts'
import { compare, comparisonTable } from './report/compare.ts'
import { flameOf, prune } from './report/flame.ts'
import type { Flame, Report } from './report/model.ts'
import { page } from './report/page.ts'
import { table } from './report/table.ts'
import { causeText, writeJson, writeText } from './report/write.ts'
import { Runner } from './runner.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { settings } from './stack.ts'
import { untilStopped } from './stop.ts'

/** Calls below this share of a profile are not kept. */
const flameShareMin = 0.0005
const remoteNote =
  'a running server was measured from outside: the machine and the versions are those of the load generator'

/** What it was started with. */
export interface Started {
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  /** Where relative paths start from. */
  cwd: string
}

/** Runs the bench; resolves with the exit code. */
export async function main({ argv, env, cwd }: Started): Promise<number> {
  // Whoever reads along may stop; the files are still to be written.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  try {
    const options = readOptions(argv, cwd)
    if (options.help) console.log(usage)
    else if (options.list) for (const each of scenarios) console.log(`${each.name}: ${each.about}`)
    else return await prepared(options, { argv, env, cwd })
    return 0
  } catch (error) {
    console.error(printable(error instanceof Error ? error.message : String(error)))
    if (!(error instanceof UsageError)) return 1
    console.error('npm run bench -- --help shows the options')
    return 2
  }
}

/** Finds out first whatever would spoil the end of a long run. */
async function prepared(options: Options, started: Started): Promise<number> {
  const selected = chosen(options)
  const baseline = options.compare === undefined ? null : await readBaseline(options.compare)
  const written = [options.json, options.html, options.saveBaseline ? baselineFile : undefined]
  for (const path of written) if (path !== undefined) await assertWritable(path)
  const remote = options.remote ? await Remote.open(options.remote) : undefined
  return bench(options, selected, { ...started, baseline, remote })
}

/** @throws UsageError */
export function chosen({ scenarios: names, remote, size }: Options): readonly Scenario[] {
  const found = names.map(name => {
    const scenario = scenarios.find(each => each.name === name)
    const known = scenarios.map(each => each.name).join(', ')
    if (!scenario) throw new UsageError(`--scenario ${name}: there are ${known}`)
    if (remote && scenario.ownStack)
      throw new UsageError(`--scenario ${name} needs a server of its own: not with --url`)
    return scenario
  })
  if (found.length > 0) return found
  return scenarios.filter(
    ({ ownStack, notQuick }) => (!remote || !ownStack) && (size === 'full' || !notQuick),
  )
}

/** @throws Error that says why nothing can be written there */
async function assertWritable(path: string): Promise<void> {
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw new UsageError(`${path} is a folder`)
  // A device or a pipe is only written to at the end.
  if (there && !there.isFile()) return
  // A name that nobody can have put a link at.
  const probe = join(dirname(path), `.${basename(path)}.${randomUUID()}.probe`)
  try {
    await writeText(probe, '')
    await rm(probe)
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    throw new Error(`cannot write ${path}: ${causeText(cause)}`, { cause })
  }
}

interface Prepared extends Started {
  baseline: Baseline | null
  remote: Remote | undefined
}

async function bench(
  options: Options,
  selected: readonly Scenario[],
  run: Prepared,
): Promise<number> {
  const startedAt = new Date().toISOString()
  const beganMs = performance.now()
  const tookS = () => (performance.now() - beganMs) / 1000
  const say = (text: string) =>
    console.error(`[${tookS().toFixed(1).padStart(6)} s] ${printable(text)}`)
  const stop = untilStopped()
  // Before anything is pinned.
  const machine = readMachine()
  const commit = commitOf(root)
  const early: { scenario: string; text: string }[] = []
  for (const text of [busyText(), otherBenchText()])
    if (text !== null) early.push({ scenario: '', text })
  if (run.remote) early.push({ scenario: '', text: remoteNote })
  const small =
    options.profile === 'i3'
      ? await SmallMachine.open(text => early.push({ scenario: 'i3', text }))
      : undefined
  const runner = new Runner({ options, env: run.env, say, machine: small, remote: run.remote })
  for (const { scenario, text } of early) runner.note(scenario, text)
  await runAll(runner, selected, stop.signal)
  small?.report(runner.results)
  await runner.close({ atOnce: stop.signal.aborted })
  await small?.end()
  stop.ignore()
  const { postgres, redis, peers } = runner.versions
  const report: Report = {
    machine: { ...machine, postgres, redis, peers },
    commit,
    profile: run.remote ? 'remote' : options.profile,
    size: options.size,
    startedAt,
    tookS: Math.round(tookS() * 10) / 10,
    command: ['npm run bench --', ...run.argv].join(' '),
    settings: run.remote
      ? { url: run.remote.url, tokens: String(run.remote.people) }
      : { ...settings },
    ...runner.results,
    flames: flamesOf(runner),
  }
  return deliver(report, options, runner, run.baseline)
}

/** Servers and files may say anything; none of it is an order to the terminal. */
function printable(text: string): string {
  return text.split('\n').map(plain).join('\n')
}

async function runAll(
  runner: Runner,
  selected: readonly Scenario[],
  stop: AbortSignal,
): Promise<void> {
  for (const scenario of selected) {
    if (stop.aborted) runner.note(scenario.name, 'did not run')
    else await runner.run(scenario, stop)
  }
  if (stop.aborted && runner.results.failures.length === 0)
    runner.results.fail('', (stop.reason as Error).message)
}

function flamesOf({ profiles }: Runner): Flame[] {
  return profiles.map(({ scenario, process, profile }) => ({
    scenario,
    process,
    root: prune(flameOf(profile, process, root), flameShareMin),
  }))
}

/** Shows and writes the report; a file that cannot be written must not take the others with it. */
async function deliver(
  report: Report,
  options: Options,
  runner: Runner,
  baseline: Baseline | null,
): Promise<number> {
  console.log(`\n${table(report)}`)
  if (baseline) console.log(comparisonTable(compare(baseline, baselineOf(report))))
  const { json, html } = options
  const writes = [
    ...(json === undefined ? [] : [() => writeJson(json, report)]),
    () => writeText(html, page(report)).then(() => console.log(`Report: ${html}`)),
    ...runner.profiles.map(({ scenario, process, profile }) => () => {
      const name = `${basename(html).replace(/\.html?$/, '')}-${scenario}-${process}.cpuprofile`
      return writeText(join(dirname(html), name), JSON.stringify(profile))
    }),
  ]
  let failed = report.failures.length > 0
  if (options.saveBaseline && !failed)
    writes.push(() => writeJson(baselineFile, baselineOf(report)))
  else if (options.saveBaseline) console.error('not made the baseline: something went wrong')
  for (const write of writes) {
    try {
      await write()
    } catch (error) {
      console.error(printable(error instanceof Error ? error.message : String(error)))
      failed = true
    }
  }
  return failed ? 1 : 0
}
