// Messages whose time is over: found by time over all chats, deleted chat by chat under its lock.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'
import { eraseMessages } from './messages.ts'

/** Messages that expired by `nowMs`, the oldest first. Index: messages_expires. */
export function readExpired(
  db: Queryable,
  nowMs: number,
  limit: number,
): Promise<{ chat: ChatId; seq: Seq }[]> {
  return db.query<{ chat: ChatId; seq: Seq }>({
    name: 'messages-expired',
    text: `select chat_id as chat, seq from messages
           where expires_at <= to_timestamp($1::float8 / 1000) order by expires_at limit $2`,
    values: [nowMs, limit],
  })
}

/** Empties these messages, and whatever lies between them, of a chat that is gone. @returns which; undefined when it is not */
export async function eraseIfGone(
  tx: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<{ from: Seq; to: Seq } | undefined> {
  const rows = await tx.query({
    name: 'chat-gone',
    text: 'select 1 from chats where id = $1 and deleted_at is not null for share',
    values: [chat],
  })
  if (rows.length === 0) return undefined
  const range = { from: Math.min(...seqs) - 1, to: Math.max(...seqs) }
  await eraseMessages(tx, chat, range.from, range.to)
  return range
}
