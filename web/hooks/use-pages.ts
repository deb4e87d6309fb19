// A list that the server gives in pages: the first one at once, each other one when it is wanted.

import { useCallback, useEffect, useRef, useState } from 'react'
import { sentenceOf } from '../state/failure.ts'

export interface Page<Item, Next> {
  items: readonly Item[]
  next?: Next | undefined
}

export interface Pages<Item> {
  items: readonly Item[]
  loading: boolean
  error: string | null
  more: boolean
  loadMore(): void
}

/** @param read the same function until another list is wanted */
export function usePages<Item, Next>(
  read: (after: Next | undefined) => Promise<Page<Item, Next>>,
): Pages<Item> {
  const [page, setPage] = useState<Page<Item, Next>>({ items: [] })
  const [loading, setLoading] = useState(true)
  const [error, setError] = useState<string | null>(null)
  const run = useRef(0)
  const load = useCallback(
    (before: Page<Item, Next>) => {
      const own = ++run.current
      setLoading(true)
      setError(null)
      read(before.next)
        .then(
          ({ items, next }) => {
            if (own === run.current) setPage({ items: [...before.items, ...items], next })
          },
          failure => {
            if (own === run.current) setError(sentenceOf(failure))
          },
        )
        .finally(() => {
          if (own === run.current) setLoading(false)
        })
    },
    [read],
  )
  useEffect(() => {
    setPage({ items: [] })
    load({ items: [] })
    return () => {
      run.current++
    }
  }, [load])
  const loadMore = useCallback(() => load(page), [load, page])
  return { items: page.items, loading, error, more: page.next !== undefined, loadMore }
}
