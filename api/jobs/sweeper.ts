// Runs the outbox sweeper once a second. Several processes may do it at once: rows under work are skipped.

import { setTimeout as sleep } from 'node:timers/promises'
import { sweepOutbox } from '#shared/actions/sweep-outbox.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import type { Bus } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'

const everyMs = 1_000

/** Starts it; the function returned stops it after the sweep under way. */
export function startSweeper(deps: {
  db: Db
  bus: Pick<Bus, 'publish'>
  log: Log
  metrics: Metrics
}): () => Promise<void> {
  const swept = deps.metrics.counter(
    'outbox_swept_total',
    'Outbox rows that the sweeper announced.',
  )
  const failed = deps.metrics.counter(
    'outbox_sweep_failures_total',
    'Sweeps that PostgreSQL or Redis refused.',
  )
  const stop = new AbortController()
  const loop = async () => {
    while (!stop.signal.aborted) {
      try {
        swept.inc(await sweepOutbox(deps))
      } catch (err) {
        failed.inc()
        deps.log.debug({ err }, 'sweep failed')
      }
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const done = loop()
  return async () => {
    stop.abort()
    await done
  }
}
