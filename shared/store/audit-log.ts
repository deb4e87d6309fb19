// The log of administrative acts of a chat.

import type { ActDetail, ActName, StoredAct } from '#shared/protocol/acts.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'

/** One act as it is written. */
export interface Act {
  actor: UserId
  action: ActName
  detail: ActDetail
}

/** Appends acts to a chat's log. The caller holds the chat's lock, so ids follow the order of the acts. */
export async function insertActs(tx: Queryable, chat: ChatId, acts: readonly Act[]): Promise<void> {
  await tx.query({
    name: 'acts-insert',
    text: `insert into audit_log (chat_id, at, actor_id, action, detail)
           select $1, clock_timestamp(), a.actor, a.action, a.detail::jsonb
           from unnest($2::bigint[], $3::text[], $4::text[]) with ordinality as a (actor, action, detail, n) order by a.n`,
    values: [
      chat,
      acts.map(act => act.actor),
      acts.map(act => act.action),
      acts.map(act => JSON.stringify(act.detail)),
    ],
  })
}

/**
 * A page of a chat's log, newest first.
 * Index: audit_log_actor for the acts of one person, else audit_log_chat.
 */
export async function readActs(
  db: Queryable,
  chat: ChatId,
  asked: {
    before: number
    actor: UserId | null
    actions: readonly string[] | null
    sinceMs: number
  },
  limit: number,
): Promise<StoredAct[]> {
  const ofActor = asked.actor === null ? '' : 'and actor_id = $6'
  const rows = await db.query<Omit<StoredAct, keyof ActDetail> & { detail: ActDetail }>({
    name: asked.actor === null ? 'acts' : 'acts-of-actor',
    text: `select id, at, actor_id as by, action, detail from audit_log
           where chat_id = $1 and id < $2 and at >= to_timestamp($3::float8 / 1000)
             and ($4::text[] is null or action = any ($4)) ${ofActor}
           order by id desc limit $5`,
    values: [
      chat,
      asked.before,
      asked.sinceMs,
      asked.actions,
      limit,
      ...(asked.actor === null ? [] : [asked.actor]),
    ],
  })
  return rows.map(({ detail, ...row }) => ({ ...row, ...detail }))
}

/** Deletes acts of chats from before `beforeMs`, at most `limit`. @returns how many. Index: audit_log_at */
export async function deleteOldActs(
  db: Queryable,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const rows = await db.query({
    text: `delete from audit_log where id = any (array(
             select id from audit_log where chat_id is not null and at < to_timestamp($1::float8 / 1000)
             order by at limit $2 for update skip locked)) returning id`,
    values: [beforeMs, limit],
  })
  return rows.length
}
