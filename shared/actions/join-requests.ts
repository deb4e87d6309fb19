// Requests to join: made by links that want an answer, and by any link while too many join at once.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { JoinRequest, User } from '#shared/protocol/models.ts'
import { answersJoinRequests } from '#shared/store/chat-views.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Db } from '#shared/store/db.ts'
import { countUses, readUsesLeft } from '#shared/store/invites.ts'
import {
  declineJoinRequests,
  insertJoinRequest,
  readAcceptable,
  readJoinRequest,
  readJoinRequests,
  readWaiting,
} from '#shared/store/join-requests.ts'
import { readMembersOf } from '#shared/store/members.ts'
import { readLivingUsers, readProfiles } from '#shared/store/profiles.ts'
import { type ChatChange, changeChat, commitChange, type Move, openChange } from './change-chat.ts'
import { entryOf, isAnnounced, membersMax } from './members.ts'
import type { Services } from './services.ts'
import { endJoinRequests, tellWaiting } from './waiting.ts'

/**
 * Notes that the actor asks to be let in; a second time changes nothing.
 * @throws AppError rate_limited when declined a short while ago, or when too many wait
 */
export async function askToJoin(change: ChatChange, invite: number): Promise<void> {
  const { tx, chat, actor, nowMs } = change
  const before = await readJoinRequest(tx, chat.id, actor)
  if (before?.declinedAt === null) return
  const againMs = before ? before.declinedAt + limits.joinAgainMs - nowMs : 0
  if (againMs > 0) throw new AppError('rate_limited', { retryMs: againMs })
  if (chat.requests >= limits.joinRequestsPerChatMax) {
    throw new AppError('rate_limited', { retryMs: 60_000, detail: 'Too many people wait already.' })
  }
  await insertJoinRequest(tx, { chat: chat.id, user: actor, invite })
  chat.requests += 1
  // A raid must not cost each admin a change of their own state per raider.
  const { joinRequestsToldMax } = limits
  if (chat.requests <= joinRequestsToldMax || chat.requests % 100 === 0) await tellWaiting(change)
}

/** Who waits, longest first. @throws AppError not_found, forbidden */
export async function listJoinRequests(
  { db }: { db: Db },
  actor: UserId,
  chat: ChatId,
  after: number,
  limit: number,
): Promise<{ requests: JoinRequest[]; users: User[]; count: number; next?: number }> {
  const found = await readChatFor(db, chat, actor)
  if (!found) throw new AppError('not_found')
  if (!answersJoinRequests(found.me, found.rights)) throw new AppError('forbidden')
  const rows = await readJoinRequests(db, chat, after, limit + 1)
  const requests = rows.slice(0, limit)
  const users = await readProfiles(
    db,
    requests.map(request => request.user),
  )
  const last = requests.at(-1)
  const page = { requests, users, count: found.requests }
  return rows.length > limit && last ? { ...page, next: last.id } : page
}

export interface RequestAnswer {
  chat: ChatId
  /** All of them without it, at most limits.joinAnswersMax at a time. */
  user?: UserId | undefined
  accept: boolean
}

/**
 * Lets in who asked, or not. Of all, those are left waiting for whom there is no room or whose link is used up.
 * @throws AppError forbidden, not_found (does not wait), group_full and invite_expired when nobody can be let in
 */
export async function answerJoinRequests(
  deps: Services,
  actor: UserId,
  { chat, user, accept }: RequestAnswer,
): Promise<{ rev: Rev; answered: number; count: number }> {
  return changeChat(deps, chat, actor, async (change, me) => {
    if (!answersJoinRequests(me, change.chat.rights)) throw new AppError('forbidden')
    const one = user === undefined ? undefined : await readWaiting(change.tx, chat, user)
    if (user !== undefined && !one) throw new AppError('not_found')
    const waiting = one ? [one] : await readNext(change, accept)
    const answered = accept ? await letIn(change, waiting) : await turnAway(change, waiting)
    return { rev: change.chat.rev, answered, count: change.chat.requests }
  })
}

function readNext({ tx, chat }: ChatChange, accept: boolean): Promise<JoinRequest[]> {
  const { joinAnswersMax } = limits
  return accept
    ? readAcceptable(tx, chat.id, joinAnswersMax)
    : readJoinRequests(tx, chat.id, 0, joinAnswersMax)
}

/** Whoever deletes their account waits nowhere any more. */
export async function withdrawJoinRequest(
  deps: Services,
  user: UserId,
  chat: ChatId,
): Promise<void> {
  await commitChange(deps, async tx => {
    const change = await openChange(deps, tx, chat, user)
    await endJoinRequests(change, [user])
    return { change, result: undefined }
  })
}

async function turnAway(change: ChatChange, waiting: readonly JoinRequest[]): Promise<number> {
  const users = waiting.map(request => request.user)
  if (users.length === 0) return 0
  await declineJoinRequests(change.tx, change.chat.id, users)
  change.chat.requests -= users.length
  change.record('requestDeclined', { users })
  await tellWaiting(change)
  return users.length
}

async function letIn(change: ChatChange, waiting: readonly JoinRequest[]): Promise<number> {
  const { tx, chat } = change
  const able = await entriesOf(change, waiting)
  const max = await membersMax(tx, chat, change.nowMs)
  const room = max === null ? able.length : Math.max(0, max - chat.members)
  if (able.length > 0 && room === 0) throw new AppError('group_full')
  const chosen = (await withUses(change, able)).slice(0, room)
  if (able.length > 0 && chosen.length === 0) throw new AppError('invite_expired')
  const users = chosen.map(({ move }) => move.user)
  if (users.length > 0) {
    await countUses(
      tx,
      chosen.map(({ invite }) => invite),
    )
    await change.moveMembers(chosen.map(({ move }) => move))
    change.record('requestAccepted', { users })
    if (isAnnounced(chat)) await change.addService({ t: 'accepted', users })
  }
  const unable = waiting.filter(({ user }) => !able.some(({ move }) => move.user === user))
  await endJoinRequests(change, [...users, ...unable.map(request => request.user)])
  return users.length
}

/** Somebody who waits: how they come in, and which link counts it. */
interface Entry {
  move: Move
  invite: number
}

/** Those who wait and can come in: not whose account was deleted meanwhile. */
async function entriesOf(change: ChatChange, waiting: readonly JoinRequest[]): Promise<Entry[]> {
  const { tx, chat, nowMs } = change
  const users = waiting.map(request => request.user)
  const living = new Set(await readLivingUsers(tx, users))
  const rows = await readMembersOf(tx, chat.id, users)
  const rowOf = new Map(rows.map(row => [row.user_id, row]))
  return waiting.flatMap(({ user, invite }) => {
    const move = living.has(user) ? entryOf(user, rowOf.get(user), nowMs) : null
    return move ? [{ move, invite }] : []
  })
}

/** Those for whom their link still has a use, first come first served. */
async function withUses({ tx }: ChatChange, entries: readonly Entry[]): Promise<Entry[]> {
  const invites = entries.map(({ invite }) => invite)
  const left = await readUsesLeft(tx, [...new Set(invites)])
  return entries.filter(({ invite }) => {
    const uses = left.get(invite)
    if (typeof uses === 'number') left.set(invite, uses - 1)
    return uses === null || (uses ?? 0) > 0
  })
}
