// Creates a group with its first members.

import { useState } from 'react'
import type { User } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { openChat } from '../../state/view.ts'
import { Field } from '../parts/field.tsx'
import { DialogForm } from './dialog-form.tsx'
import { PeoplePicker } from './people-picker.tsx'

export function NewGroup() {
  const client = useClient()
  const [title, setTitle] = useState('')
  const [people, setPeople] = useState<readonly User[]>([])
  const submit = async () => {
    const { chat } = await client.rooms.createGroup(
      title,
      people.map(user => user.id),
    )
    openChat(chat.id)
  }
  return (
    <DialogForm title={text.chats.group} button={text.dialogs.createGroup} submit={submit}>
      <Field
        label={text.dialogs.title}
        name="title"
        required
        maxLength={limits.titleCharsMax}
        value={title}
        onValue={setTitle}
      />
      <PeoplePicker people={people} onPeople={setPeople} />
    </DialogForm>
  )
}
