// Invite links: make, list, revoke, preview, join.

import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { ChatId, Rid, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Invite, User } from '#shared/protocol/models.ts'
import { can, isActive, type Role, runsChat } from '#shared/protocol/permissions.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Db } from '#shared/store/db.ts'
import {
  countOtherInvites,
  findInvite,
  forgetRevoked,
  type InviteTarget,
  isUsable,
  readInvites,
  revokeInvite as storeRevoked,
  takeInvite,
  upsertInvite,
} from '#shared/store/invites.ts'
import { readJoinRequest } from '#shared/store/join-requests.ts'
import { readMember } from '#shared/store/members.ts'
import { readProfiles } from '#shared/store/profiles.ts'
import { changeChat } from './change-chat.ts'
import { enterRoom, isBraked } from './enter-room.ts'
import { askToJoin } from './join-requests.ts'
import { assertFits, assertRoom } from './members.ts'
import type { Services } from './services.ts'
import { endJoinRequestsOfRevoked } from './waiting.ts'

const tokenBytes = 16

export interface NewInvite {
  chat: ChatId
  rid: Rid
  name?: string | undefined
  expiresAt?: number | undefined
  usesMax?: number | undefined
  /** Who comes by it waits for an answer of those who run the chat. */
  approval?: true | undefined
}

/** Makes a link. @throws AppError forbidden, quota_reached, bad_request (already expired), bad_text */
export async function createInvite(
  deps: Services,
  actor: UserId,
  input: NewInvite,
): Promise<{ invite: Invite; token: string }> {
  if (!isStorable(input.name ?? '')) throw new AppError('bad_text')
  if (input.expiresAt !== undefined && input.expiresAt <= deps.clock.now()) {
    throw new AppError('bad_request', { detail: 'expiresAt lies in the past.' })
  }
  const token = randomBytes(tokenBytes).toString('base64url')
  return changeChat(deps, input.chat, actor, async (change, me) => {
    const { tx, chat } = change
    assertRoom(chat)
    if (!can(me, 'invite', { defaultRights: chat.rights })) throw new AppError('forbidden')
    const made = { chat: chat.id, by: actor, rid: input.rid }
    const { all, own } = await countOtherInvites(tx, made)
    // Else one member could use up the links of all.
    const tooManyOwn = !runsChat(me.role) && own >= limits.invitesPerMemberMax
    if (all >= limits.invitesPerChatMax || tooManyOwn) throw new AppError('quota_reached')
    const { invite, isNew } = await upsertInvite(tx, {
      ...made,
      tokenHash: hashOf(token),
      name: input.name,
      expiresAt: input.expiresAt,
      usesMax: input.usesMax,
      approval: input.approval ?? false,
    })
    if (isNew) {
      change.record('inviteMade', { invite: invite.id, text: invite.name })
      await forgetRevoked(tx, chat.id, limits.invitesPerChatMax)
    }
    return { invite, token }
  })
}

/** The links of a chat for those who run it, their own for members; those that lead in come first. @throws AppError not_found, forbidden */
export async function listInvites(
  deps: { db: Db },
  actor: UserId,
  chat: ChatId,
): Promise<{ invites: Invite[]; users: User[] }> {
  const found = await readChatFor(deps.db, chat, actor)
  if (!found) throw new AppError('not_found')
  if (!can(found.me, 'invite', { defaultRights: found.rights })) throw new AppError('forbidden')
  const by = linksOf(actor, found.me)
  const invites = await readInvites(deps.db, chat, by, limits.invitesPerChatMax)
  const users = await readProfiles(
    deps.db,
    invites.map(invite => invite.by),
  )
  return { invites, users }
}

/** Ends a link; members who do not run the chat end only their own. @throws AppError not_found, forbidden */
export async function revokeInvite(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  invite: number,
): Promise<void> {
  await changeChat(deps, chat, actor, async (change, me) => {
    if (!can(me, 'invite', { defaultRights: change.chat.rights })) throw new AppError('forbidden')
    const by = linksOf(actor, me)
    const revoked = await storeRevoked(change.tx, chat, by, invite)
    if (revoked === undefined) throw new AppError('not_found')
    if (!revoked) return
    change.record('inviteRevoked', { invite })
    await endJoinRequestsOfRevoked(change)
  })
}

export interface InvitePreview {
  kind: InviteTarget['kind']
  title: string
  members: number
  joined?: ChatId
  approval?: true
  /** The user has asked and waits. */
  requested?: true
}

/** What a link leads to. @throws AppError not_found (no such link), invite_expired */
export async function previewInvite(
  deps: { db: Db },
  actor: UserId,
  token: string,
): Promise<InvitePreview> {
  const target = await findTarget(deps.db, token)
  const member = await readMember(deps.db, target.chat, actor)
  const { kind, title, members, approval } = target
  const preview = { kind, title, members, ...(approval && { approval }) }
  if (member && isActive(member.role)) return { ...preview, joined: target.chat }
  const request = await readJoinRequest(deps.db, target.chat, actor)
  if (request?.declinedAt === null) return { ...preview, requested: true }
  if (!target.usable) throw new AppError('invite_expired')
  return preview
}

/**
 * Joins by a link; a member just gets the chat. Links that want an answer, and all of them while more people join than
 * the chat's rules allow, make a request instead: nobody is lost, and a raid waits outside.
 * @throws AppError not_found, invite_expired, group_full, forbidden (banned), rate_limited
 */
export async function joinByInvite(
  deps: Services,
  actor: UserId,
  token: string,
): Promise<{ chat: ChatId; requested?: true }> {
  const target = await findTarget(deps.db, token)
  const { chat } = target
  const isIn = await enterRoom(deps, actor, chat, {
    banned: 'forbidden',
    async opens(change) {
      if (!(await isUsable(change.tx, target.id))) throw new AppError('invite_expired')
      if (target.approval || (await isBraked(change))) {
        await askToJoin(change, target.id)
        return false
      }
      await assertFits(change, 1)
      if (!(await takeInvite(change.tx, target.id))) throw new AppError('invite_expired')
      return true
    },
  })
  return isIn ? { chat } : { chat, requested: true }
}

/** Whose links somebody sees and ends: null means everybody's. */
function linksOf(actor: UserId, { role }: { role: Role }): UserId | null {
  return runsChat(role) ? null : actor
}

async function findTarget(db: Db, token: string): Promise<InviteTarget> {
  const target = await findInvite(db, hashOf(token))
  if (!target) throw new AppError('not_found')
  return target
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
