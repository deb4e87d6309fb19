// Whom a message calls by name: people linked by a userMention, and the holders of @names. What the send path takes as
// `mentions`; it leaves out who is not in the chat.

import type { Entity } from '#shared/protocol/entities.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Queryable } from '#shared/store/db.ts'
import { readIdsByUsername } from '#shared/store/profiles.ts'

/**
 * HOT: per message sent; asks PostgreSQL only when there is an @name.
 * @returns each once, at most limits.calledByMessageMax, those called first
 */
export function readCalls(
  { db }: { db: Queryable },
  text: string,
  spans: readonly Entity[] | undefined,
): readonly UserId[] | Promise<readonly UserId[]> {
  const calls = spans?.filter(span => span.t === 'userMention' || span.t === 'mention') ?? []
  if (calls.length === 0) return []
  const names = calls.map(({ t, o, l }) =>
    t === 'mention'
      ? text
          .slice(o, o + l)
          .replace(/^@/, '')
          .toLowerCase()
      : undefined,
  )
  const asked = new Set(names.filter(name => name !== undefined))
  if (asked.size === 0) return unique(calls.map(call => call.user))
  return readIdsByUsername(db, [...asked]).then(ids =>
    unique(calls.map(({ user }, i) => user ?? ids.get(names[i] ?? ''))),
  )
}

function unique(ids: readonly (UserId | undefined)[]): UserId[] {
  const known = ids.filter(id => id !== undefined)
  return [...new Set(known)].slice(0, limits.calledByMessageMax)
}
