// A batch of marks is stored, and the other members of small chats hear of those that moved: droppable frames, here
// and in other processes.

import { markReadBatch } from '#shared/actions/mark-read.ts'
import { showsReadMarks } from '#shared/actions/read-chats.ts'
import type { Services } from '#shared/actions/services.ts'
import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Cast } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { markDelivered, type ReadMark } from '#shared/store/read-marks.ts'
import type { Hub } from './hub.ts'
import type { ReadNews } from './read-news.ts'

interface Out {
  hub: Pick<Hub, 'chats' | 'castChat'>
  cast(cast: Cast): void
}

/** Stores read marks; other processes get those of a chat in one piece. @throws AppError overloaded, timeout */
export async function storeReads(
  deps: Services & Out & { readNews: Pick<ReadNews, 'put'> },
  batch: readonly ReadMark[],
): Promise<void> {
  const chats = new Map<ChatId, [UserId, Seq][]>()
  for (const { user, chat, seq } of await markReadBatch(deps, batch)) {
    const entry = deps.hub.chats.get(chat)
    if (!entry || !showsReadMarks(entry)) continue
    const marks = chats.get(chat)
    if (marks) marks.push([user, seq])
    else chats.set(chat, [[user, seq]])
  }
  for (const [chat, marks] of chats) {
    deps.readNews.put(chat, marks)
    deps.cast({ type: 'reads', chat, marks })
  }
}

/** Stores delivered marks of direct chats. @throws AppError overloaded, timeout */
export async function storeDelivered(
  { db, hub, cast }: Out & { db: Db },
  batch: readonly ReadMark[],
): Promise<void> {
  for (const { user, chat, seq } of await markDelivered(db, batch)) {
    const frame = Buffer.from(ephemeralFrame('delivered', { chat, seq }))
    hub.castChat(chat, user, frame)
    cast({ type: 'chat', chat, from: user, frame })
  }
}
