// Who read a message when: rows that mark_read() writes in small chats, kept for limits.readTimesKeptMs.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'

export interface Reader {
  user: UserId
  /** When their mark passed the message, ms since 1970; null where nobody noted it. */
  at: number | null
}

/**
 * Members who have read a message, as far as the others are told (in a quiet direct chat they are not), but not its author
 * and not those who joined later; the latest last.
 * Indexes: primary keys of members and read_times, one probe a member.
 * @param sentAt of the message, ms since 1970
 */
export function readReaders(
  db: Queryable,
  message: { chat: ChatId; seq: Seq; sender: UserId; sentAt: number },
): Promise<Reader[]> {
  return db.query<Reader>({
    name: 'readers',
    text: `select me.user_id as "user",
             (select t.at from read_times t
              where t.chat_id = me.chat_id and t.user_id = me.user_id and t.seq >= $2 order by t.seq limit 1) as at
           from members me
           where me.chat_id = $1 and me.user_id <> $3 and coalesce(me.shown_seq, me.read_seq) >= $2 and me.role in ${activeRolesSql}
             and me.joined_at <= to_timestamp($4::float8 / 1000)
           order by at nulls first, me.user_id limit ${limits.readMarksMembersMax}`,
    values: [message.chat, message.seq, message.sender, message.sentAt],
  })
}

/** Deletes some rows older than `beforeMs` (ms since 1970); those that another process deletes just now are passed over. */
export async function purgeReadTimes(
  db: Queryable,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const rows = await db.query<{ n: number }>({
    name: 'read-times-purge',
    text: `with gone as (
             delete from read_times where ctid = any (array(
               select ctid from read_times where at < to_timestamp($1::float8 / 1000) limit $2 for update skip locked))
             returning 1
           )
           select count(*)::int as n from gone`,
    values: [beforeMs, limit],
  })
  return rows[0]?.n ?? 0
}
