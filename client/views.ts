// Builds the immutable pictures that a page renders. Parts that did not change keep their identity, and
// nothing is built before somebody asks.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import type { Chat, Message, User } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import type { Outbox, OutboxItem } from './outbox.ts'
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
  connection(): ConnectionState
}

export class Views {
  readonly #deps: ViewsDeps
  #snapshot: Snapshot | undefined
  readonly #chats = new Map<ChatId, ChatView>()
  readonly #windows = new Map<ChatId, ChatWindow>()
  #list: ChatView[] = []
  #windowMap: ReadonlyMap<ChatId, ChatWindow> = new Map()
  #presence: Snapshot['presence'] = new Map()
  readonly #ofMessage = new WeakMap<Message, MessageView>()
  readonly #ofItem = new WeakMap<OutboxItem, MessageView>()

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
      this.#list = [...this.#chats.values()].sort(byActivity)
      this.#windowMap = new Map(this.#windows)
    }
    if (!samePresence(this.#presence, store.presence)) this.#presence = new Map(store.presence)
    this.#snapshot = {
      connection: connection(),
      me: store.me,
      chats: this.#list,
      users: store.users,
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
    if (state) this.#chats.set(id, this.#chatView(this.#marked(state.chat)))
    else this.#chats.delete(id)
    if (windows.opened.has(id)) this.#windows.set(id, this.#windowView(id))
    else this.#windows.delete(id)
  }

  /** With the read mark that the server may not have yet. */
  #marked(chat: Chat): Chat {
    const read = this.#deps.reads.of(chat.id)
    return read > chat.me.read ? { ...chat, me: { ...chat.me, read } } : chat
  }

  #chatView(chat: Chat): ChatView {
    const { store, outbox, typing } = this.#deps
    const peer = chat.peer === undefined ? undefined : store.users.get(chat.peer)
    const presence = chat.peer === undefined ? undefined : store.presence.get(chat.peer)
    const waiting = outbox.of(chat.id).at(-1)
    const last = waiting ? this.#itemView(waiting) : chat.last && this.#messageView(chat.last, chat)
    return {
      chat,
      title: titleOf(chat, peer),
      ...(peer && { peer }),
      unread: Math.max(0, chat.seq - chat.me.read),
      ...(last && { last }),
      typing: typing.of(chat.id),
      ...(presence && { peerOnline: presence.online }),
    }
  }

  #windowView(id: ChatId): ChatWindow {
    const { store, outbox } = this.#deps
    const state = store.chats.get(id)
    const rows = state?.rows
    const messages =
      state && rows ? rows.messages.map(row => this.#messageView(row, state.chat)) : []
    // After a jump the window ends somewhere in the past, where what is being sent does not belong.
    const waiting = rows && !rows.atEnd ? [] : outbox.of(id).map(item => this.#itemView(item))
    return {
      chat: id,
      messages: [...messages, ...waiting],
      moreBefore: rows ? !rows.atStart : false,
      moreAfter: rows ? !rows.atEnd : false,
      loading: !rows || (state?.loads ?? 0) > 0,
    }
  }

  #messageView(message: Message, chat: Chat): MessageView {
    const own = message.from === this.#deps.store.me?.id
    const state = own && message.seq <= (chat.peerRead ?? 0) ? 'read' : 'sent'
    const held = this.#ofMessage.get(message)
    if (held?.state === state) return held
    const { seq, from, rid, at, text, ents, reply, edited, deleted } = message
    const view: MessageView = {
      key: keyOf(from, rid),
      rid,
      seq,
      from,
      at,
      text,
      ...(ents && { ents }),
      ...(reply !== undefined && { reply }),
      ...(edited !== undefined && { edited }),
      ...(deleted && { deleted }),
      state,
    }
    this.#ofMessage.set(message, view)
    return view
  }

  #itemView(item: OutboxItem): MessageView {
    const held = this.#ofItem.get(item)
    if (held) return held
    const from = this.#deps.store.me?.id ?? 0
    const { rid, at, text, ents, reply, sent, error } = item
    const view: MessageView = {
      key: keyOf(from, rid),
      rid,
      ...(sent && { seq: sent.seq }),
      from,
      at: sent?.at ?? at,
      text,
      ...(ents && { ents }),
      ...(reply !== undefined && { reply }),
      state: stateOf(item),
      ...(error && { error }),
    }
    this.#ofItem.set(item, view)
    return view
  }
}

/** Sender and rid name a message from the moment it is written. */
function keyOf(from: UserId, rid: number): string {
  return `${from}:${rid}`
}

function stateOf({ state }: OutboxItem): MessageView['state'] {
  if (state === 'failed') return 'failed'
  return state === 'acked' ? 'sent' : 'sending'
}

function titleOf(chat: Chat, peer: User | undefined): string {
  if (chat.kind === 'direct') return peer?.name ?? ''
  return chat.kind === 'saved' ? '' : (chat.title ?? '')
}

function byActivity(a: ChatView, b: ChatView): number {
  const pinned = Number(b.chat.me.pinned ?? false) - Number(a.chat.me.pinned ?? false)
  if (pinned !== 0) return pinned
  const atOf = ({ chat, last }: ChatView) => Math.max(chat.at, last?.at ?? 0)
  return atOf(b) - atOf(a) || b.chat.id - a.chat.id
}

function samePresence(a: Snapshot['presence'], b: Snapshot['presence']): boolean {
  if (a.size !== b.size) return false
  for (const [user, presence] of b) if (a.get(user) !== presence) return false
  return true
}
