// One chat of the list: title, last message or draft, time, marks of what is unread, typing, online dot. A link, so that the browser
// opens it in another tab when it is asked to.

import { type KeyboardEvent, type MouseEvent, memo, useRef } from 'react'
import { isMuted } from '#client/index.ts'
import type { ChatView } from '#client/types.ts'
import { useLongPress } from '../../hooks/use-long-press.ts'
import { text } from '../../locales/index.ts'
import { useMyId } from '../../state/client-context.ts'
import { titleOf } from '../../state/naming.ts'
import { openChat } from '../../state/navigation.ts'
import { briefly } from '../../state/when.ts'
import { StateMark } from '../conversation/state-mark.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { IconButton } from '../parts/icon-button.tsx'
import type { Anchor } from '../parts/menu.tsx'
import { ChatBadges } from './chat-badges.tsx'
import { LastLine } from './last-line.tsx'

interface Props {
  view: ChatView
  index: number
  /** In the tab order. */
  active: boolean
  open: boolean
  onMenu(view: ChatView, anchor: Anchor): void
}

export const ChatRow = memo(function ChatRow({ view, index, active, open, onMenu }: Props) {
  const { chat } = view
  const title = titleOf(view)
  const row = useRef<HTMLAnchorElement>(null)
  const more = useRef<HTMLButtonElement>(null)
  const menuAt = (x: number, y: number) => {
    row.current?.focus({ preventScroll: true })
    onMenu(view, pointAt(x, y))
  }
  const { swallowed, ...hold } = useLongPress(menuAt)
  const onClick = (event: MouseEvent) => {
    const isSwallowed = swallowed()
    if (!isSwallowed && isForBrowser(event)) return
    event.preventDefault()
    if (!isSwallowed) openChat(chat.id)
  }
  return (
    <div className="chat-item">
      <a
        href={`#/chat/${chat.id}`}
        // A finger that rests on it asks for the menu.
        draggable={false}
        ref={row}
        className="chat-row"
        data-testid="chat-row"
        data-chat={chat.id}
        data-row={index}
        tabIndex={active ? 0 : -1}
        aria-current={open ? 'true' : undefined}
        {...hold}
        onClick={onClick}
        onKeyDown={onSpace}
        onContextMenu={event => {
          event.preventDefault()
          // The key for menus comes here, too, and is answered by the list.
          if (event.button === 2 || event.ctrlKey) menuAt(event.clientX, event.clientY)
        }}
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
          {isMuted(chat, Date.now()) && <Quiet />}
          <Ticks view={view} />
          {view.last && <time className="chat-time">{briefly(view.last.at)}</time>}
        </span>
        <span className="chat-row-bottom">
          <LastLine view={view} open={open} />
          <ChatBadges view={view} />
        </span>
      </a>
      <IconButton
        icon="more"
        label={text.chats.menuOf(title)}
        ref={more}
        className="chat-more"
        aria-haspopup="menu"
        tabIndex={active ? 0 : -1}
        data-testid="chat-menu"
        onClick={() => more.current && onMenu(view, more.current)}
      />
    </div>
  )
})

/** Another tab or window. */
function isForBrowser({ ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  return ctrlKey || metaKey || shiftKey
}

/** Presses it, as it would a button. */
function onSpace(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== ' ') return
  event.preventDefault()
  event.currentTarget.click()
}

function Quiet() {
  return (
    <span className="chat-quiet">
      <Icon name="mute" />
      <span className="sr-only">{text.chats.muted}</span>
    </span>
  )
}

function Ticks({ view: { chat, last } }: { view: ChatView }) {
  const me = useMyId()
  if (!last || last.from !== me || chat.kind === 'saved' || last.deleted || last.svc) return null
  return <StateMark state={last.state} />
}

/** A point as the place where a menu opens. */
function pointAt(x: number, y: number): Anchor {
  return { getBoundingClientRect: () => new DOMRect(x, y, 0, 0), contains: () => false }
}
