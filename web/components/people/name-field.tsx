// A public name for a group or channel, and whether it may be had.

import { limits } from '#shared/protocol/limits.ts'
import { type NameState, useNameState } from '../../hooks/use-name-state.ts'
import { text } from '../../locales/index.ts'
import { Field } from '../parts/field.tsx'

interface Props {
  value: string
  /** The name that it has now, which is not taken by somebody else. */
  own?: string | undefined
  onValue(name: string): void
}

export function NameField({ value, own = '', onValue }: Props) {
  const state = useNameState(value, own)
  return (
    <div className="name-field">
      <Field
        label={text.dialogs.publicName}
        hint={text.dialogs.publicNameHint}
        name="public-name"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        required
        maxLength={limits.usernameCharsMax}
        value={value}
        onValue={name => onValue(name.replace(/^@/, ''))}
      />
      <p className={`hint name-${state}`} role="status" data-testid="name-state" data-state={state}>
        {sentenceOf(state)}
      </p>
    </div>
  )
}

function sentenceOf(state: NameState): string {
  const { dialogs } = text
  const sentences: Partial<Record<NameState, string>> = {
    free: dialogs.nameFree,
    taken: dialogs.nameTaken,
    impossible: dialogs.nameBad,
  }
  return sentences[state] ?? ''
}
