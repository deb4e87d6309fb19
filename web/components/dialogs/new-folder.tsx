// A new folder for a chat of the list. More chats and rules are for the settings.

import { useState } from 'react'
import type { ChatId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../locales/index.ts'
import { useClient } from '../../state/client-context.ts'
import { newFolder } from '../../state/folder-forms.ts'
import { closeDialog } from '../../state/navigation.ts'
import { Field } from '../parts/field.tsx'
import { DialogForm } from './dialog-form.tsx'

export function NewFolder({ chat }: { chat: ChatId }) {
  const client = useClient()
  const [title, setTitle] = useState('')
  const submit = async () => {
    const folders = await client.folders.list.load()
    const { id } = newFolder(folders)
    await client.folders.set([...folders, { id, title: title.trim(), include: [chat] }])
    closeDialog()
  }
  return (
    <DialogForm title={text.settings.folders.create} button={text.save} submit={submit}>
      <Field
        label={text.settings.folders.name}
        name="title"
        required
        // A name of blanks is none.
        pattern=".*\S.*"
        maxLength={limits.folderTitleCharsMax}
        value={title}
        onValue={setTitle}
      />
    </DialogForm>
  )
}
