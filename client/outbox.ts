// Messages on their way to the server. Each is stored and sent at once, then sent again with the same rid
// until the server has said yes or no for good; in order within a chat, one at a time. What is refused
// stays, marked as failed, until a person retries or discards it.

import { AppError, type ErrorCode } from '#shared/protocol/codes.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import {
  type ChatId,
  type Rev,
  type Rid,
  randomRid,
  type Seq,
  type UserId,
} from '#shared/protocol/ids.ts'
import type { Message, Quote } from '#shared/protocol/models.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { Errands, mayPass } from './errands.ts'
import type { Rpc } from './rpc.ts'
import type { TabHost } from './tabs/host.ts'
import type { ClientClock, SendOptions, Sent, Storage } from './types.ts'

/** More than anybody types while offline; beyond it `send` refuses. */
const itemsMax = 5_000

/** `acked`: durable, but its place in the chat's order is not reached yet. */
export type OutboxState = 'queued' | 'sending' | 'acked' | 'failed'

export interface OutboxItem {
  readonly key: string
  readonly chat: ChatId
  readonly rid: Rid
  readonly text: string
  readonly ents?: Entity[]
  readonly reply?: Seq
  readonly silent?: true
  readonly quote?: Quote
  readonly album?: Rid
  readonly noPreview?: true
  /** When it was written, by this device's clock. */
  readonly at: number
  readonly state: OutboxState
  readonly error?: ErrorCode
  /** Set once acknowledged. */
  readonly sent?: Sent
  /** The tab that sends it. */
  readonly tab?: string
}

interface Entry {
  item: OutboxItem
  /** How often it was handed to the connection, over restarts. */
  tries: number
  stored: Promise<void>
  resolve(sent: Sent): void
  reject(error: AppError): void
}

export interface OutboxDeps {
  storage: Storage
  /** Other tabs that use the same storage: what each wrote is its own while it lives. */
  tabs: TabHost | undefined
  rpc: Rpc
  clock: ClientClock
  /** An item of this chat came, went or changed. */
  changed(chat: ChatId): void
  /**
   * The server has the message.
   * @param first whether it was sent once only: else the row may have been changed since, and only its
   *   place is certain
   */
  acked(item: OutboxItem, sent: Sent, first: boolean): void
}

export class Outbox {
  readonly #deps: OutboxDeps
  readonly #errands: Errands<ChatId>
  /** In the order of writing. */
  readonly #chats = new Map<ChatId, Entry[]>()
  #user: UserId | undefined
  #lastKey = 0
  /** Changes when the user does: an answer for the one before changes nothing then. */
  #generation = 0

  constructor(deps: OutboxDeps) {
    this.#deps = deps
    this.#errands = new Errands({ clock: deps.clock, run: chat => this.#sendAll(chat) })
  }

  /** Items of a chat that have not become part of its history, oldest first. */
  of(chat: ChatId): OutboxItem[] {
    return this.#chats.get(chat)?.map(entry => entry.item) ?? []
  }

  chats(): Iterable<ChatId> {
    return this.#chats.keys()
  }

  /** Whether messages of this chat have not got their place in its history yet; refused ones do not wait. */
  waits(chat: ChatId): boolean {
    return this.#chats.get(chat)?.some(({ item }) => item.state !== 'failed') ?? false
  }

  /** Messages still to be sent; refused ones do not wait. */
  get pending(): number {
    let count = 0
    for (const entries of this.#chats.values()) {
      for (const { item } of entries) {
        if (item.state === 'queued' || item.state === 'sending') count++
      }
    }
    return count
  }

