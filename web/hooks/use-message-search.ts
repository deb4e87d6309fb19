// Messages by their text, page after page, with filters.

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { SearchOptions, SearchPage } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useClient } from '../state/client-context.ts'
import { sentenceOf } from '../state/failure.ts'
import { useLater } from './use-later.ts'

type Hit = SearchPage['hits'][number]

export interface MessagesFound {
  hits: readonly Hit[]
  more: boolean
  busy: boolean
  /** The first page for the words typed is there. */
  done: boolean
  error: string | null
  loadMore(): void
}

const pauseMs = 300
const nothing: SearchPage = { hits: [] }

/** @param options the same object until one of them changes */
export function useMessageSearch(
  typed: string,
  options: Omit<SearchOptions, 'next'>,
): MessagesFound {
  const client = useClient()
  const words = typed.trim().slice(0, limits.searchQueryCharsMax)
  const query = useLater(words, pauseMs)
  const asked = useMemo(() => ({ query, options }), [query, options])
  const [page, setPage] = useState<{ of: object | null; found: SearchPage }>({
    of: null,
    found: nothing,
  })
  const [error, setError] = useState<string | null>(null)
  const [loading, setLoading] = useState(false)
  const latest = useRef(asked)
  latest.current = asked

  const load = useCallback(
    (before: SearchPage) => {
      setLoading(true)
      setError(null)
      client
        .search(asked.query, { ...asked.options, ...(before.next && { next: before.next }) })
        .then(after => {
          if (latest.current !== asked) return
          setPage({ of: asked, found: { ...after, hits: [...before.hits, ...after.hits] } })
        })
        .catch(failure => latest.current === asked && setError(sentenceOf(failure)))
        .finally(() => latest.current === asked && setLoading(false))
    },
    [client, asked],
  )
  useEffect(() => {
    if (asked.query !== '') return load(nothing)
    setPage({ of: asked, found: nothing })
    setError(null)
    setLoading(false)
  }, [asked, load])

  const { hits, next } = page.found
  const done = page.of === asked && query === words
  return {
    hits: query === '' ? [] : hits,
    more: next !== undefined && done,
    busy: loading || query !== words,
    done,
    error,
    loadMore: () => {
      if (!loading && next && done) load(page.found)
    },
  }
}
