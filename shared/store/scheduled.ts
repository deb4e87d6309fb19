// Messages that are sent later. A row is there until its message is sent, in the same transaction; whoever changes one
// locks the row first and its user after, as the job that sends them does.

import type { Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Rid, Seq, UserId } from '#shared/protocol/ids.ts'
import type { MessageExtra, Scheduled } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'

interface ScheduledRow {
  id: number
  chat: ChatId
  rid: Rid
  at: number
  text: string
  entities: Entity[] | null
  reply_to: Seq | null
  silent: boolean
  extra: MessageExtra | null
  failed: string | null
}

const columns = `s.id, s.chat_id as chat, s.rid, s.at, s.text, s.entities, s.reply_to, s.silent, s.extra, s.failed`

function toScheduled(row: ScheduledRow): Scheduled {
  const { quote, noPreview } = row.extra ?? {}
  return {
    id: row.id,
    chat: row.chat,
    rid: row.rid,
    at: row.at,
    text: row.text,
    ...(row.entities && { ents: row.entities }),
    ...(row.reply_to !== null && { reply: row.reply_to }),
    ...(row.silent && { silent: true as const }),
    ...(quote && { quote }),
    ...(noPreview && { noPreview }),
    ...(row.failed !== null && { failed: row.failed }),
  }
}

/** A page of a user's messages by id, of one chat if given; not those of chats that are gone. Index: scheduled_of. */
export async function readScheduled(
  db: Queryable,
  user: UserId,
  { chat, after }: { chat: ChatId | undefined; after: number },
  limit: number,
): Promise<Scheduled[]> {
  const rows = await db.query<ScheduledRow>({
    name: 'scheduled-page',
    text: `select ${columns} from scheduled_messages s join chats c on c.id = s.chat_id and c.deleted_at is null
           where s.user_id = $1 and s.id > $2 and ($3::bigint is null or s.chat_id = $3) order by s.id limit $4`,
    values: [user, after, chat ?? null, limit],
  })
  return rows.map(toScheduled)
}

/** How many a user has, and how many in one chat; chats that are gone do not count. Index: scheduled_of. */
export async function countScheduled(
  tx: Queryable,
  user: UserId,
  chat: ChatId,
): Promise<{ all: number; here: number }> {
  const rows = await tx.query<{ all: number; here: number }>({
    name: 'scheduled-count',
    text: `select count(*)::int as all, (count(*) filter (where s.chat_id = $2))::int as here
           from scheduled_messages s join chats c on c.id = s.chat_id and c.deleted_at is null where s.user_id = $1`,
    values: [user, chat],
  })
  return rows[0] ?? { all: 0, here: 0 }
}

/** The one with this rid; undefined when there is none. Index: unique (user_id, chat_id, rid). */
export async function findScheduled(
  tx: Queryable,
  user: UserId,
  chat: ChatId,
  rid: Rid,
): Promise<number | undefined> {
  const rows = await tx.query<{ id: number }>({
    name: 'scheduled-by-rid',
    text: 'select id from scheduled_messages where user_id = $1 and chat_id = $2 and rid = $3',
    values: [user, chat, rid],
  })
  return rows[0]?.id
}

/** What is to be sent, and when. */
export interface NewScheduled {
  user: UserId
  chat: ChatId
  rid: Rid
  text: string
  ents: Entity[] | undefined
  reply: Seq | undefined
  silent: boolean
  extra: MessageExtra | undefined
  /** ms since 1970. */
  at: number
}

/** @returns its id */
export async function insertScheduled(tx: Queryable, message: NewScheduled): Promise<number> {
  const rows = await tx.query<{ id: number }>({
    name: 'scheduled-insert',
    text: `insert into scheduled_messages (user_id, chat_id, rid, text, entities, reply_to, silent, extra, at, due_at)
           select $1, $2, $3, $4, $5::jsonb, $6, $7, $8::jsonb, t.at, t.at from to_timestamp($9::float8 / 1000) as t (at)
           returning id`,
    values: [
      message.user,
      message.chat,
      message.rid,
      message.text,
      message.ents?.length ? JSON.stringify(message.ents) : null,
      message.reply ?? null,
      message.silent,
      message.extra ? JSON.stringify(message.extra) : null,
      message.at,
    ],
  })
  return (rows[0] as { id: number }).id
}

/** A scheduled message and what is known of its people when it is sent. */
export interface DueMessage {
  message: Scheduled
  user: UserId
  extra: MessageExtra | undefined
  /** Members of its chat. */
  members: number
  /** Nobody's any more: its chat or its author is gone. */
  isOrphan: boolean
  /** The operators closed its author's account. */
  isBanned: boolean
}

