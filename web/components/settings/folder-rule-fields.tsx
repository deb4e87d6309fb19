// The rule of a folder: which kinds of chats, and what narrows them down.

import { text } from '../../locales/index.ts'
import { chatKinds, type FolderForm, type Narrowing } from '../../state/folder-forms.ts'
import { Tick } from '../parts/tick.tsx'
import { Choice } from './choice.tsx'

interface Props {
  form: FolderForm
  onChange(part: Partial<FolderForm>): void
}

const narrowings: readonly Narrowing[] = ['all', 'yes', 'no']

export function FolderRuleFields({ form, onChange }: Props) {
  const words = text.settings.folders
  return (
    <>
      <fieldset className="choice">
        <legend>{words.kinds}</legend>
        <div className="choice-options">
          {chatKinds.map(kind => (
            <Tick
              key={kind}
              label={words.kind[kind]}
              checked={form.kinds.includes(kind)}
              onChecked={on =>
                onChange({
                  kinds: chatKinds.filter(one => (one === kind ? on : form.kinds.includes(one))),
                })
              }
            />
          ))}
        </div>
      </fieldset>
      <Choice
        label={words.contacts}
        options={narrowings.map(value => ({ value, label: words.contactsOf[value] }))}
        value={form.contacts}
        onValue={contacts => onChange({ contacts })}
      />
      <Choice
        label={words.muted}
        options={narrowings.map(value => ({ value, label: words.mutedOf[value] }))}
        value={form.muted}
        onValue={muted => onChange({ muted })}
      />
      <Tick label={words.unread} checked={form.unread} onChecked={unread => onChange({ unread })} />
      <Tick
        label={words.archived}
        checked={form.archived}
        onChecked={archived => onChange({ archived })}
      />
    </>
  )
}
