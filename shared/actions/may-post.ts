// Whether a member may write now, for whatever does not go through the send path: polls, forwards, comments and the like.
// The send function of SQL asks the same for plain messages; may-post.test.ts holds the two against each other.

import { AppError } from '#shared/protocol/codes.ts'
import { effectiveRights, right } from '#shared/protocol/permissions.ts'
import { isQuarantined, takeTurn } from '#shared/store/members.ts'
import type { ChatChange, LockedPlace } from './change-chat.ts'

/** Rights that a new member lacks while in quarantine. */
const quarantined = right.media | right.polls | right.links

/**
 * Checks rights, quarantine and slow mode under the chat's lock, and takes the member's turn in slow mode: call it
 * once for what is written, last of the checks, before addMessage().
 * @param need  right bits that the messages need; `post` is always among them
 * @param count messages that are written together; in slow mode only one may be
 * @throws AppError forbidden, slow_mode (with retryMs), conflict (several messages in slow mode)
 */
export async function assertMayPost(
  change: ChatChange,
  me: LockedPlace,
  need: number = right.post,
  count = 1,
): Promise<void> {
  await assertMay(change, me, need | right.post)
  const { tx, chat, actor } = change
  if (chat.slowModeS === 0 || !isBound(me)) return
  if (count > 1) throw new AppError('conflict', { detail: 'One message at a time in slow mode.' })
  const waitMs = await takeTurn(tx, chat.id, actor, chat.slowModeS)
  if (waitMs > 0) throw new AppError('slow_mode', { retryMs: waitMs })
}

/** Checks rights and quarantine alone, for what is no new message. @throws AppError forbidden */
export async function assertMay(
  { tx, chat, actor }: ChatChange,
  me: LockedPlace,
  need: number,
): Promise<void> {
  if ((effectiveRights(me, chat.rights) & need) !== need) throw new AppError('forbidden')
  if (chat.quarantineS === 0 || !isBound(me) || (need & quarantined) === 0) return
  if (await isQuarantined(tx, chat.id, actor, chat.quarantineS)) {
    throw new AppError('forbidden', { detail: 'New members write plain text only for a while.' })
  }
}

/** Whether slow mode and quarantine hold for this member. */
function isBound({ role }: LockedPlace): boolean {
  return role === 'member' || role === 'restricted'
}
