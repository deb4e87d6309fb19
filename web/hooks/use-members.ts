// The members of a chat, page by page: all, those found by their names, or those of some roles. Read again when somebody
// came or went.

import { useCallback, useEffect, useRef, useState } from 'react'
import type { PetrelClient } from '#client/index.ts'
import type { Chat, Member, User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { useClient } from '../state/client-context.ts'
import { sentenceOf } from '../state/failure.ts'

export interface MemberEntry {
  member: Member
  user: User | undefined
}

export interface Members {
  entries: readonly MemberEntry[]
  /** The first page is on its way. */
  loading: boolean
  more: boolean
  error: string | null
  loadMore(): void
  reload(): void
}

/** Which ones: the same object until something in it changes. */
export type MemberFilter = Pick<OpIn<'members'>, 'query' | 'roles'>

interface State {
  entries: readonly MemberEntry[]
  next: UserId | undefined
  of: MemberFilter | null
}

export const allMembers: MemberFilter = {}

export function useMembers(chat: Chat, filter: MemberFilter = allMembers): Members {
  const client = useClient()
  const [{ entries, next, of }, setState] = useState<State>({
    entries: [],
    next: undefined,
    of: null,
  })
  const [version, setVersion] = useState(0)
  const [error, setError] = useState<string | null>(null)
  const loading = useRef(false)
  const { id, members: count } = chat

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new count or version means the list is out of date.
  useEffect(() => {
    let current = true
    setError(null)
    readPage(client, id, filter)
      .then(page => current && setState({ ...page, of: filter }))
      .catch(failure => current && setError(sentenceOf(failure)))
    return () => {
      current = false
    }
  }, [client, id, filter, count, version])

  const loadMore = useCallback(() => {
    if (next === undefined || loading.current) return
    loading.current = true
    readPage(client, id, filter, next)
      .then(page =>
        setState(before =>
          before.next === next
            ? { ...before, entries: [...before.entries, ...page.entries], next: page.next }
            : before,
        ),
      )
      .catch(failure => setError(sentenceOf(failure)))
      .finally(() => {
        loading.current = false
      })
  }, [client, id, filter, next])
  const reload = useCallback(() => setVersion(before => before + 1), [])
  return {
    entries,
    loading: of !== filter && error === null,
    more: next !== undefined,
    error,
    loadMore,
    reload,
  }
}

async function readPage(
  client: PetrelClient,
  chat: number,
  filter: MemberFilter,
  after?: UserId,
): Promise<Omit<State, 'of'>> {
  const page = await client.members.list(chat, { ...filter, ...(after !== undefined && { after }) })
  const users = new Map(page.users.map(user => [user.id, user]))
  return {
    entries: page.members.map(member => ({ member, user: users.get(member.user) })),
    next: page.next,
  }
}
