// Changes title and about text of a group or channel; its owner also makes it public under a name, or private again.

import { type FormEvent, useState } from 'react'
import type { Chat } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useBackInfo } from '../../hooks/use-back-info.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { backInfo } from '../../state/info-view.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { TextArea } from '../parts/text-area.tsx'
import { AccessChoice } from '../people/access-choice.tsx'
import { NameField } from '../people/name-field.tsx'

export function EditChat({ chat }: { chat: Chat }) {
  const client = useClient()
  const [title, setTitle] = useState(chat.title ?? '')
  const [about, setAbout] = useState(chat.about ?? '')
  const [open, setOpen] = useState(chat.username !== undefined)
  const [name, setName] = useState(chat.username ?? '')
  const back = useBackInfo()
  const { run, busy, error } = useAction()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      const username = open ? name : undefined
      if (username !== chat.username) await client.rooms.setUsername(chat.id, username ?? null)
      await client.rooms.edit(chat.id, { title, about })
      back()
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
      <TextArea
        label={text.dialogs.about}
        maxLength={limits.aboutCharsMax}
        value={about}
        onValue={setAbout}
      />
      {chat.me.role === 'owner' && (
        <>
          <AccessChoice open={open} onOpen={setOpen} />
          {open && <NameField value={name} own={chat.username} onValue={setName} />}
        </>
      )}
      <ErrorLine error={error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={backInfo}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" data-testid="save-chat" disabled={busy}>
          {text.save}
        </button>
      </div>
    </form>
  )
}
