// The windows of the chats that were opened: which are on screen, loading their pages, giving old ones up.

import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message } from '#shared/protocol/models.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import type { ChatState, ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { KeptRows } from './keeping/archive.ts'
import type { Posts } from './posts.ts'
import type { Rpc } from './rpc.ts'
import type { Sync } from './sync.ts'
import type { ClientClock } from './types.ts'
import { append, mergeRow, prepend, type Rows, rowAt, rowsOf } from './window.ts'

const pageRows = 50
/** Windows kept in memory; more only while more are on screen. */
const windowsMax = 30

type Page = OpOut<'history'>
interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

export class Windows {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  readonly #sync: Sync
  readonly #posts: Posts
  readonly #settled: (chat: ChatId, message: Message) => void
  readonly #kept: (state: ChatState) => Promise<KeptRows | undefined>
  readonly #takeRows: (state: ChatState, stretch: KeptRows) => void
  readonly #pages: Errands<ChatId>
  readonly #watch: Errands<'watch'>
  /** On screen. */
  readonly #open = new Set<ChatId>()
  /** Opened so far, the least recent first. */
  readonly #recent = new Set<ChatId>()
  readonly #waiters = new Map<ChatId, Waiter[]>()
  readonly #loading = new Map<string, Promise<void>>()
  /** The last jump of each chat that had one. */
  readonly #jumps = new Map<ChatId, object>()

