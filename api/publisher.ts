// Hands what was committed here to the gateways. The api has no sockets of its own, so the bus is all there is.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch } from '#shared/actions/services.ts'
import type { Report } from '#shared/runtime/report.ts'
import type { Bus } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { clearOutbox } from '#shared/store/outbox.ts'

/** Together 5 s: longer than Redis needs to come back after a restart. */
const signalTries = 20
const signalPauseMs = 250

export interface Publisher {
  /**
   * Never throws and does not wait. What Redis does not take, the outbox sweeper repeats; a signal without
   * an outbox row is tried again for a while, since gateways otherwise find it only at their next comparison.
   */
  publish(batch: Batch): void
  /** Resolves when everything handed over so far has reached the bus or has failed. */
  settled(): Promise<void>
}

export function createPublisher(deps: {
  db: Db
  bus: Pick<Bus, 'publish'>
  report: Report
}): Publisher {
  const underWay = new Set<Promise<void>>()
  return {
    publish(batch) {
      const sent = send(deps, batch).finally(() => underWay.delete(sent))
      underWay.add(sent)
    },
    async settled() {
      await Promise.all(underWay)
    },
  }
}

async function send(
  { db, bus, report }: { db: Db; bus: Pick<Bus, 'publish'>; report: Report },
  { events, outbox }: Batch,
): Promise<void> {
  for (let triesLeft = outbox === null ? signalTries : 1; ; ) {
    try {
      await bus.publish(events)
      if (outbox !== null) await clearOutbox(db, [outbox])
      return
    } catch (err) {
      if (--triesLeft === 0) {
        report.signalLost({ err })
        return
      }
    }
    await sleep(signalPauseMs)
  }
}
