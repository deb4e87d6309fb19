// The small mark behind an own message: waiting, on the server, read, or refused.

import type { MessageState } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { Icon, type IconName } from '../parts/icon.tsx'

const icons: Record<MessageState, IconName> = {
  sending: 'clock',
  sent: 'check',
  delivered: 'checks',
  read: 'checks',
  failed: 'alert',
}

export function StateMark({ state }: { state: MessageState }) {
  return (
    <span
      className={`state-mark ${state}`}
      role="img"
      aria-label={text.message.states[state]}
      title={text.message.states[state]}
    >
      <Icon name={icons[state]} />
    </span>
  )
}
