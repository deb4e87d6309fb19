// New chats: direct, saved, group, channel.

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
import { readLivingUsers } from '#shared/store/profiles.ts'
import { commitChange, type Move, openChange } from './change-chat.ts'
import type { Services } from './services.ts'

/** The direct chat of two people; made once, also when both ask at the same moment. */
export async function createDirect(deps: Services, actor: UserId, other: UserId): Promise<ChatId> {
  if (actor === other)
    throw new AppError('bad_request', { detail: 'The chat with oneself is `saved`.' })
  return createPair(deps, 'direct', actor, other)
}

/** The chat with oneself. */
export function openSaved(deps: Services, actor: UserId): Promise<ChatId> {
  return createPair(deps, 'saved', actor, actor)
}

async function createPair(
  deps: Services,
  kind: 'direct' | 'saved',
  one: UserId,
  other: UserId,
): Promise<ChatId> {
  const existing = await findPair(deps.db, one, other)
  if (existing !== undefined) return existing
  return commitChange(deps, async tx => {
    const people = [...new Set([one, other])]
    if ((await readLivingUsers(tx, people)).length < people.length) throw new AppError('not_found')
    const id = await insertPair(tx, { kind, one, other, rights: defaultRights[kind] })
    if (id === undefined)
      return { change: null, result: (await findPair(tx, one, other)) as ChatId }
    const change = await openChange(deps, tx, id, one)
    const role = kind === 'saved' ? ('owner' as const) : ('member' as const)
    await change.moveMembers(people.map(user => ({ user, role, rights: 0, from: 'left' })))
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
 * @throws AppError quota_reached, group_full, bad_text; unknown users are left out
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
    const others = (await readLivingUsers(tx, input.users ?? [])).filter(user => user !== actor)
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
    const moves: Move[] = [{ user: actor, role: 'owner', rights: 0, from: 'left' }]
    for (const user of others) moves.push({ user, role: 'member', rights: 0, from: 'left' })
    await change.moveMembers(moves)
    return { change, result: id }
  })
}
