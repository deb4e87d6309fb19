// A new password ends every other session: whoever knew the old one is out.

import { AppError } from '#shared/protocol/codes.ts'
import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import { revokeSessions } from '#shared/store/sessions.ts'
import { readAccount, updatePasswordHash } from '#shared/store/users.ts'
import { type AccountServices, announceRevoked } from './account-services.ts'
import { confirmPassword } from './login.ts'
import { assertStrong } from './passwords.ts'

/** @throws AppError bad_credentials, weak_password, conflict (changed elsewhere meanwhile), rate_limited, overloaded */
export async function changePassword(
  deps: AccountServices,
  actor: { user: UserId; session: SessionId; ip: string },
  input: { current: string; next: string },
): Promise<void> {
  const account = await readAccount(deps.db, actor.user)
  if (!account) throw new AppError('unauthorized')
  await confirmPassword(deps, account, input.current, actor.ip)
  assertStrong(input.next, account.me.username)
  const next = await deps.hasher.hash(input.next)
  const revoked = await deps.db.tx(async tx => {
    // confirmPassword has matched a hash, so there is one.
    const change = { previous: account.passwordHash ?? '', next }
    if (!(await updatePasswordHash(tx, actor.user, change))) throw new AppError('conflict')
    return revokeSessions(tx, actor.user, actor.session)
  })
  deps.report.passwordChanged({ user: actor.user })
  announceRevoked(deps, actor.user, revoked, 'password')
}
