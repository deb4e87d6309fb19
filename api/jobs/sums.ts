// Once a second: closes polls whose time is over, tells the sums of messages that a dead gateway left, and forgets
// messages whose sums were told long ago. Several processes may do it at once: each message is held by one of them.

import { closeOverduePoll } from '#shared/actions/polls.ts'
import type { Services } from '#shared/actions/services.ts'
import { tellSums } from '#shared/actions/tell-sums.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Metrics } from '#shared/runtime/metrics.ts'
import { forgetTold, readLate, type Spot } from '#shared/store/dirty-messages.ts'
import { readOverduePolls } from '#shared/store/polls.ts'
import { repeat } from './repeat.ts'

const everyMs = 1_000
/** A living gateway tells sums when they are due. */
const lateMs = 1_000
const rowsPerRound = 500

/** Starts it; the function returned stops it after the round under way. */
export function startSums(deps: Services & { log: Log; metrics: Metrics }): () => Promise<void> {
  const rescued = deps.metrics.counter(
    'sums_rescued_total',
    'Messages whose sums no gateway had told in time.',
  )
  const failed = deps.metrics.counter(
    'sums_failures_total',
    'Polls that could not be closed and sums that could not be told.',
  )
  return repeat(async () => {
    const round = await runRound(deps).catch(error => ({ told: 0, errors: [error] }))
    rescued.inc(round.told)
    failed.inc(round.errors.length)
    for (const err of round.errors) deps.log.debug({ err }, 'sums stay for the next round')
    return everyMs
  })
}

/** One round; one message that fails leaves the others alone. @returns how many late ones were told, and what failed */
export async function runRound(deps: Services): Promise<{ told: number; errors: unknown[] }> {
  const errors: unknown[] = []
  const eachOf = async (spots: readonly Spot[], work: (spot: Spot) => Promise<unknown>) => {
    const before = errors.length
    for (const spot of spots) await work(spot).catch(error => errors.push(error))
    return spots.length - (errors.length - before)
  }
  await eachOf(await readOverduePolls(deps.db, rowsPerRound), async poll => {
    const dueInMs = await closeOverduePoll(deps, poll)
    // Told just before: a round soon after finds it late.
    if (dueInMs === 0) await tellSums(deps, poll, { skip: false })
  })
  const told = await eachOf(await readLate(deps.db, lateMs, rowsPerRound), spot =>
    tellSums(deps, spot, { skip: true }),
  )
  let gone = rowsPerRound
  while (gone === rowsPerRound) gone = await forgetTold(deps.db, rowsPerRound)
  return { told, errors }
}
