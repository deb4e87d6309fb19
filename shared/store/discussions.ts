// Channels and their discussion groups: the links, the mirrors of posts, and what is counted of their comments.
// Cursors move under the lock of the group's chat row (mirrored_rev) or of the link's own row (counted_rev).

import type { ChatId, Rev, Seq, UserId } from '#shared/protocol/ids.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import {
  hiddenSql,
  type MessageRow,
  messageColumns,
  messageKind,
  type StoredMessage,
  toMessage,
  toStored,
} from './messages.ts'

/** A channel that is linked to a group now. */
export interface Discussion {
  channel: ChatId
  group: ChatId
  /** Posts after this one are mirrored. */
  fromSeq: Seq
  /** Changes of the channel up to here are in the group. */
  mirroredRev: Rev
  /** The channel's position and title when this was read. */
  rev: Rev
  title: string
}

/** The link of a channel; undefined when it has none, or one of both is gone. */
export async function readDiscussion(
  db: Queryable,
  channel: ChatId,
): Promise<Discussion | undefined> {
  const rows = await db.query<Discussion>({
    name: 'discussion',
    text: `select d.channel_id as channel, d.group_id as "group", d.from_seq as "fromSeq", d.mirrored_rev as "mirroredRev",
             c.last_rev as rev, coalesce(c.title, '') as title
           from discussions d join chats c on c.id = d.channel_id
           where d.channel_id = $1 and d.active and c.deleted_at is null`,
    values: [channel],
  })
  return rows[0]
}

/** Which of these chats are channels with a discussion group. Index: discussions_channel. */
export async function readLinkedChannels(
  db: Queryable,
  chats: readonly ChatId[],
): Promise<ChatId[]> {
  const rows = await db.query<{ channel: ChatId }>({
    name: 'discussions-of',
    text: 'select channel_id as channel from discussions where channel_id = any ($1) and active',
    values: [chats],
  })
  return rows.map(row => row.channel)
}

/** Channels with changes that their groups do not have yet. Cost: one probe for each link there is. */
export async function readBehind(db: Queryable): Promise<ChatId[]> {
  const rows = await db.query<{ channel: ChatId }>({
    name: 'discussions-behind',
    text: `select d.channel_id as channel from discussions d join chats c on c.id = d.channel_id
           where d.active and c.last_rev > d.mirrored_rev and c.deleted_at is null`,
  })
  return rows.map(row => row.channel)
}

/** Links of which one chat is gone, with the one that is left. */
export function readWidowed(
  db: Queryable,
): Promise<{ channel: ChatId; group: ChatId; left: ChatId | null }[]> {
  return db.query<{ channel: ChatId; group: ChatId; left: ChatId | null }>({
    name: 'discussions-widowed',
    text: `select d.channel_id as channel, d.group_id as "group",
             case when c.deleted_at is null then c.id when g.deleted_at is null then g.id end as "left"
           from discussions d join chats c on c.id = d.channel_id join chats g on g.id = d.group_id
           where d.active and (c.deleted_at is not null or g.deleted_at is not null)`,
  })
}

/**
 * Links two chats whose locks the caller holds. A pair that was linked before goes on where it stopped, but what was
 * posted meanwhile stays unmirrored.
 */
export async function insertDiscussion(
  tx: Queryable,
  pair: {
    channel: { id: ChatId; seq: Seq; rev: Rev }
    group: { id: ChatId; rev: Rev }
  },
): Promise<void> {
  await tx.query({
    name: 'discussion-link',
    text: `insert into discussions (channel_id, group_id, active, from_seq, mirrored_rev, counted_rev)
           values ($1, $2, true, $3, $4, $5)
           on conflict (channel_id, group_id) do update set active = true, from_seq = excluded.from_seq`,
    values: [pair.channel.id, pair.group.id, pair.channel.seq, pair.channel.rev, pair.group.rev],
  })
}

/** Ends a link. The caller holds the lock of each chat of it that still exists. */
export async function endDiscussion(tx: Queryable, channel: ChatId, group: ChatId): Promise<void> {
  await tx.query({
    name: 'discussion-end',
    text: 'update discussions set active = false where channel_id = $1 and group_id = $2',
    values: [channel, group],
  })
}

/** Waits for who counts the comments of this link, and keeps others from it: they hold the link first and its mirrors then. */
export async function holdDiscussion(
  tx: Queryable,
  { channel, group }: Pick<Discussion, 'channel' | 'group'>,
): Promise<void> {
  await tx.query({
    name: 'discussion-hold',
    text: 'select 1 from discussions where channel_id = $1 and group_id = $2 for update',
    values: [channel, group],
  })
}

/** Moves the mirrors' cursor; the caller holds the group's lock. */
export async function storeMirrored(
  tx: Queryable,
  { channel, group }: Pick<Discussion, 'channel' | 'group'>,
  rev: Rev,
): Promise<void> {
  await tx.query({
    name: 'discussion-mirrored',
    text: 'update discussions set mirrored_rev = $3 where channel_id = $1 and group_id = $2',
    values: [channel, group, rev],
  })
}

