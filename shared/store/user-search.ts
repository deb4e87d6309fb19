// The search for people: by the user's own names, names of those they know, and usernames of everybody.

import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { User } from '#shared/protocol/models.ts'
import type { Queryable } from './db.ts'
import { activeRolesSql } from './members.ts'
import { profileColumns, toUser } from './profiles.ts'

/** Members of common groups that are looked at; somebody with more does not find all of them. */
const companionsMax = 5_000

/**
 * People whom `asker` may find: contacts by own name, name (each of its words) and username, members of common groups
 * and people of direct chats by name and username, everybody by username. Left out: the asker and deleted accounts. Who
 * blocks the asker or declined their chat is found as before: not to find them any more would tell. Contacts first,
 * then those with a common chat. Indexes: primary keys, members_user, users_username_prefix.
 * @param strangers how many of the others
 */
export async function findUsers(
  db: Queryable,
  asker: UserId,
  query: string,
  { limit, strangers }: { limit: number; strangers: number },
): Promise<User[]> {
  const start = query.toLowerCase()
  const pattern = start.replace(/[\\%_]/g, '\\$&')
  const rows = await db.query<Parameters<typeof toUser>[0]>({
    name: 'users-find',
    text: `with contact as materialized (
             select k.contact_id as id from contacts k join users u on u.id = k.contact_id
             where k.user_id = $1 and (${named('coalesce(k.name, u.name)')} or ${named('u.name')} or lower(u.username::text) like $2)
             limit ${limits.contactsMax}
           ),
           companion as materialized (
             select distinct theirs.user_id as id
             from members mine
             join chats c on c.id = mine.chat_id and c.kind in ('group', 'direct') and c.deleted_at is null
             join members theirs on theirs.chat_id = c.id and (c.kind = 'direct' or theirs.role in ${activeRolesSql})
             where mine.user_id = $1 and mine.role in ${activeRolesSql}
             limit ${companionsMax}
           ),
           known as (
             select id, 1 as rank from contact
             union all
             select u.id, 2 from companion o join users u on u.id = o.id
             where ${named('u.name')} or lower(u.username::text) like $2
           ),
           stranger as (
             select u.id, 3 as rank from users u
             where $5::int > 0 and u.username is not null
               and lower(u.username::text) collate "C" >= $3 and lower(u.username::text) collate "C" < $3 || '~'
             order by lower(u.username::text) collate "C" limit $5
           ),
           found as (
             select id, min(rank) as rank from (select * from known union all select * from stranger) f group by id
           )
           select ${profileColumns} from found f join users u on u.id = f.id
           where u.id <> $1 and u.deleted_at is null
           order by f.rank, lower(u.name), u.id limit $4`,
    values: [asker, `${pattern}%`, start, limit, strangers],
  })
  return rows.map(row => toUser({ ...row, about: '' }))
}

/** A condition: this name, or a word of it, begins like the query. */
function named(name: string): string {
  return `(lower(${name}) like $2 or lower(${name}) like '% ' || $2)`
}
