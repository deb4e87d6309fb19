// How many members of a group are online. Counted here, as the server counts nobody: the list of members is read once while the
// group is open, and all of them are watched. Who hides their presence is not counted, as everywhere.

import { useCallback, useEffect, useState } from 'react'
import type { Chat } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useClient, useMyId, useSnapshot } from '../state/client-context.ts'
import { watchPeople } from '../state/watched-people.ts'
import { useLoaded } from './use-loaded.ts'

/** Who walks through the list of chats stays for less, and asks nothing. */
const staysMs = 400
const nobody: readonly UserId[] = []

/** @returns with oneself; null while it is not known of each member, and of larger groups than can be watched */
export function useOnlineMembers({ id, members }: Chat): number | null {
  const client = useClient()
  const me = useMyId()
  const [stays, setStays] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setStays(true), staysMs)
    return () => clearTimeout(timer)
  }, [])
  const fits = stays && members <= limits.presenceUsersMax
  const read = useCallback(async (): Promise<readonly UserId[]> => {
    if (!fits) return nobody
    const page = await client.members.list(id, { limit: limits.pageMembersMax })
    return page.members.map(({ user }) => user)
  }, [client, id, fits])
  const all = useLoaded(read, members).value ?? nobody
  useEffect(() => {
    if (all.length === 0) return
    return watchPeople(client, { users: all.filter(user => user !== me), rank: 'group' })
  }, [client, all, me])
  return useSnapshot(({ presence }) => {
    if (!fits || all.length !== members) return null
    let online = 1
    for (const user of all) {
      if (user === me) continue
      const state = presence.get(user)
      if (!state) return null
      online += Number(state.online)
    }
    return online
  })
}
