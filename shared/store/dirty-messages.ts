// Messages whose sums (reactions, results of a poll) may be behind what is stored row by row. Whoever changes choices
// at a message holds its row here from before the change to the commit, and so does whoever counts them.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Queryable } from './db.ts'

/** A message by its place. */
export interface Spot {
  chat: ChatId
  seq: Seq
}

/** Rows that nobody needs any more: no sums were told for so long. */
const keptMs = 10_000

/** Holds a message against other changes of its choices until the transaction ends. */
export async function holdChoices(tx: Queryable, { chat, seq }: Spot): Promise<void> {
  await tx.query({
    name: 'choices-hold',
    text: `insert into dirty_messages (chat_id, seq) values ($1, $2)
           on conflict (chat_id, seq) do update set seq = excluded.seq`,
    values: [chat, seq],
  })
}

/**
 * The sums of a held message have to be told: at once, but not sooner after the last time than limits.choicesToldEveryMs.
 * @returns in how many ms
 */
export async function markDirty(tx: Queryable, { chat, seq }: Spot): Promise<number> {
  const rows = await tx.query<{ due_in_ms: number }>({
    name: 'dirty-mark',
    text: `update dirty_messages set due_at = coalesce(due_at,
             greatest(clock_timestamp(), told_at + make_interval(secs => ${limits.choicesToldEveryMs / 1000})))
           where chat_id = $1 and seq = $2
           returning ${dueInMsSql}`,
    values: [chat, seq],
  })
  return rows[0]?.due_in_ms ?? 0
}

/** Rounded up: whoever waits so long is not early. */
const dueInMsSql =
  'greatest(0, ceil(extract(epoch from due_at - clock_timestamp()) * 1000))::int as due_in_ms'

/**
 * Holds a message whose sums are due.
 * @param skip whether to leave it alone while somebody else holds it
 * @returns in how many ms it is due, 0 for now; undefined when nothing is to be told or it was left alone
 */
export async function takeDirty(
  tx: Queryable,
  { chat, seq }: Spot,
  skip: boolean,
): Promise<number | undefined> {
  const rows = await tx.query<{ due_in_ms: number }>({
    name: skip ? 'dirty-take-free' : 'dirty-take',
    text: `select ${dueInMsSql} from dirty_messages where chat_id = $1 and seq = $2 and due_at is not null
           for update ${skip ? 'skip locked' : ''}`,
    values: [chat, seq],
  })
  return rows[0]?.due_in_ms
}

/** The sums of a held message are told as of now. */
export async function markTold(tx: Queryable, { chat, seq }: Spot): Promise<void> {
  await tx.query({
    name: 'dirty-told',
    text: `update dirty_messages set due_at = null, told_at = clock_timestamp() where chat_id = $1 and seq = $2`,
    values: [chat, seq],
  })
}

/** Messages that have been due for longer than `lateMs`: whoever was to tell their sums is gone. Index: dirty_messages_due. */
export function readLate(db: Queryable, lateMs: number, limit: number): Promise<Spot[]> {
  return db.query<Spot>({
    name: 'dirty-late',
    text: `select chat_id as chat, seq from dirty_messages
           where due_at < clock_timestamp() - make_interval(secs => $1::float8 / 1000) order by due_at limit $2`,
    values: [lateMs, limit],
  })
}

/** Forgets messages whose sums were told long ago. @returns how many. Index: dirty_messages_told */
export async function forgetTold(db: Queryable, limit: number): Promise<number> {
  const rows = await db.query({
    name: 'dirty-forget',
    text: `delete from dirty_messages where (chat_id, seq) in (
             select chat_id, seq from dirty_messages
             where due_at is null and coalesce(told_at, '-infinity') < clock_timestamp() - make_interval(secs => ${keptMs / 1000})
             limit $1 for update skip locked)
           returning 1`,
    values: [limit],
  })
  return rows.length
}
