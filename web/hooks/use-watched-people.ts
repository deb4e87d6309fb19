// Asks for the presence of the people whose direct chats stand in the list.

import { useEffect } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import { useClient, useSnapshot } from '../state/client-context.ts'

export function useWatchedPeople(): void {
  const client = useClient()
  const people = useSnapshot(({ chats }) =>
    chats
      .flatMap(({ peer }) => (peer && !peer.deleted ? [peer.id] : []))
      .slice(0, limits.presenceUsersMax)
      .join(),
  )
  useEffect(() => {
    client.watchPresence(people === '' ? [] : people.split(',').map(Number))
  }, [client, people])
}
