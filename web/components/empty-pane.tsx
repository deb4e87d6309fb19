// The room of the conversation while none is open: how to go on, for somebody new and for somebody with chats.

import { text } from '../locales/index.ts'
import { useSnapshot } from '../state/client-context.ts'
import { openDialog } from '../state/navigation.ts'
import { Bird } from './parts/bird.tsx'

export function EmptyPane() {
  const isNew = useSnapshot(
    ({ chats, connection }) => chats.length === 0 && connection.state === 'online',
  )
  return (
    <main className="pane empty-pane">
      <Bird />
      <p className="muted">{isNew ? text.shell.welcome : text.conversation.pick}</p>
      {isNew ? (
        <div className="empty-acts">
          <button
            type="button"
            className="secondary"
            onClick={() => openDialog({ kind: 'direct' })}
          >
            {text.chats.direct}
          </button>
          <button type="button" className="secondary" onClick={() => openDialog({ kind: 'group' })}>
            {text.chats.group}
          </button>
          <button
            type="button"
            className="secondary"
            onClick={() => openDialog({ kind: 'join', token: '' })}
          >
            {text.chats.join}
          </button>
        </div>
      ) : (
        <p className="muted key-hint">{text.shell.keyHint}</p>
      )}
    </main>
  )
}
