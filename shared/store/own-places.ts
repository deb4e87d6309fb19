// What a member decides for themself alone in a chat: mute, pin, archive, draft, marked unread. A part of their `Mine`.
// Every change is made under the user's lock and takes a urev.

import type { ChatId, Seq, Urev, UserId } from '#shared/protocol/ids.ts'
import type { Draft, Mine } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'

export type OwnPlace = Pick<
  Mine,
  | 'mutedUntil'
  | 'mentionsMuted'
  | 'pinned'
  | 'pinnedAt'
  | 'archived'
  | 'archivedSeq'
  | 'unread'
  | 'draft'
>

export interface OwnPlaceRow {
  muted_until: number | null
  mentions_muted: boolean
  pinned_at: number | null
  archived_seq: number | null
  unread: boolean
  draft: Draft | null
}

/** Columns that toOwnPlace needs, of an alias `me`. */
export const ownPlaceColumns = `me.muted_until, me.mentions_muted, me.pinned_at, me.archived_seq, me.unread, me.draft`

/** A chat's last message: its number, and when it came, ms since 1970. */
export interface LastMessage {
  seq: Seq
  at: number
}

export function toOwnPlace(row: OwnPlaceRow, last: LastMessage): OwnPlace {
  const own: OwnPlace = {}
  if (row.muted_until !== null) own.mutedUntil = row.muted_until
  if (row.mentions_muted) own.mentionsMuted = true
  if (row.pinned_at !== null) {
    own.pinned = true
    own.pinnedAt = row.pinned_at
  }
  if (row.archived_seq !== null && staysArchived(row.archived_seq, row.muted_until, last)) {
    own.archived = true
    own.archivedSeq = row.archived_seq
  }
  if (row.unread) own.unread = true
  if (row.draft) own.draft = row.draft
  return own
}

/** Whether nothing has come since that brings the chat back: what comes while it is muted does not. */
function staysArchived(archivedSeq: Seq, mutedUntil: number | null, last: LastMessage): boolean {
  return last.seq <= archivedSeq || (mutedUntil !== null && last.at <= mutedUntil)
}

/** What a member decided and the chat's last message; undefined for those who are not in the chat. */
export async function readOwnPlace(
  tx: Queryable,
  chat: ChatId,
  user: UserId,
): Promise<{ own: OwnPlace; last: LastMessage } | undefined> {
  const rows = await tx.query<OwnPlaceRow & { last_seq: number; last_at: number }>({
    name: 'own-place',
    text: `select ${ownPlaceColumns}, c.last_seq, c.last_at from members me join chats c on c.id = me.chat_id
           where me.chat_id = $1 and me.user_id = $2 and me.role in ${activeRolesSql} and c.deleted_at is null`,
    values: [chat, user],
  })
  const row = rows[0]
  if (!row) return undefined
  const last = { seq: row.last_seq, at: row.last_at }
  return { own: toOwnPlace(row, last), last }
}

/** Writes what a member decided at their new urev. */
export async function storeOwnPlace(
  tx: Queryable,
  chat: ChatId,
  user: UserId,
  own: OwnPlace,
  urev: Urev,
): Promise<void> {
  await tx.query({
    name: 'own-place-store',
    text: `update members set muted_until = to_timestamp($3::float8 / 1000), mentions_muted = $4,
             pinned_at = to_timestamp($5::float8 / 1000), archived_seq = $6, unread = $7, draft = $8::jsonb, urev = $9
           where chat_id = $1 and user_id = $2`,
    values: [
      chat,
      user,
      own.mutedUntil ?? null,
      own.mentionsMuted ?? false,
      own.pinnedAt ?? null,
      own.archivedSeq ?? null,
      own.unread ?? false,
      own.draft ? JSON.stringify(own.draft) : null,
      urev,
    ],
  })
}

/** How many chats a user has pinned, and in how many a draft waits. Index: members_user. */
export async function countOwnPlaces(
  tx: Queryable,
  user: UserId,
): Promise<{ pins: number; drafts: number }> {
  const rows = await tx.query<{ pins: number; drafts: number }>({
    name: 'own-places-count',
    text: `select count(pinned_at)::int as pins, count(draft)::int as drafts from members
           where user_id = $1 and role in ${activeRolesSql}`,
    values: [user],
  })
  return rows[0] ?? { pins: 0, drafts: 0 }
}
