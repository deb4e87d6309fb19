// Reading: chat list, one chat, history, members, profiles. Everything is checked by membership.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat, Member, Message, Own, User } from '#shared/protocol/models.ts'
import {
  activeRoles,
  type ChatKind,
  can,
  type Role,
  runsChat,
} from '#shared/protocol/permissions.ts'
import { readChats, readChatsOfMany } from '#shared/store/chat-views.ts'
import { readChatFor, readChatPage } from '#shared/store/chats.ts'
import type { Db } from '#shared/store/db.ts'
import {
  findMembers,
  readMembers as readMemberPage,
  readPair,
  toMember,
} from '#shared/store/members.ts'
import { type HistoryRange, readHistory as readPage } from '#shared/store/messages.ts'
import { readOwnChoices } from '#shared/store/own-choices.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { estimateBytes, estimateChatBytes, fitForward } from './fit-page.ts'
import { commentersOf, type PostParts, readPostParts } from './post-parts.ts'

interface Deps {
  db: Db
}

/** Chats with the people that their rows show. */
export interface ChatList {
  chats: Chat[]
  users: User[]
}

/** Chats with the people that their rows show, in the order of `ids`; those the user is not in are left out. */
export async function describeChats(
  { db }: Deps,
  user: UserId,
  ids: readonly ChatId[],
): Promise<ChatList> {
  const found = new Map((await readChats(db, user, ids)).map(chat => [chat.id, chat]))
  const chats = ids.flatMap(id => found.get(id) ?? [])
  return { chats, users: await readProfiles(db, peopleOf(user, chats)) }
}

/** HOT: per HELLO. describeChats() for many people with two statements; `asked[i]` gets the i-th answer. */
export async function describeChatsOfMany(
  { db }: Deps,
  asked: readonly { user: UserId; ids: readonly ChatId[] }[],
): Promise<ChatList[]> {
  const wanted = asked.flatMap(({ user, ids }) => ids.map(chat => ({ user, chat })))
  const found = new Map<UserId, Map<ChatId, Chat>>(asked.map(({ user }) => [user, new Map()]))
  for (const { user, chat } of await readChatsOfMany(db, wanted))
    found.get(user)?.set(chat.id, chat)
  const lists = asked.map(({ user, ids }) => ids.flatMap(id => found.get(user)?.get(id) ?? []))
  const people = lists.map((chats, i) => peopleOf((asked[i] as { user: UserId }).user, chats))
  const profiles = await readProfiles(db, new Set(people.flatMap(each => [...each])))
  const byId = new Map(profiles.map(profile => [profile.id, profile]))
  return lists.map((chats, i) => ({
    chats,
    users: [...(people[i] as Set<UserId>)].flatMap(id => byId.get(id) ?? []),
  }))
}

/** Whom a chat list shows: its owner, the other one of a direct chat, who wrote last. */
function peopleOf(user: UserId, chats: readonly Chat[]): Set<UserId> {
  const people = new Set<UserId>([user])
  for (const chat of chats) {
    if (chat.peer !== undefined) people.add(chat.peer)
    if (chat.last) for (const user of peopleIn([chat.last])) people.add(user)
  }
  return people
}

/** One chat. @throws AppError not_found */
export async function describeChat(
  deps: Deps,
  user: UserId,
  id: ChatId,
): Promise<{ chat: Chat; users: User[] }> {
  const { chats, users } = await describeChats(deps, user, [id])
  const [chat] = chats
  if (!chat) throw new AppError('not_found')
  return { chat, users }
}

export interface ChatPageKey {
  at: number
  chat: ChatId
}

/** A page of the chat list, latest activity first, and the key of the next page if there is one. */
export async function listChats(
  deps: Deps,
  user: UserId,
  after: ChatPageKey | undefined,
  limit: number,
): Promise<{ chats: Chat[]; users: User[]; next?: ChatPageKey }> {
  const rows = await readChatPage(deps.db, user, after, limit + 1)
  const page = rows.slice(0, limit)
  const described = await describeChats(
    deps,
    user,
    page.map(row => row.chat),
  )
  const chats = fitForward(described.chats, estimateChatBytes)
  const cut = chats.length < described.chats.length
  const end = cut ? page.find(row => row.chat === chats.at(-1)?.id) : page.at(-1)
  return (cut || rows.length > limit) && end
    ? { chats, users: described.users, next: { at: end.at, chat: end.chat } }
    : described
}

