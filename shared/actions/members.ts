// Membership of groups and channels: add, remove, leave, change roles. Nobody acts on an equal or a superior.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { limits, planOf, plans } from '#shared/protocol/limits.ts'
import {
  type Actor,
  allRights,
  can,
  defaultRights,
  effectiveRights,
  isActive,
  outranks,
} from '#shared/protocol/permissions.ts'
import type { ChatInfo } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import {
  type MemberRow,
  readAdmins,
  readMember,
  readMembersOf,
  readSuccessor,
} from '#shared/store/members.ts'
import { readLivingUsers, readPremiumUntil } from '#shared/store/profiles.ts'
import { askToAdd } from './ask-to-add.ts'
import { type ChatChange, changeChat, type Move } from './change-chat.ts'
import type { Services } from './services.ts'
import { endJoinRequests, endLinksOf } from './waiting.ts'

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

/** How somebody comes in: restricted, if they left so. Null for those banned, or in already. */
export function entryOf(user: UserId, row: MemberRow | undefined, nowMs: number): Move | null {
  if (!row) return { user, role: 'member', rights: 0, from: 'left' }
  // The job that lifts what is over may be late.
  const isOver = row.until_at !== null && row.until_at <= nowMs
  if (isActive(row.role) || (row.role === 'banned' && !isOver)) return null
  const from = row.role
  if (!row.restricted || isOver) return { user, role: 'member', rights: 0, from }
  return { user, role: 'restricted', rights: row.rights, untilAt: row.until_at, from }
}

/** How somebody goes: a restriction waits for their return. */
export function exitOf({ user_id: user, role: from, rights, until_at: untilAt }: MemberRow): Move {
  const gone = { user, role: 'left', from } as const
  return from === 'restricted'
    ? { ...gone, rights, untilAt, restricted: true }
    : { ...gone, rights: 0 }
}

/** Whether coming and going is told in the chat: in channels and large groups it would drown what is said. */
export function isAnnounced({ kind, members }: Pick<ChatInfo, 'kind' | 'members'>): boolean {
  return kind === 'group' && members <= limits.membershipMessagesMembersMax
}

/**
 * Adds users; those in already, banned or unknown are left out, and so are those who do not let the actor add them.
 * @throws AppError forbidden, group_full (then nobody is added)
 */
export async function addMembers(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  users: readonly UserId[],
): Promise<{ rev: Rev; added: UserId[]; refused?: UserId[] }> {
  return changeChat(deps, chat, actor, async (change, me) => {
    assertRoom(change.chat)
    if (!can(me, 'invite', { defaultRights: change.chat.rights })) throw new AppError('forbidden')
    const living = await readLivingUsers(change.tx, users)
    const rows = await readMembersOf(change.tx, chat, living)
    const before = new Map(rows.map(row => [row.user_id, row]))
    const absent = living.filter(user => !isActive(before.get(user)?.role ?? 'left'))
    const { willing, refused } = await askToAdd(change.tx, actor, absent)
    const moves = willing.flatMap(user => entryOf(user, before.get(user), change.nowMs) ?? [])
    await assertFits(change, moves.length)
    await change.moveMembers(moves)
    const added = moves.map(move => move.user)
    if (added.length > 0) {
      await endJoinRequests(change, added)
      change.record('added', { users: added })
      if (isAnnounced(change.chat)) await change.addService({ t: 'added', users: added })
    }
    return { rev: change.chat.rev, added, ...(refused.length > 0 && { refused }) }
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
    await change.moveMembers([exitOf(target)])
    await putOut(change, user)
    change.record('removed', { user })
    return { rev: change.chat.rev }
  })
}

/** What follows for somebody who is put out, besides their place. */
export async function putOut(change: ChatChange, user: UserId): Promise<void> {
  // They must not come back by a link that they made before.
  await endLinksOf(change, user)
  if (isAnnounced(change.chat)) await change.addService({ t: 'removed', users: [user] })
}

/** Leaves; an owner hands over to the longest-serving admin, else member; with the last one the chat is gone. */
export async function leaveChat(deps: Services, actor: UserId, chat: ChatId): Promise<void> {
  await changeChat(deps, chat, actor, async change => {
    assertRoom(change.chat)
    const me = (await readMember(change.tx, chat, actor)) as MemberRow
    const moves: Move[] = [exitOf(me)]
    const heir = me.role === 'owner' ? await readSuccessor(change.tx, chat, actor) : undefined
    if (me.role === 'owner') {
      change.chat.owner = heir?.user_id ?? null
      change.touchInfo()
    }
    if (heir) {
      moves.push({ user: heir.user_id, role: 'owner', rights: 0, from: heir.role })
      change.record('owner', { user: heir.user_id })
    }
    await change.moveMembers(moves)
    // With the last one the chat is gone.
    if (change.chat.members === 0) return
    if (isAnnounced(change.chat)) await change.addService({ t: 'left' })
    if (heir) await tellOwner(change, heir.user_id)
  })
}

/** Tells a group who owns it now. */
export async function tellOwner(change: ChatChange, owner: UserId): Promise<void> {
  if (change.chat.kind === 'group') await change.addService({ t: 'owner', users: [owner] })
}

/**
 * Makes a member an admin or an admin a member. An admin gives no right that they do not have, and lifts no restriction
 * without the right to.
 * @throws AppError forbidden, not_found, conflict (a restriction is lifted by `restrict`), quota_reached
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
    if (target.role === 'restricted') assertMayLift(change, me, input.role)
    const usual =
      change.chat.kind === 'channel' ? defaultRights.channelAdmin : defaultRights.groupAdmin
    const wanted = input.role === 'admin' ? (input.rights ?? usual) & allRights : 0
    const rights = wanted & effectiveRights(me, change.chat.rights)
    if (target.role === input.role && target.rights === rights) return { rev: change.chat.rev }
    if (input.role === 'admin' && target.role !== 'admin') await assertRoomForAdmin(change)
    await change.moveMembers([{ user: input.user, role: input.role, rights, from: target.role }])
    const wasN = target.rights
    if (input.role === 'admin') change.record('admin', { user: input.user, n: rights, wasN })
    else change.record('demoted', { user: input.user, wasN })
    return { rev: change.chat.rev }
  })
}

function assertMayLift({ chat }: ChatChange, me: Actor, role: 'admin' | 'member'): void {
  if (role === 'member') {
    throw new AppError('conflict', { detail: 'A restriction is lifted by `restrict`.' })
  }
  if (!can(me, 'ban', { defaultRights: chat.rights })) throw new AppError('forbidden')
}

async function assertRoomForAdmin({ tx, chat }: ChatChange): Promise<void> {
  const admins = await readAdmins(tx, chat.id)
  if (admins.length >= limits.adminsPerChatMax) throw new AppError('quota_reached')
}
