// An invite link with a name, an end, a number of uses, or one that only asks to be let in.

import { type FormEvent, useState } from 'react'
import type { PetrelClient } from '#client/index.ts'
import { limits } from '#shared/protocol/limits.ts'
import { text } from '../../locales/index.ts'
import { ErrorLine } from '../parts/error-line.tsx'
import { Field } from '../parts/field.tsx'
import { Tick } from '../parts/tick.tsx'
import { ChoiceField } from './choice-field.tsx'

type Options = NonNullable<Parameters<PetrelClient['invites']['create']>[1]>

const hourS = 3_600
const endsS = [0, hourS, 24 * hourS, 7 * 24 * hourS, 30 * 24 * hourS] as const

interface Props {
  busy: boolean
  error: string | null
  onCreate(options: Options): void
  onCancel(): void
}

export function InviteForm({ busy, error, onCreate, onCancel }: Props) {
  const [name, setName] = useState('')
  const [endS, setEndS] = useState<number>(0)
  const [uses, setUses] = useState('')
  const [approval, setApproval] = useState(false)
  const words = text.invites
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onCreate({
      ...(name.trim() !== '' && { name: name.trim() }),
      ...(endS > 0 && { expiresAt: Date.now() + endS * 1000 }),
      ...(uses !== '' && { usesMax: Number(uses) }),
      ...(approval && { approval: true as const }),
    })
  }
  return (
    <form className="form" onSubmit={submit}>
      <Field
        label={`${words.name} (${text.dialogs.optional})`}
        hint={words.nameHint}
        maxLength={limits.nameCharsMax}
        value={name}
        onValue={setName}
      />
      <ChoiceField
        label={words.ends}
        hint={words.endsHint}
        values={endsS}
        value={endS}
        disabled={busy}
        labelOf={s => (s === 0 ? words.never : words.after(text.service.span(s)))}
        onValue={setEndS}
      />
      <Field
        label={`${words.usesMax} (${text.dialogs.optional})`}
        type="number"
        min={1}
        max={limits.inviteUsesMax}
        step={1}
        inputMode="numeric"
        value={uses}
        onValue={setUses}
      />
      <Tick
        label={words.approval}
        hint={words.approvalHint}
        checked={approval}
        onChecked={setApproval}
      />
      <ErrorLine error={error} />
      <div className="form-buttons">
        <button type="button" className="secondary" onClick={onCancel}>
          {text.cancel}
        </button>
        <button type="submit" className="primary" data-testid="invite-submit" disabled={busy}>
          {text.info.createInvite}
        </button>
      </div>
    </form>
  )
}
