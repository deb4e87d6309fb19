// Adds somebody to the contacts or names them anew.

import { type FormEvent, useState } from 'react'
import type { User } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { PersonLine } from './person-line.tsx'

export function ContactForm({ user, onDone }: { user: User; onDone(): void }) {
  const client = useClient()
  const known = client.people.contacts.get()
  const [name, setName] = useState(known?.get(user.id) ?? '')
  const action = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    action.run(async () => {
      await client.people.setContact(user.id, name.trim())
      onDone()
    })
  }
  return (
    <form className="form" onSubmit={submit}>
      <p className="person">
        <PersonLine user={user} />
      </p>
      <Field
        label={text.people.ownName}
        hint={text.people.ownNameHint}
        maxLength={limits.nameCharsMax}
        value={name}
        placeholder={user.name}
        onValue={setName}
      />
      <ErrorLine error={action.error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={onDone}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" data-testid="save-contact" disabled={action.busy}>
          {known?.has(user.id) ? text.save : text.people.addContact}
        </button>
      </div>
    </form>
  )
}
