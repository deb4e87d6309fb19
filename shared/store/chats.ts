// Chats: positions, creation, and the locked row that every durable change goes through. What members see of them is in
// chat-views.ts.

import type { ChatId, Rev, Rid, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import type { ChatKind, Role } from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'

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
  /** A direct chat in which nothing may be said. */
  quiet: boolean
}

/** As isQuiet() of the actions, of an alias `c`. */
const quietSql = "c.kind = 'direct' and c.default_rights = 0"

/** HOT: per HELLO. All chats of each user, latest activity first. Index: members_user. */
export async function readPositions(
  db: Queryable,
  users: readonly UserId[],
): Promise<Map<UserId, ChatPosition[]>> {
  const rows = await db.query<ChatPosition & { user: UserId }>({
    name: 'positions',
    text: `select m.user_id as "user", m.chat_id as chat, c.kind, c.last_rev as rev, c.last_seq as seq,
             c.member_count as members, m.urev, c.last_at as at, ${quietSql} as quiet
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
  /** Emojis that may be chosen; null: the standard ones. */
  reactions: string[] | null
  joinsPerMinute: number
  /** Requests to join that wait for an answer. */
  requests: number
}

const infoColumns = `c.id, c.kind, c.title, c.about, c.username, c.owner_id as owner, c.default_rights as rights,
  c.member_count as members, c.last_rev as rev, c.last_seq as seq, c.signatures, c.linked_id as linked,
  c.slow_mode_s as "slowModeS", c.auto_delete_s as "autoDeleteS", c.quarantine_s as "quarantineS",
  c.joins_per_minute as "joinsPerMinute", c.requests, c.reactions`

/** The asking member's place in a chat. */
export interface Place {
  role: Role
  rights: number
  /** Everything up to this seq is deleted for this member alone. */
  hiddenUpTo: Seq
}

/** A chat and the asking user's place in it, without a lock; undefined if there is none to see. */
export async function readChatFor(
  db: Queryable,
  chat: ChatId,
  user: UserId,
): Promise<(ChatInfo & { me: Place; infoRev: Rev }) | undefined> {
  const rows = await db.query<
    ChatInfo & { infoRev: Rev; my_role: Role; my_rights: number; my_hidden: Seq }
  >({
    name: 'chat-for',
    text: `select ${infoColumns}, c.info_rev as "infoRev", m.role as my_role, m.rights as my_rights, m.hidden_up_to as my_hidden
           from chats c join members m on m.chat_id = c.id
           where c.id = $1 and m.user_id = $2 and m.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [chat, user],
  })
  const row = rows[0]
  return (
    row && {
      ...row,
      me: { role: row.my_role, rights: row.my_rights, hiddenUpTo: row.my_hidden },
    }
  )
}

/** A chat's own row, whoever asks and without a lock; undefined if it does not exist. */
export async function readChatCard(db: Queryable, chat: ChatId): Promise<ChatInfo | undefined> {
  const rows = await db.query<ChatInfo>({
    name: 'chat-card',
    text: `select ${infoColumns} from chats c where c.id = $1 and c.deleted_at is null`,
    values: [chat],
  })
  return rows[0]
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

/** The same, but undefined also while somebody else holds the chat: for jobs, which come back later. */
export async function lockFreeChat(tx: Queryable, chat: ChatId): Promise<ChatInfo | undefined> {
  const rows = await tx.query<ChatInfo>({
    name: 'chat-lock-free',
    text: `select ${infoColumns} from chats c where c.id = $1 and c.deleted_at is null for no key update skip locked`,
    values: [chat],
  })
  return rows[0]
}

/**
 * Writes a locked chat back. `infoRev` only when the row itself, not just its counters, changed; `nowMs` is the time of
 * its new messages, if there are any.
 * A new owner has not made the chat, and may have used the same rid for one of their own.
 */
export async function storeChat(
  tx: Queryable,
  chat: ChatInfo,
  { infoRev, nowMs }: { infoRev: Rev | null; nowMs: number },
): Promise<void> {
  await tx.query({
    name: 'chat-store',
    text: `update chats set title = $2, about = $3, owner_id = $4,
             create_rid = case when owner_id = $4 then create_rid end, default_rights = $5, member_count = $6, last_rev = $7,
             info_rev = coalesce($8, info_rev), username = $9, last_seq = $10,
             last_at = case when last_seq < $10 then to_timestamp($19::float8 / 1000) else last_at end,
             signatures = $11, linked_id = $12, slow_mode_s = $13, auto_delete_s = $14, quarantine_s = $15,
             joins_per_minute = $16, requests = $17,
             reactions = $18,
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
      chat.joinsPerMinute,
      chat.requests,
      chat.reactions,
      nowMs,
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

/** Where a chat stands for everybody. */
type Head = Omit<ChatPosition, 'urev' | 'at'>

/** Heads of many chats, for the comparison of positions. */
export function readHeads(db: Queryable, chats: readonly ChatId[]): Promise<Head[]> {
  return db.query<Head>({
    name: 'heads',
    text: `select c.id as chat, c.kind, c.last_rev as rev, c.last_seq as seq, c.member_count as members, ${quietSql} as quiet
           from chats c where c.id = any ($1)`,
    values: [chats],
  })
}
