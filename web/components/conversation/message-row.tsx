// One message with the day and the unread line above it.

import { memo } from 'react'
import type { ChatView, ChatWindow } from '#client/types.ts'
import type { Jump } from '../../hooks/use-jump.ts'
import { text } from '../../locales/index.ts'
import { useUsers } from '../../state/client-context.ts'
import { nameOf } from '../../state/naming.ts'
import type { Row } from '../../state/rows.ts'
import { dayOf } from '../../state/when.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Bubble } from './bubble.tsx'
import { MessageMenu } from './message-menu.tsx'

interface Props {
  row: Row
  view: ChatView
  window: ChatWindow
  jump: Jump
}

export const MessageRow = memo(function MessageRow({ row, view, window, jump }: Props) {
  const users = useUsers()
  const { message, own } = row
  const name = nameOf(users, message.from)
  const inGroup = view.chat.kind === 'group' && !own
  const classes = [
    'message',
    own && 'own',
    row.first && 'first',
    row.last && 'last',
    inGroup && 'in-group',
  ]
  const glows = message.seq !== undefined && message.seq === jump.glow
  return (
    <>
      {row.day && (
        <p className="day">
          <span>{dayOf(message.at)}</span>
        </p>
      )}
      {row.divider && (
        <p className="unread-line" data-testid="unread-line">
          {text.talk.unreadBelow}
        </p>
      )}
      <article
        className={[...classes, glows && 'glow'].filter(Boolean).join(' ')}
        aria-label={own ? text.chats.you : name}
        data-testid="message"
        data-seq={message.seq}
        data-state={message.state}
      >
        {inGroup && row.last && <Avatar id={message.from} name={name} small />}
        <Bubble
          row={row}
          name={inGroup && row.first ? name : null}
          window={window}
          onJump={jump.to}
        />
        {!message.deleted && <MessageMenu message={message} own={own} view={view} />}
      </article>
    </>
  )
})
