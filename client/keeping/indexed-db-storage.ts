// A Storage whose unsent messages and drafts lie in IndexedDB, which is larger than web storage and survives a crash. Everything
// else (tokens above all, which every tab must see at once) stays where it was. What the database does not take goes to the other
// place, too, and is newer there than what the database has of it. Nobody else has any of this, so the database is never made anew.

import type { DBSchema } from 'idb'
import type { Storage } from '../types.ts'
import { Database, type Handle } from './database.ts'

interface Schema extends DBSchema {
  entries: { key: string; value: unknown }
}

const prefixes = ['outbox.', 'draft.']

/**
 * @param options.name of the database
 * @param options.other keeps all other keys, and these too while the database fails
 * @param options.trouble told once when it does
 */
export function indexedDbStorage(options: {
  name: string
  other: Storage
  trouble(error: unknown): void
}): Storage {
  const { other } = options
  const database = new Database<Schema>(options.name, 1, makeStores, { precious: true })
  let isTold = false
  /** @returns undefined when the database failed */
  const attempt = async <Value>(run: (db: Handle<Schema>) => Promise<Value>) => {
    try {
      return { value: await run(await database.open()) }
    } catch (error) {
      if (!isTold) options.trouble(error)
      isTold = true
      return undefined
    }
  }
  return {
    async get(key) {
      const held = await other.get(key)
      const isHere = !inDatabase(key) || (held !== undefined && held !== null)
      return isHere ? held : (await attempt(db => db.get('entries', key)))?.value
    },
    async set(key, value) {
      const done = inDatabase(key) ? await attempt(db => put(db, key, value)) : undefined
      if (!done) await other.set(key, value)
      else await other.delete(key)
    },
    async delete(key) {
      if (inDatabase(key)) await attempt(db => db.delete('entries', key))
      await other.delete(key)
    },
    async list(prefix) {
      const stored = inDatabase(prefix) ? await attempt(db => entriesOf(db, prefix)) : undefined
      const entries = new Map([...(stored?.value ?? []), ...(await other.list(prefix))])
      return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
    },
  }
}

function inDatabase(key: string): boolean {
  return prefixes.some(start => key.startsWith(start))
}

function makeStores(db: Handle<Schema>): void {
  if (!db.objectStoreNames.contains('entries')) db.createObjectStore('entries')
}

async function put(db: Handle<Schema>, key: string, value: unknown): Promise<void> {
  // An answer to "is it safe?" must be true when the machine loses its power.
  const tx = db.transaction('entries', 'readwrite', { durability: 'strict' })
  await Promise.all([tx.store.put(value, key), tx.done])
}

async function entriesOf(db: Handle<Schema>, prefix: string): Promise<[string, unknown][]> {
  const range = rangeOf(prefix)
  const [keys, values] = await Promise.all([
    db.getAllKeys('entries', range),
    db.getAll('entries', range),
  ])
  return keys.map((key, i) => [key, values[i]])
}

/** All keys that begin so. The class stands here, as IndexedDB is only there in browsers. */
function rangeOf(prefix: string) {
  const { IDBKeyRange: range } = globalThis as unknown as {
    IDBKeyRange: { bound(from: string, to: string): never }
  }
  return range.bound(prefix, `${prefix}\uffff`)
}
