// Asks when something is to be sent; stays open, with the reason, when that is refused.

import { type FormEvent, useState } from 'react'
import { limits } from '#shared/protocol/limits.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Field } from '../../parts/field.tsx'
import { Modal } from '../../parts/modal.tsx'

interface Props {
  title: string
  at?: number
  done(at: number): Promise<void>
}

const hourMs = 3_600_000

export function SchedulePanel({ title, at, done }: Props) {
  const action = useAction()
  const [when, setWhen] = useState(() => localOf(at ?? nextHour()))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const time = new Date(when).getTime()
    if (!(time > Date.now())) return action.setError(text.composer.pastTime)
    if (time > Date.now() + limits.scheduledAheadMs) return action.setError(text.composer.tooFar)
    action.run(() => done(time).then(closePanel))
  }
  return (
    <Modal title={title} onClose={closePanel}>
      <form className="form" onSubmit={submit}>
        <Field
          label={text.composer.when}
          type="datetime-local"
          value={when}
          onValue={setWhen}
          min={localOf(Date.now())}
          data-testid="schedule-at"
          required
        />
        <ErrorLine error={action.error} />
        <div className="form-buttons">
          <button type="submit" className="primary" disabled={action.busy}>
            {text.composer.scheduleButton}
          </button>
        </div>
      </form>
    </Modal>
  )
}

function nextHour(): number {
  return Math.ceil((Date.now() + hourMs / 6) / hourMs) * hourMs
}

/** As the browser's field writes it, in the zone of the browser. */
function localOf(at: number): string {
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000
  return new Date(at - offsetMs).toISOString().slice(0, 16)
}
