// Invite links. Only the hash of a token is stored, so a copy of the database opens no chat.

import type { ChatId, Rid, UserId } from '#shared/protocol/ids.ts'
import type { Invite } from '#shared/protocol/models.ts'
import type { ChatKind } from '#shared/protocol/permissions.ts'
import type { Queryable } from './db.ts'

interface InviteRow {
  id: number
  name: string | null
  created_by: number
  created_at: number
  expires_at: number | null
  uses_max: number | null
  uses: number
  approval: boolean
  revoked_at: number | null
}

const inviteColumns =
  'i.id, i.name, i.created_by, i.created_at, i.expires_at, i.uses_max, i.uses, i.approval, i.revoked_at'

function toInvite(row: InviteRow): Invite {
  const invite: Invite = { id: row.id, by: row.created_by, at: row.created_at, uses: row.uses }
  if (row.name !== null) invite.name = row.name
  if (row.expires_at !== null) invite.expiresAt = row.expires_at
  if (row.uses_max !== null) invite.usesMax = row.uses_max
  if (row.approval) invite.approval = true
  if (row.revoked_at !== null) invite.revoked = true
  return invite
}

export interface NewInvite {
  chat: ChatId
  by: UserId
  rid: Rid
  tokenHash: Buffer
  name: string | undefined
  expiresAt: number | undefined
  usesMax: number | undefined
  approval: boolean
}

/**
 * Inserts a link, or gives the one that the same person made with the same rid a new token
 * (the answer with the first token was lost).
 */
export async function upsertInvite(
  db: Queryable,
  invite: NewInvite,
): Promise<{ invite: Invite; isNew: boolean }> {
  const rows = await db.query<InviteRow & { is_new: boolean }>({
    text: `insert into invites as i (chat_id, created_by, rid, token_hash, name, expires_at, uses_max, approval)
           values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), $7, $8)
           on conflict (chat_id, created_by, rid) do update set token_hash = excluded.token_hash
           returning ${inviteColumns}, i.xmax = 0 as is_new`,
    values: [
      invite.chat,
      invite.by,
      invite.rid,
      invite.tokenHash,
      invite.name ?? null,
      invite.expiresAt ?? null,
      invite.usesMax ?? null,
      invite.approval,
    ],
  })
  const row = rows[0] as InviteRow & { is_new: boolean }
  return { invite: toInvite(row), isNew: row.is_new }
}

/** How many links of a chat are not revoked, not counting the one that this person made with this rid. */
export async function countOtherInvites(
  db: Queryable,
  { chat, by, rid }: Pick<NewInvite, 'chat' | 'by' | 'rid'>,
): Promise<{ all: number; own: number }> {
  const rows = await db.query<{ all: number; own: number }>({
    text: `select count(*)::int as "all", count(*) filter (where created_by = $2)::int as own from invites
           where chat_id = $1 and revoked_at is null and (created_by, rid) <> ($2, $3)`,
    values: [chat, by, rid],
  })
  return rows[0] ?? { all: 0, own: 0 }
}

/** The links of a chat, or those that one person made there, newest first; revoked ones come last, so that they hide none. */
export async function readInvites(
  db: Queryable,
  chat: ChatId,
  by: UserId | null,
  limit: number,
): Promise<Invite[]> {
  const rows = await db.query<InviteRow>({
    text: `select ${inviteColumns} from invites i
           where i.chat_id = $1 and ($2::bigint is null or i.created_by = $2) order by i.revoked_at is not null, i.id desc limit $3`,
    values: [chat, by, limit],
  })
  return rows.map(toInvite)
}

/** Ends a link. @returns whether it was not ended yet; undefined if the chat, or that one person there, has no such link */
export async function revokeInvite(
  db: Queryable,
  chat: ChatId,
  by: UserId | null,
  invite: number,
): Promise<boolean | undefined> {
  const rows = await db.query<{ was_open: boolean }>({
    text: `with old as (
             select id, revoked_at is null as was_open from invites
             where chat_id = $1 and ($2::bigint is null or created_by = $2) and id = $3 for update)
           update invites i set revoked_at = coalesce(i.revoked_at, now()) from old where i.id = old.id returning old.was_open`,
    values: [chat, by, invite],
  })
  return rows[0]?.was_open
}

