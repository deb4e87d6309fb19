// The send path's use case: write a batch, tell each sender, hand the finished frames to the publisher.

import { AppError, type ErrorCode } from '#shared/protocol/codes.ts'
import { chatFrame } from '#shared/protocol/frames.ts'
import type { Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import { type Message, theChat } from '#shared/protocol/models.ts'
import { assert } from '#shared/runtime/assert.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Queryable } from '#shared/store/db.ts'
import { type NewMessage, type SendRow, sendMessages, sendStatus } from '#shared/store/messages.ts'
import type { Batch } from './services.ts'

/** A message on its way, with the connection it came from (which gets the answer instead of the event). */
export interface Outgoing extends NewMessage {
  origin: string | undefined
  /** Members of the chat as far as this process knows; decides how it is fanned out. */
  members: number
}

/** Where a message is durable, and what the chat's rules made of it. */
export interface Sent {
  seq: Seq
  rev: Rev
  at: number
  /** Shown as written by the chat. */
  asChat?: true
  thread?: Seq
  expires?: number
}

/** The answer to one message: durable at this place, or refused. */
export type SendResult = Sent | AppError

const refusals: Record<number, ErrorCode> = {
  [sendStatus.notFound]: 'not_found',
  [sendStatus.forbidden]: 'forbidden',
  [sendStatus.badReply]: 'bad_reply',
}

/**
 * HOT: per batch. Writes and commits a batch; results are in the order of the batch.
 * @param lane one connection; batches of one lane run one after another
 * @returns the results, and the batch to publish after the senders were told
 */
export async function sendBatch(
  lane: Queryable,
  batch: readonly Outgoing[],
): Promise<{ results: SendResult[]; publish: Batch }> {
  const rows = await sendMessages(lane, batch)
  const results: SendResult[] = new Array(batch.length)
  const events: BusEvent[] = []
  let outbox: number | null = null
  for (const row of rows) {
    const outgoing = batch[row.ord - 1] as Outgoing
    if (row.status === sendStatus.tooSoon) {
      results[row.ord - 1] = new AppError('slow_mode', { retryMs: row.wait_ms ?? 0 })
      continue
    }
    const refused = refusals[row.status]
    if (refused) {
      results[row.ord - 1] = new AppError(refused)
      continue
    }
    assert(
      row.seq !== null && row.rev !== null && row.at !== null,
      'a written or found row has its place',
    )
    const sent: Sent = { seq: row.seq, rev: row.rev, at: row.at }
    if (row.as_chat) sent.asChat = true
    if (row.thread !== null) sent.thread = row.thread
    if (row.expires_at !== null) sent.expires = row.expires_at
    results[row.ord - 1] = sent
    if (row.status !== sendStatus.written) continue
    outbox = row.outbox_id
    events.push(eventOf(outgoing, sent, callsOf(row)))
  }
  events.sort((a, b) => (a as { rev: Rev }).rev - (b as { rev: Rev }).rev)
  return { results, publish: { outbox, events } }
}

/** Whom a message calls or answers, each once. A post's mirror is the chat's own: who answers it calls nobody. */
function callsOf({ called }: SendRow): UserId[] {
  if (!called) return []
  return [...new Set(called.flatMap(user => user ?? []).filter(user => user !== theChat))]
}

function eventOf(outgoing: Outgoing, sent: Sent, calls: UserId[]): BusEvent {
  const { seq, rev, at } = sent
  const message: Message = {
    seq,
    rev,
    from: sent.asChat ? theChat : outgoing.sender,
    rid: outgoing.rid,
    at,
    text: outgoing.text,
  }
  if (outgoing.ents?.length) message.ents = outgoing.ents
  if (outgoing.reply !== undefined) message.reply = outgoing.reply
  if (outgoing.silent) message.silent = true
  if (sent.thread !== undefined) message.thread = sent.thread
  if (sent.expires !== undefined) message.expires = sent.expires
  if (outgoing.extra) Object.assign(message, outgoing.extra)
  if (calls.length > 0) message.calls = calls
  // Copied once: the encoder's slab must not be pinned for as long as rings and queues keep the frame.
  const frame = Buffer.from(chatFrame('message', outgoing.chat, rev, message))
  const event: BusEvent = {
    type: 'chat',
    chat: outgoing.chat,
    rev,
    seq,
    members: outgoing.members,
    frame,
  }
  if (outgoing.origin !== undefined) event.origin = outgoing.origin
  if (calls.length > 0) event.called = calls
  return event
}
