// The client: one object for one signed-in person on one device, and the door to everything an application does. Everyday
// verbs of chats and messages stand here; what belongs together beside them has a name of its own (`rooms`, `people`, …).
// The parts that do it are made in parts.ts; uplink.ts is the connection.
// Longer than 500 lines, as each verb has its promise beside it.

import { AppError } from '#shared/protocol/codes.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import { firstLink } from '#shared/protocol/first-link.ts'
import type { Me, Tokens } from '#shared/protocol/http.ts'
import { type ChatId, type Rid, randomRid, type Seq, type UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat, Message, User } from '#shared/protocol/models.ts'
import type { OpIn, OpName, OpOut } from '#shared/protocol/ops.ts'
import { Account, type Unsent } from './account.ts'
import { systemClock } from './clock.ts'
import { type DevHooks, devHooks } from './dev-hooks.ts'
import type { Folders } from './folders.ts'
import type { HttpDeps } from './http.ts'
import type { Invites } from './invites.ts'
import type { Members } from './members.ts'
import { clearParts, forgetPerson, makeParts, type Parts } from './parts.ts'
import type { People } from './people.ts'
import type { Polls } from './polls.ts'
import type { Rooms } from './rooms.ts'
import type { ScheduledMessages } from './scheduled-messages.ts'
import { Session } from './session.ts'
import { memoryStorage } from './storage.ts'
import { webSocketTransport } from './transport.ts'
import type {
  ClientClock,
  ClientOptions,
  ConnectionState,
  DevCounters,
  DevEvent,
  DraftText,
  ForwardOptions,
  PlaceChange,
  SearchOptions,
  SearchPage,
  SendOptions,
  Sent,
  Snapshot,
  Storage,
} from './types.ts'
import { Uplink } from './uplink.ts'
import { rowAt } from './window.ts'

/** Requests that one page of a search takes at most. */
const searchPartsMax = 5

