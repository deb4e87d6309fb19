// One of a few: radio buttons under a common name. Arrow keys move between them, as the browser has it.

import { type ReactNode, useId } from 'react'

interface Props<Value extends string | number> {
  label: string
  hint?: string
  options: readonly { value: Value; label: ReactNode }[]
  value: Value
  disabled?: boolean
  className?: string
  onValue(value: Value): void
}

export function Choice<Value extends string | number>({
  label,
  hint,
  options,
  value,
  disabled = false,
  className = 'choice',
  onValue,
}: Props<Value>) {
  const name = useId()
  return (
    <fieldset className={className} disabled={disabled}>
      <legend>{label}</legend>
      {hint && <p className="hint">{hint}</p>}
      <div className="choice-options">
        {options.map(option => (
          <label key={option.value} className="choice-option">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onValue(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
