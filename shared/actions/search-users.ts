// The search for people. How often somebody searches is bounded by the caller.

import { AppError } from '#shared/protocol/codes.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { User } from '#shared/protocol/models.ts'
import { findUsers } from '#shared/store/user-search.ts'
import type { Services } from './services.ts'

/** @param query as somebody typed it; a username may have its @ @throws AppError bad_text */
export async function searchUsers(
  { db }: Pick<Services, 'db'>,
  actor: UserId,
  query: string,
  limit: number,
): Promise<User[]> {
  if (!isStorable(query)) throw new AppError('bad_text')
  const start = query.replace(/^@/, '')
  if (start === '') return []
  const strangers = start.length >= limits.searchCharsMin ? limits.searchStrangersMax : 0
  return findUsers(db, actor, start, { limit, strangers })
}
