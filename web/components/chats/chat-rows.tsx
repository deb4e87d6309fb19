// Rows of chats as a virtual list: only those near the screen are in the document. Arrow keys move, Enter opens, and the
// menu of a row opens by its button, the right button, a long press or the key for menus.

import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { ChatView } from '#client/types.ts'
import { useRowKeys } from '../../hooks/use-row-keys.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import type { ListRow } from '../../state/list-rows.ts'
import { titleOf } from '../../state/naming.ts'
import { screenView } from '../../state/navigation.ts'
import { notifyUnlessOffline } from '../../state/notices.ts'
import { useStore } from '../../state/store.ts'
import { type Anchor, MenuList } from '../parts/menu.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { chatMenu } from './chat-menu.ts'
import { ChatRow } from './chat-row.tsx'
import { folderMenu } from './folder-menu.ts'
import { ArchiveRow, RequestsRow } from './gate-rows.tsx'
import { RequestActs } from './request-acts.tsx'

interface Props {
  rows: readonly ListRow[]
  label: string
  empty: string
}

interface OpenMenu {
  view: ChatView
  /** The same object as long as the menu stays where it is. */
  anchor: { current: Anchor }
  page: 'chat' | 'folders'
}

export function ChatRows({ rows, label, empty }: Props) {
  const client = useClient()
  const list = useRef<VirtualizerHandle>(null)
  const open = useStore(screenView, state => state.chat)
  const syncing = useSnapshot(({ connection }) => connection.state !== 'online')
  const more = useSnapshot(snapshot => snapshot.moreChats)
  const [menu, setMenu] = useState<OpenMenu | null>(null)
  const nav = useRef<HTMLElement>(null)
  const keys = useRowKeys({ list, nav, rows, open })

  const loadNear = useCallback(() => {
    const handle = list.current
    if (!more || !handle) return
    const below = handle.scrollSize - handle.scrollOffset - handle.viewportSize
    if (below < handle.viewportSize) client.loadMoreChats().catch(notifyUnlessOffline)
  }, [client, more])
  // biome-ignore lint/correctness/useExhaustiveDependencies: after a page came the list may still not fill the screen.
  useEffect(loadNear, [loadNear, rows.length])

  const onMenu = useCallback(
    (chosen: ChatView, anchor: Anchor) =>
      setMenu({ view: chosen, anchor: { current: anchor }, page: 'chat' }),
    [],
  )
  const closeMenu = useCallback(() => {
    setMenu(null)
    nav.current?.querySelector<HTMLElement>('[data-row][tabindex="0"]')?.focus()
  }, [])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const row = rows[keys.active]
    const asksMenu = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)
    if (asksMenu && row?.kind === 'chat' && event.target instanceof HTMLElement) {
      event.preventDefault()
      onMenu(row.view, event.target)
    } else keys.onKeyDown(event)
  }
  return (
    <nav
      className="chats"
      aria-label={label}
      ref={nav}
      data-rows={rows.length}
      onKeyDown={onKeyDown}
      onFocus={keys.onFocus}
    >
      {rows.length === 0 &&
        (syncing ? <Skeleton rows={8} /> : <p className="muted empty">{empty}</p>)}
      <Virtualizer
        ref={list}
        as="ul"
        item="li"
        data={rows}
        itemSize={68}
        keepMounted={keys.active < 0 ? [] : [keys.active]}
        onScroll={loadNear}
      >
        {(row, index) => (
          <Row
            key={row.key}
            row={row}
            index={index}
            active={index === keys.active}
            open={open}
            onMenu={onMenu}
          />
        )}
      </Virtualizer>
      {menu && (
        <RowMenu
          // Each begins at its first item.
          key={menu.page}
          menu={menu}
          first={isFirst(rows, menu.view)}
          onFolders={() => setMenu({ ...menu, page: 'folders' })}
          onClose={closeMenu}
        />
      )}
    </nav>
  )
}

interface MenuProps {
  menu: OpenMenu
  first: boolean
  onFolders(): void
  onClose(): void
}

function RowMenu({ menu: { view, anchor, page }, first, onFolders, onClose }: MenuProps) {
  const client = useClient()
  const title = titleOf(view)
  const shown =
    page === 'chat'
      ? { label: text.chats.menuOf(title), items: chatMenu(client, view, { first, onFolders }) }
      : { label: text.chats.foldersOf(title), items: folderMenu(client, view) }
  return <MenuList {...shown} anchor={anchor} onClose={onClose} />
}

interface RowProps {
  row: ListRow
  index: number
  active: boolean
  open: number | null
  onMenu(view: ChatView, anchor: Anchor): void
}

function Row({ row, index, active, open, onMenu }: RowProps) {
  switch (row.kind) {
    case 'archive':
      return <ArchiveRow index={index} active={active} chats={row.chats} unread={row.unread} />
    case 'requests':
      return <RequestsRow index={index} active={active} chats={row.chats} />
    case 'chat':
      return (
        <>
          <ChatRow
            view={row.view}
            index={index}
            active={active}
            open={row.view.chat.id === open}
            onMenu={onMenu}
          />
          {row.view.chat.me.request && <RequestActs view={row.view} />}
        </>
      )
    default:
      return row satisfies never
  }
}

function isFirst(rows: readonly ListRow[], chosen: ChatView): boolean {
  const first = rows.find(row => row.kind === 'chat')
  return first?.kind === 'chat' && first.view.chat.id === chosen.chat.id
}
