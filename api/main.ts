// The api's process: reads the configuration, builds what the routes need, listens, and stops in reverse order.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { seedDemo } from '#shared/actions/demo.ts'
import { systemClock } from '#shared/runtime/clock.ts'
import { readConfig } from '#shared/runtime/config.ts'
import { listen, retryUntilUp, runMain } from '#shared/runtime/lifecycle.ts'
import { createLog } from '#shared/runtime/log.ts'
import { createMetrics, serveMetrics } from '#shared/runtime/metrics.ts'
import { createReport } from '#shared/runtime/report.ts'
import { publicRing } from '#shared/runtime/tokens.ts'
import { openBus } from '#shared/store/bus.ts'
import { openDb } from '#shared/store/db.ts'
import { createLimiter } from '#shared/store/limiter.ts'
import { probePostgres, probeRedis } from '#shared/store/probes.ts'
import pkg from '../package.json' with { type: 'json' }
import { createApp } from './app.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { createPublisher } from './publisher.ts'
import { openPusher } from './push/pusher.ts'
import type { ApiServices } from './services.ts'
import { createHasher } from './workers/password-hasher.ts'

runMain(
  async signal => {
    const config = readConfig(process.env, 'api')
    const log = createLog({ name: 'api', level: config.logLevel })
    const metrics = createMetrics({ process: true })
    const report = createReport({ log, metrics })
    const onError = (error: Error) => log.debug({ err: error }, 'connection lost')
    const db = openDb({
      url: config.databaseUrl,
      poolMax: config.databasePool,
      name: 'petrel api',
      onError,
    })
    const bus = openBus({ url: config.redisUrl, node: `api-${process.pid}`, onError })
    await retryUntilUp('PostgreSQL', () => probePostgres(db), { log, signal })
    await retryUntilUp('Redis', () => probeRedis(bus), { log, signal })

    const publisher = createPublisher({ db, bus, report })
    const hasher = createHasher({
      pepper: config.passwordPepper,
      cost: config.bcryptCost,
      workers: config.hashWorkers,
      metrics,
    })
    const pusher = openPusher(config)
    const services: ApiServices = {
      db,
      bus,
      clock: systemClock,
      publish: publisher.publish,
      hasher,
      limiter: createLimiter(bus.redis, {
        loginPerIpUser: config.loginPerIpUser,
        loginPerUser: config.loginPerUser,
        loginPerIp: config.loginPerIp,
        registerPerIp: config.registerPerIp,
        refreshPerSession: config.refreshPerSession,
        restPerIp: config.restPerIp,
        pushTestsPerUser: config.pushTestsPerUser,
        pushSubscribesPerUser: config.pushSubscribesPerUser,
      }),
      keys: config.jwtKeys,
      publicKeys: publicRing(config.jwtKeys),
      refreshSecret: config.refreshSecret,
      pusher,
      report,
      log,
      metrics,
      config,
      version: pkg.version,
    }
    if (config.demo) await seedDemo(services)

    const server = createServer(services)
    await listen(server, config.port, config.host)
    const metricsServer =
      config.metricsPort > 0
        ? await serveMetrics({
            port: config.metricsPort,
            host: config.host,
            token: config.metricsToken,
            registry: metrics.registry,
          })
        : undefined
    const stopJobs = startJobs({ ...services, bus }, config)
    return {
      ready: { port: (server.address() as AddressInfo).port, metricsPort: metricsServer?.port },
      stopMs: config.drainMs + 2_000,
      async stop() {
        await closeServer(server, config.drainMs)
        await stopJobs()
        pusher?.close()
        await publisher.settled()
        await metricsServer?.close()
        await hasher[Symbol.asyncDispose]()
        await bus.close()
        await db.close()
      },
    }
  },
  { log: createLog({ name: 'api', level: 'info' }) },
)

function createServer(services: ApiServices): Server {
  const server = createAdaptorServer({
    fetch: createApp(services).fetch,
    serverOptions: {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 5_000,
      // How often the two times are looked at; by default only each half minute.
      connectionsCheckingInterval: 1_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 60_000,
    },
  })
  return server as Server
}

/** Lets requests under way finish, at most `patienceMs`. */
async function closeServer(server: Server, patienceMs: number): Promise<void> {
  const patience = setTimeout(() => server.closeAllConnections(), patienceMs)
  await new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  clearTimeout(patience)
}
