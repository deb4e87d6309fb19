// Every setting of every process in one table: name, parser, default, unit, sentence. `main.ts` of each part
// calls readConfig once; nobody else reads the environment. docs/DEPLOYMENT.md's table is made from it.
// A bad value never passes and never comes alone: all of them are reported together, before anything listens.
// Longer than 500 lines because the table stands in one piece.

import { readFileSync } from 'node:fs'
import { limits } from '#shared/protocol/limits.ts'
import { parsePrivateRing, parsePublicRing } from './tokens.ts'

export type Part = 'api' | 'gateway' | 'jobs'

/** So many points in so many seconds, per key. */
export interface Rate {
  points: number
  perS: number
}

interface Setting<Value = unknown, Parts extends readonly Part[] = readonly Part[]> {
  name: string
  parts: Parts
  /** @throws Error whose message says what is expected; it must not repeat the value */
  parse(text: string, io: Io): Value
  /** Parsed when the variable is unset or empty; no default means that it is required. */
  default?: string
  /** Without a default even so: production must say it. */
  requiredInProduction?: true
  unit?: string
  doc: string
  /** Its value is never shown. */
  secret?: true
}

interface Io {
  readText(path: string): string
}

function define<Value, const Parts extends readonly Part[]>(
  setting: Setting<Value, Parts>,
): Setting<Value, Parts> {
  return setting
}

const all = ['api', 'gateway', 'jobs'] as const
const edges = ['api', 'gateway'] as const
const api = ['api'] as const
const gateway = ['gateway'] as const

