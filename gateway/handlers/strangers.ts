// The bound on how many people somebody may look up by trying: whoever is in a common chat can be read, so without it
// adding id after id would find accounts.

import type { UserId } from '#shared/protocol/ids.ts'
import { readAcquainted } from '#shared/store/connections.ts'
import type { Context } from './context.ts'

/** Takes those of `others` whom the user does not know from their budget. @throws AppError rate_limited */
export async function takeStrangers(
  { db, strangerBudget }: Context,
  user: UserId,
  others: readonly UserId[],
): Promise<void> {
  const wanted = [...new Set(others)].filter(other => other !== user)
  if (wanted.length === 0) return
  const known = await readAcquainted(db, user, wanted)
  strangerBudget.take(user, wanted.length - known.length)
}
