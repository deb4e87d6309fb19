// Reactions of members at messages, one row for each emoji that somebody chose.

import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Reaction, Reactor } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import type { Spot } from './dirty-messages.ts'

/** One emoji of one person. */
export interface Chosen {
  user: UserId
  emoji: string
}

/** What these people chose at a message so far. Index: primary key. */
export function readReactionsOf(
  db: Queryable,
  { chat, seq }: Spot,
  users: readonly UserId[],
): Promise<Chosen[]> {
  return db.query<Chosen>({
    name: 'reactions-of',
    text: `select user_id as "user", emoji from reactions where chat_id = $1 and seq = $2 and user_id = any ($3) order by at, emoji`,
    values: [chat, seq, users],
  })
}

/**
 * The different emojis at a message: a probe of the index for each, however many people chose them.
 * Index: reactions_emoji.
 */
export async function readEmojis(db: Queryable, { chat, seq }: Spot): Promise<string[]> {
  const rows = await db.query<{ emoji: string }>({
    name: 'reactions-emojis',
    text: `with recursive found as (
             (select emoji from reactions where chat_id = $1 and seq = $2 order by emoji limit 1)
             union all
             select (select r.emoji from reactions r where r.chat_id = $1 and r.seq = $2 and r.emoji > f.emoji
                     order by r.emoji limit 1)
             from found f where f.emoji is not null
           )
           select emoji from found where emoji is not null limit ${limits.reactionEmojisMax}`,
    values: [chat, seq],
  })
  return rows.map(row => row.emoji)
}

/** Takes some choices away and adds others, all at a held message. @param atMs whole ms since 1970 */
export async function changeReactions(
  tx: Queryable,
  { chat, seq }: Spot,
  change: { gone: readonly Chosen[]; added: readonly Chosen[]; atMs: number },
): Promise<void> {
  const { gone, added, atMs } = change
  await tx.query({
    name: 'reactions-change',
    text: `with gone as (
             delete from reactions r using unnest($3::bigint[], $4::text[]) as g (user_id, emoji)
             where r.chat_id = $1 and r.seq = $2 and r.user_id = g.user_id and r.emoji = g.emoji collate "C"
           )
           insert into reactions (chat_id, seq, user_id, emoji, at)
           select $1, $2, a.user_id, a.emoji, to_timestamp($7::float8 / 1000)
           from unnest($5::bigint[], $6::text[]) as a (user_id, emoji)`,
    values: [
      chat,
      seq,
      gone.map(each => each.user),
      gone.map(each => each.emoji),
      added.map(each => each.user),
      added.map(each => each.emoji),
      atMs,
    ],
  })
}

/** How many chose each emoji, most chosen first, the older one of equals. Cost: all rows of the message. Index: reactions_emoji */
export function countReactions(db: Queryable, { chat, seq }: Spot): Promise<Reaction[]> {
  return db.query<Reaction>({
    name: 'reactions-count',
    text: `select emoji as e, count(*)::int as n from reactions where chat_id = $1 and seq = $2
           group by emoji order by count(*) desc, min(at), emoji`,
    values: [chat, seq],
  })
}

/** A page of those who reacted behind `after`, newest first. Index: reactions_emoji with an emoji, else reactions_recent. */
export function readReactors(
  db: Queryable,
  { chat, seq }: Spot,
  page: { emoji?: string | undefined; after?: Reactor | undefined; limit: number },
): Promise<Reactor[]> {
  const { emoji, after, limit } = page
  const keys = [after?.at ?? null, after?.user ?? null]
  const behind = (key: string, values: string) =>
    `($4::float8 is null or (${key}) < (to_timestamp($4::float8 / 1000), ${values}))`
  if (emoji !== undefined) {
    return db.query<Reactor>({
      name: 'reactors-of-emoji',
      text: `select user_id as "user", emoji as e, at from reactions
             where chat_id = $1 and seq = $2 and emoji = $3 collate "C" and ${behind('at, user_id', '$5::bigint')}
             order by at desc, user_id desc limit $6`,
      values: [chat, seq, emoji, ...keys, limit],
    })
  }
  return db.query<Reactor>({
    name: 'reactors',
    text: `select user_id as "user", emoji as e, at from reactions
           where chat_id = $1 and seq = $2 and ${behind('at, user_id, emoji', '$5::bigint, $3::text collate "C"')}
           order by at desc, user_id desc, emoji desc limit $6`,
    values: [chat, seq, after?.e ?? null, ...keys, limit],
  })
}
