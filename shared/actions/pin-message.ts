// Pinned messages: pin, unpin, list.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message, User } from '#shared/protocol/models.ts'
import { can, isRoom } from '#shared/protocol/permissions.ts'
import { readChatFor } from '#shared/store/chats.ts'
import { readVisible } from '#shared/store/hidden-messages.ts'
import { messageKind } from '#shared/store/messages.ts'
import { countPinned, readPins, setPinned } from '#shared/store/pins.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { changeChat } from './change-chat.ts'
import { estimateBytes, fitForward } from './fit-page.ts'
import { peopleIn } from './read-chats.ts'
import type { Services } from './services.ts'

/**
 * Pins or unpins a message; one that is so already changes nothing.
 * @throws AppError not_found, forbidden, conflict (deleted, or a service message), quota_reached
 */
export async function pinMessage(
  deps: Services,
  actor: UserId,
  input: { chat: ChatId; seq: Seq; on: boolean; silent?: true | undefined },
): Promise<{ rev: Rev }> {
  const { chat, seq, on } = input
  return changeChat(deps, chat, actor, async (change, me) => {
    if (!can(me, 'pin', { defaultRights: change.chat.rights })) throw new AppError('forbidden')
    const [stored] = (await readVisible(change.tx, actor, chat, [seq])) ?? []
    if (!stored) throw new AppError('not_found')
    const { message, kind } = stored
    if (message.deleted) throw new AppError('conflict', { detail: 'The message is deleted.' })
    if (kind === messageKind.service) {
      throw new AppError('conflict', { detail: 'A service message cannot be pinned.' })
    }
    if (on === (message.pinned ?? false)) return { rev: message.rev }
    if (on && (await countPinned(change.tx, chat)) >= limits.pinnedMessagesMax) {
      throw new AppError('quota_reached', {
        detail: `A chat has at most ${limits.pinnedMessagesMax} pinned messages.`,
      })
    }
    const rev = change.nextRev()
    await setPinned(change.tx, chat, seq, on, rev)
    const { pinned: _, ...rest } = message
    change.emit('changed', rev, { ...rest, rev, ...(on && { pinned: true }) })
    if (isRoom(change.chat.kind)) change.record(on ? 'pinned' : 'unpinned', { seq })
    if (on && !input.silent) await change.addService({ t: 'pinned', seq })
    return { rev: change.chat.rev }
  })
}

/** A page of the pinned messages, newest first. @throws AppError not_found */
export async function listPins(
  { db }: Pick<Services, 'db'>,
  user: UserId,
  chat: ChatId,
  before: Seq,
  limit: number,
): Promise<{ messages: Message[]; users: User[]; next?: Seq }> {
  const found = await readChatFor(db, chat, user)
  if (!found) throw new AppError('not_found')
  const reader = { user, hiddenUpTo: found.me.hiddenUpTo }
  const rows = await readPins(db, chat, before, limit + 1, reader)
  const messages = fitForward(rows.slice(0, limit), estimateBytes)
  const users = await readProfiles(db, peopleIn(messages))
  const last = messages.at(-1)
  return rows.length > messages.length && last
    ? { messages, users, next: last.seq }
    : { messages, users }
}
