// Hands a group or channel over to one of its members, with the password of who owns it now.

import { type FormEvent, useState } from 'react'
import type { Chat } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useBackInfo } from '../../hooks/use-back-info.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { isWrongPassword } from '../../state/failure.ts'
import { backInfo } from '../../state/info-view.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { PersonLine, usePerson } from '../people/person-line.tsx'

export function PassOn({ chat, user }: { chat: Chat; user: UserId }) {
  const client = useClient()
  const person = usePerson(user)
  const [password, setPassword] = useState('')
  const back = useBackInfo()
  const { run, busy, error, setError } = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      try {
        await client.api.transferOwner(chat.id, user, password)
      } catch (failure) {
        if (!isWrongPassword(failure)) throw failure
        return setError(text.settings.account.wrongPassword)
      }
      back()
    })
  }
  return (
    <form className="form info-card" onSubmit={submit}>
      <p className="person">
        <PersonLine user={person} />
      </p>
      <p>{text.members.passOnSure(person.name, chat.title ?? '')}</p>
      <Field
        label={text.members.yourPassword}
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onValue={setPassword}
      />
      <ErrorLine error={error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={backInfo}>
          {text.cancel}
        </button>
        <button type="submit" className="primary danger" data-testid="pass-on" disabled={busy}>
          {text.members.passOnButton}
        </button>
      </div>
    </form>
  )
}
