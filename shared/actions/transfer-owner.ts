// Handing a group or channel over to one of its members. The owner proves with their password that it is really them.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { planOf, plans } from '#shared/protocol/limits.ts'
import { allRights, isActive } from '#shared/protocol/permissions.ts'
import { countOwned, lockRoomsOf, readChatFor } from '#shared/store/chats.ts'
import { readMember } from '#shared/store/members.ts'
import { readPremiumUntil } from '#shared/store/profiles.ts'
import { readAccount } from '#shared/store/users.ts'
import type { AccountServices } from './account-services.ts'
import { type ChatChange, changeChat } from './change-chat.ts'
import { confirmPassword } from './login.ts'
import { assertRoom, tellOwner } from './members.ts'

/**
 * Makes a member the owner; the owner before stays as an admin with every right.
 * @throws AppError not_found (also when `user` is not in the chat), forbidden (not the owner), conflict (oneself),
 * bad_credentials, rate_limited, overloaded, quota_reached (the new owner's plan allows no more rooms, or no room so large)
 */
export async function transferOwner(
  deps: AccountServices,
  actor: { user: UserId; ip: string },
  chat: ChatId,
  input: { user: UserId; password: string },
): Promise<{ rev: Rev }> {
  // Whoever is not the owner shall not make the server hash, nor learn whether a password is right.
  const found = await readChatFor(deps.db, chat, actor.user)
  if (!found) throw new AppError('not_found')
  assertRoom(found)
  if (found.me.role !== 'owner') throw new AppError('forbidden')
  if (input.user === actor.user) throw new AppError('conflict', { detail: 'It is yours already.' })
  const account = await readAccount(deps.db, actor.user)
  if (!account) throw new AppError('unauthorized')
  await confirmPassword(deps, account, input.password, actor.ip)
  return changeChat(deps, chat, actor.user, async (change, me) => {
    if (me.role !== 'owner') throw new AppError('forbidden')
    const target = await readMember(change.tx, chat, input.user)
    if (!target || !isActive(target.role)) throw new AppError('not_found')
    await assertMayOwn(change, input.user)
    change.chat.owner = input.user
    change.touchInfo()
    await change.moveMembers([
      { user: actor.user, role: 'admin', rights: allRights, from: 'owner' },
      { user: input.user, role: 'owner', rights: 0, from: target.role },
    ])
    change.record('owner', { user: input.user })
    await tellOwner(change, input.user)
    return { rev: change.chat.rev }
  })
}

/** Whether the new owner's plan has room for this room. */
async function assertMayOwn({ tx, chat, nowMs }: ChatChange, user: UserId): Promise<void> {
  await lockRoomsOf(tx, user)
  const bounds = plans[planOf(await readPremiumUntil(tx, user), nowMs)]
  const isGroup = chat.kind === 'group'
  const ownedMax = isGroup ? bounds.groupsOwnedMax : bounds.channelsOwnedMax
  const membersMax = isGroup ? bounds.groupMembersMax : bounds.channelMembersMax
  const owned = await countOwned(tx, user, isGroup ? 'group' : 'channel')
  if (owned >= ownedMax || (membersMax !== null && chat.members > membersMax)) {
    throw new AppError('quota_reached', { detail: 'The new owner’s plan does not allow it.' })
  }
}