  /** @param deps.settled told of each message that a page brings */
  constructor(deps: {
    store: ChatStore
    rpc: Rpc
    sync: Sync
    clock: ClientClock
    posts: Posts
    settled: (chat: ChatId, message: Message) => void
    /** The stretch of a chat's history that the archive has. */
    kept: (state: ChatState) => Promise<KeptRows | undefined>
    /** Makes it the chat's window. */
    takeRows: (state: ChatState, stretch: KeptRows) => void
  }) {
    this.#kept = deps.kept
    this.#takeRows = deps.takeRows
    this.#posts = deps.posts
    this.#settled = deps.settled
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.#sync = deps.sync
    const { clock } = deps
    this.#pages = new Errands({
      clock,
      run: chat => this.#loadNewest(chat),
      failed: (chat, error) => this.#fail(chat, error),
    })
    this.#watch = new Errands({ clock, run: () => this.#tellWatched() })
  }

  /** Chats on screen that resume should bring up to date, the most recent first. */
  get onScreen(): ChatId[] {
    const recent = [...this.#recent].filter(chat => this.#open.has(chat))
    return recent.reverse().slice(0, limits.resumeOpenMax)
  }

  /** All chats with a window, loaded or not. */
  get opened(): ReadonlySet<ChatId> {
    return this.#recent
  }

  /** Whether the chat is on screen. */
  shows(chat: ChatId): boolean {
    return this.#open.has(chat)
  }

  up(): void {
    this.#pages.up()
    if (this.#open.size > 0) this.#watch.flag('watch')
    this.#watch.up()
  }

  down(): void {
    this.#pages.down()
    this.#watch.down()
  }

  /** Everything held was dropped: windows on screen are loaded again, the others forgotten. */
  restart(): void {
    for (const chat of [...this.#recent]) {
      if (this.#open.has(chat)) this.reload(chat)
      else this.#recent.delete(chat)
    }
  }

  clear(): void {
    this.#open.clear()
    this.#recent.clear()
    this.#jumps.clear()
    this.#pages.clear()
    this.#watch.clear()
    this.giveUpWaiting()
  }

  /** Nobody may wait any longer for a window; those on screen are still loaded when there is a connection. */
  giveUpWaiting(): void {
    for (const chat of [...this.#waiters.keys()]) {
      for (const waiter of this.#takeWaiters(chat)) waiter.reject(new AppError('timeout'))
    }
  }

  /**
   * Puts a chat on screen and loads its newest page if it has none.
   * @returns when the page is there, however long the connection takes
   * @throws AppError not_found; timeout when the client is stopped or the chat closed before
   */
  open(chat: ChatId): Promise<void> {
    this.#open.add(chat)
    this.#recent.delete(chat)
    this.#recent.add(chat)
    this.#forgetOldest()
    this.#watch.flag('watch')
    this.#store.touch(chat)
    const state = this.#store.chats.get(chat)
    if (state?.rows) {
      this.#sync.check(state, 0)
      return Promise.resolve()
    }
    const page = new Promise<void>((resolve, reject) => {
      this.#waiters.set(chat, [...(this.#waiters.get(chat) ?? []), { resolve, reject }])
    })
    if (state?.kept) void this.#takeKept(state)
    else this.#pages.flag(chat)
    return page
  }

  close(chat: ChatId): void {
    if (!this.#open.delete(chat)) return
    this.reading(chat, null)
    this.#watch.flag('watch')
    if (this.#store.chats.get(chat)?.rows) return
    this.#pages.drop(chat)
    this.#recent.delete(chat)
    this.#store.touch(chat)
    this.#fail(chat, new AppError('timeout', { detail: 'The chat was closed.' }))
  }

  /** Loads the newest page anew when the chat is on screen; else its window is forgotten. */
  reload(chat: ChatId): void {
    if (this.#open.has(chat)) this.#pages.flag(chat)
    else this.#recent.delete(chat)
    this.#store.touch(chat)
  }

  /** What messages look like to this user changed in a way that no event tells: loads what is on screen anew. */
  reloadAll(): void {
    for (const [chat, state] of this.#store.chats) {
      if (state.kept) this.#store.touch(chat)
      state.kept = false
    }
    for (const chat of this.#recent) {
      const state = this.#store.chats.get(chat)
      if (state) state.rows = undefined
      this.reload(chat)
    }
  }

  /** Loads the page before the window. @throws AppError what the request throws; nothing to do is fine */
  loadBefore(chat: ChatId): Promise<void> {
    return this.#once(`before ${chat}`, async () => {
      const held = this.#rowsOf(chat)
      if (!held || held.rows.atStart) return
      const page = await this.#load(held.state, { chat, before: held.rows.from, limit: pageRows })
      // After a jump meanwhile the page is of no use.
      const { from } = held.rows
      this.#lay(held.state, page, rows =>
        rows?.from === from ? prepend(rows, page.messages) : rows,
      )
    })
  }

  /** Loads the page after the window, which is not at the end after a jump. @throws as loadBefore */
  loadAfter(chat: ChatId): Promise<void> {
    return this.#once(`after ${chat}`, async () => {
      const held = this.#rowsOf(chat)
      if (!held || held.rows.atEnd) return
      const page = await this.#load(held.state, { chat, after: held.rows.to, limit: pageRows })
      const { to } = held.rows
      this.#lay(held.state, page, rows =>
        rows && rows.from <= to + 1 && rows.to >= to ? append(rows, page.messages, page.seq) : rows,
      )
    })
  }

  /**
   * Moves the window to the surroundings of `seq`, if it does not show it. A later jump takes the place of one under way.
   * @throws as loadBefore, not_found
   */
  async jumpTo(chat: ChatId, seq: Seq): Promise<void> {
    const isLast = this.#jump(chat)
    const state = await this.#sync.fetch(chat)
    if (!isLast() || rowAt(state.rows, seq)) return
    this.#recent.add(chat)
    const page = await this.#load(state, { chat, around: seq, limit: pageRows })
    this.#lay(state, page, rows => (isLast() ? rowsOf(page.messages, page.seq) : rows))
  }

  /** Moves the window to the newest messages; it follows them from then on. @throws as jumpTo */
  async toNewest(chat: ChatId): Promise<void> {
    const isLast = this.#jump(chat)
    const state = await this.#sync.fetch(chat)
    if (!isLast() || state.rows?.atEnd) return
    this.#recent.add(chat)
    // Pages after the window may never reach the end: in a busy chat as many messages come as they bring.
    const page = await this.#load(state, { chat, limit: pageRows })
    const isWanted = (rows: Rows | undefined) => isLast() && !rows?.atEnd
    this.#lay(state, page, rows => (isWanted(rows) ? rowsOf(page.messages, page.seq) : rows))
  }

  /** What a window on screen keeps when it grows too long. @param seq null at the end */
  reading(chat: ChatId, seq: Seq | null): void {
    const state = this.#store.chats.get(chat)
    if (state) state.reading = seq
  }

  /** @returns whether it still is the chat's last one */
  #jump(chat: ChatId): () => boolean {
    const jump = {}
    this.#jumps.set(chat, jump)
    return () => this.#jumps.get(chat) === jump
  }

  #rowsOf(chat: ChatId): { state: ChatState; rows: Rows } | undefined {
    const state = this.#store.chats.get(chat)
    return state?.rows && { state, rows: state.rows }
  }

  #once(key: string, run: () => Promise<void>): Promise<void> {
    const running = this.#loading.get(key)
    if (running !== undefined) return running
    const started = run().finally(() => this.#loading.delete(key))
    this.#loading.set(key, started)
    return started
  }

  /** The archive may have what the window is to show: then nothing but what came since is asked for. */
  async #takeKept(state: ChatState): Promise<void> {
    const chat = state.chat.id
    const stretch = await this.#kept(state)
    if (!stretch) state.kept = false
    if (!this.#open.has(chat)) return
    const isWanted = this.#store.chats.get(chat) === state && !state.rows && state.loads === 0
    if (stretch && isWanted) this.#takeRows(state, stretch)
    if (this.#store.chats.get(chat)?.rows)
      for (const { resolve } of this.#takeWaiters(chat)) resolve()
    else this.#pages.flag(chat)
  }

  async #loadNewest(chat: ChatId): Promise<void> {
    if (!this.#recent.has(chat)) return
    const state = await this.#sync.fetch(chat)
    if (!state.rows) {
      const page = await this.#load(state, { chat, limit: pageRows })
      // A jump that was quicker stays.
      this.#lay(state, page, rows => rows ?? rowsOf(page.messages, page.seq))
    }
    for (const waiter of this.#takeWaiters(chat)) waiter.resolve()
  }

  /**
   * Asks for a page. Changes that are applied while it is on its way are kept by the store, so that `#lay`
   * can lay them over a page that may be older or newer than they are.
   */
  async #load(state: ChatState, range: OpIn<'history'>): Promise<Page> {
    state.loads++
    this.#store.touch(range.chat)
    try {
      const moment = this.#store.ownMoment
      const page = await this.#rpc.request('history', range, { resend: true })
      const seqs = page.messages.map(message => message.seq)
      this.#store.putOwnOf(state, seqs, page.own ?? [], moment)
      this.#store.putUsers(page.users)
      this.#posts.take(range.chat, page)
      return page
    } catch (error) {
      this.#landed(state)
      throw error
    }
  }

  #lay(state: ChatState, page: Page, place: (rows: Rows | undefined) => Rows | undefined): void {
    const chat = state.chat.id
    // Dropped and loaded anew meanwhile: this page belongs to a state that nobody sees.
    if (this.#store.chats.get(chat) !== state) throw new AppError('timeout')
    for (const message of page.messages) this.#settled(chat, message)
    const placed = place(state.rows)
    const merge = (rows: Rows, message: Message) => mergeRow(rows, message, state.reading)
    state.rows = placed && this.#store.shown(state, state.meanwhile.reduce(merge, placed))
    this.#landed(state)
    // What the page shows beyond our position is either on its way or missed.
    state.position.learn(page.rev)
    this.#sync.check(state)
    this.#store.touch(chat)
  }

  #landed(state: ChatState): void {
    state.loads--
    if (state.loads === 0) state.meanwhile = []
    this.#store.touch(state.chat.id)
  }

  #fail(chat: ChatId, error: unknown): void {
    this.#open.delete(chat)
    this.#recent.delete(chat)
    this.#store.touch(chat)
    for (const waiter of this.#takeWaiters(chat)) waiter.reject(error)
  }

  #takeWaiters(chat: ChatId): Waiter[] {
    const waiters = this.#waiters.get(chat) ?? []
    this.#waiters.delete(chat)
    return waiters
  }

  #forgetOldest(): void {
    for (const chat of this.#recent) {
      if (this.#recent.size <= windowsMax) return
      const state = this.#store.chats.get(chat)
      if (this.#open.has(chat) || (state?.loads ?? 0) > 0) continue
      this.#recent.delete(chat)
      if (state) {
        state.rows = undefined
        this.#sync.check(state)
      }
    }
  }

  async #tellWatched(): Promise<void> {
    await this.#rpc.request('watch', { chats: this.onScreen })
  }
}
