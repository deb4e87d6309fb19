// People for whom a rule of privacy does not hold: chips to remove them, a search to add them.

import { useState } from 'react'
import type { UserId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useNames } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'
import { Icon } from '../parts/icon.tsx'
import { PeopleSearch } from './people-search.tsx'

interface Props {
  label: string
  people: readonly UserId[]
  /** There is no room for more. */
  full: boolean
  busy: boolean
  onPeople(people: UserId[]): void
}

export function ExceptionList({ label, people, full, busy, onPeople }: Props) {
  const names = useNames()
  const [adding, setAdding] = useState(false)
  return (
    <section className="exceptions" aria-label={label}>
      <h4>{label}</h4>
      <ul className="chips">
        {people.map(user => (
          <li key={user}>
            <button
              type="button"
              className="chip chosen"
              aria-label={text.settings.privacy.drop(nameOf(names, user))}
              disabled={busy}
              onClick={() => onPeople(people.filter(other => other !== user))}
            >
              {nameOf(names, user)} <Icon name="close" />
            </button>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="chip"
            aria-label={text.settings.privacy.addTo(label)}
            aria-expanded={adding}
            disabled={full || busy}
            onClick={() => setAdding(!adding)}
          >
            {adding ? text.settings.privacy.done : text.settings.privacy.add}{' '}
            <Icon name={adding ? 'check' : 'plus'} />
          </button>
        </li>
      </ul>
      {full && <p className="hint">{text.settings.privacy.full}</p>}
      {adding && !full && (
        <PeopleSearch without={people} onPick={user => onPeople([...people, user.id])} />
      )}
    </section>
  )
}
