// The command line of `npm run bench`.

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** What to run and where to write it; paths are absolute. */
export interface Options {
  size: 'quick' | 'full'
  /** Names of scenarios; empty = all. */
  scenarios: string[]
  json: string | undefined
  html: string
  profile: 'two-core' | 'i3'
  /** Baseline to compare with. */
  compare: string | undefined
  /** Overwrite the baseline with this run. */
  saveBaseline: boolean
  cpuProf: boolean
  runs: number | undefined
  /** A running server to measure; null = a private one. */
  remote: { url: string; tokenFile: string } | null
  list: boolean
  help: boolean
}

export const usage = `npm run bench -- [options]

  --quick                 all scenarios small, at most 3 minutes (the default); web only when named
  --full                  all scenarios whole
  --scenario a,b          only these; --list names them
  --json FILE             write the results as JSON
  --html FILE             write the report as a page (default: bench/results/last.html)
  --profile i3            the whole server on one core with 4 GB, the generator on the other
  --runs N                runs of each measurement, of which the median counts
  --cpu-prof              CPU profiles of the gateways, as flame graphs in the report
  --compare [FILE]        compare with a baseline (default: bench/results/baseline.json)
  --save-baseline         make this run the baseline
  --url wss://HOST        measure a running server instead of a private one; its chats get test messages
                          (ws://HOST:PORT only on this machine: tokens are sent)
  --token-file FILE       access tokens for it, one a line, each another user's
  --i-own-this-server     required for a server that is not on this machine
  --list                  the scenarios
  --help                  this
`

/** A mistake on the command line; its message is for people. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const results = fileURLToPath(new URL('./results', import.meta.url))
/** Where `--save-baseline` writes and what `--compare` alone reads. */
export const baselineFile = resolve(results, 'baseline.json')
const profiles = ['two-core', 'i3'] as const

/**
 * @param cwd that relative paths start from
 * @throws UsageError
 */
export function readOptions(argv: readonly string[], cwd: string): Options {
  const { values } = parse(argv)
  if (values.quick && values.full) throw new UsageError('--quick and --full exclude each other')
  const profile = profiles.find(each => each === (values.profile ?? 'two-core'))
  if (!profile)
    throw new UsageError(`--profile ${values.profile}: there are ${profiles.join(', ')}`)
  const path = (text: string | undefined) => (text === undefined ? undefined : resolve(cwd, text))
  const options: Options = {
    size: values.full ? 'full' : 'quick',
    scenarios: [...new Set(values.scenario?.flatMap(names => names.split(',')))],
    json: path(values.json),
    html: path(values.html) ?? resolve(results, 'last.html'),
    profile,
    compare: path(values.compare),
    saveBaseline: values['save-baseline'] === true,
    cpuProf: values['cpu-prof'] === true,
    runs: values.runs === undefined ? undefined : count('--runs', values.runs, 20),
    remote: remoteOf(values, cwd),
    list: values.list === true,
    help: values.help === true,
  }
  if (options.remote) refuseWithUrl(options)
  return options
}

function parse(argv: readonly string[]) {
  // `--compare` without a file means the committed baseline, which parseArgs cannot say.
  const args = argv.flatMap((arg, i) => {
    const bare = arg === '--compare' && (argv[i + 1] === undefined || argv[i + 1]?.startsWith('-'))
    return bare ? [arg, baselineFile] : [arg]
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

type Values = ReturnType<typeof parse>['values']

function remoteOf(values: Values, cwd: string): Options['remote'] {
  const { url, 'token-file': tokenFile, 'i-own-this-server': owned } = values
  if (url === undefined) {
    if (tokenFile !== undefined) throw new UsageError('--token-file needs --url')
    return null
  }
  checkUrl(url, owned === true)
  if (tokenFile === undefined) throw new UsageError('--url needs --token-file')
  return { url, tokenFile: resolve(cwd, tokenFile) }
}

function checkUrl(text: string, owned: boolean): void {
  const url = URL.canParse(text) ? new URL(text) : null
  const isSecure = url?.protocol === 'wss:'
  if (!url || !(isSecure || url.protocol === 'ws:') || url.username !== '' || url.search !== '')
    throw new UsageError(`--url ${text}: an address like ws://127.0.0.1:8081 or wss://example.com`)
  if (!['/', '/ws'].includes(url.pathname))
    throw new UsageError(`--url ${text}: the path of a gateway is /ws`)
  const local = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname)
  if (!local && !isSecure)
    throw new UsageError(
      `--url ${text}: the access tokens would cross the network unencrypted; use wss:// (Caddy, docs/DEPLOYMENT.md) or a tunnel to this machine (ssh -L)`,
    )
  if (!local && !owned) {
    throw new UsageError(
      `--url ${text} is not this machine: add --i-own-this-server if you may put it under load`,
    )
  }
}

/** @throws UsageError for what only a server that we started can give */
function refuseWithUrl({ profile, cpuProf, saveBaseline }: Options): void {
  const wrong =
    (profile === 'i3' && '--profile i3') ||
    (cpuProf && '--cpu-prof') ||
    (saveBaseline && '--save-baseline')
  if (wrong) throw new UsageError(`--url measures a running server: not with ${wrong}`)
}
