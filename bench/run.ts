// `npm run bench`: reads the command line, runs scenarios, prints the table, writes the files. Exit codes: 0 even
// where a target is missed, 1 when something went wrong (with what there is), 2 for a wrong command line.

import { availableParallelism } from 'node:os'
import { type Options, readOptions, UsageError, usage } from './options.ts'
import { Runner } from './runner.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

/** Runs the bench; resolves with the exit code. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    const options = readOptions(argv)
    if (options.help) console.log(usage)
    else if (options.list) for (const each of scenarios) console.log(`${each.name}: ${each.about}`)
    else return await bench(options, chosen(options), env)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${usage}`)
    return 2
  }
}

function chosen({ scenarios: names }: Options): readonly Scenario[] {
  if (names.length === 0) return scenarios
  return names.map(name => {
    const found = scenarios.find(each => each.name === name)
    if (found) return found
    const known = scenarios.map(each => each.name).join(', ')
    throw new UsageError(`--scenario ${name}: there are ${known}`)
  })
}

async function bench(
  options: Options,
  selected: readonly Scenario[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const stop = new AbortController()
  const onSignal = () => stop.abort(new Error('stopped by a signal'))
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const beganMs = performance.now()
  const say = (line: string) =>
    console.error(`[${((performance.now() - beganMs) / 1000).toFixed(1).padStart(6)} s] ${line}`)
  const runner = new Runner({ options, env, say })
  try {
    for (const scenario of selected) {
      if (stop.signal.aborted) break
      await runner.run(scenario, stop.signal)
    }
  } finally {
    await runner.close()
  }
  void availableParallelism
  console.log(JSON.stringify(runner.results.results, null, 1))
  for (const { scenario, text } of [...runner.results.notes, ...runner.results.failures])
    console.log(scenario, text)
  return runner.results.failures.length > 0 ? 1 : 0
}
