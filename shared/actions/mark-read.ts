// Read marks, in batches: high-water marks of each user, told to their own devices durably and to the other
// members of small chats as droppable frames.

import { userFrame } from '#shared/protocol/frames.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import { markRead, type ReadMark } from '#shared/store/members.ts'
import type { Services } from './services.ts'

/** Stores marks and publishes those that moved. @returns the marks that moved */
export async function markReadBatch(
  deps: Services,
  marks: readonly ReadMark[],
): Promise<ReadMark[]> {
  const moved = await markRead(deps.db, marks)
  const events: BusEvent[] = moved.map(({ user, chat, seq, urev }) => ({
    type: 'user',
    user,
    urev,
    frame: Buffer.from(userFrame('read', urev, { chat, seq })),
  }))
  deps.publish({ outbox: moved[0]?.outbox_id ?? null, events })
  return moved
}
