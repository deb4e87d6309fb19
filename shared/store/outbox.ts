// The outbox: one row per committed batch, deleted once the bus has it. Whatever stays behind because a
// process or Redis died between commit and publish is found here by the sweeper.

import type { ChatId, Rev, Urev, UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

/** Positions that a commit moved. */
export interface Moved {
  chats: { chat: ChatId; rev: Rev }[]
  users: { user: UserId; urev: Urev }[]
}

/** Notes a commit inside its own transaction; returns the row's id. */
export async function noteInOutbox(tx: Queryable, moved: Moved): Promise<number> {
  const rows = await tx.query<{ id: number }>({
    name: 'outbox-note',
    text: 'insert into outbox (chats, revs, users, urevs) values ($1, $2, $3, $4) returning id',
    values: [
      moved.chats.map(each => each.chat),
      moved.chats.map(each => each.rev),
      moved.users.map(each => each.user),
      moved.users.map(each => each.urev),
    ],
  })
  return (rows[0] as { id: number }).id
}

/** Deletes rows that reached the bus; those that a sweeper holds just now are its own to delete. */
export async function clearOutbox(db: Queryable, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await db.query({
    name: 'outbox-clear',
    text: `delete from outbox
           where id = any (array(select id from outbox where id = any ($1) for update skip locked))`,
    values: [ids],
  })
}

/**
 * Takes rows older than `olderThanMs` out of the outbox, locked against other sweepers until the
 * transaction ends; delete them with clearOutbox in the same transaction once they are published.
 */
export async function takeFromOutbox(
  tx: Queryable,
  olderThanMs: number,
  limit: number,
): Promise<{ ids: number[]; moved: Moved }> {
  const rows = await tx.query<{
    id: number
    chats: number[]
    revs: number[]
    users: number[]
    urevs: number[]
  }>({
    name: 'outbox-take',
    text: `select id, chats, revs, users, urevs from outbox
           where created_at < clock_timestamp() - make_interval(secs => $1::float8 / 1000)
           order by id limit $2 for update skip locked`,
    values: [olderThanMs, limit],
  })
  const moved: Moved = { chats: [], users: [] }
  for (const row of rows) {
    row.chats.forEach((chat, i) => {
      moved.chats.push({ chat, rev: row.revs[i] as number })
    })
    row.users.forEach((user, i) => {
      moved.users.push({ user, urev: row.urevs[i] as number })
    })
  }
  return { ids: rows.map(row => row.id), moved }
}
