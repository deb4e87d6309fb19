// What is searched in the left column, and whether the search stands there instead of the chats.

import { createStore } from './store.ts'

export interface SearchView {
  open: boolean
  query: string
}

export const searchView = createStore<SearchView>({ open: false, query: '' })

export function openSearch(query = searchView.get().query): void {
  searchView.set({ open: true, query })
}

export function closeSearch(): void {
  searchView.set({ open: false, query: '' })
}
