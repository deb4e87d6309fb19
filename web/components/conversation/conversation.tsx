// One chat: its header, its messages, what can be written.

import type { ChatView, ChatWindow } from '#client/types.ts'
import { can } from '#shared/protocol/permissions.ts'
import { useJump } from '../../hooks/use-jump.ts'
import { text } from '../../locales/index.ts'
import { Composer } from './composer.tsx'
import { ConversationHeader } from './conversation-header.tsx'
import { MessageList } from './message-list.tsx'

export function Conversation({ view, window }: { view: ChatView; window: ChatWindow }) {
  const { chat } = view
  const jump = useJump(window)
  const mayPost = can(chat.me, 'post', { defaultRights: chat.rights })
  return (
    <main className="conversation">
      <ConversationHeader view={view} />
      <MessageList view={view} window={window} jump={jump} />
      {mayPost ? (
        <Composer view={view} window={window} />
      ) : (
        <p className="read-only muted">{text.talk.readOnly}</p>
      )}
    </main>
  )
}
