// Deleting one's account: out of every group and channel, signed out everywhere, name and username gone.
// Messages stay, written by "Deleted account", as they belong to the conversations of others too.

import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { readChatsAsked } from '#shared/store/join-requests.ts'
import { forgetViews } from '#shared/store/post-counts.ts'
import { removeScheduledOf } from '#shared/store/scheduled.ts'
import { revokeSessions } from '#shared/store/sessions.ts'
import { eraseUser, readAccount, readRoomsOf } from '#shared/store/users.ts'
import { type AccountServices, announceRevoked } from './account-services.ts'
import { withdrawRequest } from './join-requests.ts'
import { confirmPassword } from './login.ts'
import { leaveChat } from './members.ts'

/**
 * Leaves the chats first and erases the account last, so that after a crash in between the user can do it again.
 * @throws AppError bad_credentials, rate_limited, overloaded
 */
export async function deleteAccount(
  deps: AccountServices,
  actor: { user: UserId; ip: string },
  input: { password: string },
): Promise<void> {
  const account = await readAccount(deps.db, actor.user)
  if (!account) throw new AppError('unauthorized')
  await confirmPassword(deps, account, input.password, actor.ip)
  for (const chat of await readRoomsOf(deps.db, actor.user)) {
    await leaveChat(deps, actor.user, chat).catch(ignoreGone)
  }
  for (const chat of await readChatsAsked(deps.db, actor.user)) {
    await withdrawRequest(deps, actor.user, chat).catch(ignoreGone)
  }
  const revoked = await deps.db.tx(async tx => {
    await removeScheduledOf(tx, actor.user)
    await forgetViews(tx, actor.user)
    await eraseUser(tx, actor.user)
    return revokeSessions(tx, actor.user, null)
  })
  deps.report.accountDeleted({ user: actor.user })
  announceRevoked(deps, actor.user, revoked, 'account deleted')
}

/** Somebody else removed us, or the chat, in the meantime. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not_found')) throw error
}
