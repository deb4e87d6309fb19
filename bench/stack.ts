// The server under test, as in production on one machine: a private PostgreSQL with fsync and synchronous_commit,
// a private Redis, the api and any number of gateways as processes of their own, logging at info. Only the
// limits per address and per user are raised: all load comes from one address and few users.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#deploy/migrate.ts'
import { anyPort } from '#deploy/ports.ts'
import { createDatabase, type Postgres, startPostgres } from '#deploy/postgres.ts'
import { type Redis, startRedis } from '#deploy/redis.ts'
import { ensureSecrets } from '#deploy/secrets.ts'
import { type Part, startPart } from '#deploy/supervise.ts'
import { shellOf } from './environment.ts'
import type { Address } from './generator/wire.ts'
import { type Probed, probeOption } from './measure/probe.ts'
import { statementSettings } from './measure/statements.ts'
import type { Watched } from './measure/usage.ts'

const host = '127.0.0.1'

/** Settings that differ from production's defaults; shown in the report. */
export const settings = {
  MESSAGE_BURST: '1000000',
  MESSAGES_PER_S: '1000000',
  FRAME_BURST: '1000000',
  FRAMES_PER_S: '1000000',
  STRANGERS_PER_USER: '1000000/1',
  SEARCHES_PER_USER: '1000000/1',
  HANDSHAKES_PER_IP_BURST: '1000000',
  HANDSHAKES_PER_IP_PER_S: '1000000',
  REGISTER_PER_IP: '1000000/1',
  LOGIN_PER_IP: '1000000/1',
  LOGIN_PER_IP_USER: '1000000/1',
  LOGIN_PER_USER: '1000000/1',
  REST_PER_IP: '1000000/1',
  REFRESH_PER_SESSION: '1000000/1',
} as const

export interface StackOptions {
  /** Only PATH and the like is taken from it. */
  env: NodeJS.ProcessEnv
  /** Look into the api and the gateways while they run (measure/probe.ts). */
  probes?: boolean
  /** Let PostgreSQL keep account of statements (measure/statements.ts), which costs it a little. */
  statements?: boolean
  /** Of the api's and the gateways' Node. */
  nodeOptions?: readonly string[]
  /** The built page that the api serves; none when left out. */
  webDir?: string
  /** Told what the processes complain of. */
  onTrouble(line: string): void
}

export interface Stack {
  apiUrl: string
  apiMetricsUrl: string
  gateway: Address
  databaseUrl: string
  redisUrl: string
  /** Path of the private key ring that signs access tokens. */
  jwtKeysFile: string
  /** Processes and what they are called in the report. */
  watched(): Watched[]
  gateways(): { name: string; part: Part; metricsUrl: string }[]
  /** The api and the gateways that run, if the stack has probes. */
  probes(): Probed[]
  /** Stops and starts gateways until there are so many. */
  setGateways(count: number): Promise<void>
  stop(): Promise<void>
}

