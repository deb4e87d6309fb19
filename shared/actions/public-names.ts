// Public names of groups and channels: taking one, finding whose it is, joining by it.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ChatPreview, Message, User } from '#shared/protocol/models.ts'
import { isReservedName } from '#shared/protocol/names.ts'
import { isActive } from '#shared/protocol/permissions.ts'
import { readChatCard } from '#shared/store/chats.ts'
import { type Db, isUniqueViolation } from '#shared/store/db.ts'
import { readMember } from '#shared/store/members.ts'
import { readHistory } from '#shared/store/messages.ts'
import { findName } from '#shared/store/names.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { type ChatChange, changeChat } from './change-chat.ts'
import { enterRoom, isBraked } from './enter-room.ts'
import { estimateBytes, fitForward } from './fit-page.ts'
import { assertFits, assertRoom } from './members.ts'
import { peopleIn } from './read-chats.ts'
import type { Services } from './services.ts'

/**
 * Makes a group or channel public under a name, or private again. The unique index decides between two who want the
 * same name at once, users and chats alike.
 * @throws AppError forbidden (not the owner), username_taken (also for names that nobody may have), conflict
 */
export async function setUsername(
  deps: Services,
  actor: UserId,
  { chat, username }: { chat: ChatId; username: string | null },
): Promise<{ rev: Rev }> {
  if (username !== null && isReservedName(username)) throw new AppError('username_taken')
  try {
    return await changeChat(deps, chat, actor, async (change, me) => {
      assertRoom(change.chat)
      if (me.role !== 'owner') throw new AppError('forbidden')
      const was = change.chat.username
      if (was === username) return { rev: change.chat.rev }
      change.record('username', { text: username ?? '', was: was ?? '' })
      change.chat.username = username
      change.touchInfo()
      return { rev: change.chat.rev }
    })
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError('username_taken', { cause: error })
    throw error
  }
}

export interface Resolved {
  user?: User
  chat?: ChatPreview
  messages?: Message[]
  users: User[]
}

/** Whose name it is, and what may be seen of them from outside. @throws AppError not_found, also for who is banned there */
export async function resolveName(
  { db }: { db: Db },
  actor: UserId,
  username: string,
): Promise<Resolved> {
  const named = await findName(db, username)
  if (!named) throw new AppError('not_found')
  if ('chat' in named) return previewChat(db, actor, named.chat)
  const [user] = await readProfiles(db, [named.user])
  if (!user || user.deleted) throw new AppError('not_found')
  return { user, users: [] }
}

async function previewChat(db: Db, actor: UserId, chat: ChatId): Promise<Resolved> {
  const [card, member] = await Promise.all([readChatCard(db, chat), readMember(db, chat, actor)])
  // The name may have been given up between the two reads.
  if (!card || card.username === null || member?.role === 'banned') throw new AppError('not_found')
  const { id, kind, title, about, username, members } = card
  const preview: ChatPreview = { id, kind, title: title ?? '', username, members }
  if (about !== '') preview.about = about
  if (member && isActive(member.role)) preview.joined = true
  if (kind !== 'channel') return { chat: preview, users: [] }
  const page = await readHistory(db, chat, {}, limits.previewMessagesMax)
  const messages = fitForward(page.reverse(), estimateBytes).reverse()
  return { chat: preview, messages, users: await readProfiles(db, peopleIn(messages)) }
}

/**
 * Joins a public chat by its name; a member just gets the chat.
 * @throws AppError not_found (no such chat, no longer under this name, or banned there), group_full, rate_limited (a raid)
 */
export async function joinPublic(deps: Services, actor: UserId, username: string): Promise<ChatId> {
  const named = await findName(deps.db, username)
  if (!named || !('chat' in named)) throw new AppError('not_found')
  return enterFreely(deps, actor, named.chat, async ({ chat }) => {
    // It may have become private since, or another's.
    if (chat.username?.toLowerCase() !== username.toLowerCase()) throw new AppError('not_found')
  })
}

/**
 * Joins the discussion group of a channel that the actor is in, public or not: whoever linked it opened it to them.
 * @throws AppError not_found (not in the channel, it has no group, or banned there), group_full, rate_limited (a raid)
 */
export async function joinDiscussion(
  deps: Services,
  actor: UserId,
  channel: ChatId,
): Promise<ChatId> {
  const group = (await readChatCard(deps.db, channel))?.linked
  if (group === undefined || group === null) throw new AppError('not_found')
  return enterFreely(deps, actor, group, async ({ tx, chat }) => {
    const there = await readMember(tx, channel, actor)
    const linked = chat.kind === 'group' && chat.linked === channel
    if (!linked || !there || !isActive(there.role)) throw new AppError('not_found')
  })
}

/** A public door: closed for the banned as if it were not there. @param check throws when it does not lead here (any more) */
async function enterFreely(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  check: (change: ChatChange) => Promise<void>,
): Promise<ChatId> {
  await enterRoom(deps, actor, chat, {
    banned: 'not_found',
    async opens(change) {
      await check(change)
      await assertFits(change, 1)
      // By a link one asks to be let in then, by a name one waits.
      if (await isBraked(change)) {
        throw new AppError('rate_limited', { retryMs: 60_000, detail: 'Too many people join.' })
      }
      return true
    },
  })
  return chat
}
