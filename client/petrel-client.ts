// The client: one object for one signed-in person on one device. Joins the parts (connection, requests,
// sync, outbox, windows) and forwards; each rule stands in its part.
// Longer than 500 lines: it is the whole public surface, flat, with its documentation.

import { AppError } from '#shared/protocol/codes.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import type { ControlBody } from '#shared/protocol/events.ts'
import { firstLink } from '#shared/protocol/first-link.ts'
import type { Me, Tokens } from '#shared/protocol/http.ts'
import {
  type ChatId,
  type Rev,
  type Rid,
  randomRid,
  type Seq,
  type UserId,
} from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import {
  type Chat,
  type Folder,
  type Message,
  theChat,
  type User,
} from '#shared/protocol/models.ts'
import type { OpIn, OpName, OpOut } from '#shared/protocol/ops.ts'
import { Account } from './account.ts'
import { ChatStore } from './chat-store.ts'
import { systemClock } from './clock.ts'
import { Connection } from './connection.ts'
import { Delivered } from './delivered.ts'
import { Drafts } from './drafts.ts'
import { applyEphemeral } from './ephemerals.ts'
import { chatsIn } from './folders.ts'
import { gatewayUrl } from './gateway-url.ts'
import { Hides } from './hides.ts'
import type { HttpDeps } from './http.ts'
import { Outbox, type OutboxItem } from './outbox.ts'
import { OwnChoices } from './own-choices.ts'
import { People } from './people.ts'
import { Places } from './places.ts'
import { Posts } from './posts.ts'
import { PresenceWatch } from './presence-watch.ts'
import { Profiles } from './profiles.ts'
import { Reads } from './reads.ts'
import { Rpc, resendable } from './rpc.ts'
import { ScheduledMessages } from './scheduled-messages.ts'
import { Sections, type SectionView } from './sections.ts'
import type { ServerFrame } from './server-frame.ts'
import { Session } from './session.ts'
import { memoryStorage } from './storage.ts'
import { Sync } from './sync.ts'
import { webSocketTransport } from './transport.ts'
import type {
  ChatView,
  ClientClock,
  ClientOptions,
  ConnectionState,
  DevCounters,
  DevEvent,
  DraftText,
  PlaceChange,
  SearchOptions,
  SearchPage,
  SendOptions,
  Sent,
  Snapshot,
  Storage,
} from './types.ts'
import { TypingMarks } from './typing-marks.ts'
import { Views } from './views.ts'
import { rowAt } from './window.ts'
import { Windows } from './windows.ts'

/** Requests that one page of a search takes at most. */
const searchPartsMax = 5

