// Asks for the presence of the people whose direct chats stand in the list.

import { useEffect } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import { useClient, useSnapshot } from '../state/client-context.ts'
import { watchPeople } from '../state/watched-people.ts'

/** So many direct chats from the top come before a group that is open. */
const nearMax = 50

export function useWatchedPeople(): void {
  const client = useClient()
  const people = useSnapshot(({ chats }) =>
    chats
      .flatMap(({ peer }) => (peer && !peer.deleted ? [peer.id] : []))
      .slice(0, limits.presenceUsersMax)
      .join(),
  )
  useEffect(() => {
    const users = people === '' ? [] : people.split(',').map(Number)
    const ends = [
      watchPeople(client, { users: users.slice(0, nearMax), rank: 'near' }),
      watchPeople(client, { users: users.slice(nearMax), rank: 'far' }),
    ]
    return () => {
      for (const end of ends) end()
    }
  }, [client, people])
}
