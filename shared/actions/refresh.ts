// The exchange of a refresh token for its successor and a new access token.

import { AppError } from '#shared/protocol/codes.ts'
import type { Tokens } from '#shared/protocol/http.ts'
import { revokeByToken, rotateSession } from '#shared/store/sessions.ts'
import { type AccountServices, announceRevoked } from './account-services.ts'
import { hashToken, successorOf, tokensFor } from './open-session.ts'

/**
 * How many generations back a token is still recognised as used: a day of refreshing every quarter of an hour.
 * An older one is refused all the same, but does not end the session. Costs about 0.5 ms, only for refused tokens.
 */
const generationsBack = 96

/**
 * Each token is good once. The one before the current, within `limits.refreshGraceMs` of its exchange, gives the same
 * successor again: its answer may have been lost, or two tabs raced. Any other used token revokes the session, since
 * somebody else holds a copy of it.
 * @throws AppError unauthorized, rate_limited
 */
export async function refresh(
  deps: AccountServices,
  input: { refreshToken: string },
  device: { ip: string },
): Promise<Tokens> {
  const token = hashToken(input.refreshToken)
  await deps.limiter.take('refreshPerSession', token.toString('base64url'))
  const next = successorOf(input.refreshToken, deps.refreshSecret)
  const moved = await rotateSession(deps.db, { token, successor: hashToken(next), ip: device.ip })
  if (moved) {
    deps.report.refreshed()
    return tokensFor(deps, moved.session, moved.me, next)
  }
  const reused = await revokeByToken(deps.db, descendants(input.refreshToken, deps.refreshSecret))
  if (reused) {
    deps.report.refreshReused(reused)
    announceRevoked(deps, reused.user, [reused.session], 'reuse')
  } else {
    deps.report.refreshRefused()
  }
  throw new AppError('unauthorized', { detail: 'The refresh token is not valid; sign in again.' })
}

/** Hashes of the tokens that follow this one. */
function descendants(token: string, secret: Buffer): Buffer[] {
  const hashes: Buffer[] = []
  for (let each = token; hashes.length < generationsBack; ) {
    each = successorOf(each, secret)
    hashes.push(hashToken(each))
  }
  return hashes
}
