// What a person chose for this browser: look, keys, language, notifications, room. Kept in localStorage, so that all windows
// share it and follow each other; in memory where there is none. Its look is set on <html> here, and before the first paint
// by public/first-paint.js, which knows the same names.

import { isTouch } from './pointer.ts'
import { choices, type Settings } from './setting-choices.ts'
import { createStore } from './store.ts'

const key = 'petrel-page:settings'
/** Those that the style sheets read as `data-…` of <html>. */
const looks = ['theme', 'accent', 'size', 'motion'] as const
const bars = { light: '#eaf0f4', dark: '#111a21' }

export const settings = createStore<Settings>(complete(read()))

/** Changes some of them, here and in all other windows of this browser. */
export function changeSettings(change: Partial<Settings>): void {
  const next = complete({ ...settings.get(), ...change })
  settings.set(next)
  try {
    localStorage.setItem(key, JSON.stringify(next))
  } catch {
    // No room, or none allowed: they hold until the page goes.
  }
}

/** Sets the look now and whenever it changes, also by another window. Called once, before anything is drawn. */
export function followSettings(): void {
  setLook()
  settings.subscribe(setLook)
  addEventListener('storage', event => {
    // Without a key all of it was cleared.
    if (event.key === key || event.key === null) settings.set(complete(read()))
  })
}

function setLook(): void {
  const now = settings.get()
  for (const name of looks) document.documentElement.dataset[name] = now[name]
  // The browser's own bar above the page, on a phone: one meta element for each theme of the device.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const device = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = bars[now.theme === 'system' ? device : now.theme]
  }
}

function read(): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}')
  } catch {
    return {}
  }
}

/** Takes what is one of the choices and leaves out the rest, as of an older or newer version of the page. */
function complete(stored: unknown): Settings {
  const given = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<
    string,
    unknown
  >
  // Without another key for it the Enter of a finger's keyboard begins a line.
  const usual: Partial<Settings> = isTouch() ? { sendWith: 'ctrlEnter' } : {}
  const all = Object.entries(choices).map(([name, values]) => {
    const known: readonly unknown[] = values
    return [
      name,
      known.includes(given[name]) ? given[name] : (usual[name as keyof Settings] ?? known[0]),
    ]
  })
  return Object.fromEntries(all) as Settings
}
