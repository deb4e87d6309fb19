// One chat of the list: title, last message, time, unread count, typing, online dot.

import { memo } from 'react'
import type { ChatView } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { useMyId, useUsers } from '../../state/client-context.ts'
import { nameOf, titleOf } from '../../state/naming.ts'
import { openChat } from '../../state/view.ts'
import { briefly } from '../../state/when.ts'
import { StateMark } from '../conversation/state-mark.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { TypingLine } from '../parts/typing-line.tsx'

export const ChatRow = memo(function ChatRow({ view, open }: { view: ChatView; open: boolean }) {
  const me = useMyId()
  const { chat, last, unread } = view
  const title = titleOf(view)
  return (
    <button
      type="button"
      className="chat-row"
      data-testid="chat-row"
      data-chat={chat.id}
      aria-current={open ? 'true' : undefined}
      onClick={() => openChat(chat.id)}
    >
      <Avatar
        id={view.peer?.id ?? chat.id}
        name={title}
        saved={chat.kind === 'saved'}
        online={view.peerOnline}
      />
      <span className="chat-row-top">
        <span className="chat-title">{title}</span>
        {view.peerOnline && <span className="sr-only">{text.chats.online}</span>}
        {last?.from === me && chat.kind !== 'saved' && !last.deleted && (
          <StateMark state={last.state} />
        )}
        {last && <time className="chat-time">{briefly(last.at)}</time>}
      </span>
      <span className="chat-row-bottom">
        <span className="chat-last">
          {view.typing.length > 0 ? <TypingLine view={view} /> : <LastLine view={view} />}
        </span>
        {unread > 0 && (
          <span className="badge" data-testid="unread">
            <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
            <span className="sr-only">{text.chats.unread(unread)}</span>
          </span>
        )}
      </span>
    </button>
  )
})

function LastLine({ view: { chat, last } }: { view: ChatView }) {
  const me = useMyId()
  const users = useUsers()
  if (!last) return text.chats.noMessages
  if (last.deleted) return <em>{text.chats.deleted}</em>
  const named = chat.kind === 'group' || (chat.kind === 'direct' && last.from === me)
  const author = last.from === me ? text.chats.you : nameOf(users, last.from)
  return (
    <>
      {named && <span className="chat-author">{author}: </span>}
      {last.text.slice(0, 160)}
    </>
  )
}
