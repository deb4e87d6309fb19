// People by the beginning of a name or username, as the server finds them.

import { useEffect, useState } from 'react'
import type { User } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useClient } from '../state/client-context.ts'
import { sentenceOf } from '../state/failure.ts'
import { useLater } from './use-later.ts'

export interface PeopleFound {
  users: readonly User[]
  /** Which words these people were found for. */
  query: string
  busy: boolean
  error: string | null
}

const pauseMs = 250
const resultsMax = 20
const nothing = { users: [], query: '', error: null }

export function usePeopleSearch(typed: string): PeopleFound {
  const client = useClient()
  const words = typed.trim().replace(/^@/, '')
  const query = useLater(words, pauseMs).slice(0, limits.nameCharsMax)
  const [found, setFound] = useState<Omit<PeopleFound, 'busy'>>(nothing)
  useEffect(() => {
    if (query === '') {
      setFound(nothing)
      return
    }
    let current = true
    client.people.search(query, resultsMax).then(
      users => current && setFound({ users, query, error: null }),
      failure => current && setFound({ users: [], query, error: sentenceOf(failure) }),
    )
    return () => {
      current = false
    }
  }, [client, query])
  return { ...found, busy: words !== '' && found.query !== words.slice(0, limits.nameCharsMax) }
}
