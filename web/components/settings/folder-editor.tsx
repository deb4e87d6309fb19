// Title, rule and chats of one folder. Nothing is stored before the button is pressed, and nothing is lost if that fails.

import { type FormEvent, useState } from 'react'
import type { Folder } from '#client/types.ts'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../hooks/use-action.ts'
import { text } from '../../locales/index.ts'
import { type FolderForm, folderOf, formOf, mistakeOf } from '../../state/folder-forms.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { Tick } from '../parts/tick.tsx'
import { ChatChips } from './chat-chips.tsx'
import { FolderRuleFields } from './folder-rule-fields.tsx'

interface Props {
  folder: Folder
  onSave(folder: Folder): Promise<void>
  onCancel(): void
}

export function FolderEditor({ folder, onSave, onCancel }: Props) {
  const [form, setForm] = useState(() => formOf(folder))
  const action = useAction()
  const change = (part: Partial<FolderForm>) => setForm(before => ({ ...before, ...part }))
  const words = text.settings.folders
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const mistake = mistakeOf(form)
    if (mistake === 'empty') return action.setError(words.needsChats)
    if (mistake === 'tooMany') return action.setError(words.tooMany(limits.folderChatsMax))
    action.run(() => onSave(folderOf(folder.id, form)))
  }
  return (
    <form className="form settings-card" onSubmit={submit} data-testid="folder-form">
      <Field
        label={words.name}
        name="title"
        required
        autoFocus
        maxLength={limits.folderTitleCharsMax}
        value={form.title}
        onValue={title => change({ title })}
      />
      <Tick
        label={words.byRule}
        hint={words.byRuleHint}
        checked={form.byRule}
        onChecked={byRule => change({ byRule })}
      />
      {form.byRule && <FolderRuleFields form={form} onChange={change} />}
      <ChatChips
        label={words.include}
        chats={form.include}
        onChats={include =>
          change({ include, exclude: form.exclude.filter(chat => !include.includes(chat)) })
        }
      />
      {form.byRule && (
        <ChatChips
          label={words.exclude}
          chats={form.exclude}
          onChats={exclude =>
            change({ exclude, include: form.include.filter(chat => !exclude.includes(chat)) })
          }
        />
      )}
      <ErrorLine error={action.error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={onCancel}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" data-testid="save-folder" disabled={action.busy}>
          {text.save}
        </button>
      </div>
    </form>
  )
}
