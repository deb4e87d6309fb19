// One member of a chat as the server has them now.

import { useEffect, useState } from 'react'
import type { PetrelClient } from '#client/index.ts'
import type { Chat, Member } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { can } from '#shared/protocol/permissions.ts'
import { useClient } from '../state/client-context.ts'
import { sentenceOf } from '../state/failure.ts'

export interface OneMember {
  /** undefined while it is on its way; null: not in the list. */
  member: Member | null | undefined
  error: string | null
}

export function useMember(chat: Chat, user: UserId): OneMember {
  const client = useClient()
  const [state, setState] = useState<OneMember>({ member: undefined, error: null })
  const { id } = chat
  const seesBanned = can(chat.me, 'ban', { defaultRights: chat.rights })
  useEffect(() => {
    let current = true
    readMember(client, id, user, seesBanned).then(
      member => current && setState({ member, error: null }),
      failure => current && setState({ member: null, error: sentenceOf(failure) }),
    )
    return () => {
      current = false
    }
  }, [client, id, user, seesBanned])
  return state
}

/** The list is ordered by user id, so the one behind the id before is the one, if they are there. */
async function readMember(
  client: PetrelClient,
  chat: number,
  user: UserId,
  seesBanned: boolean,
): Promise<Member | null> {
  const { members } = await client.members.list(chat, {
    ...(user > 1 && { after: user - 1 }),
    limit: 1,
    ...(seesBanned && { roles: ['owner', 'admin', 'member', 'restricted', 'banned'] }),
  })
  const [found] = members
  return found?.user === user ? found : null
}
