// Who is typing, in a few words; in a direct chat there is only one who can.

import type { ChatView } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { useNames } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'

export function TypingLine({ view: { chat, typing } }: { view: ChatView }) {
  const names = useNames()
  const [first] = typing
  if (first === undefined) return null
  const one =
    chat.kind === 'direct'
      ? text.conversation.typing
      : text.conversation.typingOne(nameOf(names, first))
  return (
    <span className="typing" data-testid="typing">
      {typing.length === 1 ? one : text.conversation.typingMany(typing.length)}
    </span>
  )
}
