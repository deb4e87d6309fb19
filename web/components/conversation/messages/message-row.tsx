// One message with the day and the unread line above it. Renders only when its own row changed, or how it is looked at.

import { type MouseEvent, memo } from 'react'
import { theChat } from '#shared/protocol/models.ts'
import { useLongPress } from '../../../hooks/use-long-press.ts'
import { text } from '../../../locales/index.ts'
import { useClient, useSnapshot } from '../../../state/client-context.ts'
import { messageMenu } from '../../../state/conversation-panel.ts'
import { useConversation } from '../../../state/conversation-scope.ts'
import { mayReact, reactionsOf } from '../../../state/message-rights.ts'
import { nameOf } from '../../../state/naming.ts'
import { notify } from '../../../state/notices.ts'
import { toggleReaction } from '../../../state/reactions.ts'
import type { Row } from '../../../state/rows.ts'
import { selection } from '../../../state/selection.ts'
import { useStore } from '../../../state/store.ts'
import { dayOf } from '../../../state/when.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Icon } from '../../parts/icon.tsx'
import { IconButton } from '../../parts/icon-button.tsx'
import { Bubble } from './bubble.tsx'
import { DayLine } from './day-line.tsx'
import { select, selectUpTo } from './select.ts'
import { ServiceLine } from './service-line.tsx'

interface Props {
  row: Row
  glows: boolean
}

export const MessageRow = memo(function MessageRow({ row, glows }: Props) {
  return (
    <>
      {row.day && <DayLine at={row.message.at} label={dayOf(row.message.at)} />}
      {row.divider && (
        <p className="unread-line" data-testid="unread-line">
          {text.conversation.unreadBelow}
        </p>
      )}
      {row.message.svc ? <ServiceRow row={row} /> : <BubbleRow row={row} glows={glows} />}
    </>
  )
})

function ServiceRow({ row: { key, message } }: { row: Row }) {
  return (
    <div className="message-slot" tabIndex={-1} data-key={key} data-seq={message.seq}>
      <ServiceLine message={message} />
    </div>
  )
}

function BubbleRow({ row, glows }: Props) {
  const { message, own } = row
  const { chat } = useConversation()
  const name = useSnapshot(names => nameOf(names, message.from))
  const isSelecting = useStore(selection, selected => selected.chat === chat.id)
  const isSelected = useStore(
    selection,
    selected =>
      selected.chat === chat.id && message.seq !== undefined && selected.seqs.has(message.seq),
  )
  const handlers = useRowHandlers(row, isSelecting)
  const isChannel = chat.kind === 'channel'
  const inGroup = chat.kind === 'group' && !own
  const classes = [
    'message',
    own && !isChannel && 'own',
    row.first && 'first',
    row.last && 'last',
    inGroup && 'in-group',
    glows && 'glow',
    isSelected && 'selected',
  ]
  return (
    <article
      className={classes.filter(Boolean).join(' ')}
      aria-label={nameOfRow(row, name)}
      tabIndex={-1}
      data-testid="message"
      data-key={row.key}
      data-seq={message.seq}
      data-state={message.state}
      {...handlers}
    >
      {isSelecting && message.seq !== undefined && (
        <span className="select-mark">
          {isSelected && <Icon name="check" />}
          {isSelected && <span className="sr-only">{text.message.selected}</span>}
        </span>
      )}
      {inGroup && row.last && <Avatar id={message.from} name={name} small />}
      <Bubble row={row} name={inGroup && row.first ? name : null} />
      <MenuButton rowKey={row.key} />
    </article>
  )
}

/** Whose the message is; nobody's name stands at a post that is the channel's own. */
function nameOfRow({ message, own }: Row, name: string): string {
  if (own) return text.chats.you
  return message.from === theChat ? text.message.theChannel : name
}

function MenuButton({ rowKey }: { rowKey: string }) {
  const isOpen = useStore(messageMenu, spot => spot?.key === rowKey)
  return (
    <IconButton
      icon="more"
      label={text.message.menu}
      className="message-menu"
      aria-haspopup="menu"
      aria-expanded={isOpen}
      data-testid="message-menu"
      onClick={({ currentTarget }) => {
        const rect = currentTarget.getBoundingClientRect()
        messageMenu.set(isOpen ? null : { key: rowKey, rect, from: currentTarget })
      }}
    />
  )
}

/** Right click, long press and double click; while messages are being selected a click selects, with Shift all up to there. */
function useRowHandlers({ key, message }: Row, isSelecting: boolean) {
  const client = useClient()
  const { chat } = useConversation()
  const openAt = (x: number, y: number, from: HTMLElement | null) =>
    messageMenu.set({ key, rect: new DOMRect(x, y, 0, 0), from })
  const press = useLongPress((x, y) => openAt(x, y, null))
  const { swallowed, ...pointer } = press
  return {
    ...pointer,
    onContextMenu(event: MouseEvent<HTMLElement>) {
      // Links keep the browser's own menu.
      if (event.target instanceof Element && event.target.closest('a')) return
      event.preventDefault()
      const box = event.currentTarget.getBoundingClientRect()
      const byKey = event.clientX === 0 && event.clientY === 0
      if (byKey) openAt(box.left + 40, box.top + 20, event.currentTarget)
      else openAt(event.clientX, event.clientY, event.currentTarget)
    },
    onMouseDown(event: MouseEvent) {
      // A press with Shift would select text up to here.
      if (isSelecting && event.shiftKey) event.preventDefault()
    },
    onClickCapture(event: MouseEvent) {
      if (swallowed() || isSelecting) {
        event.preventDefault()
        event.stopPropagation()
      }
      if (!isSelecting || message.seq === undefined) return
      if (event.shiftKey) selectUpTo(client, chat.id, message.seq)
      else select(chat.id, message.seq)
    },
    onDoubleClick(event: MouseEvent) {
      const isControl = event.target instanceof Element && event.target.closest('a, button, pre')
      const [first] = reactionsOf(chat)
      if (isControl || isSelecting || first === undefined || !mayReact(message, chat)) return
      getSelection()?.removeAllRanges()
      toggleReaction(client, chat.id, message, first).catch(notify)
    },
  }
}