/** A post in its present state, and where its mirror stands. */
export interface ChangedPost extends StoredMessage {
  /** The author's name, of a signed post. */
  signature: string | null
  /** The mirror in this group. */
  thread: Seq | null
  /** It has a mirror in a group of an earlier link. */
  elsewhere: boolean
}

/** Posts of the channel that changed after the cursor, by rev. Index: messages_rev. */
export async function readChangedPosts(
  tx: Queryable,
  { channel, group, mirroredRev }: Pick<Discussion, 'channel' | 'group' | 'mirroredRev'>,
  limit: number,
): Promise<ChangedPost[]> {
  const rows = await tx.query<
    MessageRow & {
      kind: number
      signature: string | null
      mirror: Seq | null
      mirror_group: ChatId | null
    }
  >({
    name: 'posts-changed',
    text: `select ${messageColumns}, m.kind, r.thread as mirror, r.group_id as mirror_group,
             case when not m.as_chat then (select name from users where id = m.sender_id) end as signature
           from messages m left join mirrors r on r.channel_id = m.chat_id and r.seq = m.seq
           where m.chat_id = $1 and m.rev > $2 order by m.rev limit $3`,
    values: [channel, mirroredRev, limit],
  })
  return rows.map(row => ({
    ...toStored(row),
    signature: row.signature,
    thread: row.mirror_group === group ? row.mirror : null,
    elsewhere: row.mirror_group !== null && row.mirror_group !== group,
  }))
}

/** Notes where a post's mirror stands; the caller holds the group's lock. */
export async function insertMirror(
  tx: Queryable,
  { channel, group }: Pick<Discussion, 'channel' | 'group'>,
  seq: Seq,
  thread: Seq,
): Promise<void> {
  await tx.query({
    name: 'mirror-insert',
    text: 'insert into mirrors (channel_id, seq, group_id, thread, counted_seq) values ($1, $2, $3, $4, $4)',
    values: [channel, seq, group, thread],
  })
}

/** The post has no comments any more: its mirror goes. The caller holds the group's lock. */
export async function closeThread(tx: Queryable, group: ChatId, thread: Seq): Promise<void> {
  await tx.query({
    name: 'thread-close',
    text: 'update mirrors set closed = true where group_id = $1 and thread = $2',
    values: [group, thread],
  })
}

/** Where the comments of a post stand; undefined when it has none to come. */
export async function readThread(
  db: Queryable,
  channel: ChatId,
  seq: Seq,
): Promise<{ group: ChatId; thread: Seq; title: string; count: number } | undefined> {
  const rows = await db.query<{ group: ChatId; thread: Seq; title: string; count: number }>({
    name: 'thread',
    text: `select r.group_id as "group", r.thread, coalesce(g.title, '') as title, r.comments as count
           from mirrors r join chats c on c.id = r.channel_id join chats g on g.id = r.group_id
           where r.channel_id = $1 and r.seq = $2 and not r.closed and c.linked_id = r.group_id
             and c.deleted_at is null and g.deleted_at is null`,
    values: [channel, seq],
  })
  return rows[0]
}

/** A page of a thread in ascending order; what is deleted, for `reader` alone too, is left out. Index: messages_thread. */
export async function readComments(
  db: Queryable,
  reader: UserId,
  { group, thread }: { group: ChatId; thread: Seq },
  range: { before: Seq } | { after: Seq },
  limit: number,
): Promise<ReturnType<typeof toMessage>[]> {
  const forward = 'after' in range
  const rows = await db.query<MessageRow>({
    name: forward ? 'comments-after' : 'comments-before',
    text: `select ${messageColumns} from messages m
           where m.chat_id = $1 and m.thread = $2 and m.deleted_at is null and not ${hiddenSql('$5')}
             and m.seq > coalesce((select hidden_up_to from members where chat_id = $1 and user_id = $5), 0)
             and m.seq ${forward ? '> $3 order by m.seq' : '< $3 order by m.seq desc'} limit $4`,
    values: [group, thread, forward ? range.after : range.before, limit, reader],
  })
  const page = rows.map(toMessage)
  return forward ? page : page.reverse()
}

/**
 * Takes the next links, by their channels, whose groups have changes that are not counted yet, locked against other
 * processes until the transaction ends. Index: discussions_channel.
 */
export function takeUncounted(
  tx: Queryable,
  after: ChatId,
  limit: number,
): Promise<{ channel: ChatId; group: ChatId; countedRev: Rev; rev: Rev }[]> {
  return tx.query<{ channel: ChatId; group: ChatId; countedRev: Rev; rev: Rev }>({
    name: 'discussions-uncounted',
    text: `select d.channel_id as channel, d.group_id as "group", d.counted_rev as "countedRev", g.last_rev as rev
           from discussions d join chats g on g.id = d.group_id
           where d.active and d.channel_id > $1 and g.last_rev > d.counted_rev
           order by d.channel_id limit $2 for update of d skip locked`,
    values: [after, limit],
  })
}

