// Where the demo people of a browser keep their chats: each window has a storage of its own, named in its sessionStorage and after
// its person. Who enters as the same person takes up what a closed window left: what was written there without a network is sent.
// The storages of windows that are long gone are cleared away; over plain HTTP from another machine, where a browser gives no
// locks, also those of windows that have been open for longer than a day, and nobody takes up another window's.

import { randomId } from './random-id.ts'
import { lockManager } from './window-life.ts'

const storageKey = 'petrel-page:demo-storage'
/** When each storage was used last, ms since 1970 by this device's clock. */
const listKey = 'petrel-page:demo-storages'
const keptMs = 24 * 3_600_000
/** Those that this window has a lock of. */
const held = new Set<string>()

/** The storage of this window, made at the first call. */
export function demoStorage(): string {
  const storage = sessionStorage.getItem(storageKey) ?? `demo-${randomId()}`
  sessionStorage.setItem(storageKey, storage)
  hold(storage)
  void clearOthers(storage).catch(() => {})
  return storage
}

/** The storage of whoever enters now: the one used last of theirs that no window is at, or a new one. */
export async function storageFor(username: string): Promise<string> {
  const usedAt = read()
  const theirs = Object.keys(usedAt).filter(name => name.startsWith(`demo-${username}-`))
  theirs.sort((a, b) => (usedAt[b] ?? 0) - (usedAt[a] ?? 0))
  for (const name of theirs) if (await takeIdle(name)) return name
  return `demo-${username}-${randomId()}`
}

/** This window has that storage from now on, also after a reload. */
export function beginAt(storage: string): void {
  sessionStorage.setItem(storageKey, storage)
}

/** @returns false while another window is at that storage */
async function takeIdle(name: string): Promise<boolean> {
  if (held.has(name)) return true
  const taken = await lockManager()?.request(lockOf(name), { ifAvailable: true }, lock => {
    // Asked for while nobody else can have it.
    if (lock) hold(name)
    return lock !== null
  })
  return taken === true
}

/** For as long as the window lives. A copied tab shares the storage. */
function hold(storage: string): void {
  const locks = lockManager()
  if (held.has(storage) || !locks) return
  held.add(storage)
  void locks.request(lockOf(storage), { mode: 'shared' }, () => new Promise(() => {}))
}

async function clearOthers(storage: string): Promise<void> {
  const now = Date.now()
  const storages = { ...read(), [storage]: now }
  for (const [name, usedAt] of Object.entries(storages)) {
    // A clock that was set far ahead or back clears no more than a copy of what the server has.
    if (name === storage || Math.abs(now - usedAt) < keptMs) continue
    if (await clearIdle(name)) delete storages[name]
    else storages[name] = now
  }
  localStorage.setItem(listKey, JSON.stringify(storages))
}

/** @returns false while a window is at that storage */
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

function lockOf(storage: string): string {
  return `petrel.storage.${storage}`
}

function read(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(listKey) ?? '{}') as Record<string, number>
  } catch {
    return {}
  }
}
