// The command line of `npm run bench`.

import { parseArgs } from 'node:util'

export interface Options {
  size: 'quick' | 'full'
  /** Names of scenarios; empty = all. */
  scenarios: string[]
  json: string | undefined
  html: string | undefined
  profile: 'two-core' | 'i3'
  /** Baseline to compare with. */
  compare: string | undefined
  /** Overwrite the baseline with this run. */
  saveBaseline: boolean
  cpuProf: boolean
  runs: number | undefined
  url: string | undefined
  tokenFile: string | undefined
  ownServer: boolean
  list: boolean
  help: boolean
}

export const usage = `npm run bench -- [options]

  --quick                 all scenarios small, at most 3 minutes (the default)
  --full                  all scenarios whole
  --scenario a,b          only these; --list names them
  --json FILE             write the results as JSON
  --html FILE             write the report as a page (default: bench/results/last.html)
  --profile i3            the whole server on one core with 4 GB, the generator on the other
  --runs N                runs of each measurement, of which the median counts
  --cpu-prof              CPU profiles of the gateways, as flame graphs in the report
  --compare [FILE]        compare with a baseline (default: bench/results/baseline.json)
  --save-baseline         make this run the baseline
  --url ws://HOST:PORT    measure a running server instead of a private one
  --token-file FILE       access tokens for it, one a line
  --i-own-this-server     required for a server that is not on this machine
`

/** A mistake on the command line; its message is for people. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const defaultBaseline = 'bench/results/baseline.json'

/** @throws UsageError */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parse(argv)
  if (values.quick && values.full) throw new UsageError('--quick and --full exclude each other')
  const profile = values.profile ?? 'two-core'
  if (profile !== 'two-core' && profile !== 'i3')
    throw new UsageError(`--profile ${profile}: only i3 is known`)
  const url = values.url
  if (url !== undefined) checkUrl(url, values['i-own-this-server'] === true)
  if (url !== undefined && values['token-file'] === undefined)
    throw new UsageError('--url needs --token-file')
  return {
    size: values.full ? 'full' : 'quick',
    scenarios: (values.scenario ?? []).flatMap(names => names.split(',')).filter(Boolean),
    json: values.json,
    html: values.html,
    profile,
    compare: values.compare,
    saveBaseline: values['save-baseline'] === true,
    cpuProf: values['cpu-prof'] === true,
    runs: values.runs === undefined ? undefined : count('--runs', values.runs, 20),
    url,
    tokenFile: values['token-file'],
    ownServer: values['i-own-this-server'] === true,
    list: values.list === true,
    help: values.help === true,
  }
}

function parse(argv: readonly string[]) {
  // `--compare` without a file means the committed baseline, which parseArgs cannot say.
  const args = argv.flatMap((arg, i) => {
    const bare = arg === '--compare' && (argv[i + 1] === undefined || argv[i + 1]?.startsWith('--'))
    return bare ? [arg, defaultBaseline] : [arg]
  })
  try {
    return parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      options: {
        quick: { type: 'boolean' },
        full: { type: 'boolean' },
        scenario: { type: 'string', multiple: true },
        json: { type: 'string' },
        html: { type: 'string' },
        profile: { type: 'string' },
        runs: { type: 'string' },
        'cpu-prof': { type: 'boolean' },
        compare: { type: 'string' },
        'save-baseline': { type: 'boolean' },
        url: { type: 'string' },
        'token-file': { type: 'string' },
        'i-own-this-server': { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function count(name: string, text: string, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > max)
    throw new UsageError(`${name} ${text}: a whole number from 1 to ${max}`)
  return value
}

function checkUrl(text: string, owned: boolean): void {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'ws:')
    throw new UsageError(`--url ${text}: an address like ws://127.0.0.1:8081`)
  const local = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname)
  if (!local && !owned) {
    throw new UsageError(
      `--url ${text} is not this machine: add --i-own-this-server if you may put it under load`,
    )
  }
}
