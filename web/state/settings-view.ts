// Which page of the settings is open, if any. It stands in the history, so the back key closes it, and a reload keeps it.

import { followSteps, placeAt, pushStep, replaceStep, stepNow, travelTo } from './steps.ts'
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
  /** The place where the settings were opened. */
  settingsAt: number
  /** The menu is there. */
  overMenu?: true
}

export const settingsView = createStore<SettingsView | null>(entryNow()?.settings ?? null)

/** Opens the settings, or another page of them. */
export function openSettings(shown: SettingsView = 'menu'): void {
  const entry = entryNow()
  const isOverMenu = entry?.settings === 'menu' && isPhone() && shown !== 'menu'
  if (!entry) pushStep({ settings: shown, settingsAt: placeAt() + 1 } satisfies Entry)
  // On a phone the menu stays a step behind its page; beside it, pages replace each other.
  else if (isOverMenu) pushStep({ ...entry, settings: shown, overMenu: true } satisfies Entry)
  else replaceStep({ ...entry, settings: shown } satisfies Entry)
  settingsView.set(shown)
}

export function closeSettings(): void {
  const entry = entryNow()
  settingsView.set(null)
  if (entry) travelTo(entry.settingsAt - 1)
}

/** From a page to the menu, where there is room for one of them only. */
export function backToMenu(): void {
  const entry = entryNow()
  if (entry?.overMenu) travelTo(entry.settingsAt)
  else openSettings('menu')
}

/** Follows the back and forward keys. @returns ends it */
export function followSettingsHistory(): () => void {
  return followSteps(() => settingsView.set(entryNow()?.settings ?? null))
}

function isPhone(): boolean {
  return matchMedia('(max-width: 720px)').matches
}

function entryNow(): Entry | null {
  const entry: Partial<Entry> = stepNow()
  if (typeof entry.settings !== 'string' || typeof entry.settingsAt !== 'number') return null
  const known: readonly string[] = ['menu', ...settingsPages]
  return known.includes(entry.settings) ? (entry as Entry) : null
}
