// Chats: what a member sees of them, creation, and the locked row that every durable change goes through.

import type { ChatId, Rev, Rid, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat } from '#shared/protocol/models.ts'
import type { ChatKind, Role } from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import { toMessage } from './messages.ts'

interface ChatRow {
  id: number
  kind: ChatKind
  last_rev: number
  last_seq: number
  title: string | null
  about: string
  username: string | null
  owner_id: number | null
  default_rights: number
  member_count: number
  created_at: number
  signatures: boolean
  linked_id: number | null
  slow_mode_s: number
  auto_delete_s: number
  quarantine_s: number
  role: Role
  rights: number
  read_seq: number
  urev: number
  muted_until: number | null
  pinned: boolean
  archived: boolean
  peer: number | null
  peer_read: number | null
  last: string | null
}

/** Everything a member sees of a chat: the chat's row, their own row, the newest message, others' read mark. */
const chatColumns = `
  c.id, c.kind, c.last_rev, c.last_seq, c.title, c.about, c.username, c.owner_id, c.default_rights,
  c.member_count, c.created_at, c.signatures, c.linked_id, c.slow_mode_s, c.auto_delete_s, c.quarantine_s, me.role, me.rights, me.read_seq, me.urev, me.muted_until,
  me.pinned_at is not null as pinned, me.archived,
  case when c.kind = 'direct' then c.direct_a + c.direct_b - me.user_id end as peer,
  case when c.member_count <= ${limits.readMarksMembersMax} and c.kind <> 'channel' then
    (select max(o.read_seq) from members o
     where o.chat_id = c.id and o.user_id <> me.user_id and o.role in ${activeRolesSql})
  end as peer_read,
  (select row_to_json(l) from (
     select m.seq, m.rev, m.sender_id, m.rid, m.text, m.entities, m.reply_to, m.silent, m.extra, m.thread, m.as_chat,
       m.pinned_at is not null as pinned, m.reacts,
       floor(extract(epoch from m.expires_at) * 1000)::float8 as expires_at,
       floor(extract(epoch from m.edited_at) * 1000)::float8 as edited_at,
       floor(extract(epoch from m.deleted_at) * 1000)::float8 as deleted_at,
       floor(extract(epoch from m.created_at) * 1000)::float8 as created_at
     from messages m where m.chat_id = c.id and m.seq = c.last_seq) l) as last`

function toChat(row: ChatRow): Chat {
  const chat: Chat = {
    id: row.id,
    kind: row.kind,
    rev: row.last_rev,
    seq: row.last_seq,
    rights: row.default_rights,
    members: row.member_count,
    at: row.created_at,
    me: { role: row.role, rights: row.rights, read: row.read_seq, urev: row.urev },
  }
  if (row.title !== null) chat.title = row.title
  if (row.about !== '') chat.about = row.about
  if (row.username !== null) chat.username = row.username
  if (row.owner_id !== null) chat.owner = row.owner_id
  if (row.signatures) chat.signatures = true
  if (row.linked_id !== null) chat.linked = row.linked_id
  if (row.slow_mode_s > 0) chat.slowModeS = row.slow_mode_s
  if (row.auto_delete_s > 0) chat.autoDeleteS = row.auto_delete_s
  if (row.quarantine_s > 0) chat.quarantineS = row.quarantine_s
  if (row.muted_until !== null) chat.me.mutedUntil = row.muted_until
  if (row.pinned) chat.me.pinned = true
  if (row.archived) chat.me.archived = true
  if (row.peer !== null) chat.peer = row.peer
  if (row.peer_read !== null) chat.peerRead = row.peer_read
  if (row.last) chat.last = toMessage(row.last as unknown as Parameters<typeof toMessage>[0])
  return chat
}

/** These chats as `user` sees them, in no order; those the user is not in are left out. */
export async function readChats(
  db: Queryable,
  user: UserId,
  ids: readonly ChatId[],
): Promise<Chat[]> {
  if (ids.length === 0) return []
  const rows = await db.query<ChatRow>({
    name: 'chats-by-id',
    text: `select ${chatColumns}
           from members me join chats c on c.id = me.chat_id
           where me.user_id = $1 and me.chat_id = any ($2) and me.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [user, ids],
  })
  return rows.map(toChat)
}

/** A person and one of their chats. */
export interface Pair {
  user: UserId
  chat: ChatId
}

/** HOT: per HELLO. readChats() for many people at once: each chat as its person sees it, in no order. */
export async function readChatsOfMany(
  db: Queryable,
  pairs: readonly Pair[],
): Promise<{ user: UserId; chat: Chat }[]> {
  if (pairs.length === 0) return []
  const rows = await db.query<ChatRow & { for_user: number }>({
    name: 'chats-of-many',
    text: `select me.user_id as for_user, ${chatColumns}
           from unnest($1::bigint[], $2::bigint[]) as wanted (person, chat)
           join members me on me.chat_id = wanted.chat and me.user_id = wanted.person
           join chats c on c.id = me.chat_id
           where me.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [pairs.map(pair => pair.user), pairs.map(pair => pair.chat)],
  })
  return rows.map(row => ({ user: row.for_user, chat: toChat(row) }))
}

