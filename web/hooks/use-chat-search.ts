// The search within the open chat: what was found, and which hit one is at. It outlives its page of the panel, as on a phone the
// message that was found stands behind it.

import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { foundMessage, type Hit } from '../state/found-message.ts'
import { openChatAt } from '../state/navigation.ts'
import { type Filters, noFilters, toOptions } from '../state/search-filters.ts'
import { type MessagesFound, useMessageSearch } from './use-message-search.ts'

interface ChatSearchScope {
  query: string
  filters: Filters
  found: MessagesFound
  /** Index of the hit that one is at; null before the first one. */
  at: number | null
  /** Whether there is an older or a newer hit to go to, also one that is not loaded yet. */
  older: boolean
  newer: boolean
  setQuery(query: string): void
  setFilters(filters: Filters): void
  goTo(hit: Hit): void
  /** The newest hit comes first, and what is older after it; one that is not there yet is gone to as soon as it is. */
  toOlder(): void
  toNewer(): void
  end(): void
}

export const ChatSearchContext = createContext<ChatSearchScope | null>(null)

/** @throws when used outside of an open chat */
export function useChatSearch(): ChatSearchScope {
  const scope = useContext(ChatSearchContext)
  if (!scope) throw new Error('useChatSearch outside of ChatSearchContext')
  return scope
}

export function useChatSearchScope(chat: ChatId): ChatSearchScope {
  const [{ query, filters }, setAsked] = useState(nothingAsked)
  const [at, setAt] = useState<number | null>(null)
  const [isWaiting, setWaiting] = useState(false)
  const options = useMemo(() => ({ ...toOptions(filters), chat }), [filters, chat])
  const found = useMessageSearch(query, options)
  const { hits, more, done, busy } = found
  const next = at === null ? 0 : at + 1

  const change = useCallback((part: Partial<typeof nothingAsked>) => {
    foundMessage.set(null)
    setAsked(before => ({ ...before, ...part }))
    setAt(null)
    setWaiting(false)
  }, [])
  const end = useCallback(() => change(nothingAsked), [change])
  const goTo = useCallback(
    (hit: Hit | undefined) => {
      if (!hit) return
      setAt(hits.indexOf(hit))
      foundMessage.set(hit)
      openChatAt(hit.chat, hit.message.seq)
    },
    [hits],
  )
  const toOlder = () => {
    if (done && !busy && next < hits.length) return goTo(hits[next])
    if (query.trim() === '' || (done && !busy && !more)) return
    setWaiting(true)
    found.loadMore()
  }
  useEffect(() => {
    if (!isWaiting || busy || !(done || found.error)) return
    setWaiting(false)
    if (done) goTo(hits[next])
  }, [isWaiting, busy, done, found.error, goTo, hits, next])
  useEffect(() => () => foundMessage.set(null), [])
  return {
    query,
    filters,
    found,
    at,
    older: next < hits.length || more,
    newer: at !== null && at > 0,
    setQuery: words => change({ query: words }),
    setFilters: chosen => change({ filters: chosen }),
    goTo,
    toOlder,
    toNewer: () => goTo(at === null ? undefined : hits[at - 1]),
    end,
  }
}

const nothingAsked = { query: '', filters: noFilters }
