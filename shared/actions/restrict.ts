// Restricting and banning people of a group or channel, for a time or for good, and the end of that.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import {
  can,
  effectiveRights,
  isActive,
  memberRights,
  outranks,
  type Role,
  right,
} from '#shared/protocol/permissions.ts'
import { lockChat } from '#shared/store/chats.ts'
import { readWaiting } from '#shared/store/join-requests.ts'
import {
  forgetExpiries,
  type MemberRow,
  readExpired,
  readExpiredChats,
  readMember,
} from '#shared/store/members.ts'
import { readMessages, readSeqsBy } from '#shared/store/messages.ts'
import { ChatChange, changeChat, commitChange, type LockedPlace, type Move } from './change-chat.ts'
import { dropMessages } from './drop-messages.ts'
import { assertRoom, putOut } from './members.ts'
import type { Services } from './services.ts'
import { endJoinRequests } from './waiting.ts'

export interface Restriction {
  chat: ChatId
  user: UserId
  /** `member` lifts what there is. */
  role: 'restricted' | 'banned' | 'member'
  /** Of a restricted member: the rights that are left. */
  rights?: number | undefined
  /** ms since 1970; without it there is no end. */
  untilAt?: number | undefined
  deleteHistory?: true | undefined
}

/** Messages deleted in one transaction; others send meanwhile. */
const deletedTogether = 200
/** Ended in one transaction. */
const liftedTogether = 200
/** Chats looked at in one round of the job. */
const chatsTogether = 50

/**
 * Restricts or bans somebody of lower rank, or lifts that. Also somebody who has left or waits to be let in; the same
 * again changes nothing.
 * @throws AppError forbidden, not_found, conflict (direct chats; restricting a channel's subscriber, who may not post
 * anyway), bad_request (an end in the past)
 */
export async function restrict(
  deps: Services,
  actor: UserId,
  input: Restriction,
): Promise<{ rev: Rev }> {
  const { chat, user, deleteHistory } = input
  const rev = await changeChat(deps, chat, actor, async (change, me) => {
    const target = await assertMayRestrict(change, me, input)
    const move = moveTo(input, target)
    if (move) await carryOut(change, input, move)
    return change.chat.rev
  })
  return { rev: deleteHistory ? await deleteHistoryOf(deps, actor, chat, user) : rev }
}

/** Who is meant: a row of the member list, or undefined for somebody who only waits to be let in. */
async function assertMayRestrict(
  change: ChatChange,
  me: LockedPlace,
  { user, role, untilAt, deleteHistory }: Restriction,
): Promise<MemberRow | undefined> {
  const { chat, tx, nowMs } = change
  assertRoom(chat)
  const rights = effectiveRights(me, chat.rights)
  const needed = deleteHistory ? right.ban | right.deleteOthers : right.ban
  if ((rights & needed) !== needed) throw new AppError('forbidden')
  if (role === 'restricted' && chat.kind === 'channel') {
    throw new AppError('conflict', { detail: 'Subscribers of a channel have no rights to lose.' })
  }
  if (untilAt !== undefined && untilAt <= nowMs) {
    throw new AppError('bad_request', { detail: 'untilAt lies in the past.' })
  }
  const target = await readMember(tx, chat.id, user)
  const waits = !target && role === 'banned' && (await readWaiting(tx, chat.id, user)) !== undefined
  if (!target && !waits) throw new AppError('not_found')
  if (target && !outranks(me.role, target.role)) throw new AppError('forbidden')
  return target
}

