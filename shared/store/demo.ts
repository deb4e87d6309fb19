// What only the demo needs of the tables: who may enter without a password, and a history that did not all
// happen in one second.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

/** Those of these usernames that are accounts without a password. */
export function readOpenAccounts(
  db: Queryable,
  usernames: readonly string[],
): Promise<{ username: string; name: string }[]> {
  return db.query<{ username: string; name: string }>({
    name: 'open-accounts',
    text: `select username::text, name from users
           where username = any ($1::citext[]) and password_hash is null and deleted_at is null and banned_at is null order by username`,
    values: [usernames],
  })
}

/**
 * Gives messages the times at which they are said to have been sent, and the chat those of its first and last. What
 * stands before them, that the chat was made, was a minute before.
 */
export async function dateMessages(
  db: Queryable,
  chat: ChatId,
  messages: readonly { seq: Seq; at: number }[],
): Promise<void> {
  await db.query({
    text: `with dated as (
             update messages m set created_at = to_timestamp(d.at / 1000)
             from unnest($2::bigint[], $3::float8[]) as d (seq, at)
             where m.chat_id = $1 and m.seq = d.seq returning m.created_at),
           made as (
             update messages set created_at = to_timestamp($4::float8 / 1000) - interval '1 minute'
             where chat_id = $1 and seq < $5)
           update chats set created_at = least(created_at, (select min(created_at) from dated)),
             last_at = (select max(created_at) from dated)
           where id = $1`,
    values: [
      chat,
      messages.map(each => each.seq),
      messages.map(each => each.at),
      Math.min(...messages.map(each => each.at)),
      Math.min(...messages.map(each => each.seq)),
    ],
  })
}
