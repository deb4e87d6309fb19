// Changes title and about text of a group or channel.

import { type FormEvent, useState } from 'react'
import type { Chat } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'

export function EditChat({ chat, onDone }: { chat: Chat; onDone(): void }) {
  const client = useClient()
  const [title, setTitle] = useState(chat.title ?? '')
  const [about, setAbout] = useState(chat.about ?? '')
  const action = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    action.run(async () => {
      await client.rooms.edit(chat.id, { title, about })
      onDone()
    })
  }
  return (
    <form className="form info-card" onSubmit={submit}>
      <Field
        label={text.dialogs.title}
        required
        maxLength={limits.titleCharsMax}
        value={title}
        onValue={setTitle}
      />
      <Field
        label={text.dialogs.about}
        maxLength={limits.aboutCharsMax}
        value={about}
        onValue={setAbout}
      />
      <ErrorLine error={action.error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={onDone}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" disabled={action.busy}>
          {text.save}
        </button>
      </div>
    </form>
  )
}
