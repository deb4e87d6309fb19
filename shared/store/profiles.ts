// What users may know of each other.

import type { UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'

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

/** Profiles by id, deleted accounts included; unknown ids are left out. */
export async function readProfiles(db: Queryable, ids: Iterable<UserId>): Promise<User[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  const rows = await db.query<ProfileRow>({
    name: 'profiles',
    text: `select ${profileColumns} from users u where u.id = any ($1) order by u.id`,
    values: [wanted],
  })
  return rows.map(toUser)
}

/**
 * Profiles that `asker` may see by id: people of a common chat (of a channel, only those who run it) and
 * the asker. Without this, counting ids upwards would list every account.
 */
export async function readVisibleProfiles(
  db: Queryable,
  asker: UserId,
  ids: readonly UserId[],
): Promise<User[]> {
  const rows = await db.query<ProfileRow>({
    name: 'profiles-visible',
    text: `select ${profileColumns} from users u
           where u.id = any ($2) and (u.id = $1 or exists (
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
