// Below the messages: the composer, or why nothing can be written and what can be done instead.

import type { ReactNode } from 'react'
import { isMuted } from '#client/index.ts'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { useAction } from '../../../hooks/use-action.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { may } from '../../../state/message-rights.ts'
import { lately } from '../../../state/when.ts'
import { ErrorLine } from '../../parts/error-line.tsx'
import { Composer } from '../composer/composer.tsx'

export function BottomBar({ view, window }: { view: ChatView; window: ChatWindow }) {
  const { chat, peer } = view
  if (may(chat, 'post')) return <Composer view={view} window={window} />
  if (chat.me.request) return null
  if (view.blocked) return <BlockedBar view={view} />
  if (peer?.deleted) return <Line>{text.bars.accountGone}</Line>
  if (chat.kind === 'direct') return <Line>{text.bars.quiet}</Line>
  if (chat.me.role === 'restricted') {
    const { until } = chat.me
    return <Line>{until ? text.bars.restrictedUntil(lately(until)) : text.bars.restricted}</Line>
  }
  if (chat.kind === 'channel') return <MuteBar view={view} />
  return <Line>{text.conversation.readOnly}</Line>
}

function Line({ children }: { children: ReactNode }) {
  return (
    <p className="read-only muted" data-testid="read-only">
      {children}
    </p>
  )
}

function BlockedBar({ view: { chat } }: { view: ChatView }) {
  const client = useClient()
  const action = useAction()
  const { peer } = chat
  return (
    <div className="read-only" data-testid="read-only">
      <ErrorLine error={action.error} />
      <p className="muted">{text.bars.blocked}</p>
      {peer !== undefined && (
        <button
          type="button"
          className="text-button"
          disabled={action.busy}
          onClick={() => action.run(() => client.people.unblock(peer))}
        >
          {text.bars.unblock}
        </button>
      )}
    </div>
  )
}

function MuteBar({ view: { chat } }: { view: ChatView }) {
  const client = useClient()
  const action = useAction()
  const muted = isMuted(chat, Date.now())
  return (
    <div className="read-only" data-testid="read-only">
      <ErrorLine error={action.error} />
      <button
        type="button"
        className="bar-button"
        disabled={action.busy}
        onClick={() => action.run(() => client.setPlace(chat.id, { mutedUntil: muted ? null : 0 }))}
      >
        {muted ? text.bars.unmute : text.bars.mute}
      </button>
    </div>
  )
}
