// One person in a list of people: picture, name, username, where it is asked for presence, and what the list has to say or offer
// beside.

import type { ReactNode } from 'react'
import type { User } from '#client/types.ts'
import { usePresence } from '../../hooks/use-presence.ts'
import { useNames, useSnapshot } from '../../state/client-context.ts'
import { nameOf, nameOfUser } from '../../state/naming.ts'
import { Avatar } from '../parts/avatar.tsx'
import { HandleLine } from './presence-words.tsx'

interface Props {
  user: Pick<User, 'id' | 'name' | 'username'>
  /** Whether they are online, or when they were, is asked for and shown. */
  seen?: boolean
  /** Instead of the username. */
  note?: ReactNode
  children?: ReactNode
}

export function PersonLine({ user, seen = false, note, children }: Props) {
  const contacts = useSnapshot(snapshot => snapshot.contacts)
  const name = nameOfUser({ contacts }, user)
  const presence = usePresence(seen ? user.id : undefined)
  return (
    <>
      <Avatar id={user.id} name={name} online={presence?.online} small />
      <span className="person-name">
        {name}
        <span className="muted person-handle">
          {note ?? <HandleLine username={user.username} presence={presence} />}
        </span>
      </span>
      {children}
    </>
  )
}

/** Somebody of whom only the id is at hand, as they are called here; the profile is in the snapshot. */
export function usePerson(id: number): Pick<User, 'id' | 'name' | 'username'> {
  const names = useNames()
  return { ...names.users.get(id), id, name: nameOf(names, id) }
}
