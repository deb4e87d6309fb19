// For how long something holds: a few usual spans, for ever, or until a moment.

import { text } from '../../locales/index.ts'
import { localMinute } from '../../state/dates.ts'

const hourMs = 3_600_000
const spans = { hour: hourMs, day: 24 * hourMs, week: 7 * 24 * hourMs, month: 30 * 24 * hourMs }
const choices = ['hour', 'day', 'week', 'month', 'always', 'until'] as const

export interface SpanValue {
  choice: (typeof choices)[number]
  /** As `<input type="datetime-local">` holds it. */
  until: string
}

interface Props {
  value: SpanValue
  onValue(value: SpanValue): void
}

export function SpanChoice({ value, onValue }: Props) {
  const choose = (choice: SpanValue['choice']) =>
    onValue({ choice, until: value.until || localMinute(Date.now() + spans.day) })
  return (
    <fieldset className="choices spans">
      <legend>{text.members.howLong}</legend>
      {choices.map(choice => (
        <label key={choice} className="tick">
          <input
            type="radio"
            name="span"
            checked={value.choice === choice}
            onChange={() => choose(choice)}
          />
          <span>{text.members.spans[choice]}</span>
        </label>
      ))}
      {value.choice === 'until' && (
        <input
          className="date-field"
          type="datetime-local"
          aria-label={text.members.spans.until}
          required
          value={value.until}
          onChange={event => onValue({ ...value, until: event.target.value })}
        />
      )}
    </fieldset>
  )
}

/** @returns ms since 1970; undefined for ever; null for a moment that is over or none */
export function spanEnd(
  { choice, until }: SpanValue,
  parse: (value: string) => number | null,
): number | undefined | null {
  if (choice === 'always') return undefined
  if (choice !== 'until') return Date.now() + spans[choice]
  const at = parse(until)
  return at !== null && at > Date.now() ? at : null
}
