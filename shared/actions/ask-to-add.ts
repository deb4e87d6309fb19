// Who lets somebody add them to a group or channel. The others are told apart from those who cannot be added, so that an
// invite link can be offered to them.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from '#shared/store/db.ts'
import { mayKnow } from '#shared/store/privacy.ts'

/** @param users existing ones; both parts of the answer keep their order */
export async function askToAdd(
  db: Queryable,
  actor: UserId,
  users: readonly UserId[],
): Promise<{ willing: UserId[]; refused: UserId[] }> {
  const willing = await mayKnow(db, actor, users, 'groups')
  return {
    willing: users.filter(user => willing.has(user)),
    refused: users.filter(user => !willing.has(user)),
  }
}
