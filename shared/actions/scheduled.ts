// Messages that are sent later, as their authors handle them: schedule, list, change, cancel. Nobody else sees them.
// What happens when their time comes is in send-scheduled.ts.

import { AppError } from '#shared/protocol/codes.ts'
import { checkText } from '#shared/protocol/entities.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits, type Plan, plans } from '#shared/protocol/limits.ts'
import type { MessageExtra } from '#shared/protocol/models.ts'
import { needOf } from '#shared/protocol/needs.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import { effectiveRights } from '#shared/protocol/permissions.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { Queryable } from '#shared/store/db.ts'
import { findByRid } from '#shared/store/messages.ts'
import {
  countScheduled,
  findScheduled,
  insertScheduled,
  lockScheduled,
  readScheduled,
  removeScheduled,
  updateScheduled,
} from '#shared/store/scheduled.ts'
import { changeUser, type UserChange } from './change-user.ts'
import { checkQuote } from './check-quote.ts'
import type { Services } from './services.ts'

/**
 * Schedules a message; the same rid again answers the first one's id.
 * @throws AppError not_found, forbidden (may not post it now), bad_request (no time to come), bad_reply, quota_reached,
 *   conflict (sent already), text errors
 */
export async function schedule(
  deps: Services,
  user: UserId,
  plan: Plan,
  input: OpIn<'schedule'>,
): Promise<{ id: number }> {
  const { chat, rid, text, ents, reply, quote, silent = false, noPreview, at } = input
  checkText(text, ents, plans[plan].messageCharsMax)
  assertAhead(at, deps.clock.now())
  await assertMayWrite(deps.db, user, { chat, text, ents, reply })
  await checkQuote(deps, user, input)
  const extra: MessageExtra = { ...(quote && { quote }), ...(noPreview && { noPreview }) }
  return changeUser(deps, user, async change => {
    await change.lock()
    const known = await findScheduled(change.tx, user, chat, rid)
    if (known !== undefined) return { id: known }
    await assertHasRoom(change, plan, chat)
    if (await findByRid(change.tx, chat, user, rid)) {
      throw new AppError('conflict', { detail: 'A message with this rid was sent already.' })
    }
    const id = await insertScheduled(change.tx, {
      user,
      chat,
      rid,
      text,
      ents,
      reply,
      silent,
      extra: Object.keys(extra).length > 0 ? extra : undefined,
      at: Math.floor(at),
    })
    await change.touch('scheduled')
    return { id }
  })
}

async function assertHasRoom({ tx, user }: UserChange, plan: Plan, chat: ChatId): Promise<void> {
  const { scheduledMessagesMax, scheduledPerChatMax } = plans[plan]
  const { all, here } = await countScheduled(tx, user, chat)
  if (all >= scheduledMessagesMax || here >= scheduledPerChatMax)
    throw new AppError('quota_reached')
}

function assertAhead(at: number, nowMs: number): void {
  if (at > nowMs && at <= nowMs + limits.scheduledAheadMs) return
  throw new AppError('bad_request', {
    detail: `The time is over, or more than ${limits.scheduledAheadMs / 86_400_000} days ahead.`,
  })
}

/** Slow mode and quarantine may be over by then: only rights count now. */
async function assertMayWrite(
  db: Queryable,
  user: UserId,
  {
    chat,
    text,
    ents,
    reply,
  }: Pick<OpIn<'schedule'>, 'chat' | 'text' | 'ents'> & { reply?: Seq | undefined },
): Promise<void> {
  const info = await readChatFor(db, chat, user)
  if (!info) throw new AppError('not_found')
  const need = needOf(text, ents)
  if ((effectiveRights(info.me, info.rights) & need) !== need) throw new AppError('forbidden')
  if (reply !== undefined && reply > info.seq) throw new AppError('bad_reply')
}

/** A page of the user's own, of all chats or of one. @throws AppError not_found when the user is not in that chat */
export async function listScheduled(
  { db }: Pick<Services, 'db'>,
  user: UserId,
  { chat, after = 0, limit = limits.pageScheduledMax }: OpIn<'scheduled'>,
): Promise<OpOut<'scheduled'>> {
  if (chat !== undefined && !(await readChatFor(db, chat, user))) throw new AppError('not_found')
  const rows = await readScheduled(db, user, { chat, after }, limit + 1)
  const messages = rows.slice(0, limit)
  const last = messages.at(-1)
  return { messages, ...(rows.length > limit && last && { next: last.id }) }
}

/**
 * Gives one another text or time. A refused one waits anew with its new time, and stays refused without.
 * @throws AppError not_found, forbidden, bad_request (nothing to change, no time to come), text errors
 */
export async function changeScheduled(
  deps: Services,
  user: UserId,
  plan: Plan,
  { id, text, ents, at }: OpIn<'changeScheduled'>,
): Promise<void> {
  if ((text === undefined && at === undefined) || (text === undefined && ents))
    throw new AppError('bad_request', { detail: 'Give a text, with its entities, or a time.' })
  if (text !== undefined) checkText(text, ents, plans[plan].messageCharsMax)
  if (at !== undefined) assertAhead(at, deps.clock.now())
  await changeUser(deps, user, async change => {
    const held = await lockScheduled(change.tx, user, id)
    if (!held || held.isOrphan) throw new AppError('not_found')
    const { message } = held
    const next = text === undefined ? { text: message.text, ents: message.ents } : { text, ents }
    await assertMayWrite(change.tx, user, { chat: message.chat, ...next })
    await updateScheduled(change.tx, id, {
      ...next,
      at: at === undefined ? message.at : Math.floor(at),
      isFailed: message.failed !== undefined && at === undefined,
    })
    await change.touch('scheduled')
  })
}

/** Takes one back; it is not sent then, whatever runs at the same moment. @throws AppError not_found (sent already) */
export async function cancelScheduled(deps: Services, user: UserId, id: number): Promise<void> {
  await changeUser(deps, user, async change => {
    if (!(await lockScheduled(change.tx, user, id))) throw new AppError('not_found')
    await removeScheduled(change.tx, [id])
    await change.touch('scheduled')
  })
}
