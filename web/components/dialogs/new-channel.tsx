// Creates a channel: what it is about, then who may join it. The channel exists after the first step, so a name that is
// taken loses nothing.

import { useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { openChat } from '../../state/navigation.ts'
import { Field } from '../parts/field.tsx'
import { TextArea } from '../parts/text-area.tsx'
import { Tick } from '../parts/tick.tsx'
import { AccessChoice } from '../people/access-choice.tsx'
import { NameField } from '../people/name-field.tsx'
import { DialogForm } from './dialog-form.tsx'

export function NewChannel() {
  const client = useClient()
  const [title, setTitle] = useState('')
  const [about, setAbout] = useState('')
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [signed, setSigned] = useState(false)
  const [made, setMade] = useState<ChatId | null>(null)
  const submit = async () => {
    const chat = made ?? (await client.rooms.createChannel(title, about || undefined)).id
    setMade(chat)
    if (open) await client.rooms.setUsername(chat, name)
    if (signed) await client.rooms.setSignatures(chat, true)
    openChat(chat)
  }
  return (
    <DialogForm title={text.chats.channel} button={text.dialogs.createChannel} submit={submit}>
      <p className="muted">{text.dialogs.channelHint}</p>
      <Field
        label={text.dialogs.title}
        name="title"
        required
        disabled={made !== null}
        maxLength={limits.titleCharsMax}
        value={title}
        onValue={setTitle}
      />
      <TextArea
        label={`${text.dialogs.about} (${text.dialogs.optional})`}
        name="about"
        rows={2}
        disabled={made !== null}
        maxLength={limits.aboutCharsMax}
        value={about}
        onValue={setAbout}
      />
      <AccessChoice open={open} onOpen={setOpen} />
      {open && <NameField value={name} onValue={setName} />}
      <Tick
        label={text.dialogs.signatures}
        hint={text.dialogs.signaturesHint}
        checked={signed}
        onChecked={setSigned}
      />
    </DialogForm>
  )
}
