// Creates a group: its title, then its first members; whoever does not let themselves be added is offered a link.

import { useState } from 'react'
import type { User } from '#client/types.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { openChat } from '../../state/navigation.ts'
import { Field } from '../parts/field.tsx'
import { TextArea } from '../parts/text-area.tsx'
import { PeoplePicker } from '../people/people-picker.tsx'
import { Refused } from '../people/refused.tsx'
import { DialogForm } from './dialog-form.tsx'

export function NewGroup() {
  const client = useClient()
  const [title, setTitle] = useState('')
  const [about, setAbout] = useState('')
  const [people, setPeople] = useState<readonly User[]>([])
  const [made, setMade] = useState<{ chat: ChatId; refused: readonly UserId[] } | null>(null)
  if (made) return <Refused {...made} onDone={() => openChat(made.chat)} />
  const submit = async () => {
    const users = people.map(user => user.id)
    const { chat, refused } = await client.rooms.createGroup(title, users, about || undefined)
    if (refused.length > 0) setMade({ chat: chat.id, refused })
    else openChat(chat.id)
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
      <TextArea
        label={`${text.dialogs.about} (${text.dialogs.optional})`}
        name="about"
        rows={2}
        maxLength={limits.aboutCharsMax}
        value={about}
        onValue={setAbout}
      />
      <PeoplePicker people={people} onPeople={setPeople} />
    </DialogForm>
  )
}
