// Members: who is in a chat, and with which role and rights. How far they have read is in read-marks.ts.

import type { ChatId, Rev, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import type { Member } from '#shared/protocol/models.ts'
import type { Role } from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'

/** SQL list of the roles that may read a chat (permissions.ts, activeRoles). */
export const activeRolesSql = "('owner', 'admin', 'member', 'restricted')"

export interface MemberRow {
  user_id: number
  role: Role
  rights: number
  /** When a restriction or a ban ends. */
  until_at: number | null
  /** Left while restricted, with these rights. */
  restricted: boolean
  read_seq: number
  joined_at: number
}

/** The read mark as others are told it. */
const memberColumns =
  'm.user_id, m.role, m.rights, m.until_at, m.restricted, coalesce(m.shown_seq, m.read_seq) as read_seq, m.joined_at'

/** @param showRead whether the chat is small enough that its members see each other's read marks */
export function toMember(row: MemberRow, showRead: boolean): Member {
  const member: Member = {
    user: row.user_id,
    role: row.role,
    // What waits for the return of somebody restricted is nobody's business.
    rights: row.role === 'left' ? 0 : row.rights,
    joinedAt: row.joined_at,
  }
  if (row.until_at !== null && row.role !== 'left') member.until = row.until_at
  if (showRead) member.read = row.read_seq
  return member
}

/** One person's row, also of somebody who left; undefined if there never was one. */
export async function readMember(
  db: Queryable,
  chat: ChatId,
  user: UserId,
): Promise<MemberRow | undefined> {
  const rows = await db.query<MemberRow>({
    name: 'member',
    text: `select ${memberColumns} from members m where m.chat_id = $1 and m.user_id = $2`,
    values: [chat, user],
  })
  return rows[0]
}

/** A page of active members by user id. Index: primary key (chat_id, user_id). */
export function readMembers(
  db: Queryable,
  chat: ChatId,
  after: UserId,
  limit: number,
): Promise<MemberRow[]> {
  return db.query<MemberRow>({
    name: 'members-page',
    text: `select ${memberColumns} from members m
           where m.chat_id = $1 and m.user_id > $2 and m.role in ${activeRolesSql} order by m.user_id limit $3`,
    values: [chat, after, limit],
  })
}

/** Rows changed after `since`, by rev, those who left included. Index: members_rev. */
export function readChangedMembers(
  db: Queryable,
  chat: ChatId,
  since: Rev,
  limit: number,
): Promise<(MemberRow & { rev: number })[]> {
  return db.query<MemberRow & { rev: number }>({
    name: 'members-changed',
    text: `select ${memberColumns}, m.rev from members m where m.chat_id = $1 and m.rev > $2 order by m.rev limit $3`,
    values: [chat, since, limit],
  })
}

/** With more members the names are searched first, and then who of them is in the chat. */
const scannedMembersMax = 2_000

/**
 * A page of the members with these roles, or of those among them whose name, a word of it or whose username begins
 * like `query`, by user id. Index: members_special for the few who are no plain members, the primary key otherwise;
 * users_name_trigrams and users_username_trigrams in a chat of many `members`.
 */
export function findMembers(
  db: Queryable,
  chat: { id: ChatId; members: number },
  asked: { query: string; roles: readonly Role[]; after: UserId },
  limit: number,
): Promise<MemberRow[]> {
  const special = asked.roles.includes('member')
    ? ''
    : "and m.role <> 'member' and m.role <> 'left'"
  const values = [chat.id, asked.after, asked.roles, limit]
  const page = `m.chat_id = $1 and m.user_id > $2 and m.role = any ($3) ${special}`
  if (asked.query === '') {
    return db.query<MemberRow>({
      name: `members-find${special && '-special'}`,
      text: `select ${memberColumns} from members m where ${page} order by m.user_id limit $4`,
      values,
    })
  }
  const query = asked.query.toLowerCase().replace(/[\\%_]/g, '\\$&')
  // A word of one letter has no trigram: looking for it would read all names.
  const word = asked.query.length > 1 ? `% ${query}%` : `${query}%`
  const byName = chat.members > scannedMembersMax
  return db.query<MemberRow>({
    name: `members-named${special && '-special'}${byName ? '-by-name' : ''}`,
    text: `with named as ${byName ? '' : 'not'} materialized (
             select u.id from users u
             where lower(u.name) like $5 or lower(u.name) like $6 or lower(u.username::text) like $5)
           select ${memberColumns} from members m join named on named.id = m.user_id
           where ${page} order by m.user_id limit $4`,
    values: [...values, `${query}%`, word],
  })
}

/** Owner and admins. Index: members_special. */
export function readAdmins(tx: Queryable, chat: ChatId): Promise<MemberRow[]> {
  return tx.query<MemberRow>({
    name: 'members-admins',
    text: `select ${memberColumns} from members m
           where m.chat_id = $1 and m.role <> 'member' and m.role <> 'left' and m.role in ('owner', 'admin') order by m.user_id`,
    values: [chat],
  })
}

/** Chats in which a restriction or a ban is over. Index: members_until. */
export async function readExpiredChats(db: Queryable, limit: number): Promise<ChatId[]> {
  const rows = await db.query<{ chat: ChatId }>({
    name: 'members-expired-chats',
    text: `select distinct chat_id as chat from (
             select chat_id from members
             where until_at <= clock_timestamp() and role in ('restricted', 'banned') order by until_at limit $1) m`,
    values: [limit],
  })
  return rows.map(row => row.chat)
}

/** Members of a chat whose restriction or ban is over. The caller holds the chat's lock. Index: members_special. */
export function readExpired(tx: Queryable, chat: ChatId, limit: number): Promise<MemberRow[]> {
  return tx.query<MemberRow>({
    name: 'members-expired',
    text: `select ${memberColumns} from members m
           where m.chat_id = $1 and m.role <> 'member' and m.role <> 'left' and m.role in ('restricted', 'banned')
             and m.until_at <= clock_timestamp()
           order by m.user_id limit $2`,
    values: [chat, limit],
  })
}

/** In a chat that is gone nothing has to end any more. */
export async function forgetExpiries(db: Queryable, chat: ChatId): Promise<void> {
  await db.query({
    text: 'update members set until_at = null where chat_id = $1 and until_at is not null',
    values: [chat],
  })
}

/** After slow mode became shorter: nobody waits longer than that. */
export async function shortenTurns(tx: Queryable, chat: ChatId, slowModeS: number): Promise<void> {
  await tx.query({
    text: `update members set next_post_at = clock_timestamp() + make_interval(secs => $2)
           where chat_id = $1 and next_post_at > clock_timestamp() + make_interval(secs => $2)`,
    values: [chat, slowModeS],
  })
}

/** Existing rows of these users in a chat, whatever their role. */
export function readMembersOf(
  db: Queryable,
  chat: ChatId,
  users: readonly UserId[],
): Promise<MemberRow[]> {
  return db.query<MemberRow>({
    name: 'members-of',
    text: `select ${memberColumns} from members m where m.chat_id = $1 and m.user_id = any ($2)`,
    values: [chat, users],
  })
}

/** The rows of a direct chat, whatever their role. Index: primary key (chat_id, user_id). */
export function readPair(db: Queryable, chat: ChatId): Promise<MemberRow[]> {
  return db.query<MemberRow>({
    name: 'members-pair',
    text: `select ${memberColumns} from members m where m.chat_id = $1 order by m.user_id limit 2`,
    values: [chat],
  })
}

export interface MemberChange {
  user: UserId
  role: Role
  rights: number
  /** When the restriction or ban ends; null for no end, and where there is none. */
  untilAt: number | null
  /** Leaves while restricted: rights and end wait for their return. */
  restricted: boolean
  rev: Rev
  urev: Urev
}

/**
 * Inserts or updates members, each at its own rev and urev. Joining counts from now: what was written
 * before is read already. The caller holds the chat's lock.
 * @returns when each of them joined: now, or earlier for those whose role alone changes
 */
export async function upsertMembers(
  tx: Queryable,
  chat: ChatId,
  changes: readonly MemberChange[],
  at: { lastSeq: Seq; nowMs: number },
): Promise<Map<UserId, number>> {
  const rows = await tx.query<{ user: UserId; joined_at: number }>({
    name: 'members-upsert',
    text: `insert into members as old (chat_id, user_id, role, rights, rev, urev, until_at, restricted, joined_rev, read_seq, joined_at)
           select $1, c.user_id, c.role, c.rights, c.rev, c.urev, to_timestamp(c.until_at / 1000), c.restricted, c.rev, $7,
             to_timestamp($8::float8 / 1000)
           from unnest($2::bigint[], $3::text[], $4::int[], $5::bigint[], $6::bigint[], $9::float8[], $10::boolean[])
             as c (user_id, role, rights, rev, urev, until_at, restricted)
           on conflict (chat_id, user_id) do update set
             role = excluded.role, rights = excluded.rights, until_at = excluded.until_at, restricted = excluded.restricted, rev = excluded.rev, urev = excluded.urev,
             joined_rev = case when old.role in ('left', 'banned') then excluded.joined_rev else old.joined_rev end,
             read_seq = case when old.role in ('left', 'banned') then excluded.read_seq else old.read_seq end,
             joined_at = case when old.role in ('left', 'banned') then excluded.joined_at else old.joined_at end,
             -- Whoever comes back starts anew, also with pins, of which they may have others by now.
             pinned_at = case when old.role in ('left', 'banned') then null else old.pinned_at end,
             archived_seq = case when old.role in ('left', 'banned') then null else old.archived_seq end,
             draft = case when old.role in ('left', 'banned') then null else old.draft end,
             unread = old.unread and old.role not in ('left', 'banned')
           returning user_id as "user", joined_at`,
    values: [
      chat,
      changes.map(each => each.user),
      changes.map(each => each.role),
      changes.map(each => each.rights),
      changes.map(each => each.rev),
      changes.map(each => each.urev),
      at.lastSeq,
      at.nowMs,
      changes.map(each => each.untilAt),
      changes.map(each => each.restricted),
    ],
  })
  return new Map(rows.map(row => [row.user, row.joined_at]))
}

/** Whether a member joined less than so many seconds ago. */
export async function isQuarantined(
  tx: Queryable,
  chat: ChatId,
  user: UserId,
  quarantineS: number,
): Promise<boolean> {
  const rows = await tx.query({
    name: 'member-quarantined',
    text: `select 1 from members where chat_id = $1 and user_id = $2
             and joined_at > clock_timestamp() - make_interval(secs => $3)`,
    values: [chat, user, quarantineS],
  })
  return rows.length > 0
}

/**
 * In slow mode: notes that a member posts now, if they may. The caller holds the chat's lock, as the send path does.
 * @returns 0, or how many ms they have to wait; then nothing was noted
 */
export async function takeTurn(
  tx: Queryable,
  chat: ChatId,
  user: UserId,
  slowModeS: number,
): Promise<number> {
  const rows = await tx.query<{ wait_ms: number }>({
    name: 'member-turn',
    text: `with now as materialized (select clock_timestamp() as at),
           me as materialized (select coalesce(next_post_at, '-infinity') as next from members where chat_id = $1 and user_id = $2),
           taken as (
             update members m set next_post_at = now.at + make_interval(secs => $3) from now, me
             where m.chat_id = $1 and m.user_id = $2 and me.next <= now.at
           )
           select case when me.next > now.at then ceil(extract(epoch from me.next - now.at) * 1000)::int else 0 end as wait_ms
           from now, me`,
    values: [chat, user, slowModeS],
  })
  return rows[0]?.wait_ms ?? 0
}

/** Who takes over when an owner leaves: the longest-serving admin, else member, else restricted member. */
export async function readSuccessor(
  tx: Queryable,
  chat: ChatId,
  owner: UserId,
): Promise<MemberRow | undefined> {
  const rows = await tx.query<MemberRow>({
    text: `select ${memberColumns} from members m
           where m.chat_id = $1 and m.user_id <> $2 and m.role in ('admin', 'member', 'restricted')
           order by array_position(array['admin', 'member', 'restricted'], m.role), m.joined_at, m.user_id limit 1`,
    values: [chat, owner],
  })
  return rows[0]
}

/** Locks users in id order, so that no two callers deadlock. */
export async function lockUsers(tx: Queryable, users: readonly UserId[]): Promise<void> {
  await tx.query({
    name: 'users-lock',
    text: 'select 1 from users where id = any ($1) order by id for no key update',
    values: [users],
  })
}

/**
 * Takes the next urev of each user under their rows' locks.
 * @returns urev by user
 */
export async function nextUrevs(
  tx: Queryable,
  users: readonly UserId[],
): Promise<Map<UserId, Urev>> {
  if (users.length === 0) return new Map()
  await lockUsers(tx, users)
  const rows = await tx.query<{ id: number; urev: number }>({
    name: 'users-urev',
    text: 'update users set urev = urev + 1 where id = any ($1) returning id, urev',
    values: [users],
  })
  return new Map(rows.map(row => [row.id, row.urev]))
}

/** Stores the urevs that nextUrevs() gave with the users' places in a chat. */
export async function touchUrevs(
  tx: Queryable,
  chat: ChatId,
  urevs: ReadonlyMap<UserId, Urev>,
): Promise<void> {
  await tx.query({
    name: 'members-touch',
    text: `update members m set urev = t.urev from unnest($2::bigint[], $3::bigint[]) as t (user_id, urev)
           where m.chat_id = $1 and m.user_id = t.user_id`,
    values: [chat, [...urevs.keys()], [...urevs.values()]],
  })
}
