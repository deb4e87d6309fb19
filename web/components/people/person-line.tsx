// One person in a list of people: picture, name, username, and what the list has to say or offer beside.

import type { ReactNode } from 'react'
import type { User } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { useUsers } from '../../state/client-context.ts'
import { Avatar } from '../parts/avatar.tsx'

interface Props {
  user: Pick<User, 'id' | 'name' | 'username'>
  /** Instead of the username. */
  note?: ReactNode
  children?: ReactNode
}

export function PersonLine({ user, note, children }: Props) {
  const name = user.name || text.chats.unnamed
  return (
    <>
      <Avatar id={user.id} name={name} small />
      <span className="person-name">
        {name}
        <span className="muted person-handle">
          {note ?? (user.username ? `@${user.username}` : '')}
        </span>
      </span>
      {children}
    </>
  )
}

/** Somebody of whom only the id is at hand; the profile is in the snapshot. */
export function usePerson(id: number): Pick<User, 'id' | 'name' | 'username'> {
  return useUsers().get(id) ?? { id, name: '' }
}