/** The move that makes it so; null when it is so already. */
function moveTo(input: Restriction, target: MemberRow | undefined): Move | null {
  const { user } = input
  const from = target?.role ?? 'left'
  const untilAt = input.untilAt ?? null
  const sameEnd = target?.until_at === untilAt
  if (input.role === 'banned') {
    if (from === 'banned' && sameEnd) return null
    return { user, role: 'banned', rights: 0, untilAt, from }
  }
  const isRestricted = from === 'restricted' || target?.restricted === true
  if (input.role === 'member') {
    if (from === 'banned' || (from === 'left' && isRestricted)) {
      return { user, role: 'left', rights: 0, from }
    }
    return from === 'restricted' ? { user, role: 'member', rights: 0, from } : null
  }
  const rights = (input.rights ?? 0) & memberRights
  if (isRestricted && sameEnd && target?.rights === rights) return null
  // Who has left, or may come back now instead of being banned, is restricted when they return.
  if (!isActive(from)) return { user, role: 'left', rights, untilAt, restricted: true, from }
  return { user, role: 'restricted', rights, untilAt, from }
}

async function carryOut(change: ChatChange, input: Restriction, move: Move): Promise<void> {
  const { user, role, untilAt: until } = input
  await change.moveMembers([move])
  if (role === 'member') {
    change.record('lifted', { user })
    return
  }
  change.record(role, {
    user,
    ...(role === 'restricted' && { n: move.rights }),
    ...(until !== undefined && { until }),
  })
  if (role !== 'banned') return
  await endJoinRequests(change, [user])
  if (isActive(move.from)) await putOut(change, user)
}

/**
 * Deletes what somebody wrote, newest first, a few hundred messages at a time so that others send in between. What is
 * left after a crash, or above limits.deleteHistoryMessagesMax, is deleted by doing it again.
 */
async function deleteHistoryOf(
  deps: Services,
  actor: UserId,
  chat: ChatId,
  user: UserId,
): Promise<Rev> {
  const seqs = await readSeqsBy(deps.db, chat, user, limits.deleteHistoryMessagesMax)
  let rev: Rev = 0
  for (let from = 0; from === 0 || from < seqs.length; from += deletedTogether) {
    const some = seqs.slice(from, from + deletedTogether)
    rev = await changeChat(deps, chat, actor, (change, me) => deleteSome(change, me, user, some))
  }
  return rev
}

async function deleteSome(
  change: ChatChange,
  me: LockedPlace,
  user: UserId,
  seqs: readonly Seq[],
): Promise<Rev> {
  const { tx, chat } = change
  // The actor may have lost it meanwhile.
  if (!can(me, 'deleteOthers', { defaultRights: chat.rights })) throw new AppError('forbidden')
  const messages = (await readMessages(tx, chat.id, seqs)).map(({ message }) => message)
  const alive = messages.filter(message => !message.deleted)
  await dropMessages(change, alive)
  if (alive.length > 0) change.record('deleted', { user, n: alive.length })
  return chat.rev
}

/** Ends what is over, everywhere. @returns how many restrictions and bans ended. @throws when that failed in a chat; the others are done */
export async function liftExpired(deps: Services): Promise<number> {
  let lifted = 0
  let failure: unknown
  for (const chat of await readExpiredChats(deps.db, chatsTogether)) {
    try {
      lifted += await liftIn(deps, chat)
    } catch (error) {
      failure = error
    }
  }
  if (failure !== undefined) throw failure
  return lifted
}

/** Several processes may try the same chat: whoever gets its lock second finds nothing left to end. */
async function liftIn(deps: Services, chat: ChatId): Promise<number> {
  return commitChange(deps, async tx => {
    const locked = await lockChat(tx, chat)
    if (!locked) {
      await forgetExpiries(tx, chat)
      return { change: null, result: 0 }
    }
    const over = await readExpired(tx, chat, liftedTogether)
    const [first] = over
    if (!first) return { change: null, result: 0 }
    const change = new ChatChange(tx, locked, first.user_id, deps.clock.now())
    await change.moveMembers(
      over.map(({ user_id: user, role: from }) => {
        const role: Role = from === 'banned' ? 'left' : 'member'
        return { user, role, rights: 0, from, by: user }
      }),
    )
    return { change, result: over.length }
  })
}
