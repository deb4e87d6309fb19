// Reading: chat list, one chat, history, members, profiles. Everything is checked by membership.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat, Member, Message, User } from '#shared/protocol/models.ts'
import { type ChatKind, type Role, runsChat } from '#shared/protocol/permissions.ts'
import { readChatFor, readChatPage, readChats, readChatsOfMany } from '#shared/store/chats.ts'
import type { Db } from '#shared/store/db.ts'
import { readMembers as readMemberPage, toMember } from '#shared/store/members.ts'
import { type HistoryRange, readHistory as readPage } from '#shared/store/messages.ts'
import { readProfiles } from '#shared/store/profiles.ts'

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
    if (chat.last) people.add(chat.last.from)
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
): Promise<{ messages: Message[]; users: User[]; rev: Rev; seq: Seq }> {
  const found = await readChatFor(db, chat, user)
  if (!found) throw new AppError('not_found')
  const page = await readPage(db, chat, range, limit)
  const messages = fitPage(page, range)
  const users = await readProfiles(
    db,
    messages.map(message => message.from),
  )
  return { messages, users, rev: found.rev, seq: found.seq }
}

/** Bytes that a message takes in a frame at most, roughly: text in UTF-8 and its formatting. */
export function estimateBytes({ text, ents = [] }: Pick<Message, 'text' | 'ents'>): number {
  let bytes = 100 + text.length * 3
  // Most of a message can stand in the addresses of its links.
  for (const { url = '', lang = '' } of ents) bytes += 60 + (url.length + lang.length) * 3
  return bytes
}

/** The same for a chat in a list, its last message included. */
export function estimateChatBytes({ title = '', about = '', last }: Chat): number {
  return 300 + (title.length + about.length) * 3 + (last ? estimateBytes(last) : 0)
}

/** The first rows that fit into one answer; at least one. */
export function fitForward<Row>(rows: Row[], bytesOf: (row: Row) => number): Row[] {
  let bytes = 0
  const end = rows.findIndex((row, i) => {
    bytes += bytesOf(row)
    return i > 0 && bytes > limits.diffBytesMax
  })
  return end < 0 ? rows : rows.slice(0, end)
}

function fitPage(page: Message[], range: HistoryRange): Message[] {
  if ('after' in range) return fitForward(page, estimateBytes)
  // Numbers have no gaps, so what lies nearest to one of them has none either.
  const start = 'around' in range ? range.around : Number.MAX_SAFE_INTEGER
  const nearest = page.sort((a, b) => Math.abs(a.seq - start) - Math.abs(b.seq - start))
  return fitForward(nearest, estimateBytes).sort((a, b) => a.seq - b.seq)
}

/** A page of the member list by user id; a channel's is for owner and admins. @throws AppError not_found, forbidden */
export async function listMembers(
  { db }: Deps,
  user: UserId,
  chat: ChatId,
  after: UserId,
  limit: number,
): Promise<{ members: Member[]; users: User[]; next?: UserId }> {
  const found = await readChatFor(db, chat, user)
  if (!found) throw new AppError('not_found')
  if (!showsMembers(found)) throw new AppError('forbidden')
  const rows = await readMemberPage(db, chat, after, limit + 1)
  const page = rows.slice(0, limit)
  const members = page.map(row => toMember(row, showsReadMarks(found)))
  const users = await readProfiles(
    db,
    page.map(row => row.user_id),
  )
  const last = page.at(-1)
  return rows.length > limit && last ? { members, users, next: last.user_id } : { members, users }
}

/** Whether the asking member sees who else is in the chat: subscribers of a channel do not. */
export function showsMembers({ kind, me }: { kind: ChatKind; me: { role: Role } }): boolean {
  return kind !== 'channel' || runsChat(me.role)
}

/** Whether members of this chat see how far the others have read. */
export function showsReadMarks(chat: { kind: string; members: number }): boolean {
  return chat.kind !== 'channel' && chat.members <= limits.readMarksMembersMax
}
