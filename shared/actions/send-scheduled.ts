// Sends scheduled messages: all that are due, for a job, and one at once, for its author. A message goes through the
// same SQL function as any other, in the transaction that removes its row: it is sent and gone from the list, or neither,
// whatever dies in between. Should a row survive its message all the same (a restored copy of the table), its rid makes
// sending it again answer the first result.

import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { needOf } from '#shared/protocol/needs.ts'
import { inSavepoint, type Queryable } from '#shared/store/db.ts'
import type { OwnRun } from '#shared/store/read-marks.ts'
import {
  becomeSender,
  type DueMessage,
  lockScheduled,
  removeScheduled,
  settleUnsent,
  takeDue,
} from '#shared/store/scheduled.ts'
import { touchSectionOfMany } from './change-user.ts'
import { readOwnRuns } from './mark-read.ts'
import { readCalls } from './read-calls.ts'
import { type Outgoing, type SendResult, type Sent, sendBatch } from './send-messages.ts'
import type { Batch, Services } from './services.ts'

/** One that was sent, for what follows a send. */
export interface SentScheduled {
  due: DueMessage
  sent: Sent
}

/** What one round did. */
export interface Round {
  sent: SentScheduled[]
  /** Refused for good. */
  failed: number
  /** As many were taken as fit: others may be due too. */
  isMore: boolean
}

const nothing: Round = { sent: [], failed: 0, isMore: false }

/**
 * Sends what is due now, at most limits.scheduledPerBatchMax, in the order of their times. Refused ones stay in their
 * author's list with the code; in slow mode they wait for their turn; those whose chat or author is gone go too.
 * Several processes may do it at once: one of them sends, the others find nothing.
 */
export async function sendDue(deps: Services): Promise<Round> {
  const { round, batches } = await deps.db.tx(async tx => {
    if (!(await becomeSender(tx))) return { round: nothing, batches: [] }
    const taken = await takeDue(tx, deps.clock.now(), limits.scheduledPerBatchMax)
    if (taken.length === 0) return { round: nothing, batches: [] }
    return settle(deps, tx, taken)
  })
  for (const batch of batches) deps.publish(batch)
  await readOwnSent(deps, round.sent)
  return round
}

/**
 * Sends one of the user's own now.
 * @throws AppError not_found (sent already, or another's), or whatever refuses it: then it stays as it was
 */
export async function sendScheduled(
  deps: Services,
  user: UserId,
  id: number,
): Promise<SentScheduled> {
  const { done, batches } = await deps.db.tx(async tx => {
    const due = await lockScheduled(tx, user, id)
    if (!due || due.isOrphan) throw new AppError('not_found')
    const { results, publish } = await sendBatch(tx, [await outgoingOf(tx, due)])
    const [sent] = results
    if (!sent || sent instanceof AppError) throw sent ?? new AppError('internal')
    await removeScheduled(tx, [id])
    return {
      done: { due, sent },
      batches: [publish, await touchSectionOfMany(tx, [user], 'scheduled')],
    }
  })
  for (const batch of batches) deps.publish(batch)
  await readOwnSent(deps, [done])
  return done
}

async function settle(
  deps: Services,
  tx: Queryable,
  taken: readonly DueMessage[],
): Promise<{ round: Round; batches: Batch[] }> {
  const wanted = taken.filter(due => !due.isOrphan && !due.isBanned)
  const { results, batches } = await send(tx, wanted)
  const sent: SentScheduled[] = []
  const unsent: Parameters<typeof settleUnsent>[1][number][] = []
  const failed = (due: DueMessage, code: string) =>
    unsent.push({ id: due.message.id, failed: code, dueMs: null })
  for (const due of taken) if (due.isBanned && !due.isOrphan) failed(due, 'forbidden')
  wanted.forEach((due, i) => {
    const result = results[i] as SendResult
    if (!(result instanceof AppError)) sent.push({ due, sent: result })
    else if (result.code === 'slow_mode') {
      const dueMs = deps.clock.now() + Math.max(result.retryMs ?? 0, 1)
      unsent.push({ id: due.message.id, failed: null, dueMs })
    } else failed(due, result.code)
  })
  const kept = new Set(unsent.map(each => each.id))
  const gone = taken.filter(due => !kept.has(due.message.id))
  await removeScheduled(
    tx,
    gone.map(due => due.message.id),
  )
  await settleUnsent(tx, unsent)
  const refused = new Set(unsent.flatMap(each => (each.failed === null ? [] : [each.id])))
  const told = taken.filter(({ message }) => !kept.has(message.id) || refused.has(message.id))
  const users = [...new Set(told.filter(due => !due.isOrphan).map(due => due.user))]
  if (users.length > 0) batches.push(await touchSectionOfMany(tx, users, 'scheduled'))
  const isMore = taken.length === limits.scheduledPerBatchMax
  return { round: { sent, failed: refused.size, isMore }, batches }
}

/** Results in the order of `wanted`. A row that PostgreSQL itself refuses must not hold up the others for ever. */
async function send(
  tx: Queryable,
  wanted: readonly DueMessage[],
): Promise<{ results: SendResult[]; batches: Batch[] }> {
  if (wanted.length === 0) return { results: [], batches: [] }
  const outgoing: Outgoing[] = []
  for (const due of wanted) outgoing.push(await outgoingOf(tx, due))
  const tried = await inSavepoint(tx, () => sendBatch(tx, outgoing))
  if ('result' in tried) {
    const { results, publish } = tried.result
    return { results, batches: [publish] }
  }
  if (wanted.length === 1) {
    return { results: [new AppError('internal', { cause: tried.refused })], batches: [] }
  }
  const singly: { results: SendResult[]; batches: Batch[] } = { results: [], batches: [] }
  for (const due of wanted) {
    const { results, batches } = await send(tx, [due])
    singly.results.push(...results)
    singly.batches.push(...batches)
  }
  return singly
}

async function outgoingOf(
  tx: Queryable,
  { message, user, extra, members }: DueMessage,
): Promise<Outgoing> {
  const { chat, rid, text, ents, reply, silent = false } = message
  return {
    chat,
    sender: user,
    rid,
    text,
    ents,
    reply,
    silent,
    extra,
    need: needOf(text, ents),
    mentions: await readCalls({ db: tx }, text, ents),
    origin: undefined,
    members,
  }
}

/** What one wrote oneself is read, if everything before it was: no device is there to say so. A note to oneself is a reminder. */
async function readOwnSent(deps: Services, sent: readonly SentScheduled[]): Promise<void> {
  const runs = new Map<string, OwnRun>()
  const inOrder = sent.toSorted((a, b) => a.sent.seq - b.sent.seq)
  for (const { due, sent: place } of inOrder) {
    const { user } = due
    const { chat } = due.message
    const { seq } = place
    const key = `${user}:${chat}`
    const run = runs.get(key)
    if (!run) runs.set(key, { user, chat, from: seq, seq })
    else if (run.seq === seq - 1) run.seq = seq
  }
  await readOwnRuns(deps, [...runs.values()])
}