/** Moves the comments' cursor; the caller has the link from takeUncounted. */
export async function storeCounted(
  tx: Queryable,
  { channel, group }: { channel: ChatId; group: ChatId },
  rev: Rev,
): Promise<void> {
  await tx.query({
    name: 'discussion-counted',
    text: 'update discussions set counted_rev = $3 where channel_id = $1 and group_id = $2',
    values: [channel, group, rev],
  })
}

/** What changed in a group after `since`: by thread, and the mirrors that were deleted. Index: messages_rev. */
export async function readChangedThreads(
  tx: Queryable,
  group: ChatId,
  since: Rev,
  limit: number,
): Promise<{ rows: number; rev: Rev; grown: Seq[]; shrunk: Seq[]; closed: Seq[] }> {
  const found = await tx.query<{
    rows: number
    rev: Rev | null
    grown: Seq[]
    shrunk: Seq[]
    closed: Seq[]
  }>({
    name: 'threads-changed',
    text: `with changed as materialized (
             select m.seq, m.rev, m.kind, m.thread, m.deleted_at is not null as gone
             from messages m where m.chat_id = $1 and m.rev > $2 order by m.rev limit $3
           )
           select count(*)::int as rows, max(rev) as rev,
             coalesce(array_agg(distinct thread) filter (where thread is not null and not gone), '{}') as grown,
             coalesce(array_agg(distinct thread) filter (where thread is not null and gone), '{}') as shrunk,
             coalesce(array_agg(seq) filter (where kind = ${messageKind.mirror} and gone), '{}') as closed
           from changed`,
    values: [group, since, limit],
  })
  const { rows = 0, rev = null, grown = [], shrunk = [], closed = [] } = found[0] ?? {}
  return { rows, rev: rev ?? since, grown, shrunk, closed }
}

/**
 * Brings the counts of threads up to date. A thread that only grew is counted on from where it stood; one of which
 * something was deleted is counted anew. Index: messages_thread.
 * @returns the counts of the channel's posts
 */
export async function recountThreads(
  tx: Queryable,
  { channel, group }: { channel: ChatId; group: ChatId },
  threads: { grown: readonly Seq[]; shrunk: readonly Seq[]; closed: readonly Seq[] },
  commentersMax: number,
): Promise<PostCounts[]> {
  const rows = await tx.query<{ seq: Seq; comments: number; commenters: UserId[] }>({
    name: 'threads-recount',
    text: `update mirrors r set
             comments = case when r.thread = any ($4)
               then (select count(*)::int from messages m
                     where m.chat_id = $2 and m.thread = r.thread and m.deleted_at is null)
               else r.comments + (select count(*)::int from messages m
                     where m.chat_id = $2 and m.thread = r.thread and m.seq > r.counted_seq and m.deleted_at is null)
             end,
             counted_seq = coalesce(
               (select m.seq from messages m where m.chat_id = $2 and m.thread = r.thread order by m.seq desc limit 1),
               r.counted_seq),
             commenters = array(
               select l.sender_id from (
                 select m.sender_id, m.seq from messages m
                 where m.chat_id = $2 and m.thread = r.thread and m.deleted_at is null and m.sender_id > 0 and not m.as_chat
                 order by m.seq desc limit 30) l
               group by l.sender_id order by max(l.seq) desc limit $6),
             closed = r.closed or r.thread = any ($5)
           where r.channel_id = $1 and r.group_id = $2 and r.thread = any ($3::bigint[] || $4::bigint[] || $5::bigint[])
           returning r.seq, r.comments, r.commenters`,
    values: [channel, group, threads.grown, threads.shrunk, threads.closed, commentersMax],
  })
  return rows.map(({ seq, comments, commenters }) => ({ seq, comments, by: commenters }))
}

/** Replaces what a mirror says; the caller holds the group's lock. */
export async function updateMirror(
  tx: Queryable,
  group: ChatId,
  seq: Seq,
  change: {
    rev: Rev
    text: string
    ents: unknown[] | undefined
    extra: object | undefined
    editedAt: number | undefined
  },
): Promise<void> {
  await tx.query({
    name: 'mirror-update',
    text: `update messages set text = $3, entities = $4::jsonb, extra = $5::jsonb, rev = $6,
             edited_at = to_timestamp($7::float8 / 1000)
           where chat_id = $1 and seq = $2`,
    values: [
      group,
      seq,
      change.text,
      change.ents?.length ? JSON.stringify(change.ents) : null,
      change.extra ? JSON.stringify(change.extra) : null,
      change.rev,
      change.editedAt ?? null,
    ],
  })
}
