// Messages: the batch write of the send path, history pages, edits and deletes.

import type { Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, Rid, Seq, UserId } from '#shared/protocol/ids.ts'
import {
  type Message,
  type MessageExtra,
  type Poll,
  type Reaction,
  theChat,
} from '#shared/protocol/models.ts'
import { right } from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'
import { deleteChoices } from './own-choices.ts'

/** One message to write. */
export interface NewMessage {
  chat: ChatId
  sender: UserId
  rid: Rid
  text: string
  ents: Entity[] | undefined
  reply: Seq | undefined
  silent: boolean
  /** Parts that few messages have, under the keys of the protocol's message. */
  extra?: MessageExtra | undefined
  /** Right bits that the sender needs for it; `post` alone when left out. */
  need?: number | undefined
  /** Members whom it calls by name; whom it replies to is found here. */
  mentions?: readonly UserId[] | undefined
}

/** Status numbers of the SQL function send_messages. */
export const sendStatus = {
  written: 0,
  duplicate: 1,
  notFound: 2,
  forbidden: 3,
  badReply: 4,
  /** In slow mode; `wait_ms` says how long the sender has to wait. */
  tooSoon: 5,
} as const

/**
 * What became of the message at index `ord − 1` of the batch; seq, rev and at for written and duplicate ones,
 * the rest for written ones.
 */
export interface SendRow {
  ord: number
  status: number
  seq: Seq | null
  rev: Rev | null
  at: number | null
  outbox_id: number | null
  /** Shown as written by the chat. */
  as_chat: boolean | null
  thread: Seq | null
  expires_at: number | null
  /** Whom it calls or answers, perhaps twice; not all of them need be members. Null stands for nobody. */
  called: (UserId | null)[] | null
  /** Until the sender may post again, for those that came too soon. */
  wait_ms: number | null
}

/** HOT: per batch. Writes a batch in one call and one commit; each row has its own status. */
export function sendMessages(db: Queryable, batch: readonly NewMessage[]): Promise<SendRow[]> {
  return db.query<SendRow>({
    name: 'send-messages',
    text: `select ord, status, seq, rev, at, outbox_id, as_chat, thread, expires_at, called, wait_ms
           from send_messages($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::boolean[],
             $8::text[], $9::int[], $10::text[])`,
    values: [
      batch.map(row => row.chat),
      batch.map(row => row.sender),
      batch.map(row => row.rid),
      batch.map(row => row.text),
      batch.map(row => (row.ents?.length ? JSON.stringify(row.ents) : null)),
      batch.map(row => row.reply ?? null),
      batch.map(row => row.silent),
      batch.map(row => (row.extra ? JSON.stringify(row.extra) : null)),
      batch.map(row => row.need ?? right.post),
      batch.map(row => (row.mentions?.length ? `{${row.mentions.join()}}` : null)),
    ],
  })
}

export interface MessageRow {
  seq: number
  rev: number
  sender_id: number
  rid: number
  text: string
  entities: Entity[] | null
  reply_to: number | null
  silent: boolean
  edited_at: number | null
  deleted_at: number | null
  created_at: number
  extra: MessageExtra | null
  thread: number | null
  as_chat: boolean
  expires_at: number | null
  pinned: boolean
  reacts: Reaction[] | null
  /** Whether the reader deleted it for themself alone; left out where nobody in particular reads. */
  hidden?: boolean
}

/** Columns that toMessage needs, of an alias `m`. */
export const messageColumns = `m.seq, m.rev, m.sender_id, m.rid, m.text, m.entities, m.reply_to, m.silent, m.edited_at,
  m.deleted_at, m.created_at, m.extra, m.thread, m.as_chat, m.expires_at, m.pinned_at is not null as pinned, m.reacts`

/** Who reads messages, for what they deleted for themself alone. */
export interface Reader {
  user: UserId
  /** Everything up to here is gone for them. */
  hiddenUpTo: Seq
}

