// One of a few values that a rule may have.

import { useId } from 'react'

interface Props<Value extends number> {
  label: string
  hint: string
  values: readonly Value[]
  /** What it is now; shown also when it is none of the values. */
  value: number
  disabled: boolean
  labelOf(value: number): string
  onValue(value: Value): void
}

export function ChoiceField<Value extends number>({
  label,
  hint,
  values,
  value,
  disabled,
  labelOf,
  onValue,
}: Props<Value>) {
  const id = useId()
  const known = values.some(each => each === value)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        aria-describedby={`${id}-hint`}
        onChange={event => {
          const chosen = values.find(each => String(each) === event.target.value)
          if (chosen !== undefined) onValue(chosen)
        }}
      >
        {!known && <option value={value}>{labelOf(value)}</option>}
        {values.map(each => (
          <option key={each} value={each}>
            {labelOf(each)}
          </option>
        ))}
      </select>
      <p className="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  )
}
