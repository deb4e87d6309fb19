// Builds the immutable pictures that a page renders. Parts that did not change keep their identity, and
// nothing is built before somebody asks.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Chat, Message, PostCounts, User } from '#shared/protocol/models.ts'
import { type Calls, unreadCalls } from './calls.ts'
import { isArchived } from './chat-state.ts'
import type { ChatStore } from './chat-store.ts'
import type { Drafts } from './drafts.ts'
import type { Hides } from './hides.ts'
import type { Outbox, OutboxItem } from './outbox.ts'
import { type Held, type OwnChoices, shownPoll, shownReactions } from './own-choices.ts'
import type { Places } from './places.ts'
import type { Posts } from './posts.ts'
import type { Reads } from './reads.ts'
import type { ChatView, ChatWindow, ConnectionState, MessageView, Snapshot } from './types.ts'
import type { TypingMarks } from './typing-marks.ts'
import type { Windows } from './windows.ts'

export interface ViewsDeps {
  store: ChatStore
  outbox: Outbox
  typing: TypingMarks
  windows: Windows
  reads: Reads
  places: Places
  drafts: Drafts
  posts: Posts
  choices: OwnChoices
  hides: Hides
  connection(): ConnectionState
}

export class Views {
  readonly #deps: ViewsDeps
  #snapshot: Snapshot | undefined
  readonly #chats = new Map<ChatId, ChatView>()
  readonly #windows = new Map<ChatId, ChatWindow>()
  #list: ChatView[] = []
  #requests: ChatView[] = []
  #windowMap: ReadonlyMap<ChatId, ChatWindow> = new Map()
  #presence: Snapshot['presence'] = new Map()
  readonly #ofMessage = new WeakMap<Message, { view: MessageView; chosen: Held }>()
  readonly #ofItem = new WeakMap<OutboxItem, MessageView>()
  /** By the view without counts. */
  readonly #ofPost = new WeakMap<
    MessageView,
    { counts: PostCounts | undefined; view: MessageView }
  >()

  constructor(deps: ViewsDeps) {
    this.#deps = deps
  }

  /** Something changed: the next `get` looks what. */
  invalidate(): void {
    this.#snapshot = undefined
  }

  get(): Snapshot {
    if (this.#snapshot) return this.#snapshot
    const { store, outbox, connection } = this.#deps
    if (store.touched.size > 0) {
      for (const chat of store.touched) this.#rebuild(chat)
      store.touched.clear()
      const all = [...this.#chats.values()].sort(byActivity)
      this.#list = all.filter(({ chat }) => !chat.me.request)
      this.#requests = sameItems(
        this.#requests,
        all.filter(({ chat }) => chat.me.request),
      )
      this.#windowMap = new Map(this.#windows)
    }
    if (!samePresence(this.#presence, store.presence)) this.#presence = new Map(store.presence)
    this.#snapshot = {
      connection: connection(),
      me: store.me,
      chats: this.#list,
      requests: this.#requests,
      users: store.users,
      contacts: store.contacts,
      windows: this.#windowMap,
      pending: outbox.pending,
      moreChats: store.next !== undefined,
      presence: this.#presence,
    }
    return this.#snapshot
  }

  #rebuild(id: ChatId): void {
    const { store, windows } = this.#deps
    const state = store.chats.get(id)
    if (state) this.#chats.set(id, this.#chatView(this.#marked(state.chat), state.calls))
    else this.#chats.delete(id)
    if (windows.opened.has(id)) this.#windows.set(id, this.#windowView(id))
    else this.#windows.delete(id)
  }

  /** With what the server may not have yet. */
  #marked(chat: Chat): Chat {
    const { reads, places } = this.#deps
    const read = reads.of(chat.id)
    if (read === 0) return places.over(chat)
    const { unread: _, ...me } = chat.me
    return places.over({ ...chat, me: { ...me, read: Math.max(read, me.read) } })
  }

