// The folders as tabs above the chats, each with the number of its chats that hold something unread.

import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { Folder } from '#client/types.ts'
import { text } from '../../locales/index.ts'
import { useSnapshot } from '../../state/client-context.ts'
import { forwardIn } from '../../state/direction.ts'
import { inFolder, loudUnreadOf } from '../../state/list-rows.ts'
import { showFolder } from '../../state/list-view.ts'

interface Props {
  folders: readonly Folder[]
  /** null for all chats. */
  chosen: number | null
  contacts: ReadonlyMap<number, string>
}

export function FolderTabs({ folders, chosen, contacts }: Props) {
  const chats = useSnapshot(snapshot => snapshot.chats)
  const tabs = useRef<HTMLDivElement>(null)
  const now = Date.now()
  const all = chats.filter(view => !view.archived)
  useEffect(() => {
    tabs.current
      ?.querySelector(`[data-folder="${chosen ?? ''}"]`)
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [chosen])
  return (
    <div
      className="folder-tabs"
      role="tablist"
      tabIndex={-1}
      aria-label={text.chats.folders}
      ref={tabs}
      onKeyDown={onKeyDown}
    >
      <Tab
        title={text.chats.allChats}
        folder={null}
        chosen={chosen === null}
        unread={loudUnreadOf(all, now)}
      />
      {folders.map(folder => (
        <Tab
          key={folder.id}
          title={folder.title}
          folder={folder.id}
          chosen={chosen === folder.id}
          unread={loudUnreadOf(inFolder(folder, chats, contacts, now), now)}
        />
      ))}
    </div>
  )
}

interface TabProps {
  title: string
  folder: number | null
  chosen: boolean
  unread: number
}

function Tab({ title, folder, chosen, unread }: TabProps) {
  return (
    <button
      type="button"
      role="tab"
      className="folder-tab"
      aria-selected={chosen}
      tabIndex={chosen ? 0 : -1}
      data-testid="folder"
      data-folder={folder ?? ''}
      onClick={() => showFolder(folder)}
    >
      {title}
      {unread > 0 && (
        <span className="badge">
          <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
          <span className="sr-only">{text.chats.unreadChats(unread)}</span>
        </span>
      )}
    </button>
  )
}

function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
  const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')]
  const at = tabs.indexOf(document.activeElement as HTMLElement)
  const forward = forwardIn(event.currentTarget)
  const moves: Record<string, number> = {
    ArrowRight: at + forward,
    ArrowLeft: at - forward,
    Home: 0,
    End: -1,
  }
  const to = moves[event.key]
  if (to === undefined) return
  event.preventDefault()
  const tab = tabs.at(to % tabs.length)
  tab?.click()
  tab?.focus()
}
