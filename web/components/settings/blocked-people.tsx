// Whom one blocks, since when, and how to end it or begin it.

import { useState } from 'react'
import type { UserId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ago } from '../../state/when.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { PersonLine, usePerson } from '../people/person-line.tsx'
import { PeopleSearch } from './people-search.tsx'

export function BlockedPeople() {
  const client = useClient()
  const blocks = useSection(client.people.blocks)
  const action = useAction()
  const [adding, setAdding] = useState(false)
  const people = [...(blocks ?? [])].sort(([, a], [, b]) => b - a)
  return (
    <section className="settings-card" aria-label={text.settings.privacy.blocked}>
      <h3>{text.settings.privacy.blocked}</h3>
      {!blocks && <Skeleton rows={2} />}
      {blocks?.size === 0 && <p className="muted">{text.settings.privacy.nobodyBlocked}</p>}
      <ErrorLine error={action.error} />
      <ul className="people">
        {people.map(([user, at]) => (
          <Blocked
            key={user}
            user={user}
            at={at}
            busy={action.busy}
            onUnblock={() => action.run(() => client.people.unblock(user))}
          />
        ))}
      </ul>
      <button
        type="button"
        className="text-button"
        aria-expanded={adding}
        data-testid="block-somebody"
        onClick={() => setAdding(!adding)}
      >
        {adding ? text.settings.privacy.done : text.settings.privacy.block}
      </button>
      {adding && (
        <PeopleSearch
          without={people.map(([user]) => user)}
          onPick={user => action.run(() => client.people.block(user.id))}
        />
      )}
    </section>
  )
}

interface Props {
  user: UserId
  at: number
  busy: boolean
  onUnblock(): void
}

function Blocked({ user, at, busy, onUnblock }: Props) {
  const person = usePerson(user)
  return (
    <li className="person" data-testid="blocked" data-user={user}>
      <PersonLine user={person} note={text.settings.privacy.since(ago(at))} />
      <button type="button" className="text-button" disabled={busy} onClick={onUnblock}>
        {text.settings.privacy.unblock}
      </button>
    </li>
  )
}
