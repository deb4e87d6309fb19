// What the left column shows: a folder of the chats, the archive or the requests of strangers.

import { createStore } from './store.ts'

export interface ListView {
  page: 'chats' | 'archive' | 'requests'
  /** Id of the folder; null for all chats. */
  folder: number | null
}

export const listView = createStore<ListView>({ page: 'chats', folder: null })

export function showPage(page: ListView['page']): void {
  listView.set({ ...listView.get(), page })
}

export function showFolder(folder: number | null): void {
  listView.set({ page: 'chats', folder })
}
