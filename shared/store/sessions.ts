// Sessions: one row per signed-in device. A refresh token is stored only as its SHA-256, with the one before it.
// The database's clock decides about expiry and grace, so that the api's machines need not agree.

import type { Me } from '#shared/protocol/http.ts'
import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Queryable } from './db.ts'
import { meColumns, toMe } from './users.ts'

export interface NewSession {
  user: UserId
  refreshHash: Buffer
  name: string
  platform: string
  ip: string
}

/** Inserts a session that expires after `limits.refreshTokenS` without a refresh. */
export async function insertSession(tx: Queryable, session: NewSession): Promise<SessionId> {
  const rows = await tx.query<{ id: number }>({
    text: `insert into sessions (user_id, refresh_hash, name, platform, ip, expires_at)
           values ($1, $2, $3, $4, $5, now() + make_interval(secs => ${limits.refreshTokenS})) returning id`,
    values: [session.user, session.refreshHash, session.name, session.platform, session.ip],
  })
  return (rows[0] as { id: number }).id
}

/** Revokes the least recently used sessions beyond `limits.sessionsPerUserMax`, never `keep`. Index: sessions_user. */
export async function revokeExcess(
  tx: Queryable,
  user: UserId,
  keep: SessionId,
): Promise<SessionId[]> {
  const rows = await tx.query<{ id: number }>({
    text: `update sessions set revoked_at = now() where id in (
             select id from sessions where user_id = $1 and revoked_at is null and id <> $2
             order by last_used_at desc, id desc offset ${limits.sessionsPerUserMax - 1})
           and revoked_at is null returning id`,
    values: [user, keep],
  })
  return rows.map(row => row.id)
}

/**
 * Exchanges a refresh token for its successor in one atomic statement. The current token moves the session on; the
 * one before it, within `limits.refreshGraceMs` of the exchange, finds the session already moved, which is a success
 * with the same successor: a lost answer may be asked for again, and tabs may race.
 * Waiting for another exchange's row lock, PostgreSQL tests the condition again on the row as that one left it.
 * Indexes: sessions_refresh_hash_key, sessions_previous.
 * @returns undefined when the token is neither, or the session is revoked, expired or its account gone
 */
export async function rotateSession(
  db: Queryable,
  exchange: { token: Buffer; successor: Buffer; ip: string },
): Promise<{ session: SessionId; me: Me } | undefined> {
  const rows = await db.query<{ session: number } & Parameters<typeof toMe>[0]>({
    name: 'session-rotate',
    text: `update sessions s set
             previous_hash = $1, refresh_hash = $2, ip = $3, last_used_at = now(),
             rotated_at = case when s.refresh_hash = $1 then now() else s.rotated_at end,
             expires_at = now() + make_interval(secs => ${limits.refreshTokenS})
           from users u
           where (s.refresh_hash = $1
               or s.previous_hash = $1 and s.refresh_hash = $2
                  and s.rotated_at > now() - make_interval(secs => ${limits.refreshGraceMs / 1000}))
             and s.revoked_at is null and s.expires_at > now()
             and u.id = s.user_id and u.deleted_at is null
           returning s.id as session, ${meColumns}`,
    values: [exchange.token, exchange.successor, exchange.ip],
  })
  const row = rows[0]
  return row && { session: row.session, me: toMe(row) }
}

/**
 * Revokes the session whose current token is one of these hashes: the descendants of a token that was
 * presented again after its time.
 */
export async function revokeByToken(
  db: Queryable,
  hashes: readonly Buffer[],
): Promise<{ session: SessionId; user: UserId } | undefined> {
  const rows = await db.query<{ session: number; user: number }>({
    name: 'session-revoke-by-token',
    text: `update sessions set revoked_at = now() where refresh_hash = any ($1::bytea[]) and revoked_at is null
           returning id as session, user_id as "user"`,
    values: [hashes],
  })
  return rows[0]
}

/** The account behind a session that stands; checked at each request, so that a revoked session fails at once. */
export async function readSessionOwner(
  db: Queryable,
  session: SessionId,
  user: UserId,
): Promise<Me | undefined> {
  const rows = await db.query<Parameters<typeof toMe>[0]>({
    name: 'session-owner',
    text: `select ${meColumns} from sessions s join users u on u.id = s.user_id
           where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now() and u.deleted_at is null`,
    values: [session, user],
  })
  return rows[0] && toMe(rows[0])
}

export interface SessionRow {
  id: SessionId
  name: string
  platform: string
  ip: string
  createdAt: number
  lastUsedAt: number
}

/** A page of the user's standing sessions by id. Index: sessions_user. */
export function readSessions(
  db: Queryable,
  user: UserId,
  after: SessionId,
  limit: number,
): Promise<SessionRow[]> {
  return db.query<SessionRow>({
    name: 'sessions-page',
    text: `select id, name, platform, ip, created_at as "createdAt", last_used_at as "lastUsedAt" from sessions
           where user_id = $1 and id > $2 and revoked_at is null and expires_at > now() order by id limit $3`,
    values: [user, after, limit],
  })
}

/** Revokes one session of this user; false if there is no standing one with this id. */
export async function revokeSession(
  db: Queryable,
  user: UserId,
  session: SessionId,
): Promise<boolean> {
  const rows = await db.query({
    text: 'update sessions set revoked_at = now() where id = $2 and user_id = $1 and revoked_at is null returning id',
    values: [user, session],
  })
  return rows.length > 0
}

/** Revokes all standing sessions of a user but `keep`; answers which. */
export async function revokeSessions(
  db: Queryable,
  user: UserId,
  keep: SessionId | null,
): Promise<SessionId[]> {
  const rows = await db.query<{ id: number }>({
    text: `update sessions set revoked_at = now()
           where user_id = $1 and revoked_at is null and id is distinct from $2::bigint returning id`,
    values: [user, keep],
  })
  return rows.map(row => row.id)
}

/** Whether the user has a standing session that was last used from this address. Index: sessions_user. */
export async function hasSessionFrom(db: Queryable, user: UserId, ip: string): Promise<boolean> {
  const rows = await db.query({
    text: `select 1 from sessions where user_id = $1 and ip = $2 and revoked_at is null and expires_at > now() limit 1`,
    values: [user, ip],
  })
  return rows.length > 0
}