/** A page of messages; of one over `limits.diffBytesMax` what lies nearest to where it starts. @throws AppError not_found */
export async function readHistory(
  { db }: Deps,
  user: UserId,
  chat: ChatId,
  range: HistoryRange,
  limit: number,
): Promise<{ messages: Message[]; own?: Own[]; users: User[]; rev: Rev; seq: Seq } & PostParts> {
  const found = await readChatFor(db, chat, user)
  if (!found) throw new AppError('not_found')
  const reader = { user, hiddenUpTo: found.me.hiddenUpTo }
  const page = await readPage(db, chat, range, limit, reader)
  const messages = fitPage(page, range)
  const seqs = messages.map(message => message.seq)
  const [posts, own] = await Promise.all([
    readPostParts(db, user, found, seqs),
    readOwnChoices(db, chat, seqs, [user]),
  ])
  const users = await readProfiles(db, [...peopleIn(messages), ...commentersOf(posts)])
  const chosen = own.length > 0 && { own: own.map(each => each.own) }
  return { messages, ...chosen, ...posts, users, rev: found.rev, seq: found.seq }
}

/** Authors, and whom service messages tell of. Who wrote a forwarded message first need not be known here. */
export function peopleIn(messages: readonly Message[]): UserId[] {
  return messages.flatMap(({ from, svc }) => [from, ...(svc?.users ?? [])])
}

function fitPage(page: Message[], range: HistoryRange): Message[] {
  if ('after' in range) return fitForward(page, estimateBytes)
  // Numbers have no gaps, so what lies nearest to one of them has none either.
  const start = 'around' in range ? range.around : Number.MAX_SAFE_INTEGER
  const nearest = page.sort((a, b) => Math.abs(a.seq - start) - Math.abs(b.seq - start))
  return fitForward(nearest, estimateBytes).sort((a, b) => a.seq - b.seq)
}

export interface MemberQuestion {
  /** Only whose name, a word of it or whose username begins like this. */
  query?: string | undefined
  /** Only these; who may ban sees who is banned. */
  roles?: readonly Role[] | undefined
  after?: UserId | undefined
}

/** A page of the member list by user id; a channel's is for owner and admins. @throws AppError not_found, forbidden */
export async function listMembers(
  { db }: Deps,
  user: UserId,
  chat: ChatId,
  { query = '', roles = activeRoles, after = 0 }: MemberQuestion,
  limit: number,
): Promise<{ members: Member[]; users: User[]; next?: UserId }> {
  const found = await readChatFor(db, chat, user)
  if (!found) throw new AppError('not_found')
  const seesBanned = can(found.me, 'ban', { defaultRights: found.rights })
  if (!showsMembers(found) || (roles.includes('banned') && !seesBanned)) {
    throw new AppError('forbidden')
  }
  if (!isStorable(query)) throw new AppError('bad_text')
  const isWhole = query === '' && roles === activeRoles
  if (found.kind === 'direct') return listPair(db, found, after)
  const rows = isWhole
    ? await readMemberPage(db, chat, after, limit + 1)
    : await findMembers(db, found, { query, roles, after }, limit + 1)
  const page = rows.slice(0, limit)
  const members = page.map(row => toMember(row, showsReadMarks(found)))
  const users = await readProfiles(
    db,
    page.map(row => row.user_id),
  )
  const last = page.at(-1)
  return rows.length > limit && last ? { members, users, next: last.user_id } : { members, users }
}

/** Both people of a direct chat, whether the other one has taken it in or not: they are not to be told apart. */
async function listPair(
  db: Db,
  chat: { id: ChatId; kind: ChatKind; members: number },
  after: UserId,
): Promise<{ members: Member[]; users: User[] }> {
  const rows = (await readPair(db, chat.id)).filter(row => row.user_id > after)
  const shown = rows.map(row => ({ ...row, role: 'member' as const }))
  const members = shown.map(row => toMember(row, showsReadMarks(chat)))
  const users = await readProfiles(
    db,
    rows.map(row => row.user_id),
  )
  return { members, users }
}

/** Whether the asking member sees who else is in the chat: subscribers of a channel do not. */
export function showsMembers({ kind, me }: { kind: ChatKind; me: { role: Role } }): boolean {
  return kind !== 'channel' || runsChat(me.role)
}

/** Whether members of this chat see how far the others have read. */
export function showsReadMarks(chat: { kind: string; members: number }): boolean {
  return chat.kind !== 'channel' && chat.members <= limits.readMarksMembersMax
}
