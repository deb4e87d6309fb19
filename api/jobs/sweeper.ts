// Runs the outbox sweeper once a second. Several processes may do it at once: rows under work are skipped.

import { sweepOutbox } from '#shared/actions/sweep-outbox.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import type { Bus } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { repeat } from './repeat.ts'

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
  return repeat(async () => {
    try {
      swept.inc(await sweepOutbox(deps))
    } catch (err) {
      failed.inc()
      deps.log.debug({ err }, 'sweep failed')
    }
    return everyMs
  })
}
