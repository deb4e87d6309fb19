// Starts the gateway: one process, or with GATEWAY_PROCESSES > 1 a supervisor that keeps so many of them on
// one port. The only reader of the environment here.

import { fileURLToPath } from 'node:url'
import { readConfig } from '#shared/runtime/config.ts'
import { retryUntilUp, runMain } from '#shared/runtime/lifecycle.ts'
import { createLog } from '#shared/runtime/log.ts'
import { createMetrics, serveMetrics } from '#shared/runtime/metrics.ts'
import { openDb } from '#shared/store/db.ts'
import { probePostgres } from '#shared/store/probes.ts'
import { startGateway } from './gateway.ts'
import { probePort } from './probe-port.ts'
import { supervise } from './supervisor.ts'

/** This file, or what it was built into. */
const entry = fileURLToPath(import.meta.url)
/** Set by the supervisor for each of its processes. */
const index = process.env.GATEWAY_INDEX

runMain(async signal => {
  const config = readConfig(process.env, 'gateway')
  const log = createLog({
    name: index === undefined ? 'gateway' : `gateway-${index}`,
    level: config.logLevel,
  })
  if (index === undefined && config.gatewayProcesses > 1) {
    const port = await probePort(config.gatewayPort, config.host)
    return {
      ...(await supervise({ count: config.gatewayProcesses, port, entry, log })),
      stopMs: config.drainMs * 2,
    }
  }
  const db = openDb({ url: config.databaseUrl, poolMax: 1, name: 'petrel gateway start' })
  await retryUntilUp('PostgreSQL', () => probePostgres(db), { log, signal })
  await db.close()
  const metrics = createMetrics({ process: true, labels: { process: index ?? '0' } })
  const gateway = await startGateway({ config, log, metrics, sharesPort: index !== undefined })
  const metricsServer =
    config.metricsPort > 0
      ? await serveMetrics({
          port: config.metricsPort + Number(index ?? 0),
          host: config.host,
          token: config.metricsToken,
          registry: metrics.registry,
        })
      : null
  return {
    ready: { port: gateway.port, node: gateway.node, pids: [process.pid] },
    stopMs: config.drainMs * 2,
    async stop() {
      await gateway.stop()
      await metricsServer?.close()
    },
  }
})
