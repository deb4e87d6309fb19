// What somebody searched for last, on this device only and apart for each person.

import type { UserId } from '#shared/protocol/ids.ts'
import { createStore } from './store.ts'

const recentMax = 8
const prefix = 'petrel-page:searches:'
const keyOf = (user: UserId) => `${prefix}${user}`

/** Raised by each change; what is kept is read from storage. */
const changes = createStore(0)
export const recentChanges: Pick<typeof changes, 'subscribe' | 'get'> = changes

/** The latest first. */
export function recentSearches(user: UserId): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(user)) ?? '[]')
    return Array.isArray(kept) ? kept.filter(each => typeof each === 'string') : []
  } catch {
    return []
  }
}

export function rememberSearch(user: UserId, query: string): void {
  const words = query.trim()
  if (words === '') return
  const others = recentSearches(user).filter(other => other !== words)
  keep(user, [words, ...others].slice(0, recentMax))
}

export function forgetSearches(user: UserId): void {
  keep(user, [])
}

/** Of everybody who searched in this browser. */
export function forgetAllSearches(): void {
  try {
    const kept = Object.keys(localStorage).filter(key => key.startsWith(prefix))
    for (const key of kept) localStorage.removeItem(key)
  } catch {
    // A forbidden storage holds nothing.
  }
}

function keep(user: UserId, queries: readonly string[]): void {
  try {
    if (queries.length === 0) localStorage.removeItem(keyOf(user))
    else localStorage.setItem(keyOf(user), JSON.stringify(queries))
  } catch {
    // A full or forbidden storage remembers nothing.
  }
  changes.set(changes.get() + 1)
}
