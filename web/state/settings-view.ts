// Which page of the settings is open, if any. It stands in the history, so the back key closes it, and a reload keeps it.

import { createStore } from './store.ts'

export const settingsPages = [
  'account',
  'privacy',
  'sessions',
  'notifications',
  'appearance',
  'language',
  'folders',
  'storage',
  'keys',
] as const
export type SettingsPage = (typeof settingsPages)[number]

/** `menu` is the list of pages alone, as a phone shows it. */
type SettingsView = SettingsPage | 'menu'

interface Entry {
  settings: SettingsView
  /** Steps back to where the settings were opened. */
  depth: number
}

export const settingsView = createStore<SettingsView | null>(
  entryOf(history.state)?.settings ?? null,
)

/** Opens the settings, or another page of them. */
export function openSettings(shown: SettingsView = 'menu'): void {
  const entry = entryOf(history.state)
  // On a phone the menu stays a step behind its page; beside it, pages replace each other.
  if (!entry || (isPhone() && entry.settings === 'menu' && shown !== 'menu')) {
    history.pushState({ settings: shown, depth: (entry?.depth ?? 0) + 1 } satisfies Entry, '')
  } else {
    history.replaceState({ settings: shown, depth: entry.depth } satisfies Entry, '')
  }
  settingsView.set(shown)
}

export function closeSettings(): void {
  const entry = entryOf(history.state)
  settingsView.set(null)
  if (entry) history.go(-entry.depth)
}

/** From a page to the menu, where there is room for one of them only. */
export function backToMenu(): void {
  const entry = entryOf(history.state)
  if (entry && entry.depth > 1) history.back()
  else openSettings('menu')
}

/** Follows the back and forward keys. @returns ends it */
export function followSettingsHistory(): () => void {
  const onPop = () => settingsView.set(entryOf(history.state)?.settings ?? null)
  addEventListener('popstate', onPop)
  return () => removeEventListener('popstate', onPop)
}

function isPhone(): boolean {
  return matchMedia('(max-width: 720px)').matches
}

function entryOf(state: unknown): Entry | null {
  const entry = state as Partial<Entry> | null
  if (typeof entry?.settings !== 'string' || typeof entry.depth !== 'number') return null
  const known: readonly string[] = ['menu', ...settingsPages]
  return known.includes(entry.settings) ? (entry as Entry) : null
}