/** Forgets revoked links of a chat beyond the newest `kept`; nobody waits by them any more. The caller holds the chat's lock. */
export async function forgetRevoked(tx: Queryable, chat: ChatId, kept: number): Promise<void> {
  await tx.query({
    name: 'invites-forget',
    text: `delete from invites where id = any (array(
             select id from invites where chat_id = $1 and revoked_at is not null order by id desc offset $2))`,
    values: [chat, kept],
  })
}

/** Ends every link that one person made in a chat. */
export async function revokeInvitesOf(tx: Queryable, chat: ChatId, by: UserId): Promise<void> {
  await tx.query({
    text: `update invites set revoked_at = now() where chat_id = $1 and created_by = $2 and revoked_at is null`,
    values: [chat, by],
  })
}

/** Condition of an alias `i` that can still be used. */
const usable = `i.revoked_at is null and (i.expires_at is null or i.expires_at > clock_timestamp())
  and (i.uses_max is null or i.uses < i.uses_max)`

export interface InviteTarget {
  id: number
  chat: ChatId
  kind: ChatKind
  title: string
  members: number
  approval: boolean
  usable: boolean
}

/** What a token leads to; undefined if there never was such a link. */
export async function findInvite(
  db: Queryable,
  tokenHash: Buffer,
): Promise<InviteTarget | undefined> {
  const rows = await db.query<InviteTarget>({
    name: 'invite-find',
    text: `select i.id, c.id as chat, c.kind, coalesce(c.title, '') as title, c.member_count as members,
             i.approval, (${usable}) as usable
           from invites i join chats c on c.id = i.chat_id where i.token_hash = $1 and c.deleted_at is null`,
    values: [tokenHash],
  })
  return rows[0]
}

/** Counts one use, atomically with its conditions; false when the link is used up, expired or revoked. */
export async function takeInvite(tx: Queryable, id: number): Promise<boolean> {
  const rows = await tx.query({
    text: `update invites i set uses = i.uses + 1 where i.id = $1 and ${usable} returning i.id`,
    values: [id],
  })
  return rows.length > 0
}

/**
 * How many uses links still have for people who asked in time: they may have expired meanwhile. Null for no bound, 0 for
 * those revoked. The caller holds the chat's lock, under which alone uses are counted.
 */
export async function readUsesLeft(
  tx: Queryable,
  invites: readonly number[],
): Promise<Map<number, number | null>> {
  const rows = await tx.query<{ id: number; left: number | null }>({
    name: 'invites-left',
    text: `select id, case when revoked_at is null then uses_max - uses else 0 end as left
           from invites where id = any ($1)`,
    values: [invites],
  })
  return new Map(rows.map(row => [row.id, row.left]))
}

/** Counts uses, one for each time that a link is named. */
export async function countUses(tx: Queryable, invites: readonly number[]): Promise<void> {
  await tx.query({
    name: 'invites-count',
    text: `update invites i set uses = i.uses + u.n
           from (select id, count(*)::int as n from unnest($1::bigint[]) as id group by id) u where i.id = u.id`,
    values: [invites],
  })
}

/** Whether a link can be used now; the caller holds its chat's lock. */
export async function isUsable(tx: Queryable, id: number): Promise<boolean> {
  const rows = await tx.query({
    text: `select 1 from invites i where i.id = $1 and ${usable}`,
    values: [id],
  })
  return rows.length > 0
}

/** Counts one more join by link in the minute under way; false when there were `perMinute` of them already. */
export async function takeJoin(tx: Queryable, chat: ChatId, perMinute: number): Promise<boolean> {
  const rows = await tx.query({
    name: 'join-take',
    text: `insert into join_counts as old (chat_id, since, joins) values ($1, clock_timestamp(), 1)
           on conflict (chat_id) do update set
             since = case when old.since > clock_timestamp() - interval '1 minute' then old.since else clock_timestamp() end,
             joins = case when old.since > clock_timestamp() - interval '1 minute' then old.joins + 1 else 1 end
           where old.joins < $2 or old.since <= clock_timestamp() - interval '1 minute'
           returning 1`,
    values: [chat, perMinute],
  })
  return rows.length > 0
}
