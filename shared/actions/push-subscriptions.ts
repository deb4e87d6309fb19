// A browser asks to be told of messages while its page is closed, or no longer.

import { ECDH } from 'node:crypto'
import { AppError } from '#shared/protocol/codes.ts'
import type { PushInput } from '#shared/protocol/http.ts'
import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import {
  deleteExcessPush,
  deleteReplaced,
  holdSession,
  storePushSubscription,
} from '#shared/store/push-subscriptions.ts'
import type { Services } from './services.ts'

/**
 * Stores what the session's browser subscribed, in place of what it had. Whoever has the endpoint and both keys is the browser
 * itself, so another session loses it: its person has left this browser.
 * @throws AppError bad_request (no key of the curve), unauthorized, conflict (somebody else's endpoint)
 */
export async function subscribePush(
  { db }: Pick<Services, 'db'>,
  { user, session }: { user: UserId; session: SessionId },
  { endpoint, keys, previews }: PushInput,
): Promise<void> {
  const p256dh = Buffer.from(keys.p256dh, 'base64url')
  const auth = Buffer.from(keys.auth, 'base64url')
  if (!isPublicKey(p256dh)) throw new AppError('bad_request', { detail: 'p256dh is no key' })
  const subscription = { user, session, endpoint, p256dh, auth, previews }
  await db.tx(async tx => {
    if (!(await holdSession(tx, session))) throw new AppError('unauthorized')
    await deleteReplaced(tx, subscription)
    if (!(await storePushSubscription(tx, subscription))) throw new AppError('conflict')
    await deleteExcessPush(tx, user)
  })
}

/** Whether it is a point of P-256, uncompressed. */
function isPublicKey(bytes: Buffer): boolean {
  try {
    ECDH.convertKey(bytes, 'prime256v1', undefined, undefined, 'uncompressed')
    return bytes[0] === 4
  } catch {
    return false
  }
}
