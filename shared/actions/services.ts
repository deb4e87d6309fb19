// What use cases are given. gateway.ts and api/main.ts build these once; an action asks for the ones it uses.

import type { Clock } from '#shared/runtime/clock.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'

/** What one commit made known: the events, and the outbox row to delete once the bus has them. */
export interface Batch {
  outbox: number | null
  events: BusEvent[]
}

export interface Services {
  db: Db
  clock: Clock
  /** Delivers to this process's own sockets at once and to the others over the bus. Never throws. */
  publish(batch: Batch): void
}
