// Texts that were begun, on their way to the user's other devices. Each is stored on this device at once, so that it
// survives a restart while offline, and told to the server when nothing was typed for a second. Until the server has it
// it is laid over what the server told; what the server refuses stays on this device. Tabs share the storage: a text belongs
// to the tab that wrote it while that lives, and only what is still stored of one that was taken over is told.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Draft } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { Rpc } from './rpc.ts'
import type { TabHost } from './tabs/host.ts'
import type { ClientClock, DraftText, Storage } from './types.ts'

const quietMs = 1_000

interface Pending {
  /** null: there is to be none. */
  draft: Draft | null
  /** The server may have one that this device told it. */
  told: boolean
  /** Taken up from storage: an earlier run wrote it, or a tab that is gone. */
  taken?: true
  timer: unknown
}

/** What lies in storage of a chat. */
interface Stored {
  draft: Draft | null
  /** The tab that wrote it. */
  tab?: string
}

export interface DraftsDeps {
  store: ChatStore
  rpc: Rpc
  clock: ClientClock
  storage: Storage
  tabs: TabHost | undefined
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
    await this.#takeUp(user, true)
  }

  /** Takes up what tabs could not tell that are gone. */
  async adopt(): Promise<void> {
    if (this.#user !== undefined) await this.#takeUp(this.#user, false)
  }

  /** @param own also what this tab wrote, or nobody claims: an earlier run's */
  async #takeUp(user: UserId, own: boolean): Promise<void> {
    for (const [key, value] of await this.#deps.storage.list(prefixOf(user))) {
      const chat = Number(key.slice(prefixOf(user).length))
      const stored = readStored(value)
      if (!stored || (this.#isOwn(stored) ? !own : await this.#isAnothers(stored))) continue
      if (this.#user !== user) return
      if (this.#pending.has(chat)) continue
      this.#pending.set(chat, { draft: stored.draft, told: true, taken: true, timer: undefined })
      this.#deps.store.touch(chat)
      this.errands.flag(chat)
    }
  }

  #isOwn({ tab }: Stored): boolean {
    return tab === undefined || tab === this.#deps.tabs?.id
  }

  /** Whether another tab wrote it that lives: that one tells the server. */
  async #isAnothers(stored: Stored): Promise<boolean> {
    const { tabs } = this.#deps
    const { tab } = stored
    if (!tabs || tab === undefined || this.#isOwn(stored)) return false
    return tabs.isAlive(tab)
  }

  /** What this device has and the server may not; null for none, undefined when the server's counts. */
  of(chat: ChatId): Draft | null | undefined {
    return this.#pending.get(chat)?.draft
  }

  /** The composer of a chat holds this now; null or nothing but spaces without a reply: nothing. */
  set(chat: ChatId, text: DraftText | null): void {
    const { clock, store, tabs } = this.#deps
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
    const stored: Stored = { draft, ...(tabs && { tab: tabs.id }) }
    // What cannot be stored leaves nothing older behind that would be taken for it.
    this.#store(storage => storage.set(key, stored).catch(() => storage.delete(key)))
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
    const pending = await this.#toTell(chat)
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

  /** Of what was taken up that which is stored now: another tab may have gone on with it, or told it. */
  async #toTell(chat: ChatId): Promise<Pending | undefined> {
    const pending = this.#pending.get(chat)
    if (!pending?.taken) return pending
    const { storage, store } = this.#deps
    const stored = readStored(await storage.get(this.#keyOf(chat)))
    if (stored && isSameAt(stored.draft, pending.draft)) return pending
    const isEnded = !stored || (await this.#isAnothers(stored))
    // Written in again meanwhile: that has its own time.
    if (this.#pending.get(chat) !== pending) return undefined
    store.touch(chat)
    if (isEnded) this.#pending.delete(chat)
    else pending.draft = stored.draft
    return isEnded ? undefined : pending
  }

  #end(chat: ChatId): void {
    const draft = this.#pending.get(chat)?.draft
    this.#pending.delete(chat)
    const key = this.#keyOf(chat)
    this.#store(async storage => {
      const stored = readStored(await storage.get(key))
      // Another tab may have written something newer.
      if (!stored || draft === undefined || isSameAt(stored.draft, draft)) await storage.delete(key)
    })
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

function isSameAt(a: Draft | null, b: Draft | null): boolean {
  return isSame(a, b) && a?.at === b?.at
}

/** Storage may hold anything. @returns undefined for what no draft is */
function readStored(value: unknown): Stored | undefined {
  const { draft, tab } = (value ?? {}) as { draft?: Partial<Draft> | null; tab?: unknown }
  const isDraft =
    draft === null || (typeof draft?.text === 'string' && typeof draft.at === 'number')
  if (!isDraft) return undefined
  return { draft: draft as Draft | null, ...(typeof tab === 'string' && { tab }) }
}
