// What a channel's posts gathered: views and comments. Written in batches by those who count, never by who posts.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { Db, Queryable } from './db.ts'

/** Posts of a channel that somebody saw. The same (chat, user) stands in a batch once. */
export interface Seen {
  chat: ChatId
  user: UserId
  seqs: readonly Seq[]
}

/**
 * Counts each post once for each person, however often it is told: a batch whose answer was lost may be told again.
 * @returns how often the posts that somebody saw for the first time were seen by now
 */
export function countViews(
  db: Pick<Db, 'tx'>,
  batch: readonly Seen[],
): Promise<{ chat: ChatId; seq: Seq; views: number }[]> {
  return db.tx(tx =>
    tx.query<{ chat: ChatId; seq: Seq; views: number }>({
      name: 'views-count',
      text: 'select chat, seq, views from count_views($1::bigint[], $2::bigint[], $3::text[])',
      values: [
        batch.map(each => each.chat),
        batch.map(each => each.user),
        batch.map(each => multirange(each.seqs)),
      ],
    }),
  )
}

/** Text of a PostgreSQL multirange of these numbers, in any order. */
export function multirange(seqs: readonly Seq[]): string {
  const sorted = [...new Set(seqs)].sort((a, b) => a - b)
  const ranges: string[] = []
  let from = sorted[0]
  sorted.forEach((seq, i) => {
    if (from === undefined || sorted[i + 1] === seq + 1) return
    ranges.push(`[${from},${seq + 1})`)
    from = sorted[i + 1]
  })
  return `{${ranges.join()}}`
}

/**
 * What these posts gathered; those without views that cannot be commented on are left out. Indexes: the primary keys of
 * message_views and mirrors.
 */
export async function readPostCounts(
  db: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<PostCounts[]> {
  if (seqs.length === 0) return []
  const rows = await db.query<{
    seq: Seq
    views: number | null
    comments: number | null
    commenters: UserId[] | null
  }>({
    name: 'post-counts',
    text: `select s.seq, v.views, r.comments, r.commenters
           from unnest($2::bigint[]) as s (seq)
           left join message_views v on v.chat_id = $1 and v.seq = s.seq
           left join mirrors r on r.channel_id = $1 and r.seq = s.seq and not r.closed
             and r.group_id = (select linked_id from chats where id = $1)
           where v.seq is not null or r.seq is not null order by s.seq`,
    values: [chat, seqs],
  })
  return rows.map(({ seq, views, comments, commenters }) => ({
    seq,
    ...(views !== null && { views }),
    ...(comments !== null && { comments }),
    ...(commenters?.length && { by: commenters }),
  }))
}

/** Which of these posts, shown as written by the chat, this user wrote. Index: primary key (chat_id, seq). */
export async function readOwnUnsigned(
  db: Queryable,
  chat: ChatId,
  user: UserId,
  seqs: readonly Seq[],
): Promise<Seq[]> {
  const rows = await db.query<{ seq: Seq }>({
    name: 'posts-own-unsigned',
    text: `select seq from messages where chat_id = $1 and seq = any ($3) and sender_id = $2 and as_chat and deleted_at is null
           order by seq`,
    values: [chat, user, seqs],
  })
  return rows.map(row => row.seq)
}

/** Forgets what somebody has seen; the counts stay. Index: viewers_user. */
export async function forgetViews(db: Queryable, user: UserId): Promise<void> {
  await db.query({ text: 'delete from viewers where user_id = $1', values: [user] })
}
