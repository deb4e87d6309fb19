// Collects people: those of the direct chats by one press, anybody else by username.

import { type KeyboardEvent, useState } from 'react'
import type { User } from '#client/types.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'

interface Props {
  people: readonly User[]
  onPeople(people: readonly User[]): void
}

export function PeoplePicker({ people, onPeople }: Props) {
  const client = useClient()
  const chats = useSnapshot(snapshot => snapshot.chats)
  const [username, setUsername] = useState('')
  const action = useAction()
  const chosen = new Set(people.map(user => user.id))
  const known = chats.flatMap(({ peer }) =>
    peer && !peer.deleted && !chosen.has(peer.id) ? [peer] : [],
  )

  const add = () => {
    if (username.trim() === '') return
    action.run(async () => {
      const user = await client.api.lookup(username.trim().replace(/^@/, ''))
      if (!chosen.has(user.id)) onPeople([...people, user])
      setUsername('')
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    add()
  }
  return (
    <fieldset className="picker">
      <legend>{text.dialogs.people}</legend>
      <ul className="chips">
        {people.map(user => (
          <li key={user.id}>
            <button
              type="button"
              className="chip chosen"
              aria-label={text.dialogs.remove(user.name)}
              onClick={() => onPeople(people.filter(other => other.id !== user.id))}
            >
              {user.name} <Icon name="close" />
            </button>
          </li>
        ))}
        {known.map(user => (
          <li key={user.id}>
            <button type="button" className="chip" onClick={() => onPeople([...people, user])}>
              {user.name} <Icon name="plus" />
            </button>
          </li>
        ))}
      </ul>
      <div className="add-line">
        <Field
          label={text.first.username}
          name="person"
          autoCapitalize="none"
          autoComplete="off"
          value={username}
          onValue={setUsername}
          onKeyDown={onKeyDown}
        />
        <button type="button" className="secondary" disabled={action.busy} onClick={add}>
          {text.dialogs.addPerson}
        </button>
      </div>
      <p className="hint">{text.dialogs.peopleHint}</p>
      <ErrorLine error={action.error} />
    </fieldset>
  )
}
