// What a gateway asks about the people who connect: at HELLO, and when it compares positions.

import type { SessionId, Urev, UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import { profileColumns, toUser } from './profiles.ts'

export interface Welcome {
  user: User
  urev: Urev
  premiumUntil: number | null
  epoch: number
}

/** HOT: per HELLO. The people behind these sessions; a session that no longer stands, or whose account does not, has none. */
export async function readWelcomes(
  db: Queryable,
  claims: readonly { user: UserId; session: SessionId }[],
): Promise<Map<SessionId, Welcome>> {
  const rows = await db.query<
    Parameters<typeof toUser>[0] & Omit<Welcome, 'user'> & { session: SessionId }
  >({
    name: 'welcomes',
    text: `select s.id as session, ${profileColumns}, u.urev, u.premium_until as "premiumUntil", (select epoch from cluster where one) as epoch
           from unnest($1::bigint[], $2::bigint[]) as i (session, person)
           join sessions s on s.id = i.session and s.user_id = i.person
           join users u on u.id = s.user_id
           where s.revoked_at is null and u.deleted_at is null`,
    values: [claims.map(claim => claim.session), claims.map(claim => claim.user)],
  })
  return new Map(
    rows.map(row => [
      row.session,
      { user: toUser(row), urev: row.urev, premiumUntil: row.premiumUntil, epoch: row.epoch },
    ]),
  )
}

/** Current urev of many users. */
export function readUrevs(
  db: Queryable,
  users: readonly UserId[],
): Promise<{ user: UserId; urev: Urev }[]> {
  return db.query<{ user: UserId; urev: Urev }>({
    name: 'urevs',
    text: 'select id as "user", urev from users where id = any ($1)',
    values: [users],
  })
}

/** Which of these sessions no longer stand. */
export async function readRevoked(
  db: Queryable,
  sessions: readonly SessionId[],
): Promise<SessionId[]> {
  const rows = await db.query<{ id: number }>({
    name: 'sessions-revoked',
    text: 'select id from sessions where id = any ($1) and revoked_at is not null',
    values: [sessions],
  })
  return rows.map(row => row.id)
}

/** The cluster's epoch: changes when acknowledged history may have been rewritten. */
export async function readEpoch(db: Queryable): Promise<number> {
  const rows = await db.query<{ epoch: number }>({ text: 'select epoch from cluster where one' })
  return rows[0]?.epoch ?? 0
}

/** Stamps when users were last seen; called in batches when they go offline. */
export async function storeLastSeen(
  db: Queryable,
  users: readonly UserId[],
  nowMs: number,
): Promise<void> {
  await db.query({
    name: 'last-seen',
    // Locked in id order like everywhere; the update alone would lock in the order of the table.
    text: `with locked as materialized (
             select id from users where id = any ($1) order by id for no key update)
           update users u set last_seen_at = to_timestamp($2::float8 / 1000) from locked where u.id = locked.id`,
    values: [users, nowMs],
  })
}

/** When users were last seen, for those who were seen at all. */
export function readLastSeen(
  db: Queryable,
  users: readonly UserId[],
): Promise<{ user: UserId; lastSeen: number }[]> {
  return db.query<{ user: UserId; lastSeen: number }>({
    name: 'last-seen-of',
    text: 'select id as "user", last_seen_at as "lastSeen" from users where id = any ($1) and last_seen_at is not null',
    values: [users],
  })
}

/**
 * Which of these users share a chat with the asker, but no channel, and no direct chat in which nothing may be said:
 * whom one has only written to is a stranger still.
 */
export async function readAcquainted(
  db: Queryable,
  asker: UserId,
  users: readonly UserId[],
): Promise<UserId[]> {
  const rows = await db.query<{ id: number }>({
    name: 'acquainted',
    text: `select u.id from unnest($2::bigint[]) as u (id)
           where exists (
             select from members mine join members theirs on theirs.chat_id = mine.chat_id
             join chats c on c.id = mine.chat_id and (c.kind = 'group' or c.kind = 'direct' and c.default_rights <> 0)
             where mine.user_id = $1 and mine.role in ${activeRolesSql}
               and theirs.user_id = u.id and theirs.role in ${activeRolesSql})`,
    values: [asker, users],
  })
  return rows.map(row => row.id)
}
