// What somebody chose at messages: reactions, votes, and what that lets them know of a quiz. Everybody's copy of a
// message is the same, so this travels beside it.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import type { Own } from '#shared/protocol/models.ts'
import type { ChatKind } from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'
import type { Spot } from './dirty-messages.ts'

interface ChoiceRow {
  seq: Seq
  user: UserId
  emoji: string | null
  option: number | null
  correct: number | null
  explanation: string | null
}

/**
 * The choices of these people at these messages, where there are any, by seq: several people at one message, or one
 * person's on a page. Index: primary keys of reactions and votes, a probe for each pair.
 */
export async function readOwnChoices(
  db: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
  users: readonly UserId[],
): Promise<{ user: UserId; own: Own }[]> {
  if (seqs.length === 0 || users.length === 0) return []
  const rows = await db.query<ChoiceRow>({
    name: 'own-choices',
    text: `select seq, user_id as "user", emoji, option, correct, explanation from (
             select r.seq, r.user_id, r.emoji, null::int as option, null::int as correct, null as explanation, r.at
             from reactions r where r.chat_id = $1 and r.seq = any ($2) and r.user_id = any ($3)
             union all
             select v.seq, v.user_id, null, v.option, p.correct, p.explanation, v.at
             from votes v join polls p on p.chat_id = v.chat_id and p.seq = v.seq
             where v.chat_id = $1 and v.seq = any ($2) and v.user_id = any ($3)
           ) c order by seq, user_id, at, option, emoji`,
    values: [chat, seqs, users],
  })
  const found = new Map<string, { user: UserId; own: Own }>()
  for (const row of rows) {
    const key = `${row.seq}:${row.user}`
    const held = found.get(key) ?? { user: row.user, own: { seq: row.seq } }
    found.set(key, held)
    addChoice(held.own, row)
  }
  return [...found.values()]
}

function addChoice(own: Own, { emoji, option, correct, explanation }: ChoiceRow): void {
  if (emoji !== null) own.reacts = [...(own.reacts ?? []), emoji]
  if (option !== null) own.votes = [...(own.votes ?? []), option]
  if (correct !== null) own.answer = { correct, ...(explanation !== null && { why: explanation }) }
}

/** What decides whether somebody may choose at a message. */
export interface Subject {
  /** The chat's own list of emojis; null: the standard ones. */
  reactions: string[] | null
  chat: ChatKind
  /** What members may do by default; in a direct chat 0 while one blocks the other or has not answered yet. */
  rights: number
  /** One of `messageKind`. */
  kind: number
  deleted: boolean
}

/** A message as a subject of choices; undefined when there is none or its chat is gone. */
export async function readSubject(
  db: Queryable,
  { chat, seq }: Spot,
): Promise<Subject | undefined> {
  const rows = await db.query<Subject>({
    name: 'choice-subject',
    text: `select c.reactions, c.kind as chat, c.default_rights as rights, m.kind, m.deleted_at is not null as deleted
           from chats c join messages m on m.chat_id = c.id
           where c.id = $1 and m.seq = $2 and c.deleted_at is null`,
    values: [chat, seq],
  })
  return rows[0]
}

/** Deletes everything that was chosen at messages that are deleted. */
export async function deleteChoices(
  tx: Queryable,
  chat: ChatId,
  seqs: readonly Seq[],
): Promise<void> {
  await tx.query({
    name: 'choices-delete',
    text: `with r as (delete from reactions where chat_id = $1 and seq = any ($2)),
             v as (delete from votes where chat_id = $1 and seq = any ($2))
           delete from polls where chat_id = $1 and seq = any ($2)`,
    values: [chat, seqs],
  })
}
