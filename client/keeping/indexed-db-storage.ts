// A Storage whose unsent messages and drafts lie in IndexedDB, which is larger than web storage and survives a crash. Everything
// else (tokens above all, which every tab must see at once) stays where it was. Without IndexedDB the other place takes all.

import type { DBSchema } from 'idb'
import type { Storage } from '../types.ts'
import { Database } from './database.ts'

interface Schema extends DBSchema {
  entries: { key: string; value: unknown }
}

const prefixes = ['outbox.', 'draft.']

/**
 * @param options.name of the database
 * @param options.other keeps all other keys, and these too when the database fails
 * @param options.trouble told once when it does
 */
export function indexedDbStorage(options: {
  name: string
  other: Storage
  trouble(error: unknown): void
}): Storage {
  const { other } = options
  const database = new Database<Schema>(options.name, 1, db => db.createObjectStore('entries'))
  let isBroken = false
  const inDatabase = (key: string) => !isBroken && prefixes.some(start => key.startsWith(start))
  /** @returns undefined when the database failed: it is not asked again */
  const attempt = async <Value>(
    run: (db: Awaited<ReturnType<typeof database.open>>) => Promise<Value>,
  ) => {
    try {
      return { value: await run(await database.open()) }
    } catch (error) {
      if (!isBroken) options.trouble(error)
      isBroken = true
      return undefined
    }
  }
  return {
    async get(key) {
      const found = inDatabase(key) ? await attempt(db => db.get('entries', key)) : undefined
      return found?.value ?? other.get(key)
    },
    async set(key, value) {
      const done = inDatabase(key)
        ? await attempt(async db => {
            // An answer to "is it safe?" must be true when the machine loses its power.
            const tx = db.transaction('entries', 'readwrite', { durability: 'strict' })
            await Promise.all([tx.store.put(value, key), tx.done])
          })
        : undefined
      if (!done) await other.set(key, value)
    },
    async delete(key) {
      if (inDatabase(key)) await attempt(db => db.delete('entries', key))
      await other.delete(key)
    },
    async list(prefix) {
      const [keys, values] = inDatabase(prefix)
        ? ((
            await attempt(db =>
              Promise.all([
                db.getAllKeys('entries', rangeOf(prefix)),
                db.getAll('entries', rangeOf(prefix)),
              ]),
            )
          )?.value ?? [[], []])
        : [[], []]
      const entries = new Map(await other.list(prefix))
      for (const [i, key] of keys.entries()) entries.set(key, values[i])
      return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
    },
  }
}

/** All keys that begin so. The class stands here, as IndexedDB is only there in browsers. */
function rangeOf(prefix: string) {
  const { IDBKeyRange: range } = globalThis as unknown as {
    IDBKeyRange: { bound(from: string, to: string): never }
  }
  return range.bound(prefix, `${prefix}\uffff`)
}
