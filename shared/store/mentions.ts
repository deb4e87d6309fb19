// Messages that call somebody by name or answer them. send_messages() writes a row for each member called; the read
// mark deletes those that it passes. Rows of deleted messages stay until then and do not count.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'

const alive = `exists (
  select from messages m where m.chat_id = x.chat_id and m.seq = x.seq and m.deleted_at is null)`

/**
 * How many unread messages call a member, as a subselect; stops counting at limits.mentionsCountedMax.
 * Index: the primary key of mentions.
 * @param member alias of the member's row
 */
export function unreadMentionsSql(member: string): string {
  return `(select count(*)::int from (
    select from mentions x
    where x.user_id = ${member}.user_id and x.chat_id = ${member}.chat_id and x.seq > ${member}.read_seq and ${alive}
    limit ${limits.mentionsCountedMax}) called)`
}

/** Unread messages after `after` that call this member, oldest first. */
export async function readMentions(
  db: Queryable,
  chat: ChatId,
  user: UserId,
  after: Seq,
  limit: number,
): Promise<Seq[]> {
  const rows = await db.query<{ seq: Seq }>({
    name: 'mentions-page',
    text: `select x.seq from members me
           join mentions x on x.user_id = me.user_id and x.chat_id = me.chat_id and x.seq > greatest($3::bigint, me.read_seq)
           where me.chat_id = $1 and me.user_id = $2 and ${alive}
           order by x.seq limit $4`,
    values: [chat, user, after, limit],
  })
  return rows.map(row => row.seq)
}

/** A message outside the send path calls somebody; no effect if they are no member. */
export async function noteCall(
  tx: Queryable,
  { chat, seq }: { chat: ChatId; seq: Seq },
  user: UserId,
): Promise<void> {
  await tx.query({
    name: 'mention-note',
    text: `insert into mentions (user_id, chat_id, seq)
           select m.user_id, m.chat_id, $3 from members m
           where m.chat_id = $1 and m.user_id = $2 and m.role in ${activeRolesSql}`,
    values: [chat, user, seq],
  })
}
