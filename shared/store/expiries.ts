// Messages whose time is over: found by time over all chats, deleted chat by chat under its lock.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

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
