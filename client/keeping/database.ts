// A database of IndexedDB: opened when it is first used, given up when another tab wants it gone. One that is only a copy of
// what the server has is made anew when it cannot be opened or is of another version; one that is `precious` never is. Used by
// the other files of this folder.

import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb'

/** Nobody waits longer at the start for a database that neither opens nor fails. */
const openMs = 5_000

export type Handle<Schema extends DBSchema> = IDBPDatabase<Schema>

export class Database<Schema extends DBSchema> {
  readonly #name: string
  readonly #version: number
  readonly #upgrade: (db: Handle<Schema>) => void
  readonly #isPrecious: boolean
  #opened: Promise<Handle<Schema>> | undefined
  #isGone = false

  /**
   * @param upgrade makes all stores; whatever an earlier version had is gone by then
   * @param options.precious nobody else has what is in it: `upgrade` finds what an earlier version had, and makes what is missing
   */
  constructor(
    name: string,
    version: number,
    upgrade: (db: Handle<Schema>) => void,
    { precious = false } = {},
  ) {
    this.#name = name
    this.#version = version
    this.#upgrade = upgrade
    this.#isPrecious = precious
  }

  /** Another tab deletes it, or is of a later version: it is no longer to be used here. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** @throws what the browser throws: no storage in a private window, a quota, a tab of an older version in the way */
  open(): Promise<Handle<Schema>> {
    this.#opened ??= this.#open().catch(async error => {
      if (this.#isPrecious || error instanceof Blocked) throw error
      // Broken, or of a later version of this program: what is in it can be had again.
      await this.#remove()
      return this.#open()
    })
    return this.#opened
  }

  /** Deletes it with all that is in it; a later `open` makes it anew. */
  async delete(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    const db = await opened?.catch(() => undefined)
    db?.close()
    await this.#remove()
  }

  async #remove(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      // It goes as soon as the other tab lets go of it.
      deleteDB(this.#name, { blocked: () => resolve() }).then(resolve, reject)
    })
  }

  #open(): Promise<Handle<Schema>> {
    return new Promise((resolve, reject) => {
      let isLate = false
      const blocked = () => {
        isLate = true
        reject(new Blocked())
      }
      const timer = setTimeout(blocked, openMs)
      const opening = openDB<Schema>(this.#name, this.#version, {
        upgrade: db => {
          const old = this.#isPrecious ? [] : [...db.objectStoreNames]
          for (const store of old) db.deleteObjectStore(store)
          this.#upgrade(db)
        },
        blocked,
        blocking: () => {
          this.#isGone = true
          void opening.then(db => db.close())
        },
        terminated: () => {
          this.#opened = undefined
        },
      })
      void opening
        .then(db => (isLate ? db.close() : resolve(db)), reject)
        .finally(() => clearTimeout(timer))
    })
  }
}

class Blocked extends Error {
  constructor() {
    super('the database does not open; another tab may hold an older version of it')
  }
}
