// What somebody did to the chat, as a line in the middle.

import type { MessageView } from '#client/types.ts'
import { text } from '../../../locales/index.ts'
import { useNames } from '../../../state/client-context.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { nameOf } from '../../../state/naming.ts'
import { serviceText } from '../../../state/service-text.ts'

export function ServiceLine({ message }: { message: MessageView }) {
  const { me, go } = useConversation()
  const names = useNames()
  const calls = (user: number) => {
    if (user === me) return text.chats.you
    return user === 0 ? text.message.theChannel : nameOf(names, user)
  }
  const sentence = serviceText(message, calls)
  const target = message.svc?.t === 'pinned' ? message.svc.seq : undefined
  return (
    <p className="service-line" data-testid="service">
      {target === undefined ? (
        <span>{sentence}</span>
      ) : (
        <button type="button" onClick={() => go(target, message.seq)}>
          {sentence}
        </button>
      )}
    </p>
  )
}