  /** Takes up what an earlier run of this user left; once for each user. */
  async load(user: UserId): Promise<void> {
    if (this.#user === user) return
    this.clear()
    this.#user = user
    await this.#takeUp(user, true)
  }

  /** Takes up what tabs have left that are gone. */
  async adopt(): Promise<void> {
    if (this.#user !== undefined) await this.#takeUp(this.#user, false)
  }

  /** @param own also what no tab claims, or this one itself: an earlier run's */
  async #takeUp(user: UserId, own: boolean): Promise<void> {
    const { tabs } = this.#deps
    const run = () => this.#takeOrphans(user, own)
    await (tabs ? tabs.alone(`outbox.${user}`, run) : run())
    for (const chat of this.#chats.keys()) this.#wake(chat)
  }

  async #takeOrphans(user: UserId, own: boolean): Promise<void> {
    const { storage, tabs } = this.#deps
    const generation = this.#generation
    const orphans: OutboxItem[] = []
    for (const [key, value] of await storage.list(prefixOf(user))) {
      const item = readItem(key, value)
      // What is written now comes behind it, even if the device's clock went back.
      this.#lastKey = Math.max(this.#lastKey, Number(key.split('.')[2]) || 0)
      if (!item) continue
      const { tab } = item
      const isOwn = !tabs || tab === undefined || tab === tabs.id
      if (isOwn ? own : !(await tabs.isAlive(tab))) orphans.push(item)
    }
    if (this.#generation !== generation) return
    for (const item of orphans) {
      if (this.#find(item.rid)) continue
      // It may have been sent by the run before: its answer counts as that of a second try.
      const entry = entryOf({ ...item, ...(tabs && { tab: tabs.id }) }, 1)
      if (tabs) entry.stored = this.#store(entry.item)
      this.#insert(entry)
    }
    await Promise.all([...this.#chats.values()].flat().map(entry => entry.stored))
  }

  /** Forgets the items here; those in storage stay for the next `load`. */
  clear(): void {
    this.#generation++
    this.#user = undefined
    this.#errands.clear()
    const chats = [...this.#chats]
    this.#chats.clear()
    for (const [chat, entries] of chats) {
      for (const entry of entries) entry.reject(new AppError('timeout'))
      this.#deps.changed(chat)
    }
  }

  /** Throws away what is stored of a user who has signed out. */
  async forget(user: UserId): Promise<void> {
    const { storage } = this.#deps
    const stored = await storage.list(prefixOf(user)).catch(() => [])
    await Promise.all(stored.map(([key]) => storage.delete(key).catch(() => {})))
  }

  up(): void {
    this.#errands.up()
  }

  down(): void {
    this.#errands.down()
  }

  /**
   * Adds a message.
   * @returns its rid, and a promise that is kept when the message is durable and broken when it is refused
   *   for good; the text stays here as `failed` then
   */
  add(chat: ChatId, text: string, options: SendOptions): { rid: Rid; sent: Promise<Sent> } {
    const rid = options.rid ?? randomRid()
    const present = this.#find(rid)
    const refusal = this.#refusal(present !== undefined)
    if (refusal || this.#user === undefined) return { rid, sent: refused(refusal) }
    this.#lastKey = Math.max(this.#lastKey + 1, this.#deps.clock.now() * 1000)
    const { ents, reply, silent, quote, album, noPreview } = options
    const item: OutboxItem = {
      key: `${prefixOf(this.#user)}${String(this.#lastKey).padStart(16, '0')}.${rid}`,
      chat,
      rid,
      text,
      ...(ents && { ents }),
      ...(reply !== undefined && { reply }),
      ...(silent && { silent }),
      ...(quote && { quote }),
      ...(album !== undefined && { album }),
      ...(noPreview && { noPreview }),
      at: this.#deps.clock.now(),
      state: 'queued',
      ...(this.#deps.tabs && { tab: this.#deps.tabs.id }),
    }
    const entry = entryOf(item, 0)
    const sent = new Promise<Sent>((resolve, reject) => {
      entry.resolve = resolve
      entry.reject = reject
    })
    // Nobody may be waiting for it; the item itself shows that it failed.
    sent.catch(() => {})
    entry.stored = this.#store(item)
    this.#insert(entry)
    this.#wake(chat)
    return { rid, sent }
  }

  /** Sends a failed message again. */
  retry(rid: Rid): void {
    const entry = this.#find(rid)
    if (entry?.item.state !== 'failed') return
    const { error: _, ...rest } = entry.item
    this.#put(entry, { ...rest, state: 'queued' })
    entry.stored = this.#store(entry.item)
    this.#wake(entry.item.chat)
  }

  /** Throws a failed message away. */
  discard(rid: Rid): void {
    const entry = this.#find(rid)
    if (entry?.item.state === 'failed') this.#remove(entry)
  }

  /**
   * A message of this user is in the chat's history: if it was waiting here, it has arrived.
   * @returns whether it was
   */
  settle(chat: ChatId, message: Message): boolean {
    const entry = this.#chats.get(chat)?.find(({ item }) => item.rid === message.rid)
    if (!entry) return false
    const { rid, seq, rev, at } = message
    entry.resolve({ chat, rid, seq, rev, at })
    this.#remove(entry)
    return true
  }

  /** The chat's order has reached `at`: acknowledged items up to it are part of the history now. */
  reached(chat: ChatId, at: Rev): void {
    for (const entry of this.#chats.get(chat) ?? []) {
      if (entry.item.sent && entry.item.sent.rev <= at) this.#remove(entry)
    }
  }

  #refusal(present: boolean): AppError | undefined {
    if (this.#user === undefined) return new AppError('unauthorized')
    if (present) return new AppError('conflict', { detail: 'This rid is on its way already.' })
    let count = 0
    for (const entries of this.#chats.values()) count += entries.length
    return count >= itemsMax ? new AppError('overloaded') : undefined
  }

  #find(rid: Rid): Entry | undefined {
    for (const entries of this.#chats.values()) {
      const entry = entries.find(({ item }) => item.rid === rid)
      if (entry) return entry
    }
    return undefined
  }

  #insert(entry: Entry): void {
    const { chat } = entry.item
    this.#chats.set(chat, [...(this.#chats.get(chat) ?? []), entry])
    this.#deps.changed(chat)
  }

  #put(entry: Entry, item: OutboxItem): void {
    entry.item = item
    this.#deps.changed(item.chat)
  }

  #remove(entry: Entry): void {
    const { chat, key } = entry.item
    const rest = this.#chats.get(chat)?.filter(other => other !== entry) ?? []
    if (rest.length > 0) this.#chats.set(chat, rest)
    else this.#chats.delete(chat)
    this.#unstore(entry, key)
    this.#deps.changed(chat)
  }

  #wake(chat: ChatId): void {
    if (this.#next(chat)) this.#errands.flag(chat)
  }

  #next(chat: ChatId): Entry | undefined {
    return this.#chats.get(chat)?.find(({ item }) => item.state === 'queued')
  }

  async #sendAll(chat: ChatId): Promise<void> {
    // Not after it is stored: that takes a browser longer than the way to the server, and the same rid sent twice counts once.
    for (let entry = this.#next(chat); entry; entry = this.#next(chat)) await this.#sendOne(entry)
  }

  async #sendOne(entry: Entry): Promise<void> {
    const generation = this.#generation
    const { chat, rid, text, ents, reply, silent, quote, album, noPreview } = entry.item
    this.#put(entry, { ...entry.item, state: 'sending' })
    entry.tries++
    const request = this.#deps.rpc.request('send', {
      chat,
      rid,
      text,
      ents,
      reply,
      silent,
      quote,
      album,
      noPreview,
    })
    const outcome = await request.catch((error: unknown) => error)
    const gone = this.#generation !== generation || entry.item.state !== 'sending'
    if (gone || !this.#chats.get(chat)?.includes(entry)) return
    if (!(outcome instanceof Error)) {
      this.#ack(entry, { chat, rid, ...(outcome as OpOut<'send'>) })
      return
    }
    if (mayPass(outcome)) {
      this.#put(entry, { ...entry.item, state: 'queued' })
      throw outcome
    }
    const error =
      outcome instanceof AppError ? outcome : new AppError('internal', { cause: outcome })
    this.#put(entry, { ...entry.item, state: 'failed', error: error.code })
    entry.stored = this.#store(entry.item)
    entry.reject(error)
  }

  #ack(entry: Entry, sent: Sent): void {
    this.#put(entry, { ...entry.item, state: 'acked', sent })
    this.#unstore(entry, entry.item.key)
    entry.resolve(sent)
    this.#deps.acked(entry.item, sent, entry.tries === 1)
  }

  /** A storage that is full or broken must not keep a message from being sent. */
  async #store(item: OutboxItem): Promise<void> {
    const { key, ...value } = item
    const state: OutboxState = item.state === 'failed' ? 'failed' : 'queued'
    await this.#deps.storage.set(key, { ...value, state }).catch(() => {})
  }

  #unstore(entry: Entry, key: string): void {
    void entry.stored.then(() => this.#deps.storage.delete(key)).catch(() => {})
  }
}

function prefixOf(user: UserId): string {
  return `outbox.${user}.`
}

function entryOf(item: OutboxItem, tries: number): Entry {
  return { item, tries, stored: Promise.resolve(), resolve() {}, reject() {} }
}

function refused(error: AppError | undefined): Promise<never> {
  const promise = Promise.reject(error)
  promise.catch(() => {})
  return promise
}

/** Storage may hold anything: another version's item, or half of one. */
function readItem(key: string, value: unknown): OutboxItem | undefined {
  const item = value as Partial<OutboxItem> | null | undefined
  const whole =
    typeof item?.chat === 'number' &&
    typeof item.rid === 'number' &&
    typeof item.text === 'string' &&
    typeof item.at === 'number'
  if (!whole) return undefined
  const state: OutboxState = item.state === 'failed' ? 'failed' : 'queued'
  return { ...(item as OutboxItem), key, state }
}
