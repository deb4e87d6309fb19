// Members: who is in a chat, with which role, and how far they have read.

import type { ChatId, Rev, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import type { Member } from '#shared/protocol/models.ts'
import type { Role } from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'

/** SQL list of the roles that may read a chat (permissions.ts, activeRoles). */
export const activeRolesSql = "('owner', 'admin', 'member', 'restricted')"

interface MemberRow {
  user_id: number
  role: Role
  rights: number
  read_seq: number
  joined_at: number
}

const memberColumns = 'm.user_id, m.role, m.rights, m.read_seq, m.joined_at'

/** @param showRead whether the chat is small enough that its members see each other's read marks */
export function toMember(row: MemberRow, showRead: boolean): Member {
  const member: Member = {
    user: row.user_id,
    role: row.role,
    rights: row.rights,
    joinedAt: row.joined_at,
  }
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

export interface MemberChange {
  user: UserId
  role: Role
  rights: number
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
    text: `insert into members as old (chat_id, user_id, role, rights, rev, urev, joined_rev, read_seq, joined_at)
           select $1, c.user_id, c.role, c.rights, c.rev, c.urev, c.rev, $7, to_timestamp($8::float8 / 1000)
           from unnest($2::bigint[], $3::text[], $4::int[], $5::bigint[], $6::bigint[]) as c (user_id, role, rights, rev, urev)
           on conflict (chat_id, user_id) do update set
             role = excluded.role, rights = excluded.rights, rev = excluded.rev, urev = excluded.urev,
             joined_rev = case when old.role in ('left', 'banned') then excluded.joined_rev else old.joined_rev end,
             read_seq = case when old.role in ('left', 'banned') then excluded.read_seq else old.read_seq end,
             joined_at = case when old.role in ('left', 'banned') then excluded.joined_at else old.joined_at end
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

/**
 * Takes the next urev of each user under their rows' locks, in id order so that no two callers deadlock.
 * @returns urev by user
 */
export async function nextUrevs(
  tx: Queryable,
  users: readonly UserId[],
): Promise<Map<UserId, Urev>> {
  if (users.length === 0) return new Map()
  await tx.query({
    name: 'users-lock',
    text: 'select 1 from users where id = any ($1) order by id for no key update',
    values: [users],
  })
  const rows = await tx.query<{ id: number; urev: number }>({
    name: 'users-urev',
    text: 'update users set urev = urev + 1 where id = any ($1) returning id, urev',
    values: [users],
  })
  return new Map(rows.map(row => [row.id, row.urev]))
}

export interface ReadMark {
  user: UserId
  chat: ChatId
  seq: Seq
}

/** HOT: per batch. Moves read marks forward; answers those that moved, with the user's new urev. */
export function markRead(
  db: Queryable,
  marks: readonly ReadMark[],
): Promise<(ReadMark & { urev: Urev; outbox_id: number })[]> {
  return db.query<ReadMark & { urev: Urev; outbox_id: number }>({
    name: 'mark-read',
    text: 'select "user", chat, seq, urev, outbox_id from mark_read($1::bigint[], $2::bigint[], $3::bigint[])',
    values: [
      marks.map(mark => mark.user),
      marks.map(mark => mark.chat),
      marks.map(mark => mark.seq),
    ],
  })
}
