// Where the demo people of a browser keep their chats: each window has a place of its own, named in its sessionStorage. The
// places of windows that are long gone are cleared away; over plain HTTP from another machine, where a browser gives no locks,
// also those of windows that have been open for longer than a day.

import { randomId } from './random-id.ts'
import { lockManager } from './window-life.ts'

const placeKey = 'petrel-page:place'
/** When each place was used last, ms since 1970 by this device's clock. */
const listKey = 'petrel-page:places'
const keptMs = 24 * 3_600_000
let isHeld = false

/** The place of this window, made at the first call. */
export function demoPlace(): string {
  const held = sessionStorage.getItem(placeKey)
  const place = held ?? `demo-${randomId()}`
  sessionStorage.setItem(placeKey, place)
  hold(place)
  void clearOthers(place).catch(() => {})
  return place
}

/** For as long as the window lives. A copied tab shares the place. */
function hold(place: string): void {
  const locks = lockManager()
  if (isHeld || !locks) return
  isHeld = true
  void locks.request(lockOf(place), { mode: 'shared' }, () => new Promise(() => {}))
}

async function clearOthers(place: string): Promise<void> {
  const now = Date.now()
  const places = { ...read(), [place]: now }
  for (const [name, usedAt] of Object.entries(places)) {
    // A clock that was set far ahead or back clears no more than a copy of what the server has.
    if (name === place || Math.abs(now - usedAt) < keptMs) continue
    if (await clearIdle(name)) delete places[name]
    else places[name] = now
  }
  localStorage.setItem(listKey, JSON.stringify(places))
}

/** @returns false while a window is at that place */
async function clearIdle(name: string): Promise<boolean> {
  const locks = lockManager()
  if (locks)
    return locks.request(lockOf(name), { ifAvailable: true }, async lock => {
      if (lock) await clear(name)
      return lock !== null
    })
  await clear(name)
  return true
}

async function clear(name: string): Promise<void> {
  const databases = (await indexedDB.databases?.()) ?? []
  for (const database of databases) {
    const isItsOwn =
      database.name === `petrel.${name}` || database.name?.startsWith(`petrel.${name}.`)
    if (isItsOwn && database.name) indexedDB.deleteDatabase(database.name)
  }
}

function lockOf(place: string): string {
  return `petrel.place.${place}`
}

function read(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(listKey) ?? '{}') as Record<string, number>
  } catch {
    return {}
  }
}
