// New chats: saved, group, channel. Direct ones are begun in direct-chats.ts.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { ChatId, Rid, UserId } from '#shared/protocol/ids.ts'
import { type Plan, plans } from '#shared/protocol/limits.ts'
import { defaultRights } from '#shared/protocol/permissions.ts'
import {
  countOwned,
  findPair,
  findRoomByRid,
  insertPair,
  insertRoom,
  lockRoomsOf,
} from '#shared/store/chats.ts'
import { lockUsers } from '#shared/store/members.ts'
import { readLivingUsers } from '#shared/store/profiles.ts'
import { askToAdd } from './ask-to-add.ts'
import { commitChange, type Move, openChange } from './change-chat.ts'
import type { Services } from './services.ts'

/** The chat with oneself; made once, also when two devices ask at the same moment. */
export async function openSaved(deps: Services, actor: UserId): Promise<ChatId> {
  const existing = await findPair(deps.db, actor, actor)
  if (existing !== undefined) return existing
  return commitChange(deps, async tx => {
    if ((await readLivingUsers(tx, [actor])).length === 0) throw new AppError('not_found')
    const pair = { kind: 'saved', one: actor, other: actor, rights: defaultRights.saved } as const
    const id = await insertPair(tx, pair)
    if (id === undefined)
      return { change: null, result: (await findPair(tx, actor, actor)) as ChatId }
    const change = await openChange(deps, tx, id, actor)
    await change.moveMembers([{ user: actor, role: 'owner', rights: 0, from: 'left' }])
    return { change, result: id }
  })
}

export interface RoomInput {
  kind: 'group' | 'channel'
  rid: Rid
  title: string
  about?: string | undefined
  users?: readonly UserId[] | undefined
}

/**
 * Creates a group or channel; the same rid again answers the first one.
 * @throws AppError quota_reached, group_full, bad_text; unknown users and those who refuse are left out
 */
export async function createRoom(
  deps: Services,
  actor: UserId,
  plan: Plan,
  input: RoomInput,
): Promise<ChatId> {
  if (!isStorable(input.title) || !isStorable(input.about ?? '')) throw new AppError('bad_text')
  const bounds = plans[plan]
  const ownedMax = input.kind === 'group' ? bounds.groupsOwnedMax : bounds.channelsOwnedMax
  return commitChange(deps, async tx => {
    await lockRoomsOf(tx, actor)
    const existing = await findRoomByRid(tx, actor, input.rid)
    if (existing !== undefined) return { change: null, result: existing }
    if ((await countOwned(tx, actor, input.kind)) >= ownedMax) throw new AppError('quota_reached')
    const living = await readLivingUsers(tx, input.users ?? [])
    const { willing } = await askToAdd(tx, actor, living)
    const others = willing.filter(user => user !== actor)
    if (input.kind === 'group' && others.length + 1 > bounds.groupMembersMax)
      throw new AppError('group_full')
    const id = await insertRoom(tx, {
      kind: input.kind,
      title: input.title,
      about: input.about ?? '',
      owner: actor,
      rid: input.rid,
      rights: defaultRights[input.kind],
    })
    const change = await openChange(deps, tx, id, actor)
    // All together: whoever locks some of them first and others later may wait for somebody who does the same.
    await lockUsers(tx, [actor, ...others])
    const added = others.map((user): Move => ({ user, role: 'member', rights: 0, from: 'left' }))
    await change.moveMembers(added)
    // News for those who were added, and none for who comes after it: the owner.
    if (input.kind === 'group') {
      await change.addService({ t: 'created', text: input.title, users: others })
    }
    await change.moveMembers([{ user: actor, role: 'owner', rights: 0, from: 'left' }])
    return { change, result: id }
  })
}
