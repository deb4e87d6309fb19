// The members of a chat, page by page, read again when somebody came or went.

import { useCallback, useEffect, useState } from 'react'
import type { Chat, Member, User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { useClient } from '../state/client-context.ts'
import { notify } from '../state/notices.ts'

export interface MemberEntry {
  member: Member
  user: User | undefined
}

export interface Members {
  entries: readonly MemberEntry[]
  more: boolean
  loadMore(): void
  reload(): void
}

interface State {
  entries: readonly MemberEntry[]
  next: UserId | undefined
}

export function useMembers(chat: Chat): Members {
  const client = useClient()
  const [{ entries, next }, setState] = useState<State>({ entries: [], next: undefined })
  const [version, setVersion] = useState(0)
  const { id, members: count } = chat

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new count or version means the list is out of date.
  useEffect(() => {
    let current = true
    readPage(client, id)
      .then(page => current && setState(page))
      .catch(notify)
    return () => {
      current = false
    }
  }, [client, id, count, version])

  const loadMore = useCallback(() => {
    if (next === undefined) return
    readPage(client, id, next)
      .then(page =>
        setState(before => ({ entries: [...before.entries, ...page.entries], next: page.next })),
      )
      .catch(notify)
  }, [client, id, next])
  const reload = useCallback(() => setVersion(before => before + 1), [])
  return { entries, more: next !== undefined, loadMore, reload }
}

async function readPage(
  client: ReturnType<typeof useClient>,
  chat: number,
  after?: UserId,
): Promise<State> {
  const page = await client.members.list(chat, after === undefined ? {} : { after })
  const users = new Map(page.users.map(user => [user.id, user]))
  return {
    entries: page.members.map(member => ({ member, user: users.get(member.user) })),
    next: page.next,
  }
}