  #chatView(chat: Chat, calls: Calls): ChatView {
    const { store, outbox, typing, drafts } = this.#deps
    const unread = Math.max(0, chat.seq - chat.me.read)
    const begun = drafts.of(chat.id)
    const draft = begun === undefined ? chat.me.draft : begun
    const peer = chat.peer === undefined ? undefined : store.users.get(chat.peer)
    const presence = chat.peer === undefined ? undefined : store.presence.get(chat.peer)
    const waiting = outbox.of(chat.id).at(-1)
    const last = waiting ? this.#itemView(waiting) : chat.last && this.#messageView(chat.last, chat)
    return {
      chat,
      title: titleOf(chat, peer, store.contacts),
      ...(peer && { peer }),
      unread,
      mentions: unreadCalls(calls, chat.me.read),
      ...(unread > 0 && { firstUnread: chat.me.read + 1 }),
      archived: isArchived(chat),
      ...(draft && { draft }),
      ...(last && { last }),
      typing: typing.of(chat.id),
      ...(presence && { peerOnline: presence.online }),
      ...(store.blocks.has(chat.peer ?? 0) && { blocked: true as const }),
    }
  }

  #windowView(id: ChatId): ChatWindow {
    const { store, outbox } = this.#deps
    const state = store.chats.get(id)
    const rows = state?.rows
    const messages = state && rows ? rows.messages.map(row => this.#rowView(row, state.chat)) : []
    // After a jump the window ends somewhere in the past, where what is being sent does not belong.
    const waiting = rows && !rows.atEnd ? [] : outbox.of(id).map(item => this.#itemView(item))
    const held = this.#windows.get(id)
    const window = {
      chat: id,
      messages: sameItems(held?.messages ?? [], [...messages, ...waiting]),
      moreBefore: rows ? !rows.atStart : false,
      moreAfter: rows ? !rows.atEnd : false,
      loading: !rows || (state?.loads ?? 0) > 0,
    }
    // A draft or somebody who types changes the chat, not its messages.
    return held && isSameWindow(held, window) ? held : window
  }

  /** A message of a window; a channel's post with what it gathered. */
  #rowView(message: Message, chat: Chat): MessageView {
    const plain = this.#messageView(message, chat)
    if (chat.kind !== 'channel') return plain
    const counts = this.#deps.posts.countsOf(chat.id, message.seq)
    const isPost = !message.svc && !message.deleted
    const mine = isPost && this.#deps.posts.isMine(chat.id, message.seq)
    if (!counts && !mine) return plain
    const held = this.#ofPost.get(plain)
    const same = held?.counts === counts && held?.view.own === (mine || undefined)
    if (held && same) return held.view
    const view = { ...plain, ...(mine && { own: true as const }), ...shown(counts) }
    this.#ofPost.set(plain, { counts, view })
    return view
  }

  #messageView(stored: Message, chat: Chat): MessageView {
    const message = this.#deps.hides.over(chat.id, stored)
    const own = message.from === this.#deps.store.me?.id
    const state = own ? arrivalOf(message, chat) : 'sent'
    const chosen = this.#deps.choices.held(chat.id, message)
    const held = this.#ofMessage.get(message)
    if (held?.view.state === state && sameChoice(held.chosen, chosen)) return held.view
    const { seq, from, rid, at, text, ents, reply, silent, edited, deleted } = message
    const view: MessageView = {
      key: keyOf(from, rid),
      rid,
      seq,
      from,
      at,
      text,
      ...(ents && { ents }),
      ...(reply !== undefined && { reply }),
      ...(silent && { silent }),
      ...(edited !== undefined && { edited }),
      ...(deleted && { deleted }),
      ...rareParts(message),
      ...chosenParts(message, chosen),
      state,
    }
    this.#ofMessage.set(message, { view, chosen })
    return view
  }

  #itemView(item: OutboxItem): MessageView {
    const held = this.#ofItem.get(item)
    if (held) return held
    const from = this.#deps.store.me?.id ?? 0
    const { rid, at, text, ents, reply, quote, album, sent, error } = item
    const view: MessageView = {
      key: keyOf(from, rid),
      rid,
      ...(sent && { seq: sent.seq }),
      from,
      at: sent?.at ?? at,
      text,
      ...(ents && { ents }),
      ...(reply !== undefined && { reply }),
      ...(quote && { quote }),
      ...(album !== undefined && { album }),
      state: stateOf(item),
      ...(error && { error }),
    }
    this.#ofItem.set(item, view)
    return view
  }
}

