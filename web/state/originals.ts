// Messages that others answer and that are not loaded: read one by one, a few at a time, and kept for the life of the page.

import type { PetrelClient } from '#client/index.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { createStore } from './store.ts'

export interface Original {
  from: number
  name: string
  text: string
  ents?: readonly Entity[]
  deleted?: true
}

const keptMax = 500
const atOnceMax = 2

/** null: it is gone, or cannot be read. */
export const originals = createStore<ReadonlyMap<string, Original | null>>(new Map())
const wanted: { client: PetrelClient; chat: ChatId; seq: Seq }[] = []
const asked = new Set<string>()
let running = 0
/** Counts who was signed in, so that an answer for the one before is dropped. */
let person = 0

export const originalKey = (chat: ChatId, seq: Seq) => `${chat}:${seq}`

/** Reads it unless that was done; the store tells when it is there. */
export function wantOriginal(client: PetrelClient, chat: ChatId, seq: Seq): void {
  const key = originalKey(chat, seq)
  if (asked.has(key)) return
  asked.add(key)
  wanted.push({ client, chat, seq })
  next()
}

/** Forgets everything of the person who signed out. */
export function resetOriginals(): void {
  person++
  wanted.length = 0
  asked.clear()
  originals.set(new Map())
}

function next(): void {
  if (running >= atOnceMax) return
  // The one asked for last is the one on screen.
  const job = wanted.pop()
  if (!job) return
  running++
  const key = originalKey(job.chat, job.seq)
  const askedBy = person
  read(job)
    .then(original => askedBy === person && keep(key, original))
    .catch(() => askedBy === person && asked.delete(key))
    .finally(() => {
      running--
      next()
    })
}

async function read({ client, chat, seq }: (typeof wanted)[number]): Promise<Original | null> {
  const { messages, users } = await client.call('history', { chat, around: seq, limit: 1 })
  const message = messages.find(each => each.seq === seq)
  if (!message) return null
  const name = users.find(user => user.id === message.from)?.name ?? ''
  const { from, text, ents, deleted } = message
  return { from, name, text, ...(ents && { ents }), ...(deleted && { deleted }) }
}

function keep(key: string, original: Original | null): void {
  const all = new Map(originals.get())
  all.set(key, original)
  for (const old of all.keys()) {
    if (all.size <= keptMax) break
    all.delete(old)
    asked.delete(old)
  }
  originals.set(all)
}