/** Reads everything, as the server itself does. */
const nobody: Reader = { user: 0, hiddenUpTo: 0 }

/** SQL: whether a user deleted message `m` for themself alone; `user` is the SQL of their id. Cleared histories are apart. */
export function hiddenSql(user: string): string {
  return `exists (select from hidden_messages h where h.user_id = ${user} and h.chat_id = m.chat_id and h.seq = m.seq)`
}

/** A row of `messageColumns` as clients see it; a deleted message keeps only its place. */
export function toMessage(row: MessageRow): Message {
  const message: Message = {
    seq: row.seq,
    rev: row.rev,
    from: row.as_chat ? theChat : row.sender_id,
    rid: row.rid,
    at: row.created_at,
    text: row.text,
  }
  if (row.deleted_at !== null || row.hidden) {
    message.text = ''
    message.deleted = true
    return message
  }
  if (row.entities) message.ents = row.entities
  if (row.reply_to !== null) message.reply = row.reply_to
  if (row.silent) message.silent = true
  if (row.edited_at !== null) message.edited = row.edited_at
  if (row.thread !== null) message.thread = row.thread
  if (row.expires_at !== null) message.expires = row.expires_at
  if (row.pinned) message.pinned = true
  if (row.reacts) message.reacts = row.reacts
  return row.extra ? Object.assign(message, row.extra) : message
}

/** Which part of a chat's history to read. */
export type HistoryRange =
  | { before: Seq }
  | { after: Seq }
  | { around: Seq }
  | Record<string, never>

/** A page of messages in ascending order of seq, as `reader` sees them. Index: primary key (chat_id, seq). */
export async function readHistory(
  db: Queryable,
  chat: ChatId,
  range: HistoryRange,
  limit: number,
  reader: Reader = nobody,
): Promise<Message[]> {
  if ('around' in range) {
    const half = Math.floor(limit / 2)
    const [older, newer] = await Promise.all([
      readHistory(db, chat, { before: range.around }, half, reader),
      readHistory(db, chat, { after: range.around - 1 }, limit - half, reader),
    ])
    return [...older, ...newer]
  }
  if ('after' in range) {
    const rows = await db.query<MessageRow>({
      name: 'history-after',
      text: `select ${messageColumns}, ${hiddenSql('$4')} as hidden from messages m
             where m.chat_id = $1 and m.seq > $2 order by m.seq limit $3`,
      values: [chat, Math.max(range.after, reader.hiddenUpTo), limit, reader.user],
    })
    return rows.map(toMessage)
  }
  const before = 'before' in range ? range.before : Number.MAX_SAFE_INTEGER
  const rows = await db.query<MessageRow>({
    name: 'history-before',
    text: `select ${messageColumns}, ${hiddenSql('$5')} as hidden from messages m
           where m.chat_id = $1 and m.seq < $2 and m.seq > $3 order by m.seq desc limit $4`,
    values: [chat, before, reader.hiddenUpTo, limit, reader.user],
  })
  return rows.map(toMessage).reverse()
}

/** Messages changed after `since`, by rev, as `reader` sees them. Index: messages_rev. */
export async function readChangedMessages(
  db: Queryable,
  chat: ChatId,
  since: Rev,
  limit: number,
  reader: Reader = nobody,
): Promise<Message[]> {
  const rows = await db.query<MessageRow>({
    name: 'messages-changed',
    text: `select ${messageColumns}, ${hiddenSql('$4')} as hidden from messages m
           where m.chat_id = $1 and m.rev > $2 and m.seq > $5 order by m.rev limit $3`,
    values: [chat, since, limit, reader.user, reader.hiddenUpTo],
  })
  return rows.map(toMessage)
}

/** A message with what its members do not see of it. */
export interface StoredMessage {
  message: Message
  /** Who wrote it, also where the chat is shown as its author. */
  sender: UserId
  /** One of `messageKind`. */
  kind: number
}

