// What is unread in a chat of the list, whether it calls the user by name, and whether the chat is pinned.

import { isMuted } from '#client/index.ts'
import type { ChatView } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { Icon } from '../parts/icon.tsx'

export function ChatBadges({ view: { chat, unread, mentions } }: { view: ChatView }) {
  const muted = isMuted(chat, Date.now())
  const { pinned, unread: marked } = chat.me
  return (
    <>
      {mentions > 0 && (
        <span className="badge" data-testid="mentions">
          <span aria-hidden="true">@</span>
          <span className="sr-only">{text.chats.mentioned}</span>
        </span>
      )}
      {unread > 0 && (
        <span className={muted ? 'badge quiet' : 'badge'} data-testid="unread">
          <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
          <span className="sr-only">{text.chats.unread(unread)}</span>
        </span>
      )}
      {unread === 0 && marked && (
        <span className={muted ? 'badge dot quiet' : 'badge dot'} data-testid="marked">
          <span className="sr-only">{text.chats.markedUnread}</span>
        </span>
      )}
      {unread === 0 && !marked && pinned && (
        <span className="chat-quiet" data-testid="pinned">
          <Icon name="pin" />
          <span className="sr-only">{text.chats.pinned}</span>
        </span>
      )}
    </>
  )
}
