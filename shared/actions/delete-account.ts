// Deleting one's account: out of every group and channel, signed out everywhere, name and username gone.
// Messages stay, written by "Deleted account", as they belong to the conversations of others too.

import { AppError } from '#shared/protocol/codes.ts'
import type { SessionId, UserId } from '#shared/protocol/ids.ts'
import { readChatsAsked } from '#shared/store/join-requests.ts'
import { lockUsers } from '#shared/store/members.ts'
import { forgetViews } from '#shared/store/post-counts.ts'
import { removeScheduledOf } from '#shared/store/scheduled.ts'
import { revokeSessions } from '#shared/store/sessions.ts'
import { eraseUser, readAccount, readRoomsOf } from '#shared/store/users.ts'
import { type AccountServices, announceRevoked } from './account-services.ts'
import { withdrawJoinRequest } from './join-requests.ts'
import { confirmPassword } from './login.ts'
import { leaveChat } from './members.ts'

/** So often somebody may add the user to a chat while they go. */
const roundsMax = 10

/**
 * Leaves the chats first and erases the account last, so that after a crash in between the user can do it again.
 * @throws AppError bad_credentials, rate_limited, overloaded, timeout
 */
export async function deleteAccount(
  deps: AccountServices,
  actor: { user: UserId; ip: string },
  input: { password: string },
): Promise<void> {
  const account = await readAccount(deps.db, actor.user)
  if (!account) throw new AppError('unauthorized')
  await confirmPassword(deps, account, input.password, actor.ip)
  let revoked: SessionId[] | null = null
  for (let round = 0; revoked === null; round++) {
    if (round === roundsMax) throw new AppError('timeout')
    await leaveAll(deps, actor.user)
    revoked = await erase(deps, actor.user)
  }
  deps.report.accountDeleted({ user: actor.user })
  announceRevoked(deps, actor.user, revoked, 'account deleted')
}

async function leaveAll(deps: AccountServices, user: UserId): Promise<void> {
  for (const chat of await readRoomsOf(deps.db, user)) {
    await leaveChat(deps, user, chat).catch(ignoreGone)
  }
  for (const chat of await readChatsAsked(deps.db, user)) {
    await withdrawJoinRequest(deps, user, chat).catch(ignoreGone)
  }
}

/** @returns the sessions that ended; null when somebody has added the user to a chat since they left the others */
function erase({ db }: AccountServices, user: UserId): Promise<SessionId[] | null> {
  return db.tx(async tx => {
    await removeScheduledOf(tx, user)
    // From here on nobody adds them: whoever is about to waits for this lock and finds the account deleted.
    await lockUsers(tx, [user])
    if ((await readRoomsOf(tx, user)).length > 0) return null
    await forgetViews(tx, user)
    await eraseUser(tx, user)
    return revokeSessions(tx, user, null)
  })
}

/** Somebody else removed us, or the chat, in the meantime. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not_found')) throw error
}