/** Some messages of a chat, whatever their state, by seq. */
export async function readMessages(
  db: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<StoredMessage[]> {
  const rows = await db.query<MessageRow & { kind: number }>({
    name: 'messages-by-seq',
    text: `select ${messageColumns}, m.kind from messages m where m.chat_id = $1 and m.seq = any ($2) order by m.seq`,
    values: [chat, seqs],
  })
  return rows.map(toStored)
}

/** A row of `messageColumns` and `kind`. */
export function toStored(row: MessageRow & { kind: number }): StoredMessage {
  return { message: toMessage(row), sender: row.sender_id, kind: row.kind }
}

/**
 * Messages that one person wrote in a chat and that still stand, newest first. Index: messages_rid, which has the chat
 * last: the cost is that of reading the index entries of all they ever sent. `+ 0` keeps the planner from reading the
 * whole chat by its primary key instead, which may be a thousand times as long.
 */
export async function readSeqsBy(
  db: Queryable,
  chat: ChatId,
  sender: UserId,
  limit: number,
): Promise<Seq[]> {
  const rows = await db.query<{ seq: Seq }>({
    name: 'seqs-by-sender',
    text: `with his as materialized (
             select m.rid from messages m where m.sender_id = $2 and m.chat_id + 0 = $1)
           select m.seq from his cross join lateral (
             select seq, kind, deleted_at from messages
             where (sender_id, rid, chat_id) >= ($2, his.rid, $1) and (sender_id, rid, chat_id) <= ($2, his.rid, $1)
             offset 0) m
           where m.deleted_at is null and m.kind <> ${messageKind.service}
           order by m.seq desc limit $3`,
    values: [chat, sender, limit],
  })
  return rows.map(row => row.seq)
}

/** A message that is written under the chat's lock instead of by sendMessages. */
export interface PlacedMessage {
  chat: ChatId
  seq: Seq
  rev: Rev
  sender: UserId
  rid: Rid
  kind: number
  text: string
  ents: Entity[] | undefined
  reply: Seq | undefined
  silent: boolean
  extra: MessageExtra | undefined
  asChat: boolean
  thread: Seq | undefined
  /** ms since 1970. */
  at: number
  expires: number | undefined
}

/** Numbers in `messages.kind`. */
export const messageKind = { text: 0, service: 1, poll: 2, mirror: 3 } as const

/** Inserts a message at its place. The caller holds the chat's lock and has checked everything. */
export async function insertMessage(tx: Queryable, message: PlacedMessage): Promise<void> {
  await tx.query({
    name: 'message-insert',
    text: `insert into messages (chat_id, seq, rev, sender_id, rid, kind, text, entities, reply_to, silent, extra, as_chat, thread,
             created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11::jsonb, $12, $13,
             to_timestamp($14::float8 / 1000), to_timestamp($15::float8 / 1000))`,
    values: [
      message.chat,
      message.seq,
      message.rev,
      message.sender,
      message.rid,
      message.kind,
      message.text,
      message.ents?.length ? JSON.stringify(message.ents) : null,
      message.reply ?? null,
      message.silent,
      message.extra ? JSON.stringify(message.extra) : null,
      message.asChat,
      message.thread ?? null,
      message.at,
      message.expires ?? null,
    ],
  })
}

/** Where the sender's message with this rid stands in the chat; undefined when it was not written. Index: messages_rid. */
export async function findByRid(
  db: Queryable,
  chat: ChatId,
  sender: UserId,
  rid: Rid,
): Promise<{ seq: Seq; rev: Rev; at: number } | undefined> {
  const rows = await db.query<{ seq: Seq; rev: Rev; at: number }>({
    name: 'message-by-rid',
    text: `select seq, rev, created_at as at from messages where sender_id = $1 and rid = $2 and chat_id = $3`,
    values: [sender, rid, chat],
  })
  return rows[0]
}

/** Which of these rids of a sender are written in the chat, and where. Index: messages_rid. */
export async function findManyByRid(
  db: Queryable,
  chat: ChatId,
  sender: UserId,
  rids: readonly Rid[],
): Promise<Map<Rid, Seq>> {
  const rows = await db.query<{ rid: Rid; seq: Seq }>({
    name: 'messages-by-rid',
    text: `select rid, seq from messages where sender_id = $1 and rid = any ($2) and chat_id = $3`,
    values: [sender, rids, chat],
  })
  return new Map(rows.map(row => [row.rid, row.seq]))
}

/** Replaces a message's text; the caller holds the chat's lock and has checked the right. */
export async function updateText(
  tx: Queryable,
  chat: ChatId,
  seq: Seq,
  change: { rev: Rev; text: string; ents: Entity[] | undefined; editedAt: number },
): Promise<void> {
  await tx.query({
    name: 'message-edit',
    text: `update messages set text = $3, entities = $4::jsonb, rev = $5, edited_at = to_timestamp($6::float8 / 1000)
           where chat_id = $1 and seq = $2`,
    values: [
      chat,
      seq,
      change.text,
      change.ents?.length ? JSON.stringify(change.ents) : null,
      change.rev,
      change.editedAt,
    ],
  })
}

/** Replaces the sums of what members chose at a message; the caller holds the chat's lock. */
export async function updateSums(
  tx: Queryable,
  chat: ChatId,
  seq: Seq,
  change: { rev: Rev; reacts: Reaction[] | undefined; poll: Poll | undefined },
): Promise<void> {
  await tx.query({
    name: 'message-sums',
    text: `update messages set reacts = $3::jsonb, rev = $5,
             extra = case when $4::jsonb is null then extra else jsonb_set(extra, '{poll}', $4::jsonb) end
           where chat_id = $1 and seq = $2`,
    values: [
      chat,
      seq,
      change.reacts ? JSON.stringify(change.reacts) : null,
      change.poll ? JSON.stringify(change.poll) : null,
      change.rev,
    ],
  })
}

/** SQL of what a deleted message has lost. */
const emptied = `text = '', entities = null, media = null, extra = null, pinned_at = null, reacts = null, expires_at = null,
  deleted_at = clock_timestamp()`

/**
 * Turns messages into tombstones; `seqs[i]` gets `revs[i]`. Lets go of their media and of what was chosen at them. The
 * caller holds the chat's lock.
 */
export async function deleteMessages(
  tx: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
  revs: readonly Rev[],
): Promise<void> {
  await tx.query({
    name: 'messages-delete',
    text: `update messages m set ${emptied}, rev = d.rev
           from unnest($2::bigint[], $3::bigint[]) as d (seq, rev)
           where m.chat_id = $1 and m.seq = d.seq`,
    values: [chat, seqs, revs],
  })
  await releaseParts(tx, chat, seqs)
}

/**
 * Empties those messages after `from` up to `to` that are not deleted. They get no rev: nobody may be able to see them
 * any more. Index: primary key (chat_id, seq).
 */
export async function eraseMessages(
  tx: Queryable,
  chat: ChatId,
  from: Seq,
  to: Seq,
): Promise<void> {
  const rows = await tx.query<{ seq: Seq }>({
    name: 'messages-erase',
    text: `update messages set ${emptied} where chat_id = $1 and seq > $2 and seq <= $3 and deleted_at is null returning seq`,
    values: [chat, from, to],
  })
  const seqs = rows.map(row => row.seq)
  if (seqs.length > 0) await releaseParts(tx, chat, seqs)
}

async function releaseParts(tx: Queryable, chat: ChatId, seqs: readonly Seq[]): Promise<void> {
  await tx.query({
    name: 'messages-media-release',
    text: 'delete from message_media where chat_id = $1 and seq = any ($2)',
    values: [chat, seqs],
  })
  await deleteChoices(tx, chat, seqs)
}
