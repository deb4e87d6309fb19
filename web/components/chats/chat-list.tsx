// The left column: the account's line, the search, folders, and below them the chats of a folder, the archive, the
// requests of strangers or, while something is searched, what was found.

import { lazy, Suspense, useMemo } from 'react'
import { useLayer } from '../../hooks/use-layer.ts'
import { useSection } from '../../hooks/use-section.ts'
import { text } from '../../locales/index.ts'
import { useClient, useSnapshot } from '../../state/client-context.ts'
import { listRows } from '../../state/list-rows.ts'
import { listView, showPage } from '../../state/list-view.ts'
import { closeSearch, searchView } from '../../state/search-view.ts'
import { useStore } from '../../state/store.ts'
import { Skeleton } from '../parts/skeleton.tsx'
import { SearchField } from '../search/search-field.tsx'
import { ChatRows } from './chat-rows.tsx'
import { FolderTabs } from './folder-tabs.tsx'
import { ListHeader } from './list-header.tsx'

const SearchPanel = lazy(async () => ({
  default: (await import('../search/search-panel.tsx')).SearchPanel,
}))

export function ChatList({ onSignOut }: { onSignOut(): void }) {
  const searching = useStore(searchView, state => state.open)
  const inside = useStore(listView, ({ page }) => page !== 'chats')
  useLayer(() => showPage('chats'), inside)
  useLayer(closeSearch, searching)
  return (
    <>
      <ListHeader onSignOut={onSignOut} />
      <SearchField />
      {searching ? (
        <Suspense fallback={<Skeleton rows={6} />}>
          <SearchPanel />
        </Suspense>
      ) : (
        <Chats />
      )}
    </>
  )
}

function Chats() {
  const client = useClient()
  const chats = useSnapshot(snapshot => snapshot.chats)
  const requests = useSnapshot(snapshot => snapshot.requests)
  const folders = useSection(client.folders.list)
  const contacts = useSection(client.people.contacts)
  useSection(client.people.blocks)
  const { page, folder: id } = useStore(listView, state => state)
  const folder = folders?.find(each => each.id === id)
  const rows = useMemo(
    () =>
      listRows({
        chats,
        requests,
        page,
        folder,
        contacts: contacts ?? nobody,
        now: Date.now(),
      }),
    [chats, requests, page, folder, contacts],
  )
  return (
    <>
      {page === 'chats' && folders !== undefined && folders.length > 0 && (
        <FolderTabs folders={folders} chosen={folder?.id ?? null} contacts={contacts ?? nobody} />
      )}
      <ChatRows
        // Another list begins at its top.
        key={`${page}:${folder?.id ?? ''}`}
        rows={rows}
        label={labelOf(page, folder?.title)}
        empty={emptyOf(page, folder !== undefined)}
      />
    </>
  )
}

const nobody: ReadonlyMap<number, string> = new Map()

function labelOf(page: 'chats' | 'archive' | 'requests', folder: string | undefined): string {
  if (page !== 'chats') return text.chats[page]
  return folder ?? text.chats.label
}

function emptyOf(page: 'chats' | 'archive' | 'requests', inFolder: boolean): string {
  if (page === 'archive') return text.chats.emptyArchive
  if (page === 'requests') return text.chats.emptyRequests
  return inFolder ? text.chats.emptyFolder : text.chats.empty
}
