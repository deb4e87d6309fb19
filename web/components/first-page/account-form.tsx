// Sign in, or create an account: one card with two faces.

import { type FormEvent, useState } from 'react'
import { displayName, username as usernameShape } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import type { AppSession } from '../../state/app-session.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'

export function AccountForm({ session }: { session: AppSession }) {
  const [isNew, setIsNew] = useState(false)
  const [username, setUsername] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const action = useAction()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const mistake = isNew ? mistakeIn({ username, name }) : null
    if (mistake !== null) {
      action.setError(mistake)
      return
    }
    action.run(() =>
      isNew
        ? session.register({ username, name, password })
        : session.signIn({ username, password }),
    )
  }
  const turn = () => {
    setIsNew(!isNew)
    action.setError(null)
  }

  return (
    <section className="card" aria-labelledby="account-title">
      <h2 id="account-title">{isNew ? text.first.register : text.first.signIn}</h2>
      <form className="form" onSubmit={submit}>
        <Field
          label={text.first.username}
          {...(isNew ? { hint: text.first.usernameHint } : {})}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={limits.usernameCharsMax}
          value={username}
          onValue={setUsername}
        />
        {isNew && (
          <Field
            label={text.first.name}
            name="name"
            autoComplete="name"
            required
            maxLength={limits.nameCharsMax}
            value={name}
            onValue={setName}
          />
        )}
        <Field
          label={text.first.password}
          {...(isNew ? { hint: text.first.passwordHint } : {})}
          name="password"
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          value={password}
          onValue={setPassword}
        />
        <ErrorLine error={action.error} />
        <button
          type="submit"
          className="primary"
          data-testid="account-submit"
          disabled={action.busy}
        >
          {isNew ? text.first.register : text.first.signIn}
        </button>
      </form>
      <p className="muted turn">
        {isNew ? text.first.haveAccount : text.first.noAccount}{' '}
        <button type="button" className="text-button" data-testid="account-turn" onClick={turn}>
          {isNew ? text.first.signIn : text.first.register}
        </button>
      </p>
    </section>
  )
}

/** Says which field the server would refuse, before it is asked. */
function mistakeIn(input: { username: string; name: string }): string | null {
  if (!usernameShape.safeParse(input.username).success) return text.first.badUsername
  return displayName.safeParse(input.name).success ? null : text.first.badName
}
