// Browsers that want to be told of messages while their page is closed. A trigger deletes a row when its session is revoked.

import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Queryable } from './db.ts'

/** Where a push goes, and the keys that only the browser can open it with (RFC 8291). */
export interface PushAddress {
  endpoint: string
  /** Public key of the browser, 65 bytes. */
  p256dh: Buffer
  /** Shared secret, 16 bytes. */
  auth: Buffer
}

export interface PushSubscriptionRow extends PushAddress {
  id: number
  previews: boolean
  createdAt: number
}

export interface NewPushSubscription extends PushAddress {
  user: UserId
  session: SessionId
  previews: boolean
}

/**
 * Locks a session against being revoked until the transaction ends: the trigger then finds what was stored for it.
 * @returns false when it does not stand any more
 */
export async function holdSession(tx: Queryable, session: SessionId): Promise<boolean> {
  const rows = await tx.query({
    text: 'select 1 from sessions where id = $1 and revoked_at is null for share',
    values: [session],
  })
  return rows.length > 0
}

/**
 * Deletes what a new subscription replaces: another one of the session, and the same browser's of another session, whose
 * person has left it.
 */
export async function deleteReplaced(
  tx: Queryable,
  { session, endpoint, p256dh, auth }: NewPushSubscription,
): Promise<void> {
  await tx.query({
    text: `delete from push_subscriptions
           where session_id = $1 and (endpoint <> $2 or p256dh <> $3 or auth <> $4)
             or endpoint = $2 and session_id <> $1 and p256dh = $3 and auth = $4`,
    values: [session, endpoint, p256dh, auth],
  })
}

/** @returns false when the endpoint is somebody else's, with other keys */
export async function storePushSubscription(
  tx: Queryable,
  { user, session, endpoint, p256dh, auth, previews }: NewPushSubscription,
): Promise<boolean> {
  const rows = await tx.query({
    text: `insert into push_subscriptions as p (user_id, session_id, endpoint, p256dh, auth, previews)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (endpoint) do update set previews = excluded.previews, failures = 0
           where p.session_id = excluded.session_id
           returning id`,
    values: [user, session, endpoint, p256dh, auth, previews],
  })
  return rows.length > 0
}

/** Deletes the oldest of a user's beyond `limits.pushSubscriptionsPerUserMax`. Index: push_subscriptions_user. */
export async function deleteExcessPush(tx: Queryable, user: UserId): Promise<void> {
  await tx.query({
    text: `delete from push_subscriptions where id in (
             select id from push_subscriptions where user_id = $1
             order by id desc offset ${limits.pushSubscriptionsPerUserMax})`,
    values: [user],
  })
}

/** That of a session. */
export async function readPushSubscription(
  db: Queryable,
  session: SessionId,
): Promise<PushSubscriptionRow | undefined> {
  const rows = await db.query<PushSubscriptionRow>({
    name: 'push-subscription',
    text: `select id, endpoint, p256dh, auth, previews, created_at as "createdAt"
           from push_subscriptions where session_id = $1`,
    values: [session],
  })
  return rows[0]
}

/** No more pushes for this session. */
export async function deletePushOf(db: Queryable, session: SessionId): Promise<void> {
  await db.query({
    text: 'delete from push_subscriptions where session_id = $1',
    values: [session],
  })
}

/** The push service knows it no more, or refused it too often. */
export async function deletePushSubscription(db: Queryable, id: number): Promise<void> {
  await db.query({
    name: 'push-subscription-delete',
    text: 'delete from push_subscriptions where id = $1',
    values: [id],
  })
}

/**
 * How its last push ended; refusals in a row are counted.
 * @returns how many there are now
 */
export async function notePushOutcome(
  db: Queryable,
  id: number,
  { refused }: { refused: boolean },
): Promise<number> {
  const rows = await db.query<{ failures: number }>({
    name: 'push-subscription-outcome',
    text: `update push_subscriptions set failures = case when $2 then failures + 1 else 0 end
           where id = $1 and ($2 or failures > 0) returning failures`,
    values: [id, refused],
  })
  return rows[0]?.failures ?? 0
}

/** Whether anybody has one. */
export async function hasPushSubscriptions(db: Queryable): Promise<boolean> {
  const rows = await db.query<{ found: boolean }>({
    name: 'push-any',
    text: 'select exists (select from push_subscriptions) as found',
  })
  return rows[0]?.found ?? false
}

/** Deletes those whose session has run out, at most `limit`. */
export async function deleteExpiredPush(db: Queryable, limit: number): Promise<void> {
  await db.query({
    text: `delete from push_subscriptions where id in (
             select p.id from push_subscriptions p join sessions s on s.id = p.session_id
             where s.expires_at <= now() or s.revoked_at is not null order by p.id limit $1)`,
    values: [limit],
  })
}