/** Where a user's chat stands, for subscriptions and resume. */
export interface ChatPosition {
  chat: ChatId
  kind: ChatKind
  rev: Rev
  seq: Seq
  members: number
  /** The user's urev at the last change of their own row. */
  urev: Urev
  /** Time of the last message, ms since 1970. */
  at: number
}

/** HOT: per HELLO. All chats of each user, latest activity first. Index: members_user. */
export async function readPositions(
  db: Queryable,
  users: readonly UserId[],
): Promise<Map<UserId, ChatPosition[]>> {
  const rows = await db.query<ChatPosition & { user: UserId }>({
    name: 'positions',
    text: `select m.user_id as "user", m.chat_id as chat, c.kind, c.last_rev as rev, c.last_seq as seq,
             c.member_count as members, m.urev, c.last_at as at
           from members m join chats c on c.id = m.chat_id
           where m.user_id = any ($1) and m.role in ${activeRolesSql} and c.deleted_at is null
           order by c.last_at desc, c.id desc`,
    values: [users],
  })
  const positions = new Map<UserId, ChatPosition[]>(users.map(user => [user, []]))
  for (const { user, ...position } of rows) positions.get(user)?.push(position)
  return positions
}

/** A page of the chat list behind `after`, latest activity first. */
export async function readChatPage(
  db: Queryable,
  user: UserId,
  after: { at: number; chat: ChatId } | undefined,
  limit: number,
): Promise<{ chat: ChatId; at: number }[]> {
  return db.query<{ chat: ChatId; at: number }>({
    name: 'chats-page',
    text: `select m.chat_id as chat, c.last_at as at
           from members m join chats c on c.id = m.chat_id
           where m.user_id = $1 and m.role in ${activeRolesSql} and c.deleted_at is null
             and ($2::float8 is null or (date_trunc('milliseconds', c.last_at), c.id) < (to_timestamp($2::float8 / 1000), $3::bigint))
           order by date_trunc('milliseconds', c.last_at) desc, c.id desc limit $4`,
    values: [user, after?.at ?? null, after?.chat ?? null, limit],
  })
}

/** Chats in which the user's own row changed after `since`, those left included. Index: members_urev. */
export function readChangedPlaces(
  db: Queryable,
  user: UserId,
  since: Urev,
): Promise<{ chat: ChatId; role: Role; urev: Urev }[]> {
  return db.query<{ chat: ChatId; role: Role; urev: Urev }>({
    name: 'places-changed',
    text: `select chat_id as chat, role, urev from members where user_id = $1 and urev > $2 order by urev`,
    values: [user, since],
  })
}

/** The chat's own row as every member sees it. */
export interface ChatInfo {
  id: ChatId
  kind: ChatKind
  title: string | null
  about: string
  username: string | null
  owner: UserId | null
  rights: number
  members: number
  rev: Rev
  seq: Seq
  signatures: boolean
  linked: ChatId | null
  slowModeS: number
  autoDeleteS: number
  quarantineS: number
}

const infoColumns = `c.id, c.kind, c.title, c.about, c.username, c.owner_id as owner, c.default_rights as rights,
  c.member_count as members, c.last_rev as rev, c.last_seq as seq, c.signatures, c.linked_id as linked,
  c.slow_mode_s as "slowModeS", c.auto_delete_s as "autoDeleteS", c.quarantine_s as "quarantineS"`

/** The asking member's place in a chat. */
export interface Place {
  role: Role
  rights: number
}

