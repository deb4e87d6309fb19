// Messages: the batch write of the send path, history pages, edits and deletes.

import type { Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Rev, Rid, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'

/** One message to write. */
export interface NewMessage {
  chat: ChatId
  sender: UserId
  rid: Rid
  text: string
  ents: Entity[] | undefined
  reply: Seq | undefined
  silent: boolean
}

/** Status numbers of the SQL function send_messages. */
export const sendStatus = {
  written: 0,
  duplicate: 1,
  notFound: 2,
  forbidden: 3,
  badReply: 4,
} as const

/** What became of the message at index `ord − 1` of the batch; seq, rev and at for written and duplicate ones. */
export interface SendRow {
  ord: number
  status: number
  seq: Seq | null
  rev: Rev | null
  at: number | null
  outbox_id: number | null
}

/** HOT: per batch. Writes a batch in one call and one commit; each row has its own status. */
export function sendMessages(db: Queryable, batch: readonly NewMessage[]): Promise<SendRow[]> {
  return db.query<SendRow>({
    name: 'send-messages',
    text: `select ord, status, seq, rev, at, outbox_id
           from send_messages($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::boolean[])`,
    values: [
      batch.map(row => row.chat),
      batch.map(row => row.sender),
      batch.map(row => row.rid),
      batch.map(row => row.text),
      batch.map(row => (row.ents?.length ? JSON.stringify(row.ents) : null)),
      batch.map(row => row.reply ?? null),
      batch.map(row => row.silent),
    ],
  })
}

interface MessageRow {
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
}

/** Columns that toMessage needs, of an alias `m`. */
export const messageColumns =
  'm.seq, m.rev, m.sender_id, m.rid, m.text, m.entities, m.reply_to, m.silent, m.edited_at, m.deleted_at, m.created_at'

/** A row of `messageColumns` as clients see it; a deleted message keeps only its place. */
export function toMessage(row: MessageRow): Message {
  const message: Message = {
    seq: row.seq,
    rev: row.rev,
    from: row.sender_id,
    rid: row.rid,
    at: row.created_at,
    text: row.text,
  }
  if (row.deleted_at !== null) {
    message.text = ''
    message.deleted = true
    return message
  }
  if (row.entities) message.ents = row.entities
  if (row.reply_to !== null) message.reply = row.reply_to
  if (row.silent) message.silent = true
  if (row.edited_at !== null) message.edited = row.edited_at
  return message
}

/** Which part of a chat's history to read. */
export type HistoryRange =
  | { before: Seq }
  | { after: Seq }
  | { around: Seq }
  | Record<string, never>

/** A page of messages in ascending order of seq. Index: primary key (chat_id, seq). */
export async function readHistory(
  db: Queryable,
  chat: ChatId,
  range: HistoryRange,
  limit: number,
): Promise<Message[]> {
  if ('around' in range) {
    const half = Math.floor(limit / 2)
    const [older, newer] = await Promise.all([
      readHistory(db, chat, { before: range.around }, half),
      readHistory(db, chat, { after: range.around - 1 }, limit - half),
    ])
    return [...older, ...newer]
  }
  if ('after' in range) {
    const rows = await db.query<MessageRow>({
      name: 'history-after',
      text: `select ${messageColumns} from messages m where m.chat_id = $1 and m.seq > $2 order by m.seq limit $3`,
      values: [chat, range.after, limit],
    })
    return rows.map(toMessage)
  }
  const rows = await db.query<MessageRow>({
    name: 'history-before',
    text: `select ${messageColumns} from messages m where m.chat_id = $1 and m.seq < $2 order by m.seq desc limit $3`,
    values: [chat, 'before' in range ? range.before : Number.MAX_SAFE_INTEGER, limit],
  })
  return rows.map(toMessage).reverse()
}

/** Messages changed after `since`, by rev. Index: messages_rev. */
export async function readChangedMessages(
  db: Queryable,
  chat: ChatId,
  since: Rev,
  limit: number,
): Promise<Message[]> {
  const rows = await db.query<MessageRow>({
    name: 'messages-changed',
    text: `select ${messageColumns} from messages m where m.chat_id = $1 and m.rev > $2 order by m.rev limit $3`,
    values: [chat, since, limit],
  })
  return rows.map(toMessage)
}

/** Some messages of a chat, whatever their state. */
export async function readMessages(
  db: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<Message[]> {
  const rows = await db.query<MessageRow>({
    name: 'messages-by-seq',
    text: `select ${messageColumns} from messages m where m.chat_id = $1 and m.seq = any ($2) order by m.seq`,
    values: [chat, seqs],
  })
  return rows.map(toMessage)
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

/** Turns messages into tombstones; `seqs[i]` gets `revs[i]`. The caller holds the chat's lock. */
export async function deleteMessages(
  tx: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
  revs: readonly Rev[],
): Promise<void> {
  await tx.query({
    name: 'messages-delete',
    text: `update messages m set text = '', entities = null, media = null, forward = null, rev = d.rev, deleted_at = clock_timestamp()
           from unnest($2::bigint[], $3::bigint[]) as d (seq, rev)
           where m.chat_id = $1 and m.seq = d.seq`,
    values: [chat, seqs, revs],
  })
}
