// Creates a channel.

import { useState } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { openChat } from '../../state/view.ts'
import { Field } from '../parts/field.tsx'
import { DialogForm } from './dialog-form.tsx'

export function NewChannel() {
  const client = useClient()
  const [title, setTitle] = useState('')
  const [about, setAbout] = useState('')
  const submit = async () => {
    const chat = await client.rooms.createChannel(title, about || undefined)
    openChat(chat.id)
  }
  return (
    <DialogForm title={text.chats.channel} button={text.dialogs.createChannel} submit={submit}>
      <p className="muted">{text.dialogs.channelHint}</p>
      <Field
        label={text.dialogs.title}
        name="title"
        required
        maxLength={limits.titleCharsMax}
        value={title}
        onValue={setTitle}
      />
      <Field
        label={`${text.dialogs.about} (${text.dialogs.optional})`}
        name="about"
        maxLength={limits.aboutCharsMax}
        value={about}
        onValue={setAbout}
      />
    </DialogForm>
  )
}
