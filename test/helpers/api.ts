// The app with a database and a Redis of its own, and a caller that holds every answer against its schema.

import { randomBytes } from 'node:crypto'
import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import * as z from 'zod'
import { createApp } from '#api/app.ts'
import { createPublisher } from '#api/publisher.ts'
import { openPusher } from '#api/push/pusher.ts'
import type { ApiEnv, ApiLimit, ApiServices } from '#api/services.ts'
import { createHasher, type OwnedHasher } from '#api/workers/password-hasher.ts'
import { type Tokens, tokens } from '#shared/protocol/http.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import { type Config, readConfig } from '#shared/runtime/config.ts'
import { silentLog } from '#shared/runtime/log.ts'
import { createMetrics } from '#shared/runtime/metrics.ts'
import { createReport } from '#shared/runtime/report.ts'
import { generateKeyRing, publicRing } from '#shared/runtime/tokens.ts'
import { generateVapidKeys } from '#shared/runtime/vapid.ts'
import { type Bus, type BusEvent, openBus } from '#shared/store/bus.ts'
import { type Db, openDb } from '#shared/store/db.ts'
import { createLimiter, type Rate } from '#shared/store/limiter.ts'
import { probeRedis } from '#shared/store/probes.ts'
import { type Teardown, testDb } from './pg.ts'
import { type TestRedis, testRedis } from './redis.ts'

export interface Answer<Body = Record<string, unknown>> {
  status: number
  headers: Headers
  /** Parsed JSON, null when the answer is empty. */
  body: Body
}

export interface CallOptions {
  token?: string | undefined
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  raw?: string
  headers?: Record<string, string>
  ip?: string
}

export interface Registered extends Tokens {
  username: string
}

export interface AppUnderTest {
  app: OpenAPIHono<ApiEnv>
  services: ApiServices
  /** Of the database. */
  url: string
  db: Db
  bus: Bus
  redis: TestRedis
  hasher: OwnedHasher
  /** What was handed to the bus, also while Redis is away. */
  events: BusEvent[]
  /** Moves the clock that tokens are made and checked with. */
  advance(ms: number): void
  /** @throws Error when the answer does not fit the schema that the document has for its status */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** A new account called `prefix_1`, `prefix_2` …, so that the tests of a file can share an app. */
  register(prefix: string, password?: string): Promise<Registered>
}

export const goodPassword = 'a storm of petrels'

export interface Overrides {
  env?: Record<string, string>
  rates?: Partial<Record<ApiLimit, Rate>>
}

/** Builds it; everything is closed in teardown. Limits are out of the way unless given. */
export async function appUnderTest(
  t: Teardown,
  { env = {}, rates = {} }: Overrides = {},
): Promise<AppUnderTest> {
  const [{ url }, redis] = await Promise.all([testDb(t), testRedis(t)])
  const config = testConfig({ DATABASE_URL: url, REDIS_URL: redis.url, ...env })
  const db = openDb({ url, poolMax: 8, name: 'test api' })
  const bus = openBus({ url: config.redisUrl, node: 'api-test' })
  await probeRedis(bus)
  const hasher = createHasher({ pepper: config.passwordPepper, cost: 4, workers: 2 })
  const metrics = createMetrics()
  const report = createReport({ log: silentLog, metrics })
  const publisher = createPublisher({ db, bus, report })
  const events: BusEvent[] = []
  let offsetMs = 0
  const clock: Clock = {
    now: () => Date.now() + offsetMs,
    monotonic: () => performance.now() + offsetMs,
  }
  const pusher = openPusher(config)
  const plenty: Rate = { points: 1_000_000, perS: 60 }
  const services: ApiServices = {
    db,
    bus,
    clock,
    publish(batch) {
      events.push(...batch.events)
      publisher.publish(batch)
    },
    hasher,
    limiter: createLimiter<ApiLimit>(bus.redis, {
      loginPerIpUser: plenty,
      loginPerUser: plenty,
      loginPerIp: plenty,
      registerPerIp: plenty,
      refreshPerSession: plenty,
      restPerIp: plenty,
      pushTestsPerUser: plenty,
      pushSubscribesPerUser: plenty,
      ...rates,
    }),
    keys: config.jwtKeys,
    publicKeys: publicRing(config.jwtKeys),
    refreshSecret: config.refreshSecret,
    pusher,
    report,
    log: silentLog,
    metrics,
    config,
    version: '0.0.0-test',
  }
  const app = createApp(services)
  t.teardown(async () => {
    await publisher.settled()
    await hasher[Symbol.asyncDispose]()
    pusher?.close()
    await bus.close()
    await db.close()
  })
  const call = caller(app)
  let registered = 0
  return {
    app,
    services,
    url,
    db,
    bus,
    redis,
    hasher,
    events,
    advance(ms) {
      offsetMs += ms
    },
    call,
    async register(prefix, password = goodPassword) {
      registered += 1
      const username = `${prefix}_${registered}`
      const { body } = await call('POST', '/api/v1/auth/register', {
        json: { username, name: username, password },
      })
      return { ...tokens.parse(body), username }
    },
  }
}

