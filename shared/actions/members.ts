// Membership of groups and channels: add, remove, leave, change roles. Nobody acts on an equal or a superior.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { planOf, plans } from '#shared/protocol/limits.ts'
import {
  allRights,
  can,
  defaultRights,
  effectiveRights,
  isActive,
  outranks,
} from '#shared/protocol/permissions.ts'
import type { ChatInfo } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import { revokeInvitesOf } from '#shared/store/invites.ts'
import { readMember, readMembersOf, readSuccessor } from '#shared/store/members.ts'
import { readLivingUsers, readPremiumUntil } from '#shared/store/profiles.ts'
import { type ChatChange, changeChat, type Move } from './change-chat.ts'
import type { Services } from './services.ts'

/** Direct and saved chats have fixed members. */
export function assertRoom(chat: Pick<ChatInfo, 'kind'>): void {
  if (chat.kind !== 'group' && chat.kind !== 'channel') {
    throw new AppError('conflict', { detail: 'Only groups and channels have members that change.' })
  }
}

/** How many members the owner's plan allows; null means no bound. */
export async function membersMax(
  tx: Queryable,
  chat: ChatInfo,
  nowMs: number,
): Promise<number | null> {
  const until = chat.owner === null ? null : await readPremiumUntil(tx, chat.owner)
  const plan = plans[planOf(until, nowMs)]
  return chat.kind === 'channel' ? plan.channelMembersMax : plan.groupMembersMax
}

/** @throws AppError group_full when `more` people would not fit */
export async function assertFits(change: ChatChange, more: number): Promise<void> {
  const max = await membersMax(change.tx, change.chat, change.nowMs)
  if (max !== null && change.chat.members + more > max) {
    throw new AppError('group_full', { detail: `The group may have ${max} members.` })
  }
}

/**
 * Adds users; those in already, banned or unknown are left out.
 * @throws AppError forbidden, group_full (then nobody is added)
 */
export async function addMembers(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  users: readonly UserId[],
): Promise<{ rev: Rev; added: UserId[] }> {
  return changeChat(deps, chat, actor, async (change, me) => {
    assertRoom(change.chat)
    if (!can(me, 'invite', { defaultRights: change.chat.rights })) throw new AppError('forbidden')
    const living = await readLivingUsers(change.tx, users)
    const before = new Map(
      (await readMembersOf(change.tx, chat, living)).map(row => [row.user_id, row.role]),
    )
    const moves: Move[] = []
    for (const user of living) {
      const from = before.get(user) ?? 'left'
      if (from === 'left') moves.push({ user, role: 'member', rights: 0, from })
    }
    await assertFits(change, moves.length)
    await change.moveMembers(moves)
    return { rev: change.chat.rev, added: moves.map(move => move.user) }
  })
}

/** Removes a lower-ranking member and ends their invite links. @throws AppError forbidden, not_found */
export async function removeMember(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  user: UserId,
): Promise<{ rev: Rev }> {
  return changeChat(deps, chat, actor, async (change, me) => {
    assertRoom(change.chat)
    const target = await readMember(change.tx, chat, user)
    if (!target || !isActive(target.role)) throw new AppError('not_found')
    const may =
      can(me, 'ban', { defaultRights: change.chat.rights }) && outranks(me.role, target.role)
    if (!may) throw new AppError('forbidden')
    await change.moveMembers([{ user, role: 'left', rights: 0, from: target.role }])
    // Whoever is put out must not come back by a link that they made before.
    await revokeInvitesOf(change.tx, chat, user)
    return { rev: change.chat.rev }
  })
}

/** Leaves; an owner hands over to the longest-serving admin, else member; with the last one the chat is gone. */
export async function leaveChat(deps: Services, actor: UserId, chat: ChatId): Promise<void> {
  await changeChat(deps, chat, actor, async (change, me) => {
    assertRoom(change.chat)
    const moves: Move[] = [{ user: actor, role: 'left', rights: 0, from: me.role }]
    if (me.role === 'owner') {
      const heir = await readSuccessor(change.tx, chat, actor)
      if (heir) moves.push({ user: heir.user_id, role: 'owner', rights: 0, from: heir.role })
      change.chat.owner = heir?.user_id ?? null
      change.touchInfo()
    }
    await change.moveMembers(moves)
  })
}

/**
 * Makes a member an admin or an admin a member. An admin gives no right that they do not have.
 * @throws AppError forbidden, not_found
 */
export async function setRole(
  deps: Services,
  actor: UserId,
  input: { chat: ChatId; user: UserId; role: 'admin' | 'member'; rights?: number | undefined },
): Promise<{ rev: Rev }> {
  return changeChat(deps, input.chat, actor, async (change, me) => {
    assertRoom(change.chat)
    const target = await readMember(change.tx, input.chat, input.user)
    if (!target || !isActive(target.role)) throw new AppError('not_found')
    const may =
      can(me, 'promote', { defaultRights: change.chat.rights }) && outranks(me.role, target.role)
    if (!may) throw new AppError('forbidden')
    const usual =
      change.chat.kind === 'channel' ? defaultRights.channelAdmin : defaultRights.groupAdmin
    const wanted = input.role === 'admin' ? (input.rights ?? usual) & allRights : 0
    const rights = wanted & effectiveRights(me, change.chat.rights)
    if (target.role === input.role && target.rights === rights) return { rev: change.chat.rev }
    await change.moveMembers([{ user: input.user, role: input.role, rights, from: target.role }])
    return { rev: change.chat.rev }
  })
}
