// The whole product as real processes on private servers and free ports: for end-to-end and browser tests and
// for the smoke run. Works without a test runner: then the caller calls stop().

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWeb, webDir } from '#deploy/build.ts'
import { anyPort } from '#deploy/ports.ts'
import { ensureSecrets } from '#deploy/secrets.ts'
import { type Part, startPart } from '#deploy/supervise.ts'
import type { Tokens } from '#shared/protocol/http.ts'
import { type Teardown, testDb } from './pg.ts'
import { type TestRedis, testRedis } from './redis.ts'

export interface StackOptions {
  /** Gateways that share one port. */
  gatewayProcesses?: number
  /** Seed Alice, Bob and Carol and let anybody enter as them. */
  demo?: boolean
  /** Build and serve the page. */
  web?: boolean
  /** Pages of these origins may connect, too. */
  origins?: readonly string[]
  /** A PostgreSQL of its own, with fsync. */
  durable?: boolean
  /** Settings over those of the stack, for both parts. */
  env?: Record<string, string>
}

/** A process of the stack: `pid()`, `kill()` by SIGKILL, `stop()` by SIGTERM, `start()` again. */
export type StackPart = Pick<Part, 'pid' | 'kill' | 'stop' | 'start'>

export interface Stack {
  /** Origin of the api and of the page, without a slash at the end. */
  url: string
  /** Where `/api/v1` begins. */
  apiUrl: string
  wsUrl: string
  databaseUrl: string
  redis: TestRedis
  api: StackPart
  gateways: StackPart[]
  /** What the processes logged as errors so far. */
  trouble: string[]
  /** Registers somebody through REST; the username is `name` with a random end. */
  newUser(name: string): Promise<Tokens & { password: string }>
  stop(): Promise<void>
}

const host = '127.0.0.1'

/** Limits that a test meets only when it sets them. */
const roomy = {
  NODE_ENV: 'test',
  BCRYPT_COST: '4',
  MESSAGE_BURST: '1000000',
  MESSAGES_PER_S: '1000000',
  FRAME_BURST: '1000000',
  FRAMES_PER_S: '1000000',
  HELLO_PER_USER: '1000000/1',
  STRANGERS_PER_USER: '1000000/1',
  HANDSHAKES_PER_IP_BURST: '1000000',
  HANDSHAKES_PER_IP_PER_S: '1000000',
  REGISTER_PER_IP: '1000000/1',
  LOGIN_PER_IP: '1000000/1',
  REST_PER_IP: '1000000/1',
}

/** Starts everything and resolves when every process says that it is ready; stopped in teardown. */
export async function startStack(t?: Teardown, options: StackOptions = {}): Promise<Stack> {
  const stoppers: (() => unknown)[] = []
  const stop = async () => {
    const errors: unknown[] = []
    for (let last = stoppers.pop(); last; last = stoppers.pop()) {
      // One part that does not stop must not leave the others running.
      await (async () => last())().catch((error: unknown) => errors.push(error))
    }
    if (errors.length > 0) throw new AggregateError(errors, 'the stack did not stop cleanly')
  }
  t?.teardown(stop)
  try {
    return await launch(options, stoppers, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function launch(
  options: StackOptions,
  stoppers: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const collect: Teardown = { teardown: fn => stoppers.push(fn) }
  const dir = await mkdtemp(join(tmpdir(), 'petrel-stack-'))
  stoppers.push(() => rm(dir, { recursive: true, force: true }))
  const [db, redis, secrets, port, gatewayPort] = await Promise.all([
    testDb(collect, { durable: options.durable ?? false }),
    testRedis(collect),
    ensureSecrets(join(dir, 'secrets')),
    anyPort(host),
    anyPort(host),
    options.web ? buildWeb() : undefined,
  ])
  const url = `http://${host}:${port}`
  const env = {
    ...process.env,
    ...roomy,
    ...secrets,
    HOST: host,
    PORT: String(port),
    GATEWAY_PORT: String(gatewayPort),
    GATEWAY_PROCESSES: '1',
    GATEWAY_URL: `:${gatewayPort}/ws`,
    PUBLIC_ORIGINS: [url, `http://localhost:${port}`, ...(options.origins ?? [])].join(),
    DATABASE_URL: db.url,
    REDIS_URL: redis.url,
    DEMO: options.demo ? '1' : '0',
    WEB_DIR: options.web ? webDir : '',
    ...options.env,
  }
  const trouble: string[] = []
  const part = async (
    name: string,
    entry: 'api' | 'gateway',
    more: Record<string, string> = {},
  ) => {
    const started = await startPart({
      name,
      entry,
      env: { ...env, ...more },
      logFile: join(dir, `${name}.log`),
      onTrouble: line => trouble.push(line),
      restart: false,
    })
    stoppers.push(() => started.stop())
    return started
  }
  const names = Array.from({ length: options.gatewayProcesses ?? 1 }, (_, i) => `gateway-${i + 1}`)
  const results = await Promise.allSettled([
    part('api', 'api'),
    // An index is what the supervisor gives the processes that share its port.
    ...names.map((name, i) => part(name, 'gateway', { GATEWAY_INDEX: String(i) })),
  ])
  const [api, ...gateways] = results.map(result => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
  if (!api) throw new Error('the first part is the api')
  return {
    url,
    apiUrl: `${url}/api/v1`,
    wsUrl: `ws://${host}:${gatewayPort}/ws`,
    databaseUrl: db.url,
    redis,
    api,
    gateways,
    trouble,
    newUser: name => register(`${url}/api/v1`, name),
    stop,
  }
}

async function register(apiUrl: string, name: string): Promise<Tokens & { password: string }> {
  const password = randomBytes(12).toString('base64url')
  const username = `${
    name
      .toLowerCase()
      .replaceAll(/[^a-z]/g, '')
      .slice(0, 16) || 'user'
  }_${randomBytes(5).toString('hex')}`
  const response = await fetch(`${apiUrl}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, name, password }),
  })
  if (!response.ok) throw new Error(`register: ${response.status} ${await response.text()}`)
  return { ...((await response.json()) as Tokens), password }
}