/** A whole configuration with secrets of its own. */
function testConfig(env: Record<string, string>): Config<'api'> {
  const files: Record<string, string> = {
    keys: generateKeyRing().privateJwks,
    pepper: randomBytes(32).toString('base64url'),
    secret: randomBytes(32).toString('base64url'),
    vapid: JSON.stringify(generateVapidKeys()),
  }
  const secrets = {
    JWT_KEYS_FILE: 'keys',
    PASSWORD_PEPPER_FILE: 'pepper',
    REFRESH_SECRET_FILE: 'secret',
    VAPID_KEYS_FILE: 'vapid',
  }
  return readConfig({ ...secrets, ...env }, 'api', { readText: path => files[path] ?? '' })
}

function caller(app: OpenAPIHono<ApiEnv>): AppUnderTest['call'] {
  return async (method, path, { token, json, raw, headers = {}, ip = '192.0.2.1' } = {}) => {
    const body = json === undefined ? raw : JSON.stringify(json)
    const sent: Record<string, string> = {}
    if (json !== undefined) sent['content-type'] = 'application/json'
    if (body !== undefined) sent['content-length'] = String(Buffer.byteLength(body))
    if (token !== undefined) sent.authorization = `Bearer ${token}`
    const init = { method, headers: { ...sent, ...headers }, ...(body !== undefined && { body }) }
    const response = await app.request(path, init, { incoming: { socket: { remoteAddress: ip } } })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const answer: Answer = {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : null,
    }
    assertDeclared(app, method, path, answer)
    return answer
  }
}

/** Holds an answer of a documented route against what the document says of its status. */
function assertDeclared(
  app: OpenAPIHono<ApiEnv>,
  method: string,
  path: string,
  answer: Answer,
): void {
  const route = findRoute(app, method, path)
  if (!route) return
  const declared = (
    route.responses as Record<string, { content?: Record<string, { schema: unknown }> }>
  )[answer.status]
  if (!declared)
    throw new Error(`${method} ${path} answered ${answer.status}, which is not in the document`)
  const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
  const schema = declared.content?.[type]?.schema
  if (declared.content && !schema)
    throw new Error(`${method} ${path} answered ${type}, which is not in the document`)
  if (schema instanceof z.ZodType && answer.body !== null) schema.parse(answer.body)
}

function findRoute(
  app: OpenAPIHono<ApiEnv>,
  method: string,
  path: string,
): RouteConfig | undefined {
  const [wanted = ''] = path.split('?')
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route' || definition.route.method !== method.toLowerCase()) continue
    if (new RegExp(`^${definition.route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(wanted))
      return definition.route
  }
  return undefined
}
