// Ending sessions: one's own, another of one's own, or all of them.

import { AppError } from '#shared/protocol/codes.ts'
import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import { revokeSession, revokeSessions } from '#shared/store/sessions.ts'
import { type AccountServices, announceRevoked } from './account-services.ts'

type Deps = Pick<AccountServices, 'db' | 'publish' | 'report'>

/** Revokes one session of the user. @throws AppError not_found, for somebody else's session too */
export async function endSession(
  deps: Deps,
  user: UserId,
  session: SessionId,
  why: 'logout' | 'revoke',
): Promise<void> {
  if (!(await revokeSession(deps.db, user, session))) throw new AppError('not_found')
  announceRevoked(deps, user, [session], why)
}

/** Revokes every session of the user, the asking one included. */
export async function endAllSessions(deps: Deps, user: UserId): Promise<void> {
  announceRevoked(deps, user, await revokeSessions(deps.db, user, null), 'logout all')
}
