// Read marks, in batches: high-water marks of each user, told to their own devices durably and to the other
// members of small chats as droppable frames.

import { userFrame } from '#shared/protocol/frames.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import { type MovedMark, markRead, type ReadMark } from '#shared/store/members.ts'
import type { Services } from './services.ts'

/** Stores marks and publishes what they changed. @returns the marks that moved */
export async function markReadBatch(
  deps: Services,
  marks: readonly ReadMark[],
): Promise<ReadMark[]> {
  const changed = await markRead(deps.db, marks)
  deps.publish({ outbox: changed[0]?.outbox_id ?? null, events: changed.map(eventOf) })
  return changed.filter(mark => mark.moved)
}

function eventOf({ user, chat, seq, urev, top, mentions }: MovedMark): BusEvent {
  const body = { chat, seq, top, ...(mentions > 0 && { mentions }) }
  return { type: 'user', user, urev, frame: Buffer.from(userFrame('read', urev, body)) }
}
