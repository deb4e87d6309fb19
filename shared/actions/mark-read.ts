// Read marks, in batches: high-water marks of each user, told to their own devices durably and to the other
// members of small chats as droppable frames.

import { userFrame } from '#shared/protocol/frames.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import {
  type MovedMark,
  markRead,
  type OwnRun,
  type ReadMark,
  readOwnUnread,
} from '#shared/store/read-marks.ts'
import type { Services } from './services.ts'

/** Stores marks and publishes what they changed. @returns the marks that moved */
export async function markReadBatch(
  deps: Pick<Services, 'db' | 'publish'>,
  marks: readonly ReadMark[],
): Promise<ReadMark[]> {
  const changed = await markRead(deps.db, marks)
  deps.publish({ outbox: changed[0]?.outbox_id ?? null, events: changed.map(eventOf) })
  return changed.filter(mark => mark.moved)
}

/** Marks what people wrote where no device of theirs says so, if everything before it was read. */
export async function readOwnRuns(
  deps: Pick<Services, 'db' | 'publish'>,
  runs: readonly OwnRun[],
): Promise<void> {
  const marks = await readOwnUnread(deps.db, runs)
  if (marks.length > 0) await markReadBatch(deps, marks)
}

function eventOf({ user, chat, seq, urev, top, mentions }: MovedMark): BusEvent {
  const body = { chat, seq, top, ...(mentions > 0 && { mentions }) }
  return { type: 'user', user, urev, frame: Buffer.from(userFrame('read', urev, body)) }
}
