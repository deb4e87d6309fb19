// People to choose from while one types: contacts and those of the direct chats at first, then whom the server finds.

import { useMemo } from 'react'
import type { User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { usePeopleSearch } from '../../hooks/use-people-search.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot, useUsers } from '../../state/client-context.ts'
import { Skeleton } from '../parts/skeleton.tsx'
import { PersonLine } from './person-line.tsx'

const suggestedMax = 50

interface Props {
  query: string
  /** Not to be offered. */
  without: ReadonlySet<UserId>
  onPick(user: User): void
}

export function PeopleResults({ query, without, onPick }: Props) {
  const found = usePeopleSearch(query)
  const suggested = useSuggestedPeople()
  const words = query.trim()
  const users = (words === '' ? suggested : found.users).filter(user => !without.has(user.id))
  return (
    <div className="people-results" aria-busy={found.busy}>
      <p className="sr-only" role="status">
        {words !== '' && !found.busy && text.search.found(users.length)}
      </p>
      {found.error !== null && <p className="error-line">{found.error}</p>}
      {found.busy && users.length === 0 && <Skeleton rows={3} />}
      {!found.busy && users.length === 0 && found.error === null && (
        <p className="muted empty">
          {words === '' ? text.people.nobodyYet : text.people.nobodyFound}
        </p>
      )}
      <ul className="people">
        {users.map(user => (
          <li key={user.id}>
            <button
              type="button"
              className="person person-button"
              data-testid="person"
              data-user={user.id}
              onClick={() => onPick(user)}
            >
              <PersonLine user={user} seen />
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Those one is likely to mean: contacts and the others of the direct chats. */
export function useSuggestedPeople(): readonly User[] {
  const client = useClient()
  const users = useUsers()
  const contacts = useSection(client.people.contacts)
  const chats = useSnapshot(snapshot => snapshot.chats)
  return useMemo(() => {
    const byId = new Map<UserId, User>()
    for (const { peer } of chats) if (peer && !peer.deleted) byId.set(peer.id, peer)
    for (const id of contacts?.keys() ?? []) {
      const user = users.get(id)
      if (user && !user.deleted) byId.set(id, user)
    }
    return [...byId.values()].slice(0, suggestedMax)
  }, [chats, contacts, users])
}
