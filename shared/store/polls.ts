// Polls and votes. A poll's question, options and sums stand in its message; here is what not everybody may know.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Voter } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import type { Spot } from './dirty-messages.ts'

/** What a poll is like, whoever voted. */
export interface PollRow {
  /** How many options it has. */
  options: number
  multiple: boolean
  public: boolean
  /** The right option of a quiz, from 0. */
  correct: number | null
  explanation: string | null
  /** ms since 1970. */
  closesAt: number | null
  closed: boolean
}

/** Inserts the poll of a message that was just written. */
export async function insertPoll(
  tx: Queryable,
  { chat, seq }: Spot,
  poll: Omit<PollRow, 'closed'>,
): Promise<void> {
  await tx.query({
    name: 'poll-insert',
    text: `insert into polls (chat_id, seq, options, multiple, public, correct, explanation, closes_at)
           values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::float8 / 1000))`,
    values: [
      chat,
      seq,
      poll.options,
      poll.multiple,
      poll.public,
      poll.correct,
      poll.explanation,
      poll.closesAt,
    ],
  })
}

/** A poll; closed also when its time is over and the job has not come yet. */
export async function readPoll(db: Queryable, { chat, seq }: Spot): Promise<PollRow | undefined> {
  const rows = await db.query<PollRow>({
    name: 'poll',
    text: `select options, multiple, public, correct, explanation, closes_at as "closesAt",
             closed_at is not null or coalesce(closes_at <= clock_timestamp(), false) as closed
           from polls where chat_id = $1 and seq = $2`,
    values: [chat, seq],
  })
  return rows[0]
}

/** One option of one person. */
export interface Vote {
  user: UserId
  option: number
}

/** How these people voted so far. Index: primary key. */
export function readVotesOf(
  db: Queryable,
  { chat, seq }: Spot,
  users: readonly UserId[],
): Promise<Vote[]> {
  return db.query<Vote>({
    name: 'votes-of',
    text: `select user_id as "user", option from votes where chat_id = $1 and seq = $2 and user_id = any ($3) order by option`,
    values: [chat, seq, users],
  })
}

/** Takes some votes away and adds others, all at a held message. @param atMs whole ms since 1970 */
export async function changeVotes(
  tx: Queryable,
  { chat, seq }: Spot,
  change: { gone: readonly Vote[]; added: readonly Vote[]; atMs: number },
): Promise<void> {
  const { gone, added, atMs } = change
  await tx.query({
    name: 'votes-change',
    text: `with gone as (
             delete from votes v using unnest($3::bigint[], $4::int[]) as g (user_id, option)
             where v.chat_id = $1 and v.seq = $2 and v.user_id = g.user_id and v.option = g.option
           )
           insert into votes (chat_id, seq, user_id, option, at)
           select $1, $2, a.user_id, a.option, to_timestamp($7::float8 / 1000)
           from unnest($5::bigint[], $6::int[]) as a (user_id, option)`,
    values: [
      chat,
      seq,
      gone.map(each => each.user),
      gone.map(each => each.option),
      added.map(each => each.user),
      added.map(each => each.option),
      atMs,
    ],
  })
}

/** How many chose each option that somebody chose, and how many voted. Cost: all rows of the message. Index: primary key */
export async function countVotes(
  db: Queryable,
  { chat, seq }: Spot,
): Promise<{ counts: Map<number, number>; voters: number }> {
  const rows = await db.query<{ option: number | null; n: number }>({
    name: 'votes-count',
    text: `select option, count(*)::int as n from votes where chat_id = $1 and seq = $2 group by option
           union all
           select null, count(distinct user_id)::int from votes where chat_id = $1 and seq = $2`,
    values: [chat, seq],
  })
  const counts = new Map<number, number>()
  let voters = 0
  for (const { option, n } of rows) {
    if (option === null) voters = n
    else counts.set(option, n)
  }
  return { counts, voters }
}

/** A page of those who chose an option behind `after`, newest first. Index: votes_option. */
export function readVoters(
  db: Queryable,
  { chat, seq }: Spot,
  page: { option: number; after?: Voter | undefined; limit: number },
): Promise<Voter[]> {
  return db.query<Voter>({
    name: 'voters',
    text: `select user_id as "user", at from votes
           where chat_id = $1 and seq = $2 and option = $3
             and ($4::float8 is null or (at, user_id) < (to_timestamp($4::float8 / 1000), $5::bigint))
           order by at desc, user_id desc limit $6`,
    values: [chat, seq, page.option, page.after?.at ?? null, page.after?.user ?? null, page.limit],
  })
}

/**
 * Ends a poll whose message is held.
 * @param onlyIfDue whether it ends only when its own time is over
 * @returns whether it was open until now
 */
export async function closePoll(
  tx: Queryable,
  { chat, seq }: Spot,
  onlyIfDue: boolean,
): Promise<boolean> {
  const rows = await tx.query({
    name: 'poll-close',
    text: `update polls set closed_at = clock_timestamp()
           where chat_id = $1 and seq = $2 and closed_at is null and (not $3 or closes_at <= clock_timestamp())
           returning 1`,
    values: [chat, seq, onlyIfDue],
  })
  return rows.length > 0
}

/** Polls whose time is over and that nobody has closed yet. Index: polls_closing. */
export function readOverduePolls(db: Queryable, limit: number): Promise<Spot[]> {
  return db.query<Spot>({
    name: 'polls-overdue',
    text: `select chat_id as chat, seq from polls
           where closed_at is null and closes_at <= clock_timestamp() order by closes_at limit $1`,
    values: [limit],
  })
}
