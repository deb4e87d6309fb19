// Deletes the account, with the password typed once more.

import { type FormEvent, useState } from 'react'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { isWrongPassword } from '../../state/failure.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'

export function DeleteAccount() {
  const client = useClient()
  const action = useAction()
  const [asking, setAsking] = useState(false)
  const [password, setPassword] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    action.run(async () => {
      try {
        // The page shows the first page as soon as nobody is signed in any more.
        await client.api.deleteAccount(password)
      } catch (failure) {
        if (!isWrongPassword(failure)) throw failure
        action.setError(text.settings.account.wrongPassword)
      }
    })
  }
  if (!asking) {
    return (
      <section className="settings-card">
        <button
          type="button"
          className="text-button danger"
          data-testid="delete-account"
          onClick={() => setAsking(true)}
        >
          {text.settings.account.remove}
        </button>
      </section>
    )
  }
  return (
    <form className="form settings-card" onSubmit={submit} aria-labelledby="delete-title">
      <h3 id="delete-title">{text.settings.account.remove}</h3>
      <p>{text.settings.account.removeHint}</p>
      <Field
        label={text.settings.account.removeSure}
        name="password"
        type="password"
        autoComplete="current-password"
        autoFocus
        required
        value={password}
        onValue={setPassword}
      />
      <ErrorLine error={action.error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={() => setAsking(false)}>
          {text.cancel}
        </button>
        <button
          type="submit"
          className="primary danger"
          data-testid="delete-account-sure"
          disabled={action.busy}
        >
          {text.settings.account.removeNow}
        </button>
      </div>
    </form>
  )
}
