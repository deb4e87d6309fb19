// The panel beside a conversation and its pages: the way into it is a stack, which view.ts keeps and puts into the history where
// the panel covers the conversation.

import type { UserId } from '#shared/protocol/ids.ts'
import { backInfoStep, closeInfo, pushInfoStep, screenView } from './navigation.ts'
import { whenThere } from './steps.ts'

export type InfoPage =
  | { page: 'main' }
  | { page: 'search' | 'links' | 'edit' }
  | { page: 'members' | 'admins' | 'excluded' }
  | { page: 'defaults' | 'rules' | 'reactions' | 'invites' | 'requests' }
  | { page: 'log' | 'stats' | 'discussion' }
  | { page: 'person' | 'admin' | 'owner'; user: UserId }
  | { page: 'restrict'; user: UserId; ban: boolean }

/** Opens the panel at one of its pages. */
export function openInfo(page: InfoPage): void {
  const pages = page.page === 'main' ? [] : [page]
  if (screenView.get().info === null) pushInfoStep(pages)
  else screenView.set({ ...screenView.get(), info: pages })
}

export function toggleInfo(): void {
  if (screenView.get().info === null) openInfo({ page: 'main' })
  else closeInfo()
}

export function pushInfo(page: InfoPage): void {
  pushInfoStep([...(screenView.get().info ?? []), page])
}

/** One page back; from the first one the panel closes. */
export function backInfo(): void {
  whenThere(() => {
    const { info } = screenView.get()
    if (info && info.length > 0) backInfoStep(info.slice(0, -1))
    else closeInfo()
  })
}
