// Who has read an own message, and when: for its author, in small chats, for a week.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { readChatFor } from '#shared/store/chats.ts'
import { readMessages } from '#shared/store/messages.ts'
import { mayKnow } from '#shared/store/privacy.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { type Reader, readReaders } from '#shared/store/read-times.ts'
import { showsReadMarks } from './read-chats.ts'
import type { Services } from './services.ts'

/**
 * Members who have read the actor's message.
 * @throws AppError not_found (no such chat or message to see), forbidden (somebody else's), conflict (the chat is too
 *   large, or a channel), too_old
 */
export async function readBy(
  { db, clock }: Pick<Services, 'db' | 'clock'>,
  actor: UserId,
  chat: ChatId,
  seq: Seq,
): Promise<OpOut<'readBy'>> {
  const found = await readChatFor(db, chat, actor)
  if (!found) throw new AppError('not_found')
  if (!showsReadMarks(found))
    throw new AppError('conflict', { detail: 'The chat is too large for this.' })
  const [stored] = await readMessages(db, chat, [seq])
  if (!stored || stored.message.deleted) throw new AppError('not_found')
  if (stored.sender !== actor) throw new AppError('forbidden')
  const sentAt = stored.message.at
  if (sentAt < clock.now() - limits.readTimesKeptMs)
    throw new AppError('too_old', { detail: 'Who read a message is told for a week.' })
  const readers = await readReaders(db, { chat, seq, sender: actor, sentAt })
  const users = await readProfiles(
    db,
    readers.map(reader => reader.user),
  )
  const open = await mayKnow(
    db,
    actor,
    readers.map(reader => reader.user),
    'lastSeen',
  )
  return { readers: readers.map(reader => toldOf(reader, open.has(reader.user))), users }
}

/** What the author learns of one reader: not when, of somebody who hides when they were last seen. */
function toldOf({ user, at }: Reader, showsWhen: boolean): OpOut<'readBy'>['readers'][number] {
  return at === null || !showsWhen ? { user } : { user, at }
}