export const settings = {
  env: define({
    name: 'NODE_ENV',
    parts: all,
    parse: oneOf('development', 'test', 'production'),
    default: 'development',
    doc: 'production switches demo mode off and makes every setting without a safe default required.',
  }),
  logLevel: define({
    name: 'LOG_LEVEL',
    parts: all,
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    doc: 'The least important log line that is written.',
  }),
  host: define({
    name: 'HOST',
    parts: edges,
    parse: word('an address to listen on'),
    default: '127.0.0.1',
    doc: 'Address to listen on.',
  }),
  port: define({
    name: 'PORT',
    parts: api,
    parse: integer(0, 65_535),
    default: '8080',
    doc: 'Port of the api; 0 takes any free one.',
  }),
  gatewayPort: define({
    name: 'GATEWAY_PORT',
    parts: gateway,
    parse: integer(0, 65_535),
    default: '8081',
    doc: 'Port of the gateway, shared by its processes; 0 takes any free one.',
  }),
  gatewayProcesses: define({
    name: 'GATEWAY_PROCESSES',
    parts: gateway,
    parse: integer(1, 64),
    default: '1',
    doc: 'Gateway processes on the one port.',
  }),
  gatewayUrl: define({
    name: 'GATEWAY_URL',
    parts: api,
    parse: gatewayAddress,
    default: '/ws',
    doc: 'Where clients find the gateway: a path on this origin, `:port/path` on this host, or a ws(s) URL.',
  }),
  publicOrigins: define({
    name: 'PUBLIC_ORIGINS',
    parts: gateway,
    parse: origins,
    default: '',
    requiredInProduction: true,
    doc: 'Exact origins of pages that may open a WebSocket, separated by commas.',
  }),
  databaseUrl: define({
    name: 'DATABASE_URL',
    parts: all,
    parse: url('a postgres:// URL', ['postgres:', 'postgresql:', 'socket:']),
    secret: true,
    doc: 'PostgreSQL 16 or newer.',
  }),
  databasePool: define({
    name: 'DATABASE_POOL',
    parts: all,
    parse: integer(1, 200),
    default: '8',
    unit: 'connections',
    doc: 'Connections to PostgreSQL that a process opens for reads and short writes.',
  }),
  lanes: define({
    name: 'LANES',
    parts: gateway,
    parse: integer(1, 16),
    default: '2',
    unit: 'connections',
    doc: 'Send lanes of a gateway process, each with a connection of its own.',
  }),
  redisUrl: define({
    name: 'REDIS_URL',
    parts: all,
    parse: redisAddress,
    secret: true,
    doc: 'Redis 7: a redis(s):// URL, unix:/path or /path.',
  }),
  jwtKeys: define({
    name: 'JWT_KEYS_FILE',
    parts: api,
    parse: fileOf(parsePrivateRing),
    doc: 'File with the private JWK set (EC P-256) that signs access tokens; the first key signs, all check.',
  }),
  jwtPublicKeys: define({
    name: 'JWT_PUBLIC_KEYS_FILE',
    parts: gateway,
    parse: fileOf(parsePublicRing),
    doc: 'File with the public JWK set; a private half in it is refused.',
  }),
  passwordPepper: define({
    name: 'PASSWORD_PEPPER_FILE',
    parts: api,
    parse: fileOf(secretKey),
    doc: 'File with the secret mixed into each password before hashing. Losing it makes every password void.',
  }),
  refreshSecret: define({
    name: 'REFRESH_SECRET_FILE',
    parts: api,
    parse: fileOf(secretKey),
    doc: 'File with the secret that derives refresh tokens. Changing it breaks only retries in flight.',
  }),
  metricsPort: define({
    name: 'METRICS_PORT',
    parts: all,
    parse: integer(0, 65_535),
    default: '0',
    doc: 'Port of /metrics, 0 = none; gateway process i takes this plus i.',
  }),
  metricsToken: define({
    name: 'METRICS_TOKEN',
    parts: all,
    parse: metricsToken,
    default: '',
    secret: true,
    doc: 'Bearer token that /metrics asks for; when set, the api serves /metrics on its own port too.',
  }),
  demo: define({
    name: 'DEMO',
    parts: api,
    parse: flag,
    default: '0',
    doc: 'Offers entering as a demo person without a password. Refused in production.',
  }),
  webDir: define({
    name: 'WEB_DIR',
    parts: api,
    parse: (text: string) => text,
    default: '',
    doc: 'Built page to serve; empty = none.',
  }),
  trustProxy: define({
    name: 'TRUST_PROXY',
    parts: edges,
    parse: flag,
    default: '0',
    doc: "Takes the client's address from X-Real-IP. Only behind a proxy that always sets it.",
  }),
  messageBurst: define({
    name: 'MESSAGE_BURST',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.burstMessagesMax),
    unit: 'messages',
    doc: 'Messages and other changes of chats that a user may make at once through one process.',
  }),
  messagesPerS: define({
    name: 'MESSAGES_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.messagesPerS),
    unit: 'messages/s',
    doc: 'Rate that refills the message burst.',
  }),
  frameBurst: define({
    name: 'FRAME_BURST',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.burstFramesMax),
    unit: 'frames',
    doc: 'Frames that a connection may send at once.',
  }),
  framesPerS: define({
    name: 'FRAMES_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.framesPerS),
    unit: 'frames/s',
    doc: 'Rate that refills the frame burst.',
  }),
  helloPerS: define({
    name: 'HELLO_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.helloPerS),
    unit: 'connections/s',
    doc: 'Connections that a process admits in a second.',
  }),
  helloPerUser: define({
    name: 'HELLO_PER_USER',
    parts: gateway,
    parse: rate,
    default: '60/60',
    unit: 'connections/s',
    doc: 'Connections of one user that a process greets.',
  }),
  handshakesPerIpBurst: define({
    name: 'HANDSHAKES_PER_IP_BURST',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.burstHandshakesPerIpMax),
    unit: 'handshakes',
    doc: 'WebSocket handshakes that one address may make at once.',
  }),
  handshakesPerIpPerS: define({
    name: 'HANDSHAKES_PER_IP_PER_S',
    parts: gateway,
    parse: integer(1, 1_000_000),
    default: String(limits.handshakesPerIpPerS),
    unit: 'handshakes/s',
    doc: 'Rate that refills the handshake burst.',
  }),
  strangersPerUser: define({
    name: 'STRANGERS_PER_USER',
    parts: gateway,
    parse: rate,
    default: '250/5000',
    unit: 'people/s',
    doc: 'People that a user may write to or add through one process without having a chat in common.',
  }),
  searchesPerUser: define({
    name: 'SEARCHES_PER_USER',
    parts: gateway,
    parse: rate,
    default: '20/10',
    unit: 'searches/s',
    doc: 'Searches for messages that a user may make through one process.',
  }),
  loginPerIpUser: define({
    name: 'LOGIN_PER_IP_USER',
    parts: api,
    parse: rate,
    default: '5/900',
    unit: 'failures/s',
    doc: 'Failed sign-ins to one username from one address.',
  }),
  loginPerUser: define({
    name: 'LOGIN_PER_USER',
    parts: api,
    parse: rate,
    default: '100/86400',
    unit: 'failures/s',
    doc: 'Failed sign-ins to one username from anywhere; addresses with a session of that user are exempt.',
  }),
  loginPerIp: define({
    name: 'LOGIN_PER_IP',
    parts: api,
    parse: rate,
    default: '60/900',
    unit: 'requests/s',
    doc: 'Sign-ins from one address, good and bad.',
  }),
  registerPerIp: define({
    name: 'REGISTER_PER_IP',
    parts: api,
    parse: rate,
    default: '20/3600',
    unit: 'requests/s',
    doc: 'New accounts from one address.',
  }),
  refreshPerSession: define({
    name: 'REFRESH_PER_SESSION',
    parts: api,
    parse: rate,
    default: '60/60',
    unit: 'requests/s',
    doc: 'Token refreshes with one refresh token.',
  }),
  restPerIp: define({
    name: 'REST_PER_IP',
    parts: api,
    parse: rate,
    default: '300/10',
    unit: 'requests/s',
    doc: 'Requests to the api from one address.',
  }),
  bcryptCost: define({
    name: 'BCRYPT_COST',
    parts: api,
    parse: integer(4, 15),
    default: '10',
    unit: 'log2 rounds',
    doc: 'Work of one password hash: 10 takes about 60 ms of a core. Below 10 is refused in production.',
  }),
  hashWorkers: define({
    name: 'HASH_WORKERS',
    parts: api,
    parse: integer(1, 8),
    default: '2',
    unit: 'threads',
    doc: 'Threads that hash passwords, off the event loop.',
  }),
  searchMessagesPerS: define({
    name: 'SEARCH_MESSAGES_PER_S',
    parts: api,
    parse: integer(1, 1_000_000),
    default: '500',
    unit: 'messages/s',
    doc: 'How many messages a process of the api puts into the search index at most; more wait, so that storing new ones goes first.',
  }),
  linkPreviews: define({
    name: 'LINK_PREVIEWS',
    parts: edges,
    parse: flag,
    default: '0',
    doc: 'Looks up what links in messages lead to, and shows title and text of the page. The api then asks foreign servers for pages, which tells them its address and that somebody was sent the link.',
  }),
  drainMs: define({
    name: 'DRAIN_MS',
    parts: all,
    parse: integer(0, 600_000),
    default: '10000',
    unit: 'ms',
    doc: 'Time that a stopping process gives to its clients and its queues.',
  }),
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

