// Once an hour: the times at which messages were read are deleted when senders are no longer told. Several processes
// may do it at once: rows under work are passed over.

import { limits } from '#shared/protocol/limits.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Db } from '#shared/store/db.ts'
import { purgeReadTimes } from '#shared/store/read-times.ts'
import { repeat } from './repeat.ts'

const everyMs = 3_600_000
/** A statement's worth: some 50 ms. */
const rowsPerStep = 5_000

interface Deps {
  db: Db
  clock: Pick<Clock, 'now'>
  log: Log
}

/** Starts it; the function returned stops it after the step under way. */
export function startReadTimes(deps: Deps): () => Promise<void> {
  return repeat(async signal => {
    await purge(deps, signal).catch(err => {
      deps.log.debug({ err }, 'old read times stay for the next round')
    })
    return everyMs
  })
}

async function purge({ db, clock }: Deps, signal: AbortSignal): Promise<void> {
  const beforeMs = clock.now() - limits.readTimesKeptMs
  let gone = rowsPerStep
  while (gone === rowsPerStep && !signal.aborted)
    gone = await purgeReadTimes(db, beforeMs, rowsPerStep)
}
