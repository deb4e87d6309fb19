// The keys that work everywhere on the signed-in page. Parts take others, or the same ones further in.

import { useEffect } from 'react'
import { useClient } from '../state/client-context.ts'
import { listView } from '../state/list-view.ts'
import { closeChat, openChat, screenView } from '../state/navigation.ts'
import { toggleOverlay } from '../state/overlays.ts'
import { openSettings } from '../state/settings-view.ts'
import { followKeys } from '../state/shortcuts.ts'
import { useShortcut } from './use-shortcut.ts'

export function usePageKeys(): void {
  const client = useClient()
  useEffect(followKeys, [])
  useShortcut('close', closeOpenChat, 'outermost')
  useShortcut('nextChat', () => stepBy(client, 1))
  useShortcut('previousChat', () => stepBy(client, -1))
  useShortcut('settings', () => void openSettings())
  useShortcut('help', () => void toggleOverlay('keys'))
  useShortcut('devPanel', () => void toggleOverlay('dev'))
}

/** Whatever is further in has taken the key before. */
function closeOpenChat(): boolean {
  if (screenView.get().chat === null) return false
  closeChat()
  return true
}

/** Opens the chat so many places further down the list, as it is shown: of a folder, or all but the archive. */
function stepBy(client: ReturnType<typeof useClient>, step: 1 | -1): boolean {
  const chats = shownChats(client)
  const open = chats.findIndex(({ chat }) => chat.id === screenView.get().chat)
  const next = open < 0 ? chats.at(step > 0 ? 0 : -1) : chats[open + step]
  if (next) openChat(next.chat.id)
  return true
}

function shownChats(client: ReturnType<typeof useClient>) {
  const { page, folder } = listView.get()
  const { chats, requests } = client.getSnapshot()
  if (page === 'requests') return requests
  const chosen = client.folders.list.get()?.find(({ id }) => id === folder)
  if (page === 'chats' && chosen) return client.folders.chatsIn(chosen)
  return chats.filter(({ archived }) => archived === (page === 'archive'))
}