function sameChoice(a: Held, b: Held): boolean {
  return a.own === b.own && a.pending === b.pending
}

/** Parts that few messages have. */
function rareParts({
  quote,
  fwd,
  svc,
  album,
  preview,
  pinned,
  expires,
}: Message): Pick<
  MessageView,
  'quote' | 'fwd' | 'svc' | 'album' | 'preview' | 'pinned' | 'expires'
> {
  return {
    ...(quote && { quote }),
    ...(fwd && { fwd }),
    ...(svc && { svc }),
    ...(album !== undefined && { album }),
    ...(preview && { preview }),
    ...(pinned && { pinned }),
    ...(expires !== undefined && { expires }),
  }
}

/** Reactions and poll of a message, with the user's own choice. */
function chosenParts(
  message: Message,
  held: Held,
): Pick<MessageView, 'reacts' | 'mine' | 'poll'> | undefined {
  if (message.deleted) return undefined
  const { poll } = message
  return { ...shownReactions(message, held), ...(poll && { poll: shownPoll(poll, held.own) }) }
}

/** Sender and rid name a message from the moment it is written. */
function keyOf(from: UserId, rid: number): string {
  return `${from}:${rid}`
}

function stateOf({ state }: OutboxItem): MessageView['state'] {
  if (state === 'failed') return 'failed'
  return state === 'acked' ? 'sent' : 'sending'
}

/** How far an own message has got. */
function arrivalOf(
  { seq }: Message,
  { peerRead = 0, peerDelivered = 0 }: Chat,
): MessageView['state'] {
  if (seq <= peerRead) return 'read'
  return seq <= peerDelivered ? 'delivered' : 'sent'
}

function shown(counts: PostCounts | undefined): Pick<MessageView, 'views' | 'comments'> {
  const { views, comments, by = [] } = counts ?? {}
  return {
    ...(views !== undefined && { views }),
    ...(comments !== undefined && { comments: { count: comments, by } }),
  }
}

function titleOf(
  chat: Chat,
  peer: User | undefined,
  contacts: ReadonlyMap<UserId, string>,
): string {
  if (chat.kind === 'direct') return contacts.get(chat.peer ?? 0) || (peer?.name ?? '')
  return chat.kind === 'saved' ? '' : (chat.title ?? '')
}

function byActivity(a: ChatView, b: ChatView): number {
  const pinned = pinOf(b) - pinOf(a)
  if (pinned !== 0) return pinned
  const atOf = ({ chat, last }: ChatView) => Math.max(chat.at, last?.at ?? 0)
  return atOf(b) - atOf(a) || b.chat.id - a.chat.id
}

/** Pinned ones first, of these the one pinned last. */
function pinOf({ chat: { me } }: ChatView): number {
  return me.pinned ? (me.pinnedAt ?? 1) : 0
}

/** The held list where nothing changed, so that it keeps its identity. */
function sameItems<Item>(held: Item[], news: Item[]): Item[] {
  const same = held.length === news.length && held.every((item, i) => item === news[i])
  return same ? held : news
}

function isSameWindow(a: ChatWindow, b: ChatWindow): boolean {
  return (
    a.messages === b.messages &&
    a.moreBefore === b.moreBefore &&
    a.moreAfter === b.moreAfter &&
    a.loading === b.loading
  )
}

function samePresence(a: Snapshot['presence'], b: Snapshot['presence']): boolean {
  if (a.size !== b.size) return false
  for (const [user, presence] of b) if (a.get(user) !== presence) return false
  return true
}
