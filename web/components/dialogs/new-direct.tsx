// Starts a direct chat with a person known by their exact username.

import { useState } from 'react'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { openChat } from '../../state/view.ts'
import { Field } from '../parts/field.tsx'
import { DialogForm } from './dialog-form.tsx'

export function NewDirect() {
  const client = useClient()
  const [username, setUsername] = useState('')
  const submit = async () => {
    const user = await client.api.lookup(username.trim().replace(/^@/, ''))
    openChat((await client.createDirect(user.id)).id)
  }
  return (
    <DialogForm title={text.chats.direct} button={text.dialogs.start} submit={submit}>
      <Field
        label={text.first.username}
        hint={text.dialogs.directHint}
        name="person"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        required
        value={username}
        onValue={setUsername}
      />
    </DialogForm>
  )
}
