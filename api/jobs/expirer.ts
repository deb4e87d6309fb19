// Once a second: messages whose time is over are deleted, and histories that were cleared for both people emptied.
// Several processes may do it at once: a chat, or a history, is one's at a time. What a stopped process left is still due.

import { eraseCleared, expireMessages } from '#shared/actions/expire-messages.ts'
import type { Services } from '#shared/actions/services.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import { repeat } from './repeat.ts'

const everyMs = 1_000

/** Starts it; the function returned stops it after the round under way. */
export function startExpirer(deps: Services & { log: Log; metrics: Metrics }): () => Promise<void> {
  const expired = deps.metrics.counter(
    'messages_expired_total',
    'Messages that were deleted because their time was over.',
  )
  const failed = deps.metrics.counter(
    'messages_expiry_failures_total',
    'Rounds over expired messages and cleared histories that failed somewhere.',
  )
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (err) {
      failed.inc()
      deps.log.debug({ err }, 'expired messages stay for the next round')
    }
  }
  return repeat(async () => {
    await attempt(async () => expired.inc(await expireMessages(deps)))
    await attempt(() => eraseCleared(deps))
    return everyMs
  })
}
