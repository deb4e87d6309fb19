// The launcher behind `npm start`: a private PostgreSQL and Redis below .petrel/, migrations, the page, the
// api and the gateways as processes of their own; then one line with the URL. Stops all of it in its order.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isLoopback } from '#shared/runtime/config.ts'
import { buildWeb, webDir } from './build.ts'
import { takeLock } from './launcher-lock.ts'
import { migrate } from './migrate.ts'
import { npmPid, watchNpm } from './npm-parent.ts'
import { choosePort } from './ports.ts'
import { createDatabase, startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { ensureSecrets } from './secrets.ts'
import { startPart } from './supervise.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Data, secrets and logs; PETREL_HOME moves them. */
const home = resolve(root, process.env.PETREL_HOME || '.petrel')
const logDir = join(home, 'log')
/** A second Ctrl-C within this time is the same one: npm passes on what the terminal sent to us already. */
const sameSignalMs = 1_000
/** Of the system, and of a PostgreSQL that is still starting. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'ETIMEDOUT',
  '57P03',
])

/** Things to stop, the last started first. */
type Stoppers = (() => Promise<unknown>)[]

/** Runs until it is told to stop; sets the exit code. Never throws. */
export async function main(): Promise<void> {
  const stoppers: Stoppers = []
  const stopping = new AbortController()
  let askedAt = 0
  const stop = async (code: number) => {
    if (stopping.signal.aborted) {
      if (performance.now() - askedAt > sameSignalMs) process.exit(1)
      return
    }
    askedAt = performance.now()
    stopping.abort()
    await stopAll(stoppers)
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop(0))
  }
  watchNpm(() => void stop(0))
  try {
    const url = await launch(stoppers, stopping.signal)
    if (!stopping.signal.aborted) console.log(url)
  } catch (error) {
    if (stopping.signal.aborted) return
    console.error(error instanceof Error ? error.message : error)
    await stop(1)
  }
}

async function launch(stoppers: Stoppers, signal: AbortSignal): Promise<string> {
  await mkdir(logDir, { recursive: true, mode: 0o755 })
  const lock = await takeLock(join(home, 'launcher.json'), npmPid())
  stoppers.push(() => lock.release())
  const host = process.env.HOST || '127.0.0.1'
  const port = await choosePort('PORT', 8080, host)
  const gatewayPort = await choosePort('GATEWAY_PORT', 8081, host)
  const fresh = !existsSync(join(home, 'postgres'))
  if (fresh) console.log('Preparing the first start …')

  const [databaseUrl, redisUrl, secrets] = await Promise.all([
    database(stoppers),
    redis(stoppers),
    ensureSecrets(join(home, 'secrets')),
    process.env.WEB_DIR ? undefined : buildWeb(),
  ])
  await migrateWhenUp(databaseUrl, signal)
  const production = process.env.NODE_ENV === 'production'
  // Whoever can reach the page may enter as a demo person, so other machines only on request.
  const demo = process.env.DEMO || (production || !isLoopback(host) ? '0' : '1')
  const url = `http://${host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host}:${port}`
  const env = {
    WEB_DIR: webDir,
    GATEWAY_URL: `:${gatewayPort}/ws`,
    PUBLIC_ORIGINS: origins(host, port).join(','),
    DEMO: demo,
    HOST: host,
    ...secrets,
    ...process.env,
    PORT: String(port),
    GATEWAY_PORT: String(gatewayPort),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
  }
  signal.throwIfAborted()
  await startParts(env, stoppers)
  await lock.publish(url)
  return url
}

async function database(stoppers: Stoppers): Promise<string> {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL
  const server = await startPostgres({
    dir: join(home, 'postgres'),
    logFile: join(logDir, 'postgres.log'),
    note: line => console.log(line),
  })
  stoppers.push(() => server.stop())
  await createDatabase(server, 'petrel')
  return server.url('petrel')
}

/** A server of somebody else's may come up later than we do. */
async function migrateWhenUp(databaseUrl: string, signal: AbortSignal): Promise<void> {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      await migrate(databaseUrl)
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (!unreachable.has(code ?? '')) throw error
      console.log(`PostgreSQL is not reachable (${code}); next try in ${pauseMs / 1000} s`)
    }
    await sleep(pauseMs, undefined, { signal })
  }
}

async function redis(stoppers: Stoppers): Promise<string> {
  if (process.env.REDIS_URL) return process.env.REDIS_URL
  const server = await startRedis({ dir: join(home, 'redis'), logFile: join(logDir, 'redis.log') })
  stoppers.push(() => server.stop())
  return server.url
}

/** Starts the api and the gateway, which spreads itself over GATEWAY_PROCESSES. */
async function startParts(env: NodeJS.ProcessEnv, stoppers: Stoppers): Promise<void> {
  const { METRICS_PORT: metricsPort = '0' } = env
  // On one machine the two cannot share a port.
  const gatewayMetrics =
    Number(metricsPort) > 0 ? { METRICS_PORT: String(Number(metricsPort) + 1) } : {}
  const part = (name: 'api' | 'gateway', more: NodeJS.ProcessEnv = {}) =>
    startPart({
      name,
      entry: name,
      env: { ...env, ...more },
      logFile: join(logDir, `${name}.log`),
      onTrouble: line => console.error(line),
      restart: true,
      // A server of somebody else's may come up much later; meanwhile each attempt is said.
      readyTimeoutMs: 2 ** 31 - 1,
    })
  const started = await Promise.allSettled([part('api'), part('gateway', gatewayMetrics)])
  // Both stop side by side, before what they use.
  stoppers.push(() =>
    Promise.all(
      started.map(result => (result.status === 'fulfilled' ? result.value.stop() : undefined)),
    ),
  )
  for (const result of started) if (result.status === 'rejected') throw result.reason
}

async function stopAll(stoppers: Stoppers): Promise<void> {
  // What a start under way still adds is stopped too.
  for (let stop = stoppers.pop(); stop; stop = stoppers.pop()) {
    await stop().catch((error: Error) => console.error(error.message))
  }
}

/** Pages that may open a WebSocket here. */
function origins(host: string, port: number): string[] {
  const names = new Set(['localhost', '127.0.0.1', host])
  if (host === '0.0.0.0') {
    names.delete(host)
    for (const address of Object.values(networkInterfaces()).flat()) {
      if (address?.family === 'IPv4') names.add(address.address)
    }
  }
  return [...names].map(name => `http://${name}:${port}`)
}