/** @throws Error with the words of the part that did not start */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stoppers: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (let last = stoppers.pop(); last; last = stoppers.pop()) await last().catch(() => undefined)
  }
  try {
    return await launch(options, stoppers, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function launch(
  options: StackOptions,
  stoppers: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-bench-'))
  stoppers.push(() => rm(dir, { recursive: true, force: true }))
  const settingsOfPostgres = options.statements ? { settings: statementSettings } : {}
  const [postgres, redis, secrets, port, apiMetricsPort, gatewayPort, metricsPort] =
    await Promise.all([
      startPostgres({ dir, logFile: join(dir, 'postgres.log'), ...settingsOfPostgres }),
      startRedis({ dir: join(dir, 'redis'), logFile: join(dir, 'redis.log') }),
      ensureSecrets(join(dir, 'secrets')),
      anyPort(host),
      anyPort(host),
      anyPort(host),
      anyPort(host),
    ])
  stoppers.push(() => postgres.stop())
  stoppers.push(() => redis.stop())
  await createDatabase(postgres, 'petrel')
  const databaseUrl = postgres.url('petrel')
  await migrate(databaseUrl)
  const ports = { api: port, gateway: gatewayPort }
  const stores = { databaseUrl, redisUrl: redis.url, dir }
  const env = environment(options, { ports, stores, secrets })
  const socketOf = (name: string) => join(dir, `${name}.sock`)
  const part = (name: string, entry: 'api' | 'gateway', more: NodeJS.ProcessEnv) =>
    startPart({
      name,
      entry,
      env: { ...env, ...inNode(options, socketOf(name)), ...more },
      logFile: join(dir, `${name}.log`),
      onTrouble: options.onTrouble,
      restart: false,
    })
  const gateways: Part[] = []
  const startGateway = async (index: number) => {
    gateways[index] = await part(`gateway-${index}`, 'gateway', {
      GATEWAY_INDEX: String(index),
      METRICS_PORT: String(metricsPort),
    })
  }
  stoppers.push(() => Promise.all(gateways.map(gateway => gateway.stop())))
  const [api] = await Promise.all([
    part('api', 'api', { METRICS_PORT: String(apiMetricsPort) }),
    startGateway(0),
  ])
  stoppers.push(() => api.stop())
  return {
    apiUrl: `http://${host}:${port}/api/v1`,
    apiMetricsUrl: `http://${host}:${apiMetricsPort}/metrics`,
    gateway: { host, port: gatewayPort },
    databaseUrl,
    redisUrl: redis.url,
    jwtKeysFile: secrets.JWT_KEYS_FILE as string,
    watched: () => watch({ postgres, redis, api, gateways }),
    gateways: () =>
      gateways.map((gateway, index) => ({
        name: gateway.name,
        part: gateway,
        metricsUrl: `http://${host}:${metricsPort + index}/metrics`,
      })),
    probes: () =>
      options.probes
        ? [...gateways, api].map(({ name }) => ({ name, socket: socketOf(name) }))
        : [],
    async setGateways(count) {
      while (gateways.length > count) await gateways.pop()?.stop()
      while (gateways.length < count) await startGateway(gateways.length)
    },
    stop,
  }
}

function environment(
  { env, webDir = '' }: StackOptions,
  given: {
    ports: { api: number; gateway: number }
    stores: { databaseUrl: string; redisUrl: string; dir: string }
    secrets: Record<string, string>
  },
): NodeJS.ProcessEnv {
  const { ports, stores, secrets } = given
  return {
    ...shellOf(env),
    ...settings,
    ...secrets,
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    DEMO: '0',
    HOST: host,
    PORT: String(ports.api),
    GATEWAY_PORT: String(ports.gateway),
    GATEWAY_PROCESSES: '1',
    GATEWAY_URL: `:${ports.gateway}/ws`,
    PUBLIC_ORIGINS: `http://${host}:${ports.api}`,
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    WEB_DIR: webDir,
    PETREL_HOME: stores.dir,
  }
}

/** What Node itself is told in an api or a gateway. @param socket  where its probe listens, if it has one */
function inNode({ probes, nodeOptions = [] }: StackOptions, socket: string): NodeJS.ProcessEnv {
  const all = [...nodeOptions, ...(probes ? [probeOption(socket)] : [])]
  return all.length > 0 ? { NODE_OPTIONS: all.join(' ') } : {}
}

function watch(parts: {
  postgres: Postgres
  redis: Redis
  api: Part
  gateways: Part[]
}): Watched[] {
  return [
    ...parts.gateways.map(gateway => ({ name: gateway.name, pid: gateway.pid() ?? 0 })),
    { name: 'api', pid: parts.api.pid() ?? 0 },
    { name: 'postgres', pid: parts.postgres.pid, tree: true },
    { name: 'redis', pid: parts.redis.pid },
  ]
}
