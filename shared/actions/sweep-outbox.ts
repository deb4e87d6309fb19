// Heals what died between commit and publish: outbox rows older than a second are announced as heads, so
// that gateways which are behind catch up from PostgreSQL. Runs as a job; several may run at once.

import type { Bus, BusEvent } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { clearOutbox, takeFromOutbox } from '#shared/store/outbox.ts'

const olderThanMs = 1_000
const rowsPerSweep = 500

/** @returns how many rows were announced @throws Error when Redis is away; the rows stay then */
export async function sweepOutbox(deps: { db: Db; bus: Pick<Bus, 'publish'> }): Promise<number> {
  return deps.db.tx(async tx => {
    const { ids, moved } = await takeFromOutbox(tx, olderThanMs, rowsPerSweep)
    if (ids.length === 0) return 0
    const events: BusEvent[] = [
      ...moved.chats.map(({ chat, rev }) => ({ type: 'head', chat, rev }) as const),
      ...moved.users.map(({ user, urev }) => ({ type: 'userHead', user, urev }) as const),
    ]
    await deps.bus.publish(events)
    await clearOutbox(tx, ids)
    return ids.length
  })
}
