// Once a second: restrictions and bans whose time is over end. Now and then: old acts of the chats' logs are forgotten.
// Several processes may do it at once: a chat's lock lets one of them end what is over, the other finds nothing.

import { forgetOld } from '#shared/actions/admin-log.ts'
import { liftExpired } from '#shared/actions/restrict.ts'
import type { Services } from '#shared/actions/services.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import { repeat } from './repeat.ts'

const roundsPerCleaning = 600

/** Starts it; the function returned stops it after the round under way. */
export function startRestrictions(
  deps: Services & { log: Log; metrics: Metrics },
): () => Promise<void> {
  const lifted = deps.metrics.counter(
    'restrictions_ended_total',
    'Restrictions and bans that ended because their time was over.',
  )
  const failed = deps.metrics.counter(
    'restrictions_failures_total',
    'Rounds over restrictions and logs that failed somewhere.',
  )
  let rounds = 0
  return repeat(async () => {
    try {
      lifted.inc(await liftExpired(deps))
      if (rounds++ % roundsPerCleaning === 0) await forgetOld(deps)
    } catch (err) {
      failed.inc()
      deps.log.debug({ err }, 'a round over restrictions and logs failed')
    }
    return limits.restrictionsEveryMs
  })
}
