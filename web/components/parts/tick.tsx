// A box to tick with its words beside it.

interface Props {
  label: string
  hint?: string | undefined
  checked: boolean
  disabled?: boolean
  onChecked(checked: boolean): void
}

export function Tick({ label, hint, checked, disabled = false, onChecked }: Props) {
  return (
    <label className="tick">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={event => onChecked(event.target.checked)}
      />
      <span>
        {label}
        {hint && <span className="hint tick-hint">{hint}</span>}
      </span>
    </label>
  )
}
