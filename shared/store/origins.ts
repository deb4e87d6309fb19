// How the authors of forwarded messages are named.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Queryable } from './db.ts'
import { mayKnowSql } from './privacy.ts'

export interface AuthorName {
  name: string
  /** Whether the name may lead to the account. */
  mayLink: boolean
}

/** Names of these people, and whether `viewer` may know whose they are. Unknown ids are left out. */
export async function readAuthorNames(
  db: Queryable,
  viewer: UserId,
  ids: Iterable<UserId>,
): Promise<Map<UserId, AuthorName>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const rows = await db.query<AuthorName & { id: UserId }>({
    name: 'author-names',
    text: `select o.id, o.name, ${mayKnowSql('forwards', 'v', 'o')} as "mayLink"
           from users o join users v on v.id = $2 where o.id = any ($1)`,
    values: [wanted, viewer],
  })
  return new Map(rows.map(({ id, ...author }) => [id, author]))
}
