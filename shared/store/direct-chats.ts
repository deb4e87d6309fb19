// What is special about direct chats: requests of strangers, what is told of read marks while a chat is quiet, and the
// lock that keeps blocking, unblocking and beginning a chat of the same two people apart.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

/**
 * Makes whoever else blocks, unblocks or begins a chat between these two wait until the transaction ends. Taken before
 * the lock of their chat, which may not exist yet.
 */
export async function lockPair(tx: Queryable, one: UserId, other: UserId): Promise<void> {
  await tx.query({
    name: 'pair-lock',
    text: `select pg_advisory_xact_lock(hashtextextended('pair ' || $1::bigint || ' ' || $2::bigint, 0))`,
    values: [Math.min(one, other), Math.max(one, other)],
  })
}

/** A direct chat that `from` began and `to` has not answered. */
export interface MessageRequest {
  from: UserId
  to: UserId
  /** `new`: nothing was written yet, and `to` does not see the chat; `declined`: does not see it any more. */
  state: 'new' | 'pending' | 'declined'
}

/** The request of a chat; undefined when it was answered, or needed none. The caller holds the chat's lock. */
export async function readMessageRequest(
  tx: Queryable,
  chat: ChatId,
): Promise<MessageRequest | undefined> {
  const rows = await tx.query<MessageRequest>({
    name: 'message-request',
    text: 'select from_id as "from", to_id as "to", state from message_requests where chat_id = $1',
    values: [chat],
  })
  return rows[0]
}

export async function storeMessageRequest(
  tx: Queryable,
  chat: ChatId,
  request: MessageRequest,
): Promise<void> {
  await tx.query({
    name: 'message-request-store',
    text: `insert into message_requests (chat_id, from_id, to_id, state) values ($1, $2, $3, $4)
           on conflict (chat_id) do update set state = excluded.state`,
    values: [chat, request.from, request.to, request.state],
  })
}

export async function deleteMessageRequest(tx: Queryable, chat: ChatId): Promise<void> {
  await tx.query({
    name: 'message-request-delete',
    text: 'delete from message_requests where chat_id = $1',
    values: [chat],
  })
}

/** From now on nobody in the chat is told how far the other one reads; what was told stays. */
export async function freezeMarks(tx: Queryable, chat: ChatId): Promise<void> {
  await tx.query({
    name: 'marks-freeze',
    text: 'update members set shown_seq = read_seq where chat_id = $1 and shown_seq is null',
    values: [chat],
  })
}

export async function thawMarks(tx: Queryable, chat: ChatId): Promise<void> {
  await tx.query({
    name: 'marks-thaw',
    text: 'update members set shown_seq = null where chat_id = $1 and shown_seq is not null',
    values: [chat],
  })
}

/** The other one's place in a chat that they do not see yet. It has no rev, so no diff tells of it. */
export async function insertAbsent(tx: Queryable, chat: ChatId, user: UserId): Promise<void> {
  await tx.query({
    name: 'member-absent',
    text: "insert into members (chat_id, user_id, role, shown_seq) values ($1, $2, 'left', 0)",
    values: [chat, user],
  })
}

/**
 * Lets somebody see the chat, or takes it away from them, without a change that the other one could see.
 * Taken away, what was written so far stays hidden when they come back.
 */
export async function moveAlone(
  tx: Queryable,
  chat: ChatId,
  user: UserId,
  move: { here: boolean; urev: number },
): Promise<void> {
  await tx.query({
    name: 'member-move-alone',
    text: `update members m set role = case when $3 then 'member' else 'left' end, urev = $4,
             hidden_up_to = case when $3 then m.hidden_up_to else greatest(m.hidden_up_to, c.last_seq) end
           from chats c where c.id = $1 and m.chat_id = $1 and m.user_id = $2`,
    values: [chat, user, move.here, move.urev],
  })
}
