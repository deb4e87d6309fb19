// What narrows a search of messages down, as its form has it and as the search wants it. Pure.

import type { SearchOptions, User } from '#client/types.ts'
import type { SearchKind } from '#shared/protocol/models.ts'
import { dayStart } from './dates.ts'

export interface Filters {
  from: User | null
  kind: SearchKind | null
  /** As `<input type="date">` holds them; empty for none. */
  since: string
  until: string
}

export const noFilters: Filters = { from: null, kind: null, since: '', until: '' }

export function toOptions({ from, kind, since, until }: Filters): Omit<SearchOptions, 'next'> {
  const after = dayStart(since)
  const before = dayStart(until, 1)
  return {
    ...(from && { from: from.id }),
    ...(kind && { kinds: [kind] }),
    ...(after !== null && { after }),
    ...(before !== null && { before }),
  }
}
