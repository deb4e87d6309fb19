// One message a call and a commit each: what Petrel's own SQL gives without batches. Same function, same
// durability, order, rights and check for resends; outbox rows are deleted now and then, as the gateway does. No gateway, no frames and no delivery are in it.

import { randomRid } from '#shared/protocol/ids.ts'
import { openDb, type Queryable } from '#shared/store/db.ts'
import { sendMessages } from '#shared/store/messages.ts'
import { clearOutbox } from '#shared/store/outbox.ts'
import { textBytes } from '../generator/dialect.ts'

/**
 * Messages a second that a database with direct chats takes so.
 * @param connections busy all the time, each with a chat of its own
 * @throws Error when there are fewer direct chats, or when a message is not written
 */
export async function singleCommitRate(options: {
  databaseUrl: string
  seconds: number
  connections: number
}): Promise<number> {
  const { databaseUrl, seconds, connections } = options
  const db = openDb({ url: databaseUrl, poolMax: 1, name: 'petrel bench' })
  let clearing: NodeJS.Timeout | undefined
  try {
    const places = await db.query<{ chat: number; sender: number }>({
      text: `select c.id as chat, c.direct_a as sender from chats c
             where c.kind = 'direct' order by c.id limit $1`,
      values: [connections],
    })
    if (places.length < connections) throw new Error(`fewer than ${connections} direct chats`)
    const done: number[] = []
    const lanes = places.map(() => db.lane())
    // Connected, and its statements planned, before the time begins.
    const first = await Promise.all(
      places.map(({ chat, sender }, i) =>
        sendMessages(lanes[i] as Queryable, [message(chat, sender)]),
      ),
    )
    for (const row of first.flat()) if (row.outbox_id !== null) done.push(row.outbox_id)
    clearing = setInterval(() => {
      clearOutbox(db, done.splice(0)).catch(() => undefined)
    }, 250)
    const beginMs = performance.now()
    const endMs = beginMs + seconds * 1000
    const counts = await Promise.all(
      places.map(async ({ chat, sender }, i) => {
        const lane = lanes[i] as Queryable
        let written = 0
        for (; performance.now() < endMs; written++) {
          const [row] = await sendMessages(lane, [message(chat, sender)])
          if (!row || row.outbox_id === null) throw new Error(`not written: status ${row?.status}`)
          done.push(row.outbox_id)
        }
        return written
      }),
    )
    const tookS = (performance.now() - beginMs) / 1000
    await clearOutbox(db, done)
    return counts.reduce((sum, count) => sum + count, 0) / tookS
  } finally {
    clearInterval(clearing)
    await db.close()
  }
}

function message(chat: number, sender: number) {
  const text = 'x'.repeat(textBytes)
  return { chat, sender, rid: randomRid(), text, ents: undefined, reply: undefined, silent: false }
}
