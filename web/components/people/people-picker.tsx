// Collects people: those chosen stand above the field as chips, those to choose from below it.

import { type KeyboardEvent, useMemo, useState } from 'react'
import type { User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useMyId, useSnapshot } from '../../state/client-context.ts'
import { nameOfUser } from '../../state/naming.ts'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { PeopleResults } from './people-results.tsx'

interface Props {
  people: readonly User[]
  onPeople(people: readonly User[]): void
  /** Not to be offered, as members already. */
  without?: ReadonlySet<UserId>
}

export function PeoplePicker({ people, onPeople, without }: Props) {
  const me = useMyId()
  const contacts = useSnapshot(snapshot => snapshot.contacts)
  const [query, setQuery] = useState('')
  const hidden = useMemo(
    () => new Set([me, ...people.map(user => user.id), ...(without ?? [])]),
    [me, people, without],
  )
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key === 'Backspace' && query === '') onPeople(people.slice(0, -1))
  }
  return (
    <fieldset className="picker">
      <legend className="sr-only">{text.dialogs.people}</legend>
      {people.length > 0 && (
        <ul className="chips">
          {people.map(user => (
            <li key={user.id}>
              <button
                type="button"
                className="chip chosen"
                aria-label={text.dialogs.remove(nameOfUser({ contacts }, user))}
                onClick={() => onPeople(people.filter(other => other.id !== user.id))}
              >
                {nameOfUser({ contacts }, user)} <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Field
        label={text.people.search}
        type="search"
        name="person"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onValue={setQuery}
        onKeyDown={onKeyDown}
      />
      <PeopleResults
        query={query}
        without={hidden}
        onPick={user => {
          onPeople([...people, user])
          setQuery('')
        }}
      />
    </fieldset>
  )
}
