// What members deleted for themselves alone: single messages, and everything up to a seq. What was cleared for both
// people of a chat is emptied later, since nobody can see it any more.

import type { ChatId, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import {
  eraseMessages,
  hiddenSql,
  type MessageRow,
  messageColumns,
  type StoredMessage,
  toStored,
} from './messages.ts'

/**
 * Some messages of a chat as a member sees them, by seq; those that they deleted for themself have `deleted`, those of a
 * cleared history are left out.
 * @returns undefined when the user is not in the chat
 */
export async function readVisible(
  db: Queryable,
  user: UserId,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<StoredMessage[] | undefined> {
  // One statement, so that membership and messages are of the same moment.
  const rows = await db.query<MessageRow & { kind: number; is_there: boolean }>({
    name: 'messages-visible',
    text: `select m.seq is not null as is_there, ${messageColumns}, m.kind, ${hiddenSql('$1')} as hidden
           from members me join chats c on c.id = me.chat_id
           left join messages m on m.chat_id = me.chat_id and m.seq = any ($3) and m.seq > me.hidden_up_to
           where me.user_id = $1 and me.chat_id = $2 and me.role in ${activeRolesSql} and c.deleted_at is null
           order by m.seq`,
    values: [user, chat, seqs],
  })
  if (rows.length === 0) return undefined
  return rows.filter(row => row.is_there).map(toStored)
}

/**
 * Hides messages from one user; those hidden already stay as they are. What would have called the user no longer does.
 * Their place takes the urev, since the chat's last message may look different to them now.
 */
export async function hideMessages(
  tx: Queryable,
  user: UserId,
  chat: ChatId,
  seqs: readonly Seq[],
  urev: Urev,
): Promise<void> {
  await tx.query({
    name: 'messages-hide',
    text: `with called as (delete from mentions where user_id = $1 and chat_id = $2 and seq = any ($3)),
           placed as (update members set urev = $4 where user_id = $1 and chat_id = $2)
           insert into hidden_messages (user_id, chat_id, seq, urev)
           select $1, $2, s, $4 from unnest($3::bigint[]) as s on conflict do nothing`,
    values: [user, chat, seqs, urev],
  })
}

/** What clearing a chat is decided by. */
export interface Clearing {
  hiddenUpTo: Seq
  lastSeq: Seq
  /** Of a direct chat or the saved one; null of others. */
  people: UserId[] | null
  /** A direct chat in which nothing may be said. */
  quiet: boolean
}

/** How far a member has cleared and read a chat, and its last message; undefined when the user is not in it. */
export async function readClearing(
  tx: Queryable,
  user: UserId,
  chat: ChatId,
): Promise<Clearing | undefined> {
  const rows = await tx.query<Clearing>({
    name: 'clearing',
    text: `select m.hidden_up_to as "hiddenUpTo", c.last_seq as "lastSeq", c.kind = 'direct' and c.default_rights = 0 as quiet,
             case when c.kind in ('direct', 'saved') then array[c.direct_a, c.direct_b] end as people
           from members m join chats c on c.id = m.chat_id
           where m.user_id = $1 and m.chat_id = $2 and m.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [user, chat],
  })
  return rows[0]
}

/** Clears a member's history up to `upTo`, which counts as read. Single hidden messages below it need no row any more. */
export async function hideUpTo(
  tx: Queryable,
  user: UserId,
  chat: ChatId,
  upTo: Seq,
  urev: Urev,
): Promise<void> {
  await tx.query({
    name: 'history-clear',
    text: `with called as (delete from mentions where user_id = $1 and chat_id = $2 and seq <= $3),
           single as (delete from hidden_messages where user_id = $1 and chat_id = $2 and seq <= $3)
           update members set hidden_up_to = $3, read_seq = greatest(read_seq, $3), urev = $4
           where user_id = $1 and chat_id = $2`,
    values: [user, chat, upTo, urev],
  })
}

/** Notes that nobody can see the messages of a chat up to `upTo` any more. */
export async function noteErasure(tx: Queryable, chat: ChatId, upTo: Seq): Promise<void> {
  await tx.query({
    name: 'erasure-note',
    text: `insert into erasures (chat_id, up_to) values ($1, $2)
           on conflict (chat_id) do update set up_to = greatest(erasures.up_to, excluded.up_to)`,
    values: [chat, upTo],
  })
}

/**
 * Empties the next messages of one noted history, at most `limit`. Nobody holds them any more, so they get no rev.
 * @returns which: those after `from` up to `to`; undefined when there was nothing to do
 */
export async function eraseSome(
  tx: Queryable,
  limit: number,
): Promise<{ chat: ChatId; from: Seq; to: Seq } | undefined> {
  const [next] = await tx.query<{ chat: ChatId; from: Seq; to: Seq; up_to: Seq }>({
    name: 'erasure-take',
    text: `select chat_id as chat, done as "from", least(done + $1, up_to) as "to", up_to from erasures
           order by chat_id limit 1 for update skip locked`,
    values: [limit],
  })
  if (!next) return undefined
  const { chat, from, to } = next
  await eraseMessages(tx, chat, from, to)
  await tx.query({
    text:
      to < next.up_to
        ? 'update erasures set done = $2 where chat_id = $1'
        : 'delete from erasures where chat_id = $1 and up_to = $2',
    values: [chat, to],
  })
  return { chat, from, to }
}
