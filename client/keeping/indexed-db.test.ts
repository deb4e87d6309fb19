// The archive and the storage in IndexedDB: what is written comes back, is bounded, and a database that fails is lived without.

import 'fake-indexeddb/auto'
import { type DBSchema, openDB } from 'idb'
import t from 'tap'
import type { Chat, Message } from '#shared/protocol/models.ts'
import { memoryStorage } from '../storage.ts'
import type { Batch, KeptRows } from './archive.ts'
import { Database, type Handle } from './database.ts'
import { indexedDbArchive, isQuota } from './indexed-db-archive.ts'
import { indexedDbStorage } from './indexed-db-storage.ts'
import { memoryArchive } from './memory-archive.ts'

/** What a browser has and fake-indexeddb puts there. */
const idb = globalThis as unknown as Record<'IDBObjectStore' | 'IDBFactory', { prototype: object }>

/** As a later version would have it. */
interface Later extends DBSchema {
  entries: { key: string; value: string }
  more: { key: string; value: string }
}

let last = 0
/** Databases outlive a test. */
const unique = () => `petrel.test.${++last}`
const plenty = () => 1e9

function batchOf(changes: Partial<Batch> = {}): Batch {
  return {
    epoch: 1,
    urev: 5,
    clear: false,
    chats: [],
    gone: [],
    rows: [],
    withoutRows: [],
    users: [],
    sections: [],
    reads: [],
    ...changes,
  }
}

function chatOf(id: number): Batch['chats'][number] {
  const me = { role: 'member', rights: 0, read: 0 } as Chat['me']
  const chat: Chat = { id, kind: 'group', rev: 7, seq: 3, rights: 1, members: 2, at: 1, me }
  return { chat, calls: { count: 1, top: 3, read: 0, later: [2] } }
}

function rowsOf(chat: number, text = 'words'): KeptRows {
  const message: Message = { seq: 3, rev: 7, from: 2, rid: 9, at: 1.5, text }
  const own = [{ seq: 3, reacts: ['👍'] }]
  const counts = [{ seq: 3, views: 4 }]
  return { chat, at: 7, from: 1, to: 3, atStart: true, messages: [message], own, counts, mine: [3] }
}

t.test(
  'a database of a later version, or in a state that cannot be read, is made anew',
  async t => {
    const name = unique()
    const later = await openDB(name, 99, { upgrade: db => void db.createObjectStore('other') })
    await later.put('other', 1, 'key')
    later.close()
    const archive = indexedDbArchive({ name, bytesMax: plenty })
    t.equal(await archive.read(), undefined)
    await archive.write(batchOf({ chats: [chatOf(1)] }))
    t.equal((await archive.read())?.chats.length, 1)
  },
)

t.test('what nobody else has is not deleted for an error, nor for another version', async t => {
  const name = unique()
  const later = await openDB(name, 99, { upgrade: db => void db.createObjectStore('entries') })
  await later.put('entries', { text: 'a' }, 'outbox.1.1')
  later.close()
  const other = memoryStorage()
  const troubles: unknown[] = []
  const storage = indexedDbStorage({ name, other, trouble: error => troubles.push(error) })
  t.same(await storage.list('outbox.1.'), [])
  await storage.set('outbox.1.2', { text: 'b' })
  t.same(await storage.list('outbox.1.'), [['outbox.1.2', { text: 'b' }]], 'the other place')
  t.match(troubles, [{ name: 'VersionError' }])
  const again = await openDB(name)
  t.same(await again.get('entries', 'outbox.1.1'), { text: 'a' })
  again.close()
})

