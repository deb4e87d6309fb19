// Pinned messages of a chat.

import type { ChatId, Rev, Seq } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import { hiddenSql, type MessageRow, messageColumns, type Reader, toMessage } from './messages.ts'

/** Pins or unpins a message at a rev. The caller holds the chat's lock and has checked everything. */
export async function setPinned(
  tx: Queryable,
  chat: ChatId,
  seq: Seq,
  on: boolean,
  rev: Rev,
): Promise<void> {
  await tx.query({
    name: 'message-pin',
    text: `update messages set pinned_at = case when $3 then clock_timestamp() end, rev = $4
           where chat_id = $1 and seq = $2`,
    values: [chat, seq, on, rev],
  })
}

/** How many messages of a chat are pinned. Index: messages_pinned. */
export async function countPinned(tx: Queryable, chat: ChatId): Promise<number> {
  const rows = await tx.query<{ n: number }>({
    name: 'pins-count',
    text: 'select count(*)::int as n from messages where chat_id = $1 and pinned_at is not null',
    values: [chat],
  })
  return rows[0]?.n ?? 0
}

/** A page of the pinned messages that `reader` sees, newest first. Index: messages_pinned. */
export async function readPins(
  db: Queryable,
  chat: ChatId,
  before: Seq,
  limit: number,
  reader: Reader,
): Promise<Message[]> {
  const rows = await db.query<MessageRow>({
    name: 'pins-page',
    text: `select ${messageColumns} from messages m
           where m.chat_id = $1 and m.pinned_at is not null and m.seq < $2 and m.seq > $3 and not ${hiddenSql('$4')}
           order by m.seq desc limit $5`,
    values: [chat, before, reader.hiddenUpTo, reader.user, limit],
  })
  return rows.map(toMessage)
}
