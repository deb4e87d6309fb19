// Which page of the panel beside a conversation is open: the way into it as a stack, the last one on top.

import type { UserId } from '#shared/protocol/ids.ts'
import { createStore } from './store.ts'
import { view } from './view.ts'

export type InfoPage =
  | { page: 'main' }
  | { page: 'search' | 'links' | 'edit' }
  | { page: 'members' | 'admins' | 'excluded' }
  | { page: 'defaults' | 'rules' | 'reactions' | 'invites' | 'requests' }
  | { page: 'log' | 'stats' | 'discussion' }
  | { page: 'person' | 'admin' | 'owner'; user: UserId }
  | { page: 'restrict'; user: UserId; ban: boolean }

export const infoView = createStore<readonly InfoPage[]>([])

/** Opens the panel at one of its pages. */
export function openInfo(page: InfoPage): void {
  infoView.set(page.page === 'main' ? [] : [page])
  view.set({ ...view.get(), info: true })
}

export function pushInfo(page: InfoPage): void {
  infoView.set([...infoView.get(), page])
}

/** One page back; from the first one the panel closes. */
export function backInfo(): void {
  const pages = infoView.get()
  if (pages.length > 0) infoView.set(pages.slice(0, -1))
  else view.set({ ...view.get(), info: false })
}

export function resetInfo(): void {
  infoView.set([])
}
