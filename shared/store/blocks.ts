// Who blocks whom. What follows from it for their direct chat stands in direct-chats.ts.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

/** A page by user id. Index: primary key (user_id, blocked_id). */
export function readBlocks(
  db: Queryable,
  user: UserId,
  after: UserId,
  limit: number,
): Promise<{ user: UserId; at: number }[]> {
  return db.query<{ user: UserId; at: number }>({
    name: 'blocks-page',
    text: `select blocked_id as "user", created_at as at from blocks
           where user_id = $1 and blocked_id > $2 order by blocked_id limit $3`,
    values: [user, after, limit],
  })
}

/** How many a user blocks; counted under the user's lock. */
export async function countBlocks(tx: Queryable, user: UserId): Promise<number> {
  const rows = await tx.query<{ n: number }>({
    name: 'blocks-count',
    text: 'select count(*)::int as n from blocks where user_id = $1',
    values: [user],
  })
  return rows[0]?.n ?? 0
}

/** Blocks somebody. @returns whether it was not so before */
export async function insertBlock(tx: Queryable, user: UserId, blocked: UserId): Promise<boolean> {
  const rows = await tx.query({
    name: 'block-insert',
    text: `insert into blocks (user_id, blocked_id) values ($1, $2)
           on conflict do nothing returning 1`,
    values: [user, blocked],
  })
  return rows.length > 0
}

/** Ends a block. @returns whether there was one */
export async function deleteBlock(tx: Queryable, user: UserId, blocked: UserId): Promise<boolean> {
  const rows = await tx.query({
    name: 'block-delete',
    text: 'delete from blocks where user_id = $1 and blocked_id = $2 returning 1',
    values: [user, blocked],
  })
  return rows.length > 0
}

/** Whether one of the two blocks the other. */
export async function isBlocked(db: Queryable, one: UserId, other: UserId): Promise<boolean> {
  const rows = await db.query<{ blocked: boolean }>({
    name: 'blocked',
    text: `select exists (
             select from blocks where user_id = $1 and blocked_id = $2
             union all select from blocks where user_id = $2 and blocked_id = $1) as blocked`,
    values: [one, other],
  })
  return rows[0]?.blocked ?? false
}