export class PetrelClient {
  /** Accounts, sessions, people by name: the REST api. */
  readonly api: Account
  /** The user's folders, loaded at the first call; `chatsIn()` says what one shows. */
  readonly folders: SectionView<Folder[]>
  /** Contacts, blocks, privacy, requests of strangers, search and reports. */
  readonly people: People
  /** Messages that are sent later. */
  readonly scheduled: ScheduledMessages
  readonly #options: ClientOptions
  readonly #storage: Storage
  readonly #clock: ClientClock
  readonly #session: Session
  readonly #rpc: Rpc
  readonly #store: ChatStore
  readonly #profiles: Profiles
  readonly #typing: TypingMarks
  readonly #sync: Sync
  readonly #windows: Windows
  readonly #outbox: Outbox
  readonly #reads: Reads
  readonly #posts: Posts
  readonly #hides: Hides
  readonly #choices: OwnChoices
  readonly #delivered: Delivered
  readonly #drafts: Drafts
  readonly #places: Places
  readonly #presence: PresenceWatch
  readonly #sections: Sections
  readonly #views: Views
  readonly #counters: DevCounters = {
    badFrames: 0,
    duplicates: 0,
    gaps: 0,
    diffs: 0,
    connections: 0,
  }
  readonly #listeners = new Set<() => void>()
  readonly #observers = new Set<(event: DevEvent) => void>()
  readonly #typedAt = new Map<ChatId, number>()
  #connection: Connection | undefined
  #connectionState: ConnectionState = { state: 'offline' }
  #gateway: string | undefined
  #loadingChats: Promise<boolean> | undefined
  #notifying = false
  /** Counts starts and stops, so that a start that was overtaken ends. */
  #run = 0

  /** @throws TypeError when the platform has no WebSocket and no transport is given */
  constructor(options: ClientOptions) {
    this.#options = { ...options, transport: options.transport ?? webSocketTransport() }
    this.#storage = options.storage ?? memoryStorage()
    this.#clock = options.clock ?? systemClock
    const clock = this.#clock
    const changed = () => this.#changed()
    const http: HttpDeps = {
      api: options.api.replace(/\/$/, ''),
      fetch: options.fetch ?? ((...call) => fetch(...call)),
      clock,
    }
    const signedOut = () => this.#forget({ state: 'stopped', reason: 'signed_out' })
    this.#session = new Session({ http, storage: this.#storage, signedOut })
    this.api = this.#account(http)
    const rpc = new Rpc({ clock, send: bytes => this.#connection?.send(bytes) })
    const store = new ChatStore(changed)
    this.#rpc = rpc
    this.#store = store
    this.#typing = new TypingMarks({ clock, changed: chat => store.touch(chat) })
    this.#profiles = new Profiles({ store, rpc, clock })
    this.#reads = new Reads({ store, rpc, clock })
    const posts = new Posts({ store, rpc, clock })
    this.#posts = posts
    this.#choices = new OwnChoices({ store, rpc })
    this.#hides = new Hides({ store, rpc })
    this.#delivered = new Delivered({ store, rpc, reads: this.#reads, clock })
    this.#drafts = new Drafts({ store, rpc, clock, storage: this.#storage })
    this.#places = new Places({ store, rpc, reads: this.#reads, clock })
    this.#presence = new PresenceWatch({ store, rpc, clock })
    this.#sections = new Sections({ clock, changed })
    this.folders = this.#sections.define(
      'folders',
      async () => (await rpc.request('folders', {})).folders,
    )
    this.people = this.#makePeople()
    this.scheduled = new ScheduledMessages({
      rpc,
      sections: this.#sections,
      sent: (chat, { rev, seq }) => {
        this.#sync.learn(chat, rev)
        this.#reads.mark(chat, seq)
      },
    })
    this.#sync = this.#makeSync()
    const settled = (chat: ChatId, message: Message) => this.#settled(chat, message)
    this.#windows = new Windows({ store, rpc, sync: this.#sync, clock, posts, settled })
    this.#outbox = new Outbox({
      storage: this.#storage,
      rpc,
      clock,
      changed: chat => store.touch(chat),
      acked: (item, sent, first) => this.#acked(item, sent, first),
    })
    this.#views = new Views({
      store,
      outbox: this.#outbox,
      typing: this.#typing,
      windows: this.#windows,
      reads: this.#reads,
      posts,
      choices: this.#choices,
      hides: this.#hides,
      places: this.#places,
      drafts: this.#drafts,
      connection: () => this.#connectionState,
    })
  }

  /** Takes up tokens and outbox from storage, and connects if somebody is signed in. */
  async start(): Promise<void> {
    const run = ++this.#run
    const me = await this.#session.load()
    if (me && run === this.#run) await this.#enter(me, run)
  }

  /** Closes the connection. What is held stays, so that a later start resumes. */
  async stop(): Promise<void> {
    this.#run++
    this.#connection?.stop()
    this.#rpc.clear()
    this.#windows.giveUpWaiting()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Tries at once to connect, or sees whether the connection lives; for `online` and `visible` events. */
  wake(): void {
    this.#connection?.wake()
  }

  /** Signs in with tokens from elsewhere, and connects. */
  async signInWithTokens(tokens: Tokens): Promise<void> {
    if (this.#store.me && this.#store.me.id !== tokens.user.id) this.#forget({ state: 'offline' })
    const run = ++this.#run
    this.#connection?.stop()
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
    return this.#views.get()
  }

  /** A typed request as it is. @throws AppError */
  call<Name extends OpName>(op: Name, body: OpIn<Name>): Promise<OpOut<Name>> {
    return this.#rpc.request(op, body, { resend: resendable.has(op) })
  }

  /**
   * Sends a message: stored and shown at once, sent until the server has answered.
   * @returns `sent` is kept when the message is durable; it is broken with an AppError when the server
   *   refuses it for good, and the message stays as `failed` until `retry` or `discard`
   */
  send(chat: ChatId, text: string, options: SendOptions = {}): { rid: Rid; sent: Promise<Sent> } {
    this.#drafts.set(chat, null)
    return this.#outbox.add(chat, text, options)
  }

  retry(rid: Rid): void {
    this.#outbox.retry(rid)
  }

  discard(rid: Rid): void {
    this.#outbox.discard(rid)
  }

  /** Replaces the text of an own message. @throws AppError; after `timeout` it may have happened */
  async edit(chat: ChatId, seq: Seq, text: string, ents?: Entity[]): Promise<void> {
    const { rev, at } = await this.call('edit', { chat, seq, text, ...(ents && { ents }) })
    const row = this.#row(chat, seq)
    if (!row) return this.#sync.learn(chat, rev)
    const { ents: _, preview, ...rest } = row
    // The server keeps a preview while its link stays.
    const kept = preview && firstLink(text, ents) === preview.url ? { preview } : {}
    this.#sync.ackEdit(chat, { ...rest, ...kept, ...(ents && { ents }), text, rev, edited: at })
  }

  /** Deletes messages for everybody. @throws AppError */
  async delete(chat: ChatId, seqs: Seq[]): Promise<void> {
    this.#sync.learn(chat, (await this.call('delete', { chat, seqs })).rev)
  }

  /** Deletes messages for the user alone: gone at once, and back if the server refuses. @throws AppError */
  hide(chat: ChatId, seqs: readonly Seq[]): Promise<void> {
    return this.#hides.hide(chat, seqs)
  }

  /** Deletes everything up to a message (all without it) for the user alone, or in a direct chat for both. @throws AppError */
  async clearHistory(chat: ChatId, options: { upTo?: Seq; forAll?: true } = {}): Promise<void> {
    const { upTo } = await this.call('clearHistory', { chat, ...options })
    const state = this.#store.chats.get(chat)
    if (state) this.#store.clearUpTo(state, upTo)
  }

  /**
   * Sends copies of messages to another chat, all or none; they arrive there like anybody's.
   * @returns the numbers of the copies @throws AppError; after `timeout` it may have happened
   */
  async forward(
    to: ChatId,
    from: ChatId,
    seqs: readonly Seq[],
    options: { silent?: true; hideAuthor?: true } = {},
  ): Promise<Seq[]> {
    const rids = seqs.map(() => randomRid())
    const sent = await this.call('forward', { chat: to, from, seqs: [...seqs], rids, ...options })
    this.#sync.learn(to, sent.rev)
    return sent.seqs
  }

  /** Pins a message; the others are told unless `silent`. @throws AppError */
  async pin(chat: ChatId, seq: Seq, options: { silent?: true } = {}): Promise<void> {
    this.#sync.learn(chat, (await this.call('pin', { chat, seq, on: true, ...options })).rev)
  }

  async unpin(chat: ChatId, seq: Seq): Promise<void> {
    this.#sync.learn(chat, (await this.call('pin', { chat, seq, on: false })).rev)
  }

  /** A page of pinned messages, newest first. @param before `next` of the page before */
  async pins(chat: ChatId, before?: Seq): Promise<OpOut<'pins'>> {
    const page = await this.call('pins', { chat, ...(before !== undefined && { before }) })
    this.#store.putUsers(page.users)
    return page
  }

  /** New messages delete themselves after so many seconds, 0 for never. @throws AppError */
  async setAutoDelete(chat: ChatId, s: OpIn<'setAutoDelete'>['s']): Promise<void> {
    this.#sync.learn(chat, (await this.call('setAutoDelete', { chat, s })).rev)
  }

  /**
   * Sets all reactions of the user at a loaded message; shown at once, as before when the server refuses it.
   * @throws AppError not_found (not loaded either), forbidden, conflict, quota_reached, rate_limited
   */
  async react(chat: ChatId, seq: Seq, emojis: readonly string[]): Promise<void> {
    const message = this.#row(chat, seq)
    if (!message) throw new AppError('not_found')
    await this.#choices.react(chat, message, emojis)
  }

  /** A page of those who reacted, newest first. @throws AppError */
  async reactors(
    chat: ChatId,
    seq: Seq,
    page: Omit<OpIn<'reactors'>, 'chat' | 'seq'> = {},
  ): Promise<OpOut<'reactors'>> {
    const answer = await this.call('reactors', { chat, seq, ...page })
    this.#store.putUsers(answer.users)
    return answer
  }

  /** Says which emojis may be chosen: the standard ones, these, or none. @throws AppError */
  async setReactions(chat: ChatId, allowed: 'all' | string[]): Promise<void> {
    this.#sync.learn(chat, (await this.call('setReactions', { chat, allowed })).rev)
  }

  /** Sends a poll or a quiz. @param poll.rid random when left out @returns its place in the chat @throws AppError */
  async createPoll(
    chat: ChatId,
    poll: Omit<OpIn<'createPoll'>, 'chat' | 'rid'> & { rid?: Rid },
  ): Promise<OpOut<'createPoll'>> {
    const sent = await this.call('createPoll', { chat, ...poll, rid: poll.rid ?? randomRid() })
    this.#sync.learn(chat, sent.rev)
    this.#reads.mark(chat, sent.seq)
    return sent
  }

  /** Sets the user's vote; none takes it back, but not in a quiz. @throws AppError */
  vote(chat: ChatId, seq: Seq, options: readonly number[]): Promise<void> {
    return this.#choices.vote(chat, seq, options)
  }

  /** Ends a poll for good. @throws AppError */
  async closePoll(chat: ChatId, seq: Seq): Promise<void> {
    await this.call('closePoll', { chat, seq })
  }

  /** A page of those who chose an option of a public poll, newest first. @throws AppError */
  async voters(
    chat: ChatId,
    seq: Seq,
    option: number,
    page: Omit<OpIn<'voters'>, 'chat' | 'seq' | 'option'> = {},
  ): Promise<OpOut<'voters'>> {
    const answer = await this.call('voters', { chat, seq, option, ...page })
    this.#store.putUsers(answer.users)
    return answer
  }

  /**
   * Puts a chat on screen: its newest page is loaded and kept up to date.
   * @throws AppError not_found; timeout when the client is stopped or the chat closed before
   */
  open(chat: ChatId): Promise<void> {
    const peer = this.#store.chats.get(chat)?.chat.peer
    if (peer !== undefined) this.people.look(peer)
    return this.#windows.open(chat)
  }

  close(chat: ChatId): void {
    this.#windows.close(chat)
  }

  /** Loads older messages into an open window. @throws AppError */
  loadBefore(chat: ChatId): Promise<void> {
    return this.#windows.loadBefore(chat)
  }

  /** Loads newer messages into a window that is not at the end. @throws AppError */
  loadAfter(chat: ChatId): Promise<void> {
    return this.#windows.loadAfter(chat)
  }

  /** Moves the window to a message and its surroundings. @throws AppError */
  jumpTo(chat: ChatId, seq: Seq): Promise<void> {
    return this.#windows.jumpTo(chat, seq)
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
    this.#store.putUsers(page.users)
    const { hits, next } = page
    return next ? { hits, next } : { hits }
  }

  /** Everything up to `seq` was seen: shown at once, told to the server within half a second. */
  markRead(chat: ChatId, seq: Seq): void {
    this.#reads.mark(chat, seq)
  }

  /** What the composer of a chat holds; kept on this device at once, told to the others after a second of quiet. */
  draft(chat: ChatId, draft: DraftText | null): void {
    this.#drafts.set(chat, draft)
  }

  /** Mutes, pins, archives a chat or marks it unread: shown at once. @throws AppError not_found, quota_reached */
  setPlace(chat: ChatId, change: PlaceChange): Promise<void> {
    return this.#places.change(chat, change)
  }

  /** The chats of the list that a folder shows, now; a rule on contacts needs `people.contacts` to be loaded. */
  chatsIn(folder: Folder): ChatView[] {
    const contacts = this.people.contacts.get()
    const isContact = (user: UserId) => contacts?.has(user) === true
    return chatsIn(folder, this.getSnapshot().chats, { now: this.#clock.now(), isContact })
  }

  /** Replaces all folders. @throws AppError */
  async setFolders(folders: Folder[]): Promise<void> {
    await this.call('setFolders', { folders })
    this.#sections.stale('folders')
  }

  /** The next unread message that calls the user, after `after`; undefined when there is none. @throws AppError */
  async nextMention(chat: ChatId, after: Seq = 0): Promise<Seq | undefined> {
    return (await this.call('mentions', { chat, after, limit: 1 })).seqs[0]
  }

  /** Who has read an own message, the latest last. @throws AppError forbidden, conflict, too_old */
  async readBy(chat: ChatId, seq: Seq): Promise<OpOut<'readBy'>['readers']> {
    const { readers, users } = await this.call('readBy', { chat, seq })
    this.#store.putUsers(users)
    return readers
  }

  /** These posts of a channel were on screen: counted once for each person, told within a second. */
  see(chat: ChatId, seqs: readonly Seq[]): void {
    this.#posts.see(chat, seqs)
  }

  /** The user is typing; told at most every five seconds, and not at all while offline. */
  typing(chat: ChatId): void {
    const now = this.#clock.now()
    if (Math.abs(now - (this.#typedAt.get(chat) ?? 0)) < limits.typingEveryMs) return
    if (this.#connectionState.state !== 'online') return
    this.#typedAt.set(chat, now)
    this.#rpc.request('typing', { chat }, { onlyNow: true }).catch(() => {})
  }

  /** Whose presence is wanted from now on: exactly these. */
  watchPresence(users: readonly UserId[]): void {
    this.#presence.want(users)
  }

  createDirect(user: UserId): Promise<Chat> {
    return this.#made(this.call('createDirect', { user }))
  }

  createGroup(title: string, users: UserId[], about?: string): Promise<Chat> {
    const body = { rid: randomRid(), title, users, ...(about !== undefined && { about }) }
    return this.#made(this.call('createGroup', body))
  }

  createChannel(title: string, about?: string): Promise<Chat> {
    const body = { rid: randomRid(), title, ...(about !== undefined && { about }) }
    return this.#made(this.call('createChannel', body))
  }

  /** The chat with oneself. */
  saved(): Promise<Chat> {
    return this.#made(this.call('saved', {}))
  }

  async editChat(chat: ChatId, change: { title?: string; about?: string }): Promise<void> {
    this.#sync.learn(chat, (await this.call('editChat', { chat, ...change })).rev)
  }

  /** A page of members. @param after `next` of the page before */
  async members(chat: ChatId, after?: UserId): Promise<OpOut<'members'>> {
    const page = await this.call('members', { chat, ...(after !== undefined && { after }) })
    this.#store.putUsers(page.users)
    return page
  }

  /** @returns the users that were added */
  async addMembers(chat: ChatId, users: UserId[]): Promise<UserId[]> {
    const { rev, added } = await this.call('addMembers', { chat, users })
    this.#sync.learn(chat, rev)
    return added
  }

  async removeMember(chat: ChatId, user: UserId): Promise<void> {
    this.#sync.learn(chat, (await this.call('removeMember', { chat, user })).rev)
  }

  async leave(chat: ChatId): Promise<void> {
    await this.call('leave', { chat })
    this.#sync.remove(chat)
  }

  async setRole(
    chat: ChatId,
    user: UserId,
    role: 'admin' | 'member',
    rights?: number,
  ): Promise<void> {
    const body = { chat, user, role, ...(rights !== undefined && { rights }) }
    this.#sync.learn(chat, (await this.call('setRole', body)).rev)
  }

  /** @returns the invite and its token, which is shown only here */
  createInvite(
    chat: ChatId,
    options: Omit<OpIn<'createInvite'>, 'chat' | 'rid'> & { rid?: Rid } = {},
  ): Promise<OpOut<'createInvite'>> {
    return this.call('createInvite', { chat, ...options, rid: options.rid ?? randomRid() })
  }

  async invites(chat: ChatId): Promise<OpOut<'invites'>> {
    const page = await this.call('invites', { chat })
    this.#store.putUsers(page.users)
    return page
  }

  async revokeInvite(chat: ChatId, invite: number): Promise<void> {
    await this.call('revokeInvite', { chat, invite })
  }

  previewInvite(token: string): Promise<OpOut<'previewInvite'>> {
    return this.call('previewInvite', { token })
  }

  /** @returns null when joining needs an answer of those who run the chat, which was asked for */
  async join(token: string): Promise<Chat | null> {
    const { moment } = this.#sync
    const { chat, users } = await this.call('join', { token })
    if (!chat) return null
    this.#sync.put({ chat, users }, moment)
    return chat
  }

  /** Joins a public chat by its name. */
  joinPublic(username: string): Promise<Chat> {
    return this.#made(this.call('joinPublic', { username }))
  }

  /** Joins the discussion group of a channel, to comment there. */
  joinDiscussion(channel: ChatId): Promise<Chat> {
    return this.#made(this.call('joinPublic', { discussion: channel }))
  }

  /** A page of the comments of a post. @param at seqs of the group; none for the newest */
  async comments(
    chat: ChatId,
    seq: Seq,
    at: { before?: Seq; after?: Seq } = {},
  ): Promise<OpOut<'comments'>> {
    const page = await this.call('comments', { chat, seq, ...at })
    this.#store.putUsers(page.users)
    return page
  }

  /** Loads the next page of the chat list. @returns whether more are left @throws AppError */
  loadMoreChats(): Promise<boolean> {
    this.#loadingChats ??= this.#loadChats().finally(() => {
      this.#loadingChats = undefined
    })
    return this.#loadingChats
  }

  /** Hooks for tests and checkers. */
  get dev() {
    return {
      /** Cuts the connection as a network failure would. */
      dropConnection: () => this.#connection?.drop(),
      /** How far each chat is applied, and the number of its last message. */
      positions: (): Map<ChatId, { rev: Rev; seq: Seq }> =>
        new Map(
          [...this.#store.chats].map(([id, { position, chat }]) => [
            id,
            { rev: position.at, seq: chat.seq },
          ]),
        ),
      /** Tells each change of a position, as it happens. @returns a function that ends it */
      observe: (observer: (event: DevEvent) => void): (() => void) => {
        this.#observers.add(observer)
        return () => this.#observers.delete(observer)
      },
      counters: (): DevCounters => ({ ...this.#counters }),
    }
  }

  #makePeople(): People {
    return new People({
      store: this.#store,
      rpc: this.#rpc,
      sections: this.#sections,
      profiles: this.#profiles,
      removed: chat => this.#sync.remove(chat),
    })
  }

  #makeSync(): Sync {
    return new Sync({
      store: this.#store,
      rpc: this.#rpc,
      clock: this.#clock,
      profiles: this.#profiles,
      typing: this.#typing,
      counters: this.#counters,
      observe: event => {
        for (const observer of this.#observers) observer(event)
      },
      settled: (chat, message) => this.#settled(chat, message),
      moved: (chat, at) => this.#outbox.reached(chat, at),
      inUse: chat => this.#windows.shows(chat) || this.#outbox.waits(chat),
      windowDropped: chat => this.#windows.reload(chat),
      profile: user => this.#profile(user),
      sectionStale: section => {
        if (section === 'rows') this.#windows.reloadAll()
        else this.#sections.stale(section)
      },
      startOver: () => {
        this.#sync.reset()
        this.#connection?.drop()
      },
    })
  }

  #account(http: HttpDeps): Account {
    return new Account({
      http,
      session: this.#session,
      signedIn: tokens => this.signInWithTokens(tokens),
      signedOut: async () => {
        this.#forget({ state: 'offline' })
        await this.#session.clear()
      },
      profile: async me => {
        this.#store.putMe(me)
        await this.#session.update(me)
      },
    })
  }

  async #enter(me: Me, run: number): Promise<void> {
    this.#store.putMe(me)
    const device = await this.#device()
    await Promise.all([this.#outbox.load(me.id), this.#drafts.load(me.id)])
    if (run !== this.#run) return
    this.#connection ??= this.#makeConnection(device)
    this.#connection.start()
  }

  async #device(): Promise<string> {
    if (this.#options.device !== undefined) return this.#options.device
    const stored = await this.#storage.get('device')
    if (typeof stored === 'string') return stored
    const made = `d${randomRid().toString(36)}`
    await this.#storage.set('device', made)
    return made
  }

  #makeConnection(device: string): Connection {
    return new Connection({
      transport: this.#options.transport ?? webSocketTransport(),
      clock: this.#clock,
      counters: this.#counters,
      device,
      url: () => this.#gatewayUrl(),
      accessToken: refused => this.#session.accessToken(refused),
      resume: token => {
        // The rest of HELLO is its token, a device name, the chats on screen and some keys.
        const roomBytes = limits.helloBytesMax - token.length - 1024
        return this.#sync.resume(this.#windows.onScreen, roomBytes)
      },
      ping: timeoutMs => this.#rpc.request('ping', {}, { timeoutMs, onlyNow: true }),
      helloOk: hello => this.#helloOk(hello),
      frame: frame => this.#frame(frame),
      synced: end => this.#synced(end),
      lost: () => this.#lost(),
      state: state => this.#setConnection(state),
    })
  }

  async #gatewayUrl(): Promise<string> {
    const { gateway, api } = this.#options
    if (gateway !== undefined) return gateway
    this.#gateway ??= gatewayUrl((await this.api.config()).gateway, api)
    return this.#gateway
  }

  #setConnection(state: ConnectionState): void {
    // The gateway may have moved since its address was asked for.
    const failed = this.#connectionState.state === 'connecting' && state.state === 'waiting'
    if (failed) this.#gateway = undefined
    this.#connectionState = state
    this.#changed()
  }

  #helloOk(hello: ControlBody<'helloOk'>): void {
    if (this.#sync.begin(hello)) return
    this.#windows.restart()
    this.#sections.reset()
  }

  #synced(end: ControlBody<'syncEnd'>): void {
    this.#rpc.up()
    this.#sync.end(end)
    this.#windows.up()
    this.#outbox.up()
    this.#reads.errands.up()
    this.#posts.errands.up()
    this.#delivered.errands.up()
    this.#drafts.errands.up()
    this.#sections.errands.up()
    this.#presence.up()
  }

  #lost(): void {
    this.#rpc.down()
    this.#sync.down()
    this.#windows.down()
    this.#outbox.down()
    this.#reads.errands.down()
    this.#posts.errands.down()
    this.#delivered.errands.down()
    this.#drafts.errands.down()
    this.#sections.errands.down()
    this.#presence.down()
    this.#typing.clear()
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'result':
        if (!this.#rpc.result(frame.ref, frame.result)) this.#counters.badFrames++
        break
      case 'error':
        this.#rpc.error(frame.ref, frame.error)
        break
      case 'chat':
        this.#sync.chatEvent(frame)
        break
      case 'user':
        this.#sync.userEvent(frame)
        break
      case 'ephemeral':
        this.#ephemeral(frame)
        break
      case 'control':
        this.#sync.control(frame)
        break
      default:
        frame satisfies never
    }
  }

  #ephemeral(frame: ServerFrame & { type: 'ephemeral' }): void {
    const parts = {
      store: this.#store,
      typing: this.#typing,
      profiles: this.#profiles,
      posts: this.#posts,
    }
    applyEphemeral({ ...parts, counters: this.#counters }, frame)
  }

  #settled(chat: ChatId, message: Message): void {
    const isOwn = message.from === this.#store.me?.id
    if (!isOwn) {
      const isLive = this.#connectionState.state === 'online'
      this.#delivered.arrived(chat, message.seq, isLive)
    }
    const state = this.#store.chats.get(chat)
    // What the user did elsewhere and the server counts as read, if everything before it was.
    const isDeed = isOwn && (message.svc || message.fwd)
    if (isDeed && state?.chat.me.read === message.seq - 1)
      this.#store.putOwnRead(state, message.seq)
    // Own posts in a channel may be shown as the channel's.
    if (!isOwn && message.from !== theChat) return
    if (this.#outbox.settle(chat, message)) this.#reads.mark(chat, message.seq)
  }

  #acked(item: OutboxItem, sent: Sent, first: boolean): void {
    const { chat, rid, text, ents, reply, silent, quote, album, noPreview } = item
    const { seq, rev, at, asChat, thread, expires } = sent
    const from = asChat ? theChat : (this.#store.me?.id ?? 0)
    if (asChat) this.#posts.take(chat, { mine: [seq] })
    const state = this.#store.chats.get(chat)
    // Sent twice, the row may have been edited or deleted since: only the server knows what it is now.
    if (first && state) {
      const message: Message = { seq, rev, from, rid, at, text }
      const parts = { ents, reply, silent, quote, album, noPreview, thread, expires }
      for (const [key, value] of Object.entries(parts)) {
        if (value !== undefined) Object.assign(message, { [key]: value })
      }
      this.#sync.ack(chat, message)
    } else this.#sync.learn(chat, rev)
    if (state) this.#outbox.reached(chat, state.position.at)
    this.#reads.mark(chat, seq)
  }

  #row(chat: ChatId, seq: Seq): Message | undefined {
    const state = this.#store.chats.get(chat)
    if (state?.chat.last?.seq === seq) return state.chat.last
    return rowAt(state?.rows, seq)
  }

  async #made(answer: Promise<{ chat: Chat; users: User[] }>): Promise<Chat> {
    const { moment } = this.#sync
    const made = await answer
    this.#sync.put(made, moment)
    return made.chat
  }

  async #loadChats(): Promise<boolean> {
    const after = this.#store.next
    if (!after) return false
    const { moment } = this.#sync
    const page = await this.call('chats', { after })
    for (const chat of page.chats) this.#sync.put({ chat, users: page.users }, moment)
    // Connected anew meanwhile: the list may go on elsewhere.
    if (this.#store.next === after) this.#store.next = page.next
    this.#changed()
    return this.#store.next !== undefined
  }

  #profile(user: User): void {
    const { me } = this.#store
    if (me?.id !== user.id) return
    const { about: _, username: __, ...rest } = me
    const news = { ...rest, ...user }
    this.#store.putMe(news)
    void this.#session.update(news).catch(() => {})
  }

  /** Nobody is signed in any more: everything but what is in storage is dropped. */
  #forget(state: ConnectionState & { state: 'offline' | 'stopped' }): void {
    this.#run++
    this.#connection?.stop()
    this.#rpc.clear()
    this.#windows.clear()
    this.#reads.clear()
    this.#posts.clear()
    this.#choices.clear()
    this.#delivered.clear()
    this.#drafts.clear()
    this.#sections.clear()
    this.people.clear()
    this.#presence.clear()
    this.#outbox.clear()
    this.#typedAt.clear()
    this.#store.me = null
    this.#sync.reset()
    this.#setConnection(state)
    if (state.state === 'stopped') this.#connection?.giveUp(state.reason)
  }

  #changed(): void {
    this.#views.invalidate()
    if (this.#notifying) return
    this.#notifying = true
    queueMicrotask(() => {
      this.#notifying = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
