// Name, username and about text. What was typed stays until the server has taken it.

import { type FormEvent, useState } from 'react'
import type { Me } from '#client/types.ts'
import { displayName, username as usernameShape } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { type NameState, useNameState } from '../../hooks/use-name-state.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { TextArea } from '../parts/text-area.tsx'
import { SavedLine } from './saved-line.tsx'

export function ProfileForm() {
  const me = useSnapshot(snapshot => snapshot.me)
  return me && <Form key={me.id} me={me} />
}

function Form({ me }: { me: Me }) {
  const client = useClient()
  const action = useAction()
  const [name, setName] = useState(me.name)
  const [username, setUsername] = useState(me.username ?? '')
  const [about, setAbout] = useState(me.about ?? '')
  const [saved, setSaved] = useState(false)
  const nameState = useNameState(username, me.username ?? '')
  const edit = (set: (value: string) => void) => (value: string) => {
    setSaved(false)
    set(value)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSaved(false)
    const mistake = mistakeIn(me, name, username)
    if (mistake !== null) return action.setError(mistake)
    action.run(async () => {
      await client.api.updateMe({
        name,
        about,
        // Who has none may leave the field empty.
        ...(username !== (me.username ?? '') && { username }),
      })
      setSaved(true)
    })
  }
  return (
    <form className="form settings-card" onSubmit={submit}>
      <h3>{text.settings.account.profile}</h3>
      <Field
        label={text.first.name}
        name="name"
        autoComplete="name"
        required
        maxLength={limits.nameCharsMax}
        value={name}
        onValue={edit(setName)}
      />
      <Field
        label={text.first.username}
        hint={text.first.usernameHint}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={limits.usernameCharsMax}
        aria-invalid={nameState === 'taken' || nameState === 'impossible'}
        value={username}
        onValue={edit(setUsername)}
      />
      <NameLine state={nameState} />
      <TextArea
        label={text.settings.account.about}
        hint={`${text.settings.account.aboutHint} ${text.settings.account.left(limits.aboutCharsMax - about.length)}`}
        name="about"
        maxLength={limits.aboutCharsMax}
        value={about}
        onValue={edit(setAbout)}
      />
      <ErrorLine error={action.error} />
      <div className="form-buttons">
        <SavedLine saved={saved} />
        <button type="submit" className="primary" data-testid="save-profile" disabled={action.busy}>
          {text.save}
        </button>
      </div>
    </form>
  )
}

function NameLine({ state }: { state: NameState }) {
  const sentences: Record<NameState, string> = {
    same: '',
    none: text.settings.account.noName,
    looking: text.settings.account.looking,
    impossible: text.first.badUsername,
    taken: text.errors.username_taken,
    free: text.settings.account.free,
    unknown: '',
  }
  return (
    <p className={`name-line ${state}`} role="status" data-testid="name-state" data-state={state}>
      {sentences[state]}
    </p>
  )
}

/** What the server would refuse, before it is asked. */
function mistakeIn(me: Me, name: string, username: string): string | null {
  if (!displayName.safeParse(name).success) return text.first.badName
  if (username === (me.username ?? '')) return null
  return usernameShape.safeParse(username).success ? null : text.first.badUsername
}
