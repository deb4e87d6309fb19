// The message replied to, shortened; pressing it goes there.

import type { ChatWindow } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { text } from '../../locales/index.ts'
import { useMyId, useUsers } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'

interface Props {
  seq: Seq
  window: ChatWindow
  onJump?: (seq: Seq) => void
}

export function ReplyQuote({ seq, window, onJump }: Props) {
  const me = useMyId()
  const users = useUsers()
  const original = window.messages.find(message => message.seq === seq)
  const author = original && (original.from === me ? text.chats.you : nameOf(users, original.from))
  const words = original?.deleted ? text.message.deleted : original?.text.slice(0, 200)
  return (
    <button
      type="button"
      className="quote-button"
      title={text.talk.goToOriginal}
      onClick={() => onJump?.(seq)}
    >
      <strong>{author ?? text.talk.original}</strong>
      <span>{words ?? text.talk.goToOriginal}</span>
    </button>
  )
}
