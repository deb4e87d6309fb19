// The reactions at a message: press one to choose it too or no longer; the pointer's menu shows whose it is.

import type { MouseEvent } from 'react'
import type { MessageView } from '#client/types.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { openPanel } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { mayReact, maySeeReactors } from '../../../state/message-rights.ts'
import { notify } from '../../../state/notices.ts'
import { toggleReaction } from '../../../state/reactions.ts'

interface Props {
  message: MessageView
  reacts: NonNullable<MessageView['reacts']>
}

export function ReactionRow({ message, reacts }: Props) {
  const client = useClient()
  const { chat } = useConversation()
  const { seq, mine = [] } = message
  const isFixed = !mayReact(message, chat)
  const showWho = (event: MouseEvent, emoji: string) => {
    if (seq === undefined || !maySeeReactors(chat)) return
    event.preventDefault()
    event.stopPropagation()
    openPanel({ kind: 'reactors', chat: chat.id, seq, emoji })
  }
  return (
    <div className="reactions" role="toolbar" aria-label={text.message.reactions}>
      {reacts.map(({ e, n }) => (
        <button
          key={e}
          type="button"
          className={mine.includes(e) ? 'reaction mine' : 'reaction'}
          aria-pressed={mine.includes(e)}
          aria-label={text.message.reaction(e, n)}
          disabled={isFixed}
          data-testid="reaction"
          onClick={() => void toggleReaction(client, chat.id, message, e).catch(notify)}
          onContextMenu={event => showWho(event, e)}
        >
          <span aria-hidden="true">{e}</span>
          <span aria-hidden="true">{text.message.viewsShort(n)}</span>
        </button>
      ))}
    </div>
  )
}
