// Coming into a group or channel by oneself: by a link (invites.ts), by a public name or from the channel into its
// discussion (public-names.ts). Being added, and being let in after asking, are in members.ts and join-requests.ts.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { isActive } from '#shared/protocol/permissions.ts'
import { takeJoin } from '#shared/store/invites.ts'
import { readMember } from '#shared/store/members.ts'
import { type ChatChange, commitChange, openChange } from './change-chat.ts'
import { entryOf, isAnnounced } from './members.ts'
import type { Services } from './services.ts'
import { endJoinRequests } from './waiting.ts'

/** A way into a chat. */
export interface Door {
  /** What somebody hears whom the chat has banned. */
  banned: 'forbidden' | 'not_found'
  /**
   * Whether the actor comes in now: false when they wait outside. Runs under the chat's lock; the caller checks here that
   * there is room.
   * @throws AppError when they may not come in this way
   */
  opens(change: ChatChange): Promise<boolean>
}

/**
 * Lets somebody in as they are: restricted, if they left so. For a member nothing happens.
 * @returns whether they are in
 * @throws AppError not_found (no such chat), `door.banned`, and what the door throws
 */
export async function enterRoom(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  door: Door,
): Promise<boolean> {
  return commitChange(deps, async tx => {
    const change = await openChange(deps, tx, chat, actor)
    const member = await readMember(tx, chat, actor)
    if (member && isActive(member.role)) return { change: null, result: true }
    const move = entryOf(actor, member, change.nowMs)
    if (!move) throw new AppError(door.banned)
    if (!(await door.opens(change))) return { change, result: false }
    // Before the move, so that who joins has read it.
    const { kind, members } = change.chat
    if (isAnnounced({ kind, members: members + 1 })) await change.addService({ t: 'joined' })
    await change.moveMembers([move])
    await endJoinRequests(change, [actor])
    return { change, result: true }
  })
}

/** Whether the chat has had as many joins in this minute as its rules allow; else this one is counted. */
export async function isBraked({ tx, chat }: ChatChange): Promise<boolean> {
  return chat.joinsPerMinute > 0 && !(await takeJoin(tx, chat.id, chat.joinsPerMinute))
}
