// Texts that were begun, on their way to the user's other devices. Each is stored on this device at once, so that it
// survives a restart while offline, and told to the server when nothing was typed for a second. Until the server has it
// it is laid over what the server told; what the server refuses stays on this device.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Draft } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { Rpc } from './rpc.ts'
import type { ClientClock, DraftText, Storage } from './types.ts'

const quietMs = 1_000

interface Pending {
  /** null: there is to be none. */
  draft: Draft | null
  /** The server may have one that this device told it. */
  told: boolean
  timer: unknown
}

export interface DraftsDeps {
  store: ChatStore
  rpc: Rpc
  clock: ClientClock
  storage: Storage
}

export class Drafts {
  readonly #deps: DraftsDeps
  readonly #pending = new Map<ChatId, Pending>()
  readonly errands: Errands<ChatId>
  #user: UserId | undefined
  /** Writes to storage follow each other: the last one counts. */
  #stored: Promise<unknown> = Promise.resolve()

  constructor(deps: DraftsDeps) {
    this.#deps = deps
    this.errands = new Errands({
      clock: deps.clock,
      run: chat => this.#flush(chat),
      failed: (chat, error) => {
        if (error instanceof AppError && error.code === 'not_found') this.#end(chat)
      },
    })
  }

  /** Takes up what an earlier run of this user could not tell; once for each user. */
  async load(user: UserId): Promise<void> {
    if (this.#user === user) return
    this.clear()
    this.#user = user
    const stored = await this.#deps.storage.list(prefixOf(user))
    if (this.#user !== user) return
    for (const [key, value] of stored) {
      const chat = Number(key.slice(prefixOf(user).length))
      const draft = readStored(value)
      if (draft === undefined || this.#pending.has(chat)) continue
      this.#pending.set(chat, { draft, told: true, timer: undefined })
      this.#deps.store.touch(chat)
      this.errands.flag(chat)
    }
  }

  /** What this device has and the server may not; null for none, undefined when the server's counts. */
  of(chat: ChatId): Draft | null | undefined {
    return this.#pending.get(chat)?.draft
  }

  /** The composer of a chat holds this now; null or nothing but spaces without a reply: nothing. */
  set(chat: ChatId, text: DraftText | null): void {
    const { clock, store } = this.#deps
    const draft = text && !isEmpty(text) ? { ...text, at: clock.now() } : null
    const held = this.#pending.get(chat)
    const known = store.chats.get(chat)?.chat.me.draft ?? null
    if (isSame(draft, held ? held.draft : known)) return
    clock.clearTimeout(held?.timer)
    // Removed before the server heard of it.
    if (draft === null && known === null && held && !held.told) {
      this.#end(chat)
      return
    }
    const timer = clock.setTimeout(() => this.errands.flag(chat), draft === null ? 0 : quietMs)
    this.#pending.set(chat, { draft, told: held?.told ?? false, timer })
    const key = this.#keyOf(chat)
    this.#store(storage => storage.set(key, { draft }))
    store.touch(chat)
  }

  /** Somebody else may sign in next: forgets everything but what is in storage. */
  clear(): void {
    this.#user = undefined
    this.errands.clear()
    for (const [chat, { timer }] of this.#pending) {
      this.#deps.clock.clearTimeout(timer)
      this.#deps.store.touch(chat)
    }
    this.#pending.clear()
  }

  /** Throws away what is stored of a user who has signed out. */
  async forget(user: UserId): Promise<void> {
    const { storage } = this.#deps
    const stored = await storage.list(prefixOf(user)).catch(() => [])
    await Promise.all(stored.map(([key]) => storage.delete(key).catch(() => {})))
  }

  async #flush(chat: ChatId): Promise<void> {
    const { store, rpc } = this.#deps
    const pending = this.#pending.get(chat)
    if (!pending) return
    pending.told = true
    const { draft } = pending
    const { at: _, ...text } = draft ?? { at: 0 }
    const { me } = await rpc.request('draft', { chat, ...text })
    const state = store.chats.get(chat)
    if (state) store.putPlace(state, me)
    const now = this.#pending.get(chat)
    if (now?.draft === draft) this.#end(chat)
    else if (now) now.told = true
  }

  #end(chat: ChatId): void {
    this.#pending.delete(chat)
    const key = this.#keyOf(chat)
    this.#store(storage => storage.delete(key))
    this.#deps.store.touch(chat)
  }

  #keyOf(chat: ChatId): string {
    return `${prefixOf(this.#user)}${chat}`
  }

  /** A storage that is full or broken must not keep a draft from the server. */
  #store(write: (storage: Storage) => Promise<void>): void {
    if (this.#user === undefined) return
    this.#stored = this.#stored.then(() => write(this.#deps.storage)).catch(() => {})
  }
}

function prefixOf(user: UserId | undefined): string {
  return `draft.${user}.`
}

function isEmpty({ text, reply }: DraftText): boolean {
  return text.trim() === '' && reply === undefined
}

/** The same apart from its time. */
function isSame(a: Draft | null, b: Draft | null): boolean {
  if (!a || !b) return a === b
  const parts = ({ text, reply, ents = [] }: Draft) => JSON.stringify([text, reply ?? 0, ents])
  return parts(a) === parts(b)
}

/** Storage may hold anything. @returns undefined for what no draft is */
function readStored(value: unknown): Draft | null | undefined {
  const draft = (value as { draft?: Partial<Draft> | null } | null)?.draft
  if (draft === null) return null
  return typeof draft?.text === 'string' && typeof draft.at === 'number'
    ? (draft as Draft)
    : undefined
}
