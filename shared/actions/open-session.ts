// A new session for somebody who has proved who they are; called by register, login and demo entry.

import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Me, Tokens } from '#shared/protocol/http.ts'
import type { SessionId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { signAccessToken } from '#shared/runtime/tokens.ts'
import type { Queryable } from '#shared/store/db.ts'
import { insertSession, revokeExcess } from '#shared/store/sessions.ts'
import type { AccountServices, Device } from './account-services.ts'

/**
 * Inserts the session; beyond `limits.sessionsPerUserMax` the least recently used ones are revoked.
 * @param tx pass the transaction that made the user, so that no account stays without its answer
 * @returns the answer to give, and the sessions to announce as revoked after the commit
 */
export async function openSession(
  deps: Pick<AccountServices, 'keys' | 'clock'>,
  tx: Queryable,
  me: Me,
  device: Device,
): Promise<{ tokens: Tokens; revoked: SessionId[] }> {
  const refreshToken = randomBytes(32).toString('base64url')
  const session = await insertSession(tx, {
    user: me.id,
    refreshHash: hashToken(refreshToken),
    name: device.name ?? (device.platform || 'Unknown device'),
    platform: device.platform,
    ip: device.ip,
  })
  const revoked = await revokeExcess(tx, me.id, session)
  return { tokens: tokensFor(deps, session, me, refreshToken), revoked }
}

/** The answer that carries a session's tokens. */
export function tokensFor(
  { keys, clock }: Pick<AccountServices, 'keys' | 'clock'>,
  session: SessionId,
  me: Me,
  refreshToken: string,
): Tokens {
  const accessToken = signAccessToken(keys, { user: me.id, session }, clock)
  return { accessToken, expiresIn: limits.accessTokenS, refreshToken, session, user: me }
}

/** How a refresh token is stored: it has 256 random bits, so a plain hash keeps it safe. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** The one token that follows this one: derived, so that asking twice gives the same. */
export function successorOf(token: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(token).digest('base64url')
}
