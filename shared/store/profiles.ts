// What users may know of each other.

import type { UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import { mayKnowSql } from './privacy.ts'

interface ProfileRow {
  id: number
  name: string
  username: string | null
  about: string
  deleted_at: number | null
}

/** Columns that toUser needs, of an alias `u`. */
export const profileColumns = 'u.id, u.name, u.username, u.about, u.deleted_at'

export function toUser(row: ProfileRow): User {
  const user: User = { id: row.id, name: row.name }
  if (row.username !== null) user.username = row.username
  if (row.about !== '') user.about = row.about
  if (row.deleted_at !== null) user.deleted = true
  return user
}

/**
 * Profiles by id, deleted accounts included; unknown ids are left out. Without the about text: not everybody may see
 * that, these go to whoever is in a chat, and lists do not show it.
 */
export async function readProfiles(db: Queryable, ids: Iterable<UserId>): Promise<User[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  const rows = await db.query<ProfileRow>({
    name: 'profiles',
    text: `select u.id, u.name, u.username, '' as about, u.deleted_at from users u where u.id = any ($1) order by u.id`,
    values: [wanted],
  })
  return rows.map(toUser)
}

/** Columns that toUser needs of a user `u`, as the user `v` may see them. */
export const seenColumns = `u.id, u.name, u.username, u.deleted_at,
  case when u.about <> '' and ${mayKnowSql('about', 'v', 'u')} then u.about else '' end as about`

/**
 * Profiles that `asker` may see by id, with all that they may see of them: people of a common chat (of a channel, only
 * those who run it), contacts and the asker. Without this, counting ids upwards would list every account.
 */
export async function readVisibleProfiles(
  db: Queryable,
  asker: UserId,
  ids: readonly UserId[],
): Promise<User[]> {
  const rows = await db.query<ProfileRow>({
    name: 'profiles-visible',
    text: `select ${seenColumns} from users u join users v on v.id = $1
           where u.id = any ($2) and (u.id = $1 or exists (
             select from contacts k where k.user_id = $1 and k.contact_id = u.id) or exists (
             select from members mine
             join members theirs on theirs.chat_id = mine.chat_id and theirs.user_id = u.id
             join chats c on c.id = mine.chat_id
             where mine.user_id = $1 and mine.role in ${activeRolesSql}
               and (c.kind <> 'channel' or theirs.role in ('owner', 'admin'))))
           order by u.id`,
    values: [asker, ids],
  })
  return rows.map(toUser)
}

/** Which of these ids are accounts that still exist. */
export async function readLivingUsers(db: Queryable, ids: readonly UserId[]): Promise<UserId[]> {
  const rows = await db.query<{ id: number }>({
    name: 'users-living',
    text: 'select id from users where id = any ($1) and deleted_at is null order by id',
    values: [ids],
  })
  return rows.map(row => row.id)
}

/** Until when an account has premium, ms since 1970; null for never. */
export async function readPremiumUntil(db: Queryable, user: UserId): Promise<number | null> {
  const rows = await db.query<{ premium_until: number | null }>({
    name: 'premium-until',
    text: 'select premium_until from users where id = $1',
    values: [user],
  })
  return rows[0]?.premium_until ?? null
}

/** Accounts that have these usernames, by username in lower case; unknown names are left out. Index: users_username_key. */
export async function readIdsByUsername(
  db: Queryable,
  usernames: readonly string[],
): Promise<Map<string, UserId>> {
  const rows = await db.query<{ id: UserId; username: string }>({
    name: 'ids-by-username',
    text: `select id, lower(username::text) as username from users
           where username = any ($1::citext[]) and deleted_at is null`,
    values: [usernames],
  })
  return new Map(rows.map(row => [row.username, row.id]))
}
