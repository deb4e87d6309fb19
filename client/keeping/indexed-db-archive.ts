// An archive in IndexedDB: one database for each person, so that signing out deletes it whole. History is bounded; what was
// looked at longest ago goes first. Bodies are checked when they are read, as if they came from elsewhere.

import type { DBSchema, IDBPTransaction } from 'idb'
import * as z from 'zod'
import { decodeEach, encode } from '#shared/protocol/codec.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { chat, message, own, postCounts, type User, user } from '#shared/protocol/models.ts'
import {
  type Archive,
  type Batch,
  type Kept,
  type KeptChat,
  type KeptRows,
  mayWrite,
  mergedReads,
} from './archive.ts'
import { Database } from './database.ts'

/** Raised when what lies in the stores changes its meaning: everything is dropped and fetched anew then. */
const version = 1

interface Schema extends DBSchema {
  head: { key: string; value: Pick<Kept, 'epoch' | 'urev' | 'next' | 'reads'> }
  chats: { key: number; value: KeptChat }
  users: { key: number; value: User }
  sections: { key: string; value: { name: string; value: unknown } }
  /** What the bound counts, apart from the bodies, so that it is quick to read. */
  stretches: { key: number; value: Stretch }
  /** A `KeptRows`, encoded, by chat. */
  rows: { key: number; value: Uint8Array }
}

interface Stretch {
  chat: ChatId
  bytes: number
  /** The how-manieth use of any stretch was its last one: no clock, which may go back. */
  use: number
}

const stores = ['head', 'chats', 'users', 'sections', 'stretches', 'rows'] as const
const headKey = 'head'

export interface IndexedDbArchive extends Archive {
  /** Bytes of history kept. */
  usage(): Promise<number>
  /** Drops history until it fits the bound again. */
  trim(): Promise<void>
  /** Drops all history; chats and people stay. */
  dropHistory(): Promise<void>
}

/**
 * @param options.name of the database
 * @param options.bytesMax bound of the history, asked at each write
 */
export function indexedDbArchive(options: { name: string; bytesMax(): number }): IndexedDbArchive {
  const { name, bytesMax } = options
  const database = new Database<Schema>(name, version, db => {
    db.createObjectStore('head')
    db.createObjectStore('chats', { keyPath: 'chat.id' })
    db.createObjectStore('users', { keyPath: 'id' })
    db.createObjectStore('sections', { keyPath: 'name' })
    db.createObjectStore('stretches', { keyPath: 'chat' })
    db.createObjectStore('rows')
  })
  const dropTo = async (bytes: number) => {
    if (database.isGone) return
    const db = await database.open()
    const tx = db.transaction(['stretches', 'rows'], 'readwrite')
    const all = await tx.objectStore('stretches').getAll()
    const drops = surplus(all, bytes).flatMap(({ chat: id }) => [
      tx.objectStore('stretches').delete(id),
      tx.objectStore('rows').delete(id),
    ])
    await Promise.all([...drops, tx.done])
  }
  return {
    read: async () => (database.isGone ? undefined : readAll(database)),
    rows: async id => (database.isGone ? undefined : readRows(database, id)),
    async write(batch) {
      if (database.isGone) return true
      try {
        return await write(database, batch, bytesMax())
      } catch (error) {
        if (!isQuota(error)) throw error
        // The browser gives less than the bound: history makes room for what is newer.
        await dropTo((await usage(database)) / 2)
        return write(database, batch, (await usage(database)) / 2)
      }
    },
    forget: () => database.delete(),
    usage: async () => (database.isGone ? 0 : usage(database)),
    trim: () => dropTo(bytesMax()),
    dropHistory: () => dropTo(0),
  }
}

/** Whether there is no room left, however the browser says so. */
export function isQuota(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'QuotaExceededError'
}

async function readAll(database: Database<Schema>): Promise<Kept | undefined> {
  const db = await database.open()
  const tx = db.transaction([...stores])
  const [head, chats, users, sections, withRows] = await Promise.all([
    tx.objectStore('head').get(headKey),
    tx.objectStore('chats').getAll(),
    tx.objectStore('users').getAll(),
    tx.objectStore('sections').getAll(),
    tx.objectStore('stretches').getAllKeys(),
    tx.done,
  ])
  const known = headShape.safeParse(head)
  if (!known.success) return undefined
  return {
    ...known.data,
    // One that cannot be read is as one that was never kept: the server tells of it.
    chats: chats.filter(kept => chatShape.safeParse(kept).success),
    users: users.filter(kept => user.safeParse(kept).success),
    sections: sections.map(({ name, value }) => [name, value]),
    withRows,
  }
}

async function readRows(database: Database<Schema>, id: ChatId): Promise<KeptRows | undefined> {
  const db = await database.open()
  const bytes = await db.get('rows', id)
  if (!bytes) return undefined
  const tx = db.transaction('stretches', 'readwrite')
  const all = await tx.store.getAll()
  const used = all.find(stretch => stretch.chat === id)
  const puts = used ? [tx.store.put({ ...used, use: nextUse(all) })] : []
  await Promise.all([...puts, tx.done])
  return unpack(bytes)
}

