// The day above its first message; pressing it asks for another one.

import { text } from '../../../locales/index.ts'
import { openPanel } from '../../../state/talk-panel.ts'
import { useTalk } from '../../../state/talk-scope.ts'

interface Props {
  at: number
  label: string
  /** Stands over the list while the person scrolls. */
  floats?: boolean
}

export function DayLine({ at, label, floats = false }: Props) {
  const { place } = useTalk()
  return (
    <p className={floats ? 'day floating' : 'day'}>
      <button
        type="button"
        title={text.talk.toDate}
        aria-hidden={floats}
        tabIndex={floats ? -1 : undefined}
        onClick={() => openPanel({ kind: 'date', chat: place.id, at })}
      >
        {label}
      </button>
    </p>
  )
}
