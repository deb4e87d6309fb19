// The log of administrative acts of a chat.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { ActDetail, ActName } from '#shared/protocol/models.ts'
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