t.test('a later version finds what an earlier one had, where nobody else has it', async t => {
  for (const precious of [true, false]) {
    const name = unique()
    const old = await openDB(name, 1, { upgrade: db => void db.createObjectStore('entries') })
    await old.put('entries', 'text', 'key')
    old.close()
    const makeStores = (db: Handle<Later>) => {
      for (const store of ['entries', 'more'] as const) {
        if (!db.objectStoreNames.contains(store)) db.createObjectStore(store)
      }
    }
    const db = await new Database<Later>(name, 2, makeStores, { precious }).open()
    t.same([...db.objectStoreNames], ['entries', 'more'])
    t.equal(await db.get('entries', 'key'), precious ? 'text' : undefined)
  }
})

t.test('a database that did not open once has all it had at the next start', async t => {
  const name = unique()
  const other = memoryStorage()
  const troubles: unknown[] = []
  const start = () => indexedDbStorage({ name, other, trouble: error => troubles.push(error) })
  await start().set('outbox.1.1', { text: 'a' })
  const { open } = idb.IDBFactory.prototype as { open: unknown }
  Object.assign(idb.IDBFactory.prototype, {
    open() {
      throw new DOMException('not now', 'UnknownError')
    },
  })
  t.teardown(() => Object.assign(idb.IDBFactory.prototype, { open }))
  t.same(await start().list('outbox.1.'), [])
  t.match(troubles, [{ name: 'UnknownError' }])
  Object.assign(idb.IDBFactory.prototype, { open })
  t.same(await start().list('outbox.1.'), [['outbox.1.1', { text: 'a' }]])
})

t.test(
  'what the database had no room for is newer than what it has, and gone when deleted',
  async t => {
    const name = unique()
    const other = memoryStorage()
    const troubles: unknown[] = []
    const start = () => indexedDbStorage({ name, other, trouble: error => troubles.push(error) })
    const storage = start()
    await storage.set('draft.1.1', 'old')
    await storage.set('outbox.1.1', 'refused')
    const { put } = idb.IDBObjectStore.prototype as { put: unknown }
    t.teardown(() => Object.assign(idb.IDBObjectStore.prototype, { put }))
    Object.assign(idb.IDBObjectStore.prototype, {
      put() {
        throw new DOMException('no room', 'QuotaExceededError')
      },
    })
    await storage.set('draft.1.1', 'new')
    await storage.set('draft.1.2', 'another')
    await storage.delete('outbox.1.1')
    t.equal(troubles.length, 1)
    Object.assign(idb.IDBObjectStore.prototype, { put })
    for (const place of [storage, start()]) {
      t.equal(await place.get('draft.1.1'), 'new')
      t.same(await place.list('draft.1.'), [
        ['draft.1.1', 'new'],
        ['draft.1.2', 'another'],
      ])
      t.same(await place.list('outbox.'), [])
    }
    await storage.set('draft.1.1', 'newest')
    t.equal(await other.get('draft.1.1'), undefined)
    t.equal(await start().get('draft.1.1'), 'newest')
  },
)

t.test('parts that are no longer what they should be are passed over', async t => {
  const name = unique()
  const archive = indexedDbArchive({ name, bytesMax: plenty })
  await archive.write(batchOf({ chats: [chatOf(1), chatOf(2)], rows: [rowsOf(1), rowsOf(2)] }))
  const db = await openDB(name)
  await db.put('chats', { chat: { id: 2, kind: 'nonsense' } })
  await db.put('rows', new Uint8Array([0xc1]), 1)
  await db.put('rows', new Uint8Array([0x91, 0x80]), 2)
  t.same(
    (await archive.read())?.chats.map(({ chat }) => chat.id),
    [1],
  )
  for (const id of [1, 2]) t.equal(await archive.rows(id), undefined)
  await db.put('head', { epoch: 'first' }, 'head')
  t.equal(await archive.read(), undefined)
  db.close()
})

