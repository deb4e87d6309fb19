// One's own name, username and about text.

import { AppError } from '#shared/protocol/codes.ts'
import { userFrame } from '#shared/protocol/frames.ts'
import type { Me } from '#shared/protocol/http.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import { isReservedName } from '#shared/protocol/names.ts'
import { isUniqueViolation } from '#shared/store/db.ts'
import { nextUrevs } from '#shared/store/members.ts'
import { noteInOutbox } from '#shared/store/outbox.ts'
import { updateProfile as storeProfile } from '#shared/store/users.ts'
import type { AccountServices } from './account-services.ts'

/**
 * Changes the given fields and tells the user's other devices.
 * @throws AppError username_taken, unauthorized when the account is gone
 */
export async function updateProfile(
  deps: Pick<AccountServices, 'db' | 'publish' | 'report'>,
  user: UserId,
  change: { name?: string | undefined; username?: string | undefined; about?: string | undefined },
): Promise<Me> {
  if (isReservedName(change.username ?? '')) throw new AppError('username_taken')
  try {
    const { me, batch } = await deps.db.tx(async tx => {
      const urev = (await nextUrevs(tx, [user])).get(user)
      const me = await storeProfile(tx, user, change)
      if (!me || urev === undefined) throw new AppError('unauthorized')
      const outbox = await noteInOutbox(tx, { chats: [], users: [{ user, urev }] })
      // Copied: the encoder reuses its memory, and the bus keeps the frame.
      const frame = Buffer.from(userFrame('profile', urev, { user: profileOf(me) }))
      const own = { type: 'user', user, urev, frame } as const
      // Whoever has the person on screen asks for the profile, each for what they may see of it.
      return { me, batch: { outbox, events: [own, { type: 'person', user } as const] } }
    })
    deps.publish(batch)
    deps.report.profileChanged({ user })
    return me
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError('username_taken', { cause: error })
    throw error
  }
}

/** What others may see of oneself. */
function profileOf({ premiumUntil: _premium, createdAt: _created, ...user }: Me): User {
  return user
}
