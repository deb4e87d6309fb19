// Who may know what of whom: the rules that people set (users.privacy), with blocks above all of them. One SQL text for
// all who ask; privacy.test.ts holds it against the rules in words, over every combination.

import type { UserId } from '#shared/protocol/ids.ts'
import {
  completePrivacy,
  type PrivacyField,
  type PrivacyRule,
  type PrivacySettings,
} from '#shared/protocol/privacy.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'

/** Fields of which a block takes away both what the blocker shows and what they see. */
const mutual: ReadonlySet<PrivacyField> = new Set(['lastSeen', 'groups', 'messages', 'calls'])

/**
 * A condition: the user `viewer` may know this of the user `owner`, both aliases of rows of `users`. Costs an index
 * probe of blocks or two, and one of contacts where the rule asks for them.
 */
export function mayKnowSql(field: PrivacyField, viewer: string, owner: string): string {
  const rule = ruleSql(field, viewer, owner)
  // Who hides it does not see that of others.
  const both = field === 'lastSeen' ? `${rule} and ${ruleSql(field, owner, viewer)}` : rule
  const blocks = blockedSql(`${owner}.id`, `${viewer}.id`)
  const blocked = mutual.has(field)
    ? `${blocks} or ${blockedSql(`${viewer}.id`, `${owner}.id`)}`
    : blocks
  return `(${viewer}.id = ${owner}.id or not (${blocked}) and ${both})`
}

/** A condition: the user with the id `by` blocks the one with the id `whom`. Index: primary key of blocks. */
export function blockedSql(by: string, whom: string): string {
  return `exists (select from blocks b where b.user_id = ${by} and b.blocked_id = ${whom})`
}

function ruleSql(field: PrivacyField, viewer: string, owner: string): string {
  const rule = `${owner}.privacy -> '${field}'`
  return `case
    when ${owner}.privacy = '{}' or ${rule} is null then true
    when (${rule} -> 'never') @> to_jsonb(${viewer}.id) then false
    when (${rule} -> 'always') @> to_jsonb(${viewer}.id) then true
    when ${rule} ->> 'who' = 'nobody' then false
    when ${rule} ->> 'who' = 'contacts' then exists (
      select from contacts k where k.user_id = ${owner}.id and k.contact_id = ${viewer}.id)
    else true
  end`
}

/**
 * Which of these people let `viewer` know this of them; themself always, unknown ids never.
 * @returns ids of `owners`, in no order
 */
export async function mayKnow(
  db: Queryable,
  viewer: UserId,
  owners: Iterable<UserId>,
  field: PrivacyField,
): Promise<Set<UserId>> {
  const wanted = [...new Set(owners)]
  if (wanted.length === 0) return new Set()
  const rows = await db.query<{ id: UserId }>({
    name: `may-know-${field}`,
    text: `select o.id from users o, users v
           where v.id = $1 and o.id = any ($2) and ${mayKnowSql(field, 'v', 'o')}`,
    values: [viewer, wanted],
  })
  return new Set(rows.map(row => row.id))
}

/** Somebody who looks at somebody. */
export interface Look {
  viewer: UserId
  owner: UserId
}

/** What a look shows: `known`, they share a chat that is no channel; `present`, the viewer may see presence and last seen. */
export interface Sight extends Look {
  known: boolean
  present: boolean
}

/**
 * Of each look whether it shows presence. A direct chat in which nothing may be said (default_rights 0) shows that the
 * other one exists, but nothing of them. Index: members_user, primary keys.
 */
export async function readSights(db: Queryable, looks: readonly Look[]): Promise<Sight[]> {
  if (looks.length === 0) return []
  const common = (fits: string) => `exists (
    select from members mine
    join members theirs on theirs.chat_id = mine.chat_id
    join chats c on c.id = mine.chat_id
    where mine.user_id = v.id and mine.role in ${activeRolesSql} and theirs.user_id = o.id and ${fits})`
  const open = common(
    `theirs.role in ${activeRolesSql} and (c.kind = 'group' or c.kind = 'direct' and c.default_rights <> 0)`,
  )
  return db.query<Sight>({
    name: 'sights',
    text: `select v.id as viewer, o.id as owner, common.open or ${common("c.kind = 'direct'")} as known,
             common.open and ${mayKnowSql('lastSeen', 'v', 'o')} as present
           from unnest($1::bigint[], $2::bigint[]) as look (viewer, owner)
           join users v on v.id = look.viewer
           join users o on o.id = look.owner
           cross join lateral (select ${open} as open offset 0) common`,
    values: [looks.map(look => look.viewer), looks.map(look => look.owner)],
  })
}

/** A person's settings, complete. */
export async function readPrivacy(db: Queryable, user: UserId): Promise<PrivacySettings> {
  const rows = await db.query<{ privacy: unknown }>({
    name: 'privacy',
    text: 'select privacy from users where id = $1',
    values: [user],
  })
  return completePrivacy(rows[0]?.privacy)
}

/** Replaces the rules that are given. The caller holds the user's lock. */
export async function storePrivacy(
  tx: Queryable,
  user: UserId,
  rules: { [Field in PrivacyField]?: PrivacyRule | undefined },
): Promise<void> {
  await tx.query({
    name: 'privacy-store',
    text: 'update users set privacy = privacy || $2::jsonb where id = $1',
    values: [user, JSON.stringify(rules)],
  })
}