function oneOf<const Words extends readonly string[]>(
  ...words: Words
): (text: string) => Words[number] {
  return text => {
    if (!words.includes(text)) throw new Error(`one of ${words.join(', ')}`)
    return text
  }
}

function integer(min: number, max: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!/^\d{1,15}$/.test(text) || value < min || value > max)
      throw new Error(`a whole number from ${min} to ${max}`)
    return value
  }
}

function flag(text: string): boolean {
  if (text !== '0' && text !== '1') throw new Error('0 or 1')
  return text === '1'
}

function word(expected: string): (text: string) => string {
  return text => {
    if (!/^[\w.:%-]+$/.test(text)) throw new Error(expected)
    return text
  }
}

function rate(text: string): Rate {
  const match = /^([1-9]\d{0,8})\/([1-9]\d{0,6})$/.exec(text)
  if (!match) throw new Error('points/seconds, for example 5/900')
  return { points: Number(match[1]), perS: Number(match[2]) }
}

function url(expected: string, protocols: readonly string[]): (text: string) => string {
  return text => {
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
      throw new Error(expected)
    return text
  }
}

function redisAddress(text: string): string {
  if (/^(unix:)?\/[^\0]+$/.test(text)) return text.replace(/^unix:(\/\/(?=\/))?/, '')
  return url('a redis:// or rediss:// URL, unix:/path or /path', ['redis:', 'rediss:'])(text)
}

function gatewayAddress(text: string): string {
  if (/^(:\d{1,5})?\/[\w/.-]*$/.test(text)) return text
  return url('a path, :port/path or a ws(s):// URL', ['ws:', 'wss:'])(text)
}

function origins(text: string): readonly string[] {
  if (text === '') return []
  return text.split(',').map(part => {
    const origin = part.trim()
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error('origins like https://chat.example.org, separated by commas, without a path')
    }
    return origin
  })
}

function metricsToken(text: string): string {
  if (text !== '' && !/^[\w.~+/=-]{16,256}$/.test(text))
    throw new Error('at least 16 characters that fit a bearer token')
  return text
}

function fileOf<Value>(parse: (text: string) => Value): (path: string, io: Io) => Value {
  return (path, io) => {
    let text: string
    try {
      text = io.readText(path)
    } catch (error) {
      throw new Error(`a readable file (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`)
    }
    try {
      return parse(text)
    } catch (error) {
      throw new Error(`a file that holds ${(error as Error).message}`)
    }
  }
}

const secretBytesMin = 32

/** A secret of at least 256 bits, in base64url, base64 or hex. */
function secretKey(text: string): Buffer {
  const trimmed = text.trim()
  const expected = `at least ${secretBytesMin} random bytes in base64url, base64 or hex`
  if (!/^[\w+/-]+=*$/.test(trimmed)) throw new Error(expected)
  const bytes = Buffer.from(trimmed, /^[0-9a-f]+$/i.test(trimmed) ? 'hex' : 'base64')
  if (bytes.length < secretBytesMin) throw new Error(expected)
  // 32 random bytes have about 30 different values; a typed or sample secret has far fewer.
  if (new Set(bytes).size < 16 || /change.?me|example|sample|secret|password/i.test(trimmed)) {
    throw new Error(`${expected}; this one looks typed by hand`)
  }
  return bytes
}
