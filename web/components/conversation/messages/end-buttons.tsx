// The round buttons over the list: the way back from a jump, the next mention, the end of the chat.

import type { ChatView } from '#client/types.ts'
import type { Jump } from '../../../hooks/use-jump.ts'
import { text } from '../../../locales/index.ts'
import { useClient } from '../../../state/client-context.ts'
import { notify } from '../../../state/notices.ts'
import { Icon } from '../../parts/icon.tsx'

interface Props {
  view: ChatView
  jump: Jump
  atEnd: boolean
  onEnd(): void
}

export function EndButtons({ view, jump, atEnd, onEnd }: Props) {
  const client = useClient()
  const { chat, mentions, unread } = view
  const toMention = () => {
    client.nextMention(chat.id, chat.me.read).then(seq => {
      if (seq !== undefined) jump.to(seq)
    }, notify)
  }
  const isAway = jump.trail.length > 0
  return (
    <div className="end-buttons">
      {mentions > 0 && (
        <button
          type="button"
          className="round-button"
          aria-label={text.conversation.toMention(mentions)}
          title={text.conversation.toMention(mentions)}
          data-testid="to-mention"
          onClick={toMention}
        >
          <Icon name="at" />
          <span className="badge">{mentions}</span>
        </button>
      )}
      {isAway && (
        <button
          type="button"
          className="round-button"
          aria-label={text.conversation.wayBack}
          title={text.conversation.wayBack}
          data-testid="way-back"
          onClick={jump.back}
        >
          <Icon name="reply" />
        </button>
      )}
      {!atEnd && (
        <button
          type="button"
          className="round-button to-end"
          aria-label={
            unread > 0 ? text.conversation.toBottomUnread(unread) : text.conversation.toBottom
          }
          title={text.conversation.toBottom}
          data-testid="to-end"
          onClick={onEnd}
        >
          <Icon name="down" />
          {unread > 0 && <span className="badge">{unread}</span>}
        </button>
      )}
    </div>
  )
}
