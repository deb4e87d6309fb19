// Changes the password; the server signs all other devices out.

import { type FormEvent, useState } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { isWrongPassword } from '../../state/failure.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { SavedLine } from './saved-line.tsx'

export function PasswordForm() {
  const client = useClient()
  const username = useSnapshot(({ me }) => me?.username ?? '')
  const action = useAction()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [changed, setChanged] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChanged(false)
    if (next.length < limits.passwordCharsMin) return action.setError(text.errors.weak_password)
    action.run(async () => {
      try {
        await client.api.changePassword(current, next)
      } catch (failure) {
        if (!isWrongPassword(failure)) throw failure
        action.setError(text.settings.account.wrongPassword)
        return
      }
      setCurrent('')
      setNext('')
      setChanged(true)
    })
  }
  return (
    <form className="form settings-card" onSubmit={submit} aria-labelledby="password-title">
      <h3 id="password-title">{text.settings.account.password}</h3>
      {/* A password manager keeps the new one with this name. */}
      <input hidden readOnly name="username" autoComplete="username" value={username} />
      <Field
        label={text.settings.account.current}
        name="current"
        type="password"
        autoComplete="current-password"
        required
        value={current}
        onValue={setCurrent}
      />
      <Field
        label={text.settings.account.next}
        hint={text.first.passwordHint}
        name="next"
        type="password"
        autoComplete="new-password"
        required
        value={next}
        onValue={setNext}
      />
      <p className="hint">{text.settings.account.otherDevices}</p>
      <ErrorLine error={action.error} />
      <div className="form-buttons">
        <SavedLine saved={changed} sentence={text.settings.account.changed} />
        <button
          type="submit"
          className="primary"
          data-testid="change-password"
          disabled={action.busy}
        >
          {text.settings.account.change}
        </button>
      </div>
    </form>
  )
}
