// Sends scheduled messages at their times. Several processes may do it at once: whoever comes first to a message sends
// it, and the others find nothing to do.

import { type SentScheduled, sendDue } from '#shared/actions/send-scheduled.ts'
import type { Services } from '#shared/actions/services.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import { readNextDue } from '#shared/store/scheduled.ts'
import { repeat } from './repeat.ts'

/** A message scheduled meanwhile for a time just ahead is found so late at most. */
const pauseMsMax = 500
/** While another process sends what is due. */
const pauseMsMin = 20

interface Deps extends Services {
  log: Log
  metrics: Metrics
  /** Told of each that was sent; must not throw. */
  onSent?: (sent: SentScheduled) => void
}

/** Starts it; the function returned stops it after the round under way. */
export function startScheduled(deps: Deps): () => Promise<void> {
  const sent = deps.metrics.counter('scheduled_sent_total', 'Scheduled messages that were sent.')
  const refused = deps.metrics.counter(
    'scheduled_refused_total',
    'Scheduled messages that were refused when their time came.',
  )
  const failed = deps.metrics.counter(
    'scheduled_failures_total',
    'Rounds of sending that PostgreSQL did not take.',
  )
  return repeat(async () => {
    try {
      const round = await sendDue(deps)
      sent.inc(round.sent.length)
      refused.inc(round.failed)
      for (const each of round.sent) deps.onSent?.(each)
      if (round.isMore) return 0
    } catch (err) {
      failed.inc()
      deps.log.debug({ err }, 'scheduled messages wait for the next round')
    }
    return untilNext(deps)
  })
}

async function untilNext({ db, clock }: Services): Promise<number> {
  const due = await readNextDue(db).catch(() => undefined)
  if (due === undefined) return pauseMsMax
  return Math.min(Math.max(due - clock.now(), pauseMsMin), pauseMsMax)
}