t.test(
  'when the browser has no room, history makes some; when that is not enough, it says so',
  async t => {
    const name = unique()
    const archive = indexedDbArchive({ name, bytesMax: plenty })
    await archive.write(batchOf({ chats: [chatOf(1), chatOf(2)], rows: [rowsOf(1), rowsOf(2)] }))
    const { put } = idb.IDBObjectStore.prototype as { put(...args: unknown[]): unknown }
    const full = (times: number) => {
      let left = times
      Object.assign(idb.IDBObjectStore.prototype, {
        put(this: unknown, ...args: unknown[]) {
          if (left-- > 0) throw new DOMException('no room', 'QuotaExceededError')
          return put.apply(this, args)
        },
      })
    }
    t.teardown(() => Object.assign(idb.IDBObjectStore.prototype, { put }))
    full(1)
    t.equal(await archive.write(batchOf({ urev: 6, rows: [rowsOf(3)] })), true)
    t.equal((await archive.read())?.withRows.includes(1), false, 'the oldest made room')
    full(1e9)
    const error = await archive.write(batchOf({ urev: 7, rows: [rowsOf(3)] })).catch(e => e)
    t.ok(isQuota(error))
  },
)

t.test('what is written comes back, and only whole', async t => {
  const archive = indexedDbArchive({ name: unique(), bytesMax: plenty })
  const sections: Batch['sections'] = [['contacts', new Map([[2, 'Bobby']])]]
  const whole = {
    next: { at: 1, chat: 9 },
    chats: [chatOf(1), chatOf(2)],
    rows: [rowsOf(1)],
    users: [{ id: 2, name: 'Bob' }],
    sections,
    reads: [[1, 3]] as Batch['reads'],
  }
  t.equal(await archive.write(batchOf(whole)), true)
  t.same(await archive.read(), {
    epoch: 1,
    urev: 5,
    next: { at: 1, chat: 9 },
    chats: [chatOf(1), chatOf(2)],
    withRows: [1],
    users: [{ id: 2, name: 'Bob' }],
    sections,
    reads: [[1, 3]],
  })
  t.same(await archive.rows(1), rowsOf(1))
  t.equal(await archive.rows(2), undefined)
  await archive.write(batchOf({ gone: [2], withoutRows: [1] }))
  t.match(await archive.read(), { chats: [{ chat: { id: 1 } }], withRows: [] })
})

t.test('a tab that is behind takes nothing back, a new epoch takes all', async t => {
  const archive = indexedDbArchive({ name: unique(), bytesMax: plenty })
  await archive.write(batchOf({ urev: 5, chats: [chatOf(1)] }))
  t.equal(await archive.write(batchOf({ urev: 4, gone: [1] })), false)
  t.equal(await archive.write(batchOf({ epoch: 2, urev: 9, gone: [1] })), false)
  t.equal((await archive.read())?.chats.length, 1)
  t.equal(await archive.write(batchOf({ epoch: 2, urev: 1, clear: true })), true)
  t.match(await archive.read(), { epoch: 2, urev: 1, chats: [] })
})

t.test('read marks of several tabs stand beside each other until they are told', async t => {
  for (const archive of [indexedDbArchive({ name: unique(), bytesMax: plenty }), memoryArchive()]) {
    const readTo = (id: number, read: number) => {
      const { chat, calls } = chatOf(id)
      return { chat: { ...chat, me: { ...chat.me, read } }, calls }
    }
    const reads = async () => new Map((await archive.read())?.reads)
    await archive.write(batchOf({ chats: [chatOf(1), chatOf(2), chatOf(3)], reads: [[1, 2]] }))
    await archive.write(batchOf({ reads: [[2, 1]] }))
    const both = new Map([
      [1, 2],
      [2, 1],
    ])
    t.same(await reads(), both)
    await archive.write(batchOf({ reads: [[1, 1]] }))
    t.same(await reads(), both, 'the higher one')
    await archive.write(batchOf({ chats: [readTo(1, 2)], gone: [2] }))
    t.same(await reads(), new Map(), 'told, and gone')
    await archive.write(batchOf({ reads: [[3, 99]] }))
    await archive.write(batchOf({ chats: [readTo(3, 3)] }))
    t.same(await reads(), new Map(), 'beyond the last message there is nothing to tell')
    await archive.write(batchOf({ reads: [[1, 3]] }))
    await archive.write(batchOf({ chats: [chatOf(1)], clear: true }))
    t.same(await reads(), new Map(), 'another history')
  }
})

