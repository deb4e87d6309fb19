// What lies over the page and is no dialog of a chat: the sheet of keys and the developer panel.

import { createStore } from './store.ts'

export const overlays = createStore({
  keys: false,
  /** Also opened by `?dev` in the address. */
  dev: new URLSearchParams(location.search).has('dev'),
})

export function toggleOverlay(name: 'keys' | 'dev'): void {
  const current = overlays.get()
  overlays.set({ ...current, [name]: !current[name] })
}
