// A channel's figures by day (UTC). Views are counted by the SQL function count_views.

import type { ChatId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'
import { messageKind } from './messages.ts'

/** Counts people who came and went. The caller holds the chat's lock. */
export async function countMoves(
  tx: Queryable,
  chat: ChatId,
  nowMs: number,
  moves: { joined: number; left: number },
): Promise<void> {
  if (moves.joined === 0 && moves.left === 0) return
  await tx.query({
    name: 'chat-day-moves',
    text: `insert into chat_days as d (chat_id, day, joined, "left")
           values ($1, (to_timestamp($2::float8 / 1000) at time zone 'utc')::date, $3, $4)
           on conflict (chat_id, day) do update set joined = d.joined + excluded.joined, "left" = d."left" + excluded."left"`,
    values: [chat, nowMs, moves.joined, moves.left],
  })
}

/** What was counted of one day; `at` is its begin, ms since 1970. */
export interface DayCounts {
  at: number
  joined: number
  left: number
  views: number
  posts: number
}

/**
 * Days since `sinceMs` (a day's begin) on which anything happened, in order. Deleted posts and service messages do not
 * count. Cost: one row for each post of the period; first_seq_since finds where it begins.
 */
export function readDays(db: Queryable, chat: ChatId, sinceMs: number): Promise<DayCounts[]> {
  return db.query<DayCounts>({
    name: 'chat-days',
    text: `with posted as (
             select (created_at at time zone 'utc')::date as day, count(*)::int as posts
             from messages
             where chat_id = $1 and seq >= (select first_seq_since($1, to_timestamp($2::float8 / 1000)))
               and created_at >= to_timestamp($2::float8 / 1000) and deleted_at is null and kind <> ${messageKind.service}
             group by 1
           )
           select (extract(epoch from coalesce(d.day, p.day)) * 1000)::float8 as at, coalesce(d.joined, 0) as joined,
             coalesce(d."left", 0) as "left", coalesce(d.views, 0) as views, coalesce(p.posts, 0) as posts
           from (
             select day, joined, "left", views from chat_days
             where chat_id = $1 and day >= (to_timestamp($2::float8 / 1000) at time zone 'utc')::date
           ) d full join posted p on p.day = d.day
           order by 1`,
    values: [chat, sinceMs],
  })
}