export class PetrelClient {
  /** Accounts, sessions, people by name: the REST api. */
  readonly api: Account
  /** Groups and channels: making, joining and running them. */
  readonly rooms: Rooms
  /** Who is in a group or channel, and what they may do. */
  readonly members: Members
  /** Links into groups and channels, and those who asked to be let in. */
  readonly invites: Invites
  readonly polls: Polls
  /** Contacts, blocks, privacy, requests of strangers, search and reports. */
  readonly people: People
  /** Views of the chat list, by rule and by hand. */
  readonly folders: Folders
  /** Messages that are sent later. */
  readonly scheduled: ScheduledMessages
  readonly #clock: ClientClock
  readonly #session: Session
  readonly #parts: Parts
  readonly #uplink: Uplink
  readonly #counters: DevCounters = {
    badFrames: 0,
    duplicates: 0,
    gaps: 0,
    diffs: 0,
    connections: 0,
  }
  readonly #listeners = new Set<() => void>()
  readonly #observers = new Set<(event: DevEvent) => void>()
  /** When the others were told last that the user types, ms since 1970. */
  readonly #typedAt = new Map<ChatId, number>()
  #loadingChats: Promise<boolean> | undefined
  #notifying = false
  /** Counts starts and stops, so that a start that was overtaken ends. */
  #run = 0

  /** @throws TypeError when the platform has no WebSocket and no transport is given */
  constructor(options: ClientOptions) {
    const { transport = webSocketTransport(), storage = memoryStorage() } = options
    const clock = options.clock ?? systemClock
    this.#clock = clock
    const http: HttpDeps = {
      api: options.api.replace(/\/$/, ''),
      fetch: options.fetch ?? ((...call) => fetch(...call)),
      clock,
    }
    const signedOut = () => {
      const user = this.#parts.store.me?.id
      void this.#signOff({ state: 'stopped', reason: 'signed_out' }, user, 'kept')
    }
    this.#session = new Session({ http, storage, signedOut })
    this.api = this.#account(http)
    const parts = this.#makeParts(clock, storage, options)
    this.#parts = parts
    this.rooms = parts.rooms
    this.members = parts.members
    this.invites = parts.invites
    this.polls = parts.polls
    this.people = parts.people
    this.folders = parts.folders
    this.scheduled = parts.scheduled
    this.#uplink = new Uplink({
      options,
      transport,
      storage,
      clock,
      counters: this.#counters,
      session: this.#session,
      parts,
      config: () => this.api.config(),
      changed: () => this.#changed(),
    })
  }

  /** Takes up tokens and outbox from storage, and connects if somebody is signed in. */
  async start(): Promise<void> {
    const run = ++this.#run
    const me = await this.#session.load()
    if (me && run === this.#run) await this.#enter(me, run)
  }

  /** Writes to the archive at once what it does not have yet, for a page that is about to go. */
  keep(): Promise<void> {
    return this.#parts.keeping.flush()
  }

  /** Closes the connection. What is held stays, so that a later start resumes. */
  async stop(): Promise<void> {
    this.#run++
    this.#uplink.stop()
    this.#parts.rpc.clear()
    this.#parts.windows.giveUpWaiting()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Tries at once to connect, or sees whether the connection lives; for `online` and `visible` events. */
  wake(): void {
    this.#uplink.wake()
  }

  /** Signs in with tokens from elsewhere, and connects. */
  async signInWithTokens(tokens: Tokens): Promise<void> {
    const { me } = this.#parts.store
    if (me && me.id !== tokens.user.id) this.#forget({ state: 'offline' })
    const run = ++this.#run
    this.#uplink.stop()
    await this.#session.keep(tokens)
    if (run === this.#run) await this.#enter(tokens.user, run)
  }

  /** @returns a function that ends it; listeners are called at most once a turn */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The picture now: the same object until something changes. */
  getSnapshot(): Snapshot {
    return this.#parts.views.get()
  }

  /**
   * An operation as docs/PROTOCOL.md has it, for what has no method: nothing is taken in from its answer, and what it changed
   * comes as an event. @throws AppError
   */
  call<Name extends OpName>(op: Name, body: OpIn<Name>): Promise<OpOut<Name>> {
    return this.#parts.rpc.call(op, body)
  }

  /**
   * Sends a message: stored and shown at once, sent until the server has answered.
   * @returns `sent` is kept when the message is durable; it is broken with an AppError when the server
   *   refuses it for good, and the message stays as `failed` until `retry` or `discard`
   */
  send(chat: ChatId, text: string, options: SendOptions = {}): { rid: Rid; sent: Promise<Sent> } {
    const { keepDraft, ...rest } = options
    if (!keepDraft) this.#parts.drafts.set(chat, null)
    return this.#parts.outbox.add(chat, text, rest)
  }

  retry(rid: Rid): void {
    this.#parts.outbox.retry(rid)
  }

  discard(rid: Rid): void {
    this.#parts.outbox.discard(rid)
  }

  /** Replaces the text of an own message. @throws AppError; after `timeout` it may have happened */
  async edit(chat: ChatId, seq: Seq, text: string, ents?: Entity[]): Promise<void> {
    const { sync } = this.#parts
    const { rev, at } = await this.call('edit', { chat, seq, text, ...(ents && { ents }) })
    const row = this.#row(chat, seq)
    if (!row) return sync.learn(chat, rev)
    const { ents: _, preview, ...rest } = row
    // The server keeps a preview while its link stays.
    const kept = preview && firstLink(text, ents) === preview.url ? { preview } : {}
    sync.ackEdit(chat, { ...rest, ...kept, ...(ents && { ents }), text, rev, edited: at })
  }

  /** Deletes messages for everybody. @throws AppError */
  async delete(chat: ChatId, seqs: Seq[]): Promise<void> {
    await this.#parts.requests.change('delete', chat, { chat, seqs })
  }

  /** Deletes messages for the user alone: gone at once, and back if the server refuses. @throws AppError */
  hide(chat: ChatId, seqs: readonly Seq[]): Promise<void> {
    return this.#parts.hides.hide(chat, seqs)
  }

  /**
   * Deletes everything up to a message (without it, up to the last one that this device knows of) for the user alone, or in a
   * direct chat for both. @throws AppError
   */
  async clearHistory(chat: ChatId, options: { upTo?: Seq; forAll?: true } = {}): Promise<void> {
    const { store } = this.#parts
    // Named also where all is meant: what comes while the request is on its way, or is sent again, stays.
    const last = options.upTo ?? store.chats.get(chat)?.chat.seq
    if (last === 0) return
    const body = { chat, ...options, ...(last !== undefined && { upTo: last }) }
    const { upTo } = await this.call('clearHistory', body)
    const state = store.chats.get(chat)
    if (state) store.clearUpTo(state, upTo)
  }

  /**
   * Sends copies of messages to another chat, all or none; they arrive there like anybody's.
   * @returns the numbers of the copies @throws AppError; after `timeout` it may have happened
   */
  async forward(
    to: ChatId,
    from: ChatId,
    seqs: readonly Seq[],
    { rids = seqs.map(() => randomRid()), ...options }: ForwardOptions = {},
  ): Promise<Seq[]> {
    const body = { chat: to, from, seqs: [...seqs], rids: [...rids], ...options }
    return (await this.#parts.requests.change('forward', to, body)).seqs
  }

  /** Pins a message; the others are told unless `silent`. @throws AppError */
  async pin(chat: ChatId, seq: Seq, options: { silent?: true } = {}): Promise<void> {
    await this.#parts.requests.change('pin', chat, { chat, seq, on: true, ...options })
  }

  async unpin(chat: ChatId, seq: Seq): Promise<void> {
    await this.#parts.requests.change('pin', chat, { chat, seq, on: false })
  }

  /** A page of pinned messages, newest first. @param before `next` of the page before */
  pins(chat: ChatId, before?: Seq): Promise<OpOut<'pins'>> {
    return this.#parts.requests.read('pins', { chat, ...(before !== undefined && { before }) })
  }

  /** New messages delete themselves after so many seconds, 0 for never. @throws AppError */
  async setAutoDelete(chat: ChatId, s: OpIn<'setAutoDelete'>['s']): Promise<void> {
    await this.#parts.requests.change('setAutoDelete', chat, { chat, s })
  }

  /**
   * Sets all reactions of the user at a loaded message; shown at once, as before when the server refuses it.
   * @throws AppError not_found (not loaded either), forbidden, conflict, quota_reached, rate_limited
   */
  async react(chat: ChatId, seq: Seq, emojis: readonly string[]): Promise<void> {
    const message = this.#row(chat, seq)
    if (!message) throw new AppError('not_found')
    await this.#parts.choices.react(chat, message, emojis)
  }

  /** A page of those who reacted, newest first. @throws AppError */
  reactors(
    chat: ChatId,
    seq: Seq,
    page: Omit<OpIn<'reactors'>, 'chat' | 'seq'> = {},
  ): Promise<OpOut<'reactors'>> {
    return this.#parts.requests.read('reactors', { chat, seq, ...page })
  }

  /** Who has read an own message, the latest last. @throws AppError forbidden, conflict, too_old */
  async readBy(chat: ChatId, seq: Seq): Promise<OpOut<'readBy'>['readers']> {
    return (await this.#parts.requests.read('readBy', { chat, seq })).readers
  }

  /**
   * Puts a chat on screen: its newest page is loaded and kept up to date.
   * @throws AppError not_found; timeout when the client is stopped or the chat closed before
   */
  open(chat: ChatId): Promise<void> {
    const peer = this.#parts.store.chats.get(chat)?.chat.peer
    if (peer !== undefined) this.people.look(peer)
    return this.#parts.windows.open(chat)
  }

  close(chat: ChatId): void {
    this.#parts.windows.close(chat)
  }

  /** Loads older messages into an open window. @throws AppError */
  loadBefore(chat: ChatId): Promise<void> {
    return this.#parts.windows.loadBefore(chat)
  }

  /** Loads newer messages into a window that is not at the end. @throws AppError */
  loadAfter(chat: ChatId): Promise<void> {
    return this.#parts.windows.loadAfter(chat)
  }

  /** Moves the window to a message and its surroundings; a later jump takes its place. @throws AppError */
  jumpTo(chat: ChatId, seq: Seq): Promise<void> {
    return this.#parts.windows.jumpTo(chat, seq)
  }

  /** Moves the window to the newest messages, however many come meanwhile; as `jumpTo`. @throws AppError */
  toNewest(chat: ChatId): Promise<void> {
    return this.#parts.windows.toNewest(chat)
  }

  /** The topmost message on the screen, null at the end: a window that grows too long loses what is far from it. */
  reading(chat: ChatId, seq: Seq | null): void {
    this.#parts.windows.reading(chat, seq)
  }

  /**
   * Messages by their text, in one chat or in all: the words in any form, the last one perhaps only begun; "words in this
   * order"; -without. Those with the words come first, then those with the words inside of other ones; the newest of each
   * first. A hit is shown by `open` and `jumpTo`.
   * @throws AppError not_found, rate_limited, overloaded, timeout
   */
  async search(query: string, options: SearchOptions = {}): Promise<SearchPage> {
    let page = await this.call('search', { ...options, query })
    // The server looks through a long history in parts; one may hold nothing.
    for (let part = 1; part < searchPartsMax && page.next && page.hits.length === 0; part++)
      page = await this.call('search', { ...options, query, next: page.next })
    this.#parts.store.putUsers(page.users)
    const { hits, next } = page
    return next ? { hits, next } : { hits }
  }

  /** Everything up to `seq` was seen: shown at once, told to the server within half a second. */
  markRead(chat: ChatId, seq: Seq): void {
    this.#parts.reads.mark(chat, seq)
  }

  /** What the composer of a chat holds; kept on this device at once, told to the others after a second of quiet. */
  draft(chat: ChatId, draft: DraftText | null): void {
    this.#parts.drafts.set(chat, draft)
  }

  /** Mutes, pins, archives a chat or marks it unread: shown at once. @throws AppError not_found, quota_reached */
  setPlace(chat: ChatId, change: PlaceChange): Promise<void> {
    return this.#parts.places.change(chat, change)
  }

  /** The next unread message that calls the user, after `after`; undefined when there is none. @throws AppError */
  async nextMention(chat: ChatId, after: Seq = 0): Promise<Seq | undefined> {
    return (await this.call('mentions', { chat, after, limit: 1 })).seqs[0]
  }

  /** These posts of a channel were on screen: counted once for each person, told within a second. */
  see(chat: ChatId, seqs: readonly Seq[]): void {
    this.#parts.posts.see(chat, seqs)
  }

  /** The user is typing; told at most every five seconds, and not at all while offline. */
  typing(chat: ChatId): void {
    const now = this.#clock.now()
    if (Math.abs(now - (this.#typedAt.get(chat) ?? 0)) < limits.typingEveryMs) return
    if (this.#uplink.state.state !== 'online') return
    this.#typedAt.set(chat, now)
    this.#parts.rpc.request('typing', { chat }, { onlyNow: true }).catch(() => {})
  }

  /** Whose presence is wanted from now on: exactly these. */
  watchPresence(users: readonly UserId[]): void {
    this.#parts.presence.want(users)
  }

  /** The chat with one other person, made at the first call. @throws AppError forbidden when they block the user */
  async createDirect(user: UserId): Promise<Chat> {
    return (await this.#parts.requests.enter('createDirect', { user })).chat
  }

  /** The chat with oneself. */
  async saved(): Promise<Chat> {
    return (await this.#parts.requests.enter('saved', {})).chat
  }

  /** Loads the next page of the chat list. @returns whether more are left @throws AppError */
  loadMoreChats(): Promise<boolean> {
    this.#loadingChats ??= this.#loadChats().finally(() => {
      this.#loadingChats = undefined
    })
    return this.#loadingChats
  }

  /** Hooks for tests and checkers. */
  get dev(): DevHooks {
    return devHooks(this.#parts.store, this.#uplink, this.#counters, this.#observers)
  }

  #makeParts(clock: ClientClock, storage: Storage, options: ClientOptions): Parts {
    return makeParts({
      clock,
      storage,
      archive: options.archive,
      tabs: options.tabs,
      notKept: options.notKept ?? (() => {}),
      counters: this.#counters,
      send: bytes => this.#uplink.send(bytes),
      connection: () => this.#uplink.state,
      drop: () => this.#uplink.drop(),
      changed: () => this.#changed(),
      observe: event => {
        for (const observer of this.#observers) observer(event)
      },
      profile: user => this.#profile(user),
    })
  }

  #account(http: HttpDeps): Account {
    return new Account({
      http,
      session: this.#session,
      signedIn: tokens => this.signInWithTokens(tokens),
      signedOut: async (user, unsent) => {
        await Promise.all([
          this.#signOff({ state: 'offline' }, user, unsent),
          this.#session.clear(),
        ])
      },
      profile: async me => {
        this.#parts.store.putMe(me)
        await this.#session.update(me)
      },
    })
  }

  async #enter(me: Me, run: number): Promise<void> {
    const { store, outbox, drafts, keeping } = this.#parts
    store.putMe(me)
    const device = await this.#uplink.device()
    await Promise.all([outbox.load(me.id), drafts.load(me.id), keeping.load(me.id)])
    if (run === this.#run) this.#uplink.start(device)
  }

  #row(chat: ChatId, seq: Seq): Message | undefined {
    const state = this.#parts.store.chats.get(chat)
    if (state?.chat.last?.seq === seq) return state.chat.last
    return rowAt(state?.rows, seq)
  }

  async #loadChats(): Promise<boolean> {
    const { store, sync } = this.#parts
    const after = store.next
    if (!after) return false
    const { moment } = sync
    const page = await this.call('chats', { after })
    for (const chat of page.chats) sync.put({ chat, users: page.users }, moment)
    // Connected anew meanwhile: the list may go on elsewhere.
    if (store.next === after) store.next = page.next
    this.#changed()
    return store.next !== undefined
  }

  /** Somebody's profile came: one's own is kept with the tokens, too. */
  #profile(user: User): void {
    const { store } = this.#parts
    const { me } = store
    if (me?.id !== user.id) return
    const { about: _, username: __, ...rest } = me
    const news = { ...rest, ...user }
    store.putMe(news)
    void this.#session.update(news).catch(() => {})
  }

  /** Their session is over: nothing of their chats stays on this device. */
  async #signOff(
    state: ConnectionState & { state: 'offline' | 'stopped' },
    user: UserId | undefined,
    unsent: Unsent,
  ): Promise<void> {
    this.#forget(state)
    if (user !== undefined) await forgetPerson(this.#parts, user, unsent)
  }

  /** Nobody is signed in any more: everything but what is in storage is dropped. */
  #forget(state: ConnectionState & { state: 'offline' | 'stopped' }): void {
    this.#run++
    this.#uplink.stop()
    clearParts(this.#parts)
    this.#typedAt.clear()
    this.#uplink.end(state)
  }

  #changed(): void {
    this.#parts.views.invalidate()
    this.#parts.keeping.changed()
    if (this.#notifying) return
    this.#notifying = true
    queueMicrotask(() => {
      this.#notifying = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