async function write(database: Database<Schema>, batch: Batch, bytesMax: number): Promise<boolean> {
  const db = await database.open()
  const tx: Writing = db.transaction([...stores], 'readwrite')
  try {
    return await writeIn(tx, batch, bytesMax)
  } catch (error) {
    // All of it or nothing: what was put before the failure is taken back.
    tx.done.catch(() => {})
    attempt(() => tx.abort())
    throw error
  }
}

type Names = (typeof stores)[number][]
type Writing = IDBPTransaction<Schema, Names, 'readwrite'>

async function writeIn(tx: Writing, batch: Batch, bytesMax: number): Promise<boolean> {
  const to = <Name extends Names[number]>(name: Name) => tx.objectStore(name)
  const head = await to('head').get(headKey)
  if (!mayWrite(head, batch)) {
    await tx.done
    return false
  }
  const { epoch, urev, next } = batch
  const reads = await readsIn(tx, head?.reads ?? [], batch)
  const all = batch.clear ? [] : await to('stretches').getAll()
  const use = nextUse(all)
  const packed = batch.rows.map(rows => ({ id: rows.chat, bytes: pack(rows) }))
  const news = packed.map(({ id, bytes }, i) => ({ chat: id, bytes: bytes.length, use: use + i }))
  const replaced = new Set([...batch.gone, ...batch.withoutRows, ...packed.map(({ id }) => id)])
  const held = [...all.filter(stretch => !replaced.has(stretch.chat)), ...news]
  const drops = surplus(held, bytesMax).map(stretch => stretch.chat)
  const changes: Promise<unknown>[] = []
  const lay = (change: Promise<unknown>) => {
    // Where one fails, all others fail with it, and nobody waits for them any more.
    change.catch(() => {})
    changes.push(change)
  }
  if (batch.clear) for (const name of stores) lay(to(name).clear())
  lay(to('head').put({ epoch, urev, reads, ...(next && { next }) }, headKey))
  for (const kept of batch.chats) lay(to('chats').put(kept))
  for (const kept of batch.users) lay(to('users').put(kept))
  for (const [name, value] of batch.sections) lay(to('sections').put({ name, value }))
  for (const id of batch.gone) lay(to('chats').delete(id))
  for (const { id, bytes } of packed) lay(to('rows').put(bytes, id))
  for (const stretch of news) lay(to('stretches').put(stretch))
  for (const id of [...batch.gone, ...batch.withoutRows, ...drops]) {
    lay(to('rows').delete(id))
    lay(to('stretches').delete(id))
  }
  await Promise.all([...changes, tx.done])
  return true
}

async function readsIn(tx: Writing, kept: Batch['reads'], batch: Batch): Promise<Batch['reads']> {
  const stored = await Promise.all(kept.map(([id]) => tx.objectStore('chats').get(id)))
  const chats = new Map(
    [...stored, ...batch.chats].flatMap(held => (held ? [[held.chat.id, held.chat] as const] : [])),
  )
  for (const id of batch.gone) chats.delete(id)
  return mergedReads(kept, batch, chats)
}

/** A transaction that has failed by itself cannot be aborted once more. */
function attempt(run: () => void): void {
  try {
    run()
  } catch {}
}

async function usage(database: Database<Schema>): Promise<number> {
  const db = await database.open()
  return sum(await db.getAll('stretches'))
}

/** The stretches to drop so that the others fit, those used longest ago. */
function surplus(all: readonly Stretch[], bytesMax: number): Stretch[] {
  let over = sum(all) - bytesMax
  return [...all]
    .sort((a, b) => a.use - b.use)
    .filter(({ bytes }) => {
      const isOver = over > 0
      if (isOver) over -= bytes
      return isOver
    })
}

function sum(all: readonly Stretch[]): number {
  return all.reduce((bytes, stretch) => bytes + stretch.bytes, 0)
}

function nextUse(all: readonly Stretch[]): number {
  return Math.max(0, ...all.map(({ use }) => use)) + 1
}

function pack(rows: KeptRows): Uint8Array {
  // The encoder's own memory is used again.
  return encode([rows]).slice()
}

function unpack(bytes: Uint8Array): KeptRows | undefined {
  const within = { depthMax: 24, itemsMax: 1_000_000 }
  const [frame] = decodeEach(bytes, within)
  const parsed = rowsShape.safeParse(frame?.[0])
  return parsed.success ? parsed.data : undefined
}

const count = z.int().min(0)
const headShape = z.object({
  epoch: z.int(),
  urev: count,
  next: z.object({ at: z.number(), chat: count }).optional(),
  reads: z.array(z.tuple([count, count])),
})
const chatShape = z.object({
  chat,
  calls: z.object({ count, top: count, read: count, later: z.array(count) }),
})
const rowsShape = z.object({
  chat: count,
  at: count,
  from: count,
  to: count,
  atStart: z.boolean(),
  messages: z.array(message),
  own: z.array(own),
  counts: z.array(postCounts),
  mine: z.array(count),
})