t.test('history is bounded: what was used longest ago goes first, chats stay', async t => {
  let bytesMax = 1e9
  const archive = indexedDbArchive({ name: unique(), bytesMax: () => bytesMax })
  const long = 'x'.repeat(10_000)
  for (const id of [1, 2, 3]) {
    await archive.write(batchOf({ chats: [chatOf(id)], rows: [rowsOf(id, long)] }))
  }
  await archive.rows(1)
  bytesMax = 31_000
  await archive.write(batchOf({ chats: [chatOf(4)], rows: [rowsOf(4, long)] }))
  t.match(await archive.read(), { chats: { length: 4 }, withRows: [1, 3, 4] })
  t.ok((await archive.usage()) <= bytesMax)
  bytesMax = 11_000
  await archive.trim()
  t.same((await archive.read())?.withRows, [4])
  await archive.dropHistory()
  t.match(await archive.read(), { chats: { length: 4 }, withRows: [] })
  t.equal(await archive.usage(), 0)
})

t.test('forgotten by one tab it is gone for all, and the others keep nothing any more', async t => {
  const name = unique()
  const [one, other] = [1, 2].map(() => indexedDbArchive({ name, bytesMax: plenty }))
  await one?.write(batchOf({ chats: [chatOf(1)] }))
  await other?.read()
  await one?.forget()
  t.equal(await other?.write(batchOf({ chats: [chatOf(1)] })), true, 'without a word')
  t.equal(await other?.read(), undefined)
  t.equal(await indexedDbArchive({ name, bytesMax: plenty }).read(), undefined)
})

t.test('unsent messages and drafts lie in the database, everything else where it was', async t => {
  const name = unique()
  const other = memoryStorage()
  const storage = indexedDbStorage({ name, other, trouble: () => t.fail('the database failed') })
  await storage.set('tokens', 'secret')
  await storage.set('outbox.1.2', { text: 'b' })
  await storage.set('outbox.1.1', { text: 'a' })
  await storage.set('draft.1.1', { draft: null })
  t.same(await other.list(''), [['tokens', 'secret']])
  const again = indexedDbStorage({ name, other, trouble: () => t.fail('the database failed') })
  t.same(await again.list('outbox.1.'), [
    ['outbox.1.1', { text: 'a' }],
    ['outbox.1.2', { text: 'b' }],
  ])
  t.same(await again.get('draft.1.1'), { draft: null })
  await again.delete('outbox.1.1')
  t.equal((await storage.list('outbox.')).length, 1)
})

t.test('without a database the other place keeps them, and it is said once', async t => {
  const { open } = idb.IDBFactory.prototype as { open: unknown }
  Object.assign(idb.IDBFactory.prototype, {
    open() {
      throw new DOMException('not here', 'SecurityError')
    },
  })
  t.teardown(() => Object.assign(idb.IDBFactory.prototype, { open }))
  const other = memoryStorage()
  const troubles: unknown[] = []
  const trouble = (error: unknown) => troubles.push(error)
  const storage = indexedDbStorage({ name: unique(), other, trouble })
  await storage.set('outbox.1.1', { text: 'a' })
  await storage.set('outbox.1.2', { text: 'b' })
  t.equal((await storage.list('outbox.1.')).length, 2)
  t.same(await other.get('outbox.1.1'), { text: 'a' })
  t.equal(troubles.length, 1)
  const archive = indexedDbArchive({ name: unique(), bytesMax: plenty })
  await t.rejects(archive.read(), { name: 'SecurityError' })
  await t.rejects(archive.write(batchOf()), { name: 'SecurityError' })
})
