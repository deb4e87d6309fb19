// A calendar: goes to the first message from a day on. The arrow keys move among the days.

import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { firstSince } from '#client/index.ts'
import type { ChatView } from '#client/types.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { type Day, firstDayOf, otherMonth, weeksOf } from '../../../state/calendar.ts'
import { useClient } from '../../../state/client-context.ts'
import { closePanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { forwardIn } from '../../../state/direction.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { IconButton } from '../../parts/icon-button.tsx'
import { Modal } from '../../parts/modal.tsx'

const dayMs = 86_400_000

export function DatePanel({ view, at }: { view: ChatView; at: number }) {
  const client = useClient()
  const { go } = useConversation()
  const action = useAction()
  const [chosen, setChosen] = useState(() => new Date(at).setHours(0, 0, 0, 0))
  const choose = (day: number) =>
    action.run(async () => {
      const seq = await firstSince(client, view.chat.id, day)
      if (seq === undefined) return action.setError(text.panels.noneSince)
      closePanel()
      go(seq)
    })
  return (
    <Modal title={text.panels.date} onClose={closePanel}>
      <div className="calendar" aria-busy={action.busy}>
        <MonthHead month={chosen} onMonth={setChosen} />
        <Month chosen={chosen} onMove={setChosen} onChoose={choose} />
        <ErrorLine error={action.error} />
      </div>
    </Modal>
  )
}

function MonthHead({ month, onMonth }: { month: number; onMonth(at: number): void }) {
  const name = new Intl.DateTimeFormat(text.lang, { month: 'long', year: 'numeric' }).format(month)
  const next = otherMonth(month, 1)
  return (
    <div className="calendar-head">
      <IconButton
        icon="back"
        label={text.panels.previousMonth}
        onClick={() => onMonth(otherMonth(month, -1))}
      />
      <h3 aria-live="polite">{name}</h3>
      <IconButton
        icon="back"
        label={text.panels.nextMonth}
        className="turned"
        disabled={next > Date.now()}
        onClick={() => onMonth(next)}
      />
    </div>
  )
}

interface MonthProps {
  chosen: number
  onMove(at: number): void
  onChoose(at: number): void
}

function Month({ chosen, onMove, onChoose }: MonthProps) {
  const grid = useRef<HTMLTableElement>(null)
  const weeks = weeksOf(chosen, firstDayOf(text.lang))
  const weekday = new Intl.DateTimeFormat(text.lang, { weekday: 'short' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen day has the focus.
  useEffect(() => grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus(), [chosen])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const forward = forwardIn(event.currentTarget)
    const moves: Record<string, number> = {
      ArrowLeft: -forward,
      ArrowRight: forward,
      ArrowUp: -7,
      ArrowDown: 7,
    }
    const days = moves[event.key]
    if (days === undefined) return
    event.preventDefault()
    // Noon, so that a day of 23 or 25 hours does not matter.
    const to = new Date(chosen + dayMs / 2 + days * dayMs).setHours(0, 0, 0, 0)
    if (to <= Date.now()) onMove(to)
  }
  return (
    <table className="calendar-grid" ref={grid} onKeyDown={onKeyDown}>
      <thead>
        <tr>
          {weeks[0]?.map(day => (
            <th key={day.at} scope="col">
              {weekday.format(day.at)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map(week => (
          <tr key={week[0]?.at}>
            {week.map(day => (
              <td key={day.at}>
                <DayButton day={day} isChosen={day.at === chosen} onChoose={onChoose} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface DayProps {
  day: Day
  isChosen: boolean
  onChoose(at: number): void
}

function DayButton({ day, isChosen, onChoose }: DayProps) {
  const name = new Intl.DateTimeFormat(text.lang, { dateStyle: 'full' }).format(day.at)
  return (
    <button
      type="button"
      className={day.inMonth ? 'calendar-day' : 'calendar-day outside'}
      aria-label={name}
      aria-current={isChosen ? 'date' : undefined}
      tabIndex={isChosen ? 0 : -1}
      // The arrow keys move from here as soon as the calendar is open.
      data-first={isChosen || undefined}
      disabled={day.at > Date.now()}
      data-testid="day"
      onClick={() => onChoose(day.at)}
    >
      {day.day}
    </button>
  )
}
