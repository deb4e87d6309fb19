// One page of a list of people by user id, with their profiles and where the next one begins.

import type { UserId } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { Queryable } from '#shared/store/db.ts'
import { readProfiles } from '#shared/store/profiles.ts'

/** Whom a page shows, and its last id if another one follows. */
export interface People {
  users: User[]
  next?: UserId
}

/** @param read gives so many rows in order of their users */
export async function peoplePage<Row extends { user: UserId }>(
  db: Queryable,
  limit: number,
  read: (limit: number) => Promise<Row[]>,
): Promise<{ rows: Row[] } & People> {
  const found = await read(limit + 1)
  const rows = found.slice(0, limit)
  const users = await readProfiles(
    db,
    rows.map(row => row.user),
  )
  const last = rows.at(-1)
  return { rows, users, ...(found.length > limit && last && { next: last.user }) }
}
