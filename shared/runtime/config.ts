// Every setting of every process: the tables stand beside this file in config/, a family each, with name, parser, default, unit
// and sentence. `main.ts` of each part calls readConfig once; nobody else reads the environment. docs/DEPLOYMENT.md's table is
// made from them. A bad value never passes and never comes alone: all of them are reported together, before anything listens.

import { readFileSync } from 'node:fs'
import { processes } from './config/processes.ts'
import { rates } from './config/rates.ts'
import { secrets } from './config/secrets.ts'
import type { Io, Part, Setting } from './config/setting.ts'
import { stores } from './config/stores.ts'
import { work } from './config/work.ts'

export type { Rate } from './config/setting.ts'

export const settings = {
  ...processes,
  ...stores,
  ...secrets,
  ...rates,
  ...work,
} as const satisfies Record<string, Setting>

type Settings = typeof settings

/** What one part needs, each value parsed. */
export type Config<For extends Part = Part> = {
  readonly [Key in keyof Settings as For extends Settings[Key]['parts'][number]
    ? Key
    : never]: ReturnType<Settings[Key]['parse']>
}

/** One wrong variable; `value` is left out when it is secret. */
export interface ConfigProblem {
  name: string
  value?: string
  expected: string
}

/** Every wrong variable of a start; its message has one readable line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(line).join('\n'))
    this.problems = problems
  }
}

/**
 * Reads the settings of one part. Unset and empty mean the default; anything else must parse.
 * @throws ConfigError that names every bad value at once
 */
export function readConfig<For extends Part>(
  env: Readonly<Record<string, string | undefined>>,
  part: For,
  io: Io = { readText: path => readFileSync(path, 'utf8') },
): Config<For> {
  const problems: ConfigProblem[] = []
  const config: Record<string, unknown> = {}
  const production = env.NODE_ENV === 'production'
  for (const [key, setting] of Object.entries(settings) as [string, Setting][]) {
    if (!setting.parts.includes(part)) continue
    const given = env[setting.name] || undefined
    const text = given ?? (production && setting.requiredInProduction ? undefined : setting.default)
    if (text === undefined) {
      problems.push({ name: setting.name, expected: `is required: ${setting.doc}` })
      continue
    }
    try {
      config[key] = setting.parse(text, io)
    } catch (error) {
      const shown = setting.secret ? {} : { value: text }
      problems.push({
        name: setting.name,
        ...shown,
        expected: `must be ${(error as Error).message}`,
      })
    }
  }
  problems.push(...unsafeInProduction(config), ...openMetrics(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return config as Config<For>
}

/** The table for the documentation, one row a setting. */
export function settingsTable(): string {
  const rows = (Object.values(settings) as Setting[]).map(setting => {
    const fallback = defaultCell(setting.default)
    const must = setting.requiredInProduction ? ' (required in production)' : ''
    return `| \`${setting.name}\` | ${setting.parts.join(', ')} | ${fallback}${must} | ${setting.unit ?? ''} | ${setting.doc} |`
  })
  return [
    '| variable | read by | default | unit | meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function defaultCell(text: string | undefined): string {
  if (text === undefined) return '**required**'
  return text === '' ? '' : `\`${text}\``
}

function line({ name, value, expected }: ConfigProblem): string {
  return value === undefined
    ? `${name} ${expected}`
    : `${name}=${JSON.stringify(value)}: ${expected}`
}

function unsafeInProduction(config: Record<string, unknown>): ConfigProblem[] {
  if (config.env !== 'production') return []
  const problems: ConfigProblem[] = []
  if (config.demo === true)
    problems.push({ name: 'DEMO', value: '1', expected: 'must be 0 in production' })
  if (typeof config.bcryptCost === 'number' && config.bcryptCost < 10) {
    problems.push({
      name: 'BCRYPT_COST',
      value: String(config.bcryptCost),
      expected: 'must be 10 or more in production',
    })
  }
  return problems
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return loopback.test(host)
}

/** Metrics tell of everything that happens; without a token only this machine may ask. */
function openMetrics(config: Record<string, unknown>): ConfigProblem[] {
  const { host, metricsPort, metricsToken: token } = config
  if (!metricsPort || token !== '' || typeof host !== 'string' || isLoopback(host)) return []
  return [
    { name: 'METRICS_TOKEN', expected: `must be set when METRICS_PORT is and HOST is ${host}` },
  ]
}
