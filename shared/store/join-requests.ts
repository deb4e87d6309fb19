// Requests to join that wait for an answer, and those declined a short while ago. How many wait is kept with the chat.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { JoinRequest } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'

interface RequestRow {
  id: number
  user_id: number
  invite_id: number
  created_at: number
}

/** Of an alias `r`: still waits. */
const waiting = 'r.declined_at is null'

function toRequest(row: RequestRow): JoinRequest {
  return { id: row.id, user: row.user_id, invite: row.invite_id, at: row.created_at }
}

/** What became of a user's request: it waits, or was declined at this time (ms since 1970). */
export async function readJoinRequest(
  db: Queryable,
  chat: ChatId,
  user: UserId,
): Promise<{ declinedAt: number | null } | undefined> {
  const rows = await db.query<{ declined_at: number | null }>({
    name: 'join-request',
    text: 'select declined_at from join_requests where chat_id = $1 and user_id = $2',
    values: [chat, user],
  })
  return rows[0] && { declinedAt: rows[0].declined_at }
}

/** Stores a request, in place of one that was declined. The caller holds the chat's lock. */
export async function insertJoinRequest(
  tx: Queryable,
  request: { chat: ChatId; user: UserId; invite: number },
): Promise<void> {
  await tx.query({
    name: 'join-request-insert',
    text: `insert into join_requests (chat_id, user_id, invite_id) values ($1, $2, $3)
           on conflict (chat_id, user_id) do update
             set id = default, invite_id = excluded.invite_id, created_at = excluded.created_at, declined_at = null`,
    values: [request.chat, request.user, request.invite],
  })
}

/** A page of those who wait, longest first. Index: join_requests_waiting. */
export async function readJoinRequests(
  db: Queryable,
  chat: ChatId,
  after: number,
  limit: number,
): Promise<JoinRequest[]> {
  const rows = await db.query<RequestRow>({
    name: 'join-requests-page',
    text: `select r.id, r.user_id, r.invite_id, r.created_at from join_requests r
           where r.chat_id = $1 and r.id > $2 and ${waiting} order by r.id limit $3`,
    values: [chat, after, limit],
  })
  return rows.map(toRequest)
}

/** Those who wait and whose link still has a use, longest first. */
export async function readAcceptable(
  tx: Queryable,
  chat: ChatId,
  limit: number,
): Promise<JoinRequest[]> {
  const rows = await tx.query<RequestRow>({
    name: 'join-requests-acceptable',
    text: `select r.id, r.user_id, r.invite_id, r.created_at from join_requests r
           where r.chat_id = $1 and ${waiting} and exists (
             select from invites i
             where i.id = r.invite_id and i.revoked_at is null and (i.uses_max is null or i.uses < i.uses_max))
           order by r.id limit $2`,
    values: [chat, limit],
  })
  return rows.map(toRequest)
}

/** One that waits; undefined if there is none. */
export async function readWaiting(
  tx: Queryable,
  chat: ChatId,
  user: UserId,
): Promise<JoinRequest | undefined> {
  const rows = await tx.query<RequestRow>({
    name: 'join-request-waiting',
    text: `select r.id, r.user_id, r.invite_id, r.created_at from join_requests r
           where r.chat_id = $1 and r.user_id = $2 and ${waiting}`,
    values: [chat, user],
  })
  return rows[0] && toRequest(rows[0])
}

/** Remembers for a while that these were declined. */
export async function declineJoinRequests(
  tx: Queryable,
  chat: ChatId,
  users: readonly UserId[],
): Promise<void> {
  await tx.query({
    name: 'join-requests-decline',
    text: 'update join_requests set declined_at = clock_timestamp() where chat_id = $1 and user_id = any ($2)',
    values: [chat, users],
  })
}

/** Forgets requests of these people: they are in, banned or gone. @returns how many of them still waited */
export async function deleteJoinRequests(
  tx: Queryable,
  chat: ChatId,
  users: readonly UserId[],
): Promise<number> {
  const rows = await tx.query<{ waited: boolean }>({
    name: 'join-requests-delete',
    text: `delete from join_requests r where r.chat_id = $1 and r.user_id = any ($2) returning ${waiting} as waited`,
    values: [chat, users],
  })
  return rows.filter(row => row.waited).length
}

/** Forgets requests that came by links which are revoked. @returns how many of them still waited */
export async function deleteJoinRequestsOfRevoked(tx: Queryable, chat: ChatId): Promise<number> {
  const rows = await tx.query({
    name: 'join-requests-revoked',
    text: `delete from join_requests r using invites i
           where r.chat_id = $1 and ${waiting} and i.id = r.invite_id and i.revoked_at is not null returning 1`,
    values: [chat],
  })
  return rows.length
}

/** The chats in which a user waits. Index: join_requests_user. */
export async function readChatsAsked(db: Queryable, user: UserId): Promise<ChatId[]> {
  const rows = await db.query<{ chat: ChatId }>({
    text: `select r.chat_id as chat from join_requests r where r.user_id = $1 and ${waiting} order by r.chat_id`,
    values: [user],
  })
  return rows.map(row => row.chat)
}

/** Forgets what was declined before `beforeMs`, at most `limit` of it. @returns how many. Index: join_requests_declined */
export async function deleteOldDeclined(
  db: Queryable,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const rows = await db.query({
    text: `delete from join_requests where id = any (array(
             select id from join_requests where declined_at < to_timestamp($1::float8 / 1000)
             order by declined_at limit $2 for update skip locked)) returning id`,
    values: [beforeMs, limit],
  })
  return rows.length
}
