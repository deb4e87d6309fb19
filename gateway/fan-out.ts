// What happens after a commit: this process's sockets get the frames at once, the others over the bus, and
// the outbox row is deleted once the bus has them. If the bus is away the row stays for the sweeper.

import type { Batch } from '#shared/actions/services.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Bus } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { clearOutbox } from '#shared/store/outbox.ts'
import type { Hub } from './hub.ts'

const clearEveryMs = 250
const idsKeptMax = 10_000

export class FanOut {
  readonly #hub: Hub
  readonly #bus: Pick<Bus, 'publish'>
  readonly #db: Db
  readonly #log: Log
  #done: number[] = []
  #timer: NodeJS.Timeout
  #pending = 0

  constructor({ hub, bus, db, log }: { hub: Hub; bus: Pick<Bus, 'publish'>; db: Db; log: Log }) {
    this.#hub = hub
    this.#bus = bus
    this.#db = db
    this.#log = log
    this.#timer = setInterval(() => void this.clear(), clearEveryMs)
    this.#timer.unref()
  }

  /** HOT: per batch. Never throws. */
  publish = ({ outbox, events }: Batch): void => {
    for (const event of events) this.#hub.deliver(event)
    this.#pending++
    this.#bus
      .publish(events)
      .then(
        () => {
          // Past the bound the sweeper announces them once more, which is harmless.
          if (outbox !== null && this.#done.length < idsKeptMax) this.#done.push(outbox)
        },
        () => undefined,
      )
      .finally(() => {
        this.#pending--
      })
  }

  /** Batches whose answer from the bus is outstanding. */
  get pending(): number {
    return this.#pending
  }

  /** Deletes the outbox rows whose events the bus has; every quarter of a second it is done by itself. */
  async clear(): Promise<void> {
    const ids = this.#done
    this.#done = []
    await clearOutbox(this.#db, ids).catch(err => {
      this.#log.debug({ err }, 'outbox rows stay for the sweeper')
    })
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.clear()
  }
}