type DueRow = ScheduledRow & Pick<DueMessage, 'user' | 'members' | 'isOrphan' | 'isBanned'>

const dueColumns = `${columns}, s.user_id as "user", c.member_count as members,
  c.deleted_at is not null or u.deleted_at is not null as "isOrphan", u.banned_at is not null as "isBanned"`
const dueTables =
  'scheduled_messages s join chats c on c.id = s.chat_id join users u on u.id = s.user_id'

function toDue(row: DueRow): DueMessage {
  const { user, members, isOrphan, isBanned } = row
  const extra = row.extra ?? undefined
  return { message: toScheduled(row), user, extra, members, isOrphan, isBanned }
}

/** Locks one of the user's own until the transaction ends; undefined when there is none. */
export async function lockScheduled(
  tx: Queryable,
  user: UserId,
  id: number,
): Promise<DueMessage | undefined> {
  const rows = await tx.query<DueRow>({
    name: 'scheduled-lock',
    text: `select ${dueColumns} from ${dueTables} where s.id = $1 and s.user_id = $2 for update of s`,
    values: [id, user],
  })
  const [row] = rows
  return row && toDue(row)
}

/** Gives one another text or time; either way it is no longer refused if it has a time to come. The caller holds its lock. */
export async function updateScheduled(
  tx: Queryable,
  id: number,
  change: { text: string; ents: Entity[] | undefined; at: number; isFailed: boolean },
): Promise<void> {
  await tx.query({
    name: 'scheduled-update',
    text: `update scheduled_messages s set text = $2, entities = $3::jsonb, at = t.at,
             due_at = case when $5 then null else t.at end, failed = case when $5 then s.failed end
           from to_timestamp($4::float8 / 1000) as t (at) where s.id = $1`,
    values: [
      id,
      change.text,
      change.ents?.length ? JSON.stringify(change.ents) : null,
      change.at,
      change.isFailed,
    ],
  })
}

/** When the next one is due, ms since 1970; undefined when none waits. Index: scheduled_due. */
export async function readNextDue(db: Queryable): Promise<number | undefined> {
  const rows = await db.query<{ due: number | null }>({
    name: 'scheduled-next',
    text: 'select min(due_at) as due from scheduled_messages where due_at is not null',
  })
  return rows[0]?.due ?? undefined
}

/** Any number that nothing else of ours locks. */
const senderLock = 5_400_011

/**
 * Makes this transaction the one that sends: two at once would mix up the order within a chat. It ends with the
 * transaction, also by the death of its process. @returns whether nobody else is at it
 */
export async function becomeSender(tx: Queryable): Promise<boolean> {
  const rows = await tx.query<{ mine: boolean }>({
    name: 'scheduled-sender',
    text: 'select pg_try_advisory_xact_lock($1) as mine',
    values: [senderLock],
  })
  return rows[0]?.mine ?? false
}

/** Locks those that are due, the oldest first; one that its user changes just now is left for later. Index: scheduled_due. */
export async function takeDue(tx: Queryable, nowMs: number, limit: number): Promise<DueMessage[]> {
  const rows = await tx.query<DueRow>({
    name: 'scheduled-take',
    text: `select ${dueColumns} from ${dueTables}
           where s.due_at is not null and s.due_at <= to_timestamp($1::float8 / 1000)
           order by s.due_at, s.id limit $2 for update of s skip locked`,
    values: [nowMs, limit],
  })
  return rows.map(toDue)
}

/** The caller holds their locks. */
export async function removeScheduled(tx: Queryable, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query({
    name: 'scheduled-remove',
    text: 'delete from scheduled_messages where id = any ($1)',
    values: [ids],
  })
}

/** All of a user who goes. */
export async function removeScheduledOf(tx: Queryable, user: UserId): Promise<void> {
  await tx.query({
    name: 'scheduled-remove-of',
    text: 'delete from scheduled_messages where user_id = $1',
    values: [user],
  })
}

/** What became of those that were not sent: refused with a code, or to be tried again. The caller holds their locks. */
export async function settleUnsent(
  tx: Queryable,
  unsent: readonly { id: number; failed: string | null; dueMs: number | null }[],
): Promise<void> {
  if (unsent.length === 0) return
  await tx.query({
    name: 'scheduled-settle',
    text: `update scheduled_messages s set failed = u.failed, due_at = to_timestamp(u.due / 1000)
           from unnest($1::bigint[], $2::text[], $3::float8[]) as u (id, failed, due) where s.id = u.id`,
    values: [
      unsent.map(each => each.id),
      unsent.map(each => each.failed),
      unsent.map(each => each.dueMs),
    ],
  })
}
