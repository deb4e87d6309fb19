// The day above its first message; pressing it asks for another one.

import { text } from '../../../locales/index.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'

interface Props {
  at: number
  label: string
  /** Stands over the list while the person scrolls. */
  floats?: boolean
}

export function DayLine({ at, label, floats = false }: Props) {
  const { chat } = useConversation()
  return (
    <p className={floats ? 'day floating' : 'day'}>
      <button
        type="button"
        title={text.conversation.toDate}
        aria-hidden={floats}
        tabIndex={floats ? -1 : undefined}
        onClick={() => openPanel({ kind: 'date', chat: chat.id, at })}
      >
        {label}
      </button>
    </p>
  )
}
