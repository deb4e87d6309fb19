// Where the demo people of a browser keep their chats: each window has a place of its own, named in its sessionStorage. The
// places of windows that are long gone are cleared away.

import { randomId } from './random-id.ts'

const placeKey = 'petrel-page:place'
/** When each place was used last, ms since 1970 by this device's clock. */
const listKey = 'petrel-page:places'
const keptMs = 24 * 3_600_000

/** The place of this window, made at the first call. */
export function demoPlace(): string {
  const held = sessionStorage.getItem(placeKey)
  const place = held ?? `demo-${randomId()}`
  sessionStorage.setItem(placeKey, place)
  void clearOthers(place).catch(() => {})
  return place
}

async function clearOthers(place: string): Promise<void> {
  const now = Date.now()
  const places = { ...read(), [place]: now }
  for (const [name, usedAt] of Object.entries(places)) {
    // A clock that was set far ahead or back clears no more than a copy of what the server has.
    if (name === place || Math.abs(now - usedAt) < keptMs) continue
    await clear(name)
    delete places[name]
  }
  localStorage.setItem(listKey, JSON.stringify(places))
}

async function clear(name: string): Promise<void> {
  const databases = (await indexedDB.databases?.()) ?? []
  for (const database of databases) {
    const isItsOwn =
      database.name === `petrel.${name}` || database.name?.startsWith(`petrel.${name}.`)
    if (isItsOwn && database.name) indexedDB.deleteDatabase(database.name)
  }
}

function read(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(listKey) ?? '{}') as Record<string, number>
  } catch {
    return {}
  }
}