/** A chat and the asking user's place in it, without a lock; undefined if there is none to see. */
export async function readChatFor(
  db: Queryable,
  chat: ChatId,
  user: UserId,
): Promise<(ChatInfo & { me: Place; infoRev: Rev }) | undefined> {
  const rows = await db.query<ChatInfo & { infoRev: Rev; my_role: Role; my_rights: number }>({
    name: 'chat-for',
    text: `select ${infoColumns}, c.info_rev as "infoRev", m.role as my_role, m.rights as my_rights
           from chats c join members m on m.chat_id = c.id
           where c.id = $1 and m.user_id = $2 and m.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [chat, user],
  })
  const row = rows[0]
  return row && { ...row, me: { role: row.my_role, rights: row.my_rights } }
}

/** Locks a chat for a durable change; the lock gives rev and seq their order. Undefined if it does not exist. */
export async function lockChat(tx: Queryable, chat: ChatId): Promise<ChatInfo | undefined> {
  const rows = await tx.query<ChatInfo>({
    name: 'chat-lock',
    text: `select ${infoColumns} from chats c where c.id = $1 and c.deleted_at is null for no key update`,
    values: [chat],
  })
  return rows[0]
}

/**
 * Writes a locked chat back. `infoRev` only when the row itself, not just its counters, changed.
 * A new owner has not made the chat, and may have used the same rid for one of their own.
 */
export async function storeChat(tx: Queryable, chat: ChatInfo, infoRev: Rev | null): Promise<void> {
  await tx.query({
    name: 'chat-store',
    text: `update chats set title = $2, about = $3, owner_id = $4,
             create_rid = case when owner_id = $4 then create_rid end, default_rights = $5, member_count = $6, last_rev = $7,
             info_rev = coalesce($8, info_rev), username = $9, last_seq = $10,
             last_at = case when last_seq < $10 then clock_timestamp() else last_at end,
             signatures = $11, linked_id = $12, slow_mode_s = $13, auto_delete_s = $14, quarantine_s = $15,
             -- A chat that nobody is in any more is gone, and its invite links with it.
             deleted_at = case when $6 = 0 then clock_timestamp() end
           where id = $1`,
    values: [
      chat.id,
      chat.title,
      chat.about,
      chat.owner,
      chat.rights,
      chat.members,
      chat.rev,
      infoRev,
      chat.username,
      chat.seq,
      chat.signatures,
      chat.linked,
      chat.slowModeS,
      chat.autoDeleteS,
      chat.quarantineS,
    ],
  })
}

/** Inserts a group or channel; the caller holds lockRoomsOf and has looked for the rid. */
export async function insertRoom(
  tx: Queryable,
  room: {
    kind: 'group' | 'channel'
    title: string
    about: string
    owner: UserId
    rid: Rid
    rights: number
  },
): Promise<ChatId> {
  const rows = await tx.query<{ id: number }>({
    text: `insert into chats (kind, title, about, owner_id, create_rid, default_rights)
           values ($1, $2, $3, $4, $5, $6) returning id`,
    values: [room.kind, room.title, room.about, room.owner, room.rid, room.rights],
  })
  return (rows[0] as { id: number }).id
}

/** The room a creator made with this rid. */
export async function findRoomByRid(
  db: Queryable,
  owner: UserId,
  rid: Rid,
): Promise<ChatId | undefined> {
  const rows = await db.query<{ id: number }>({
    text: 'select id from chats where owner_id = $1 and create_rid = $2',
    values: [owner, rid],
  })
  return rows[0]?.id
}

const roomLock = 1

/** Makes whoever else creates a room for this owner wait until the transaction ends: their count would be too low. */
export async function lockRoomsOf(tx: Queryable, owner: UserId): Promise<void> {
  await tx.query({
    text: 'select pg_advisory_xact_lock($1::int, ($2::bigint % 2147483647)::int)',
    values: [roomLock, owner],
  })
}

/** How many rooms of a kind a user owns. */
export async function countOwned(
  db: Queryable,
  owner: UserId,
  kind: 'group' | 'channel',
): Promise<number> {
  const rows = await db.query<{ n: number }>({
    text: 'select count(*)::int as n from chats where owner_id = $1 and kind = $2 and deleted_at is null',
    values: [owner, kind],
  })
  return rows[0]?.n ?? 0
}

/** The direct chat of two people, or the saved chat of one (both the same). */
export async function findPair(
  db: Queryable,
  one: UserId,
  other: UserId,
): Promise<ChatId | undefined> {
  const rows = await db.query<{ id: number }>({
    name: 'chat-pair',
    text: 'select id from chats where direct_a = $1 and direct_b = $2',
    values: [Math.min(one, other), Math.max(one, other)],
  })
  return rows[0]?.id
}

/** Inserts the chat of a pair; undefined if somebody else was quicker. */
export async function insertPair(
  tx: Queryable,
  pair: { kind: 'direct' | 'saved'; one: UserId; other: UserId; rights: number },
): Promise<ChatId | undefined> {
  const rows = await tx.query<{ id: number }>({
    text: `insert into chats (kind, direct_a, direct_b, default_rights) values ($1, $2, $3, $4)
           on conflict (direct_a, direct_b) do nothing returning id`,
    values: [
      pair.kind,
      Math.min(pair.one, pair.other),
      Math.max(pair.one, pair.other),
      pair.rights,
    ],
  })
  return rows[0]?.id
}

/** Heads of many chats, for the comparison of positions. */
export function readHeads(
  db: Queryable,
  chats: readonly ChatId[],
): Promise<{ chat: ChatId; kind: ChatKind; rev: Rev; seq: Seq; members: number }[]> {
  return db.query<{ chat: ChatId; kind: ChatKind; rev: Rev; seq: Seq; members: number }>({
    name: 'heads',
    text: `select id as chat, kind, last_rev as rev, last_seq as seq, member_count as members from chats where id = any ($1)`,
    values: [chats],
  })
}
