// Whether somebody is online or when they were, asked for while the component is on screen.

import { useEffect } from 'react'
import type { Presence } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { useClient, useSnapshot } from '../state/client-context.ts'
import { watchPeople } from '../state/watched-people.ts'

/** @returns undefined before the server has told, and of people with whom there is no common chat */
export function usePresence(user: UserId | undefined): Presence | undefined {
  const client = useClient()
  useEffect(() => {
    if (user === undefined) return
    return watchPeople(client, { users: [user], rank: 'shown' })
  }, [client, user])
  return useSnapshot(({ presence }) => (user === undefined ? undefined : presence.get(user)))
}
