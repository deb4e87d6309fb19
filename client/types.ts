// The shapes the SDK hands out and the seams it asks for. Applications use these and client/index.ts,
// never frames.

import type { CloseName, ErrorCode } from '#shared/protocol/codes.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import type { Me } from '#shared/protocol/http.ts'
import type { ChatId, Rev, Rid, Seq, UserId } from '#shared/protocol/ids.ts'
import type {
  Chat,
  Draft,
  Folder,
  FolderRule,
  Member,
  Message,
  Origin,
  Poll,
  Preview,
  Quote,
  Reaction,
  Scheduled,
  Service,
  User,
} from '#shared/protocol/models.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import type { Archive } from './keeping/archive.ts'
import type { TabHost } from './tabs/host.ts'

/**
 * Where the connection stands. `waiting` counts down to `retryAt` (ms since 1970); `stopped` needs a person:
 * signed out elsewhere, token refused, or too many connections.
 */
export type ConnectionState =
  | { state: 'offline' }
  | { state: 'connecting' }
  | { state: 'syncing' }
  | { state: 'online' }
  | { state: 'waiting'; retryAt: number }
  | { state: 'stopped'; reason: CloseName | 'signed_out' }

/** `sending`: in the outbox. `sent`: durable on the server. `read`: seen by somebody else. `failed`: refused for good. */
export type MessageState = 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

/** A message as a list shows it: one from the server, or one of the outbox that has no seq yet. */
export interface MessageView {
  /** Stable over the change from outbox to sent, so a list may use it as its key. */
  key: string
  rid: Rid
  seq?: Seq
  from: UserId
  at: number
  text: string
  ents?: Entity[]
  reply?: Seq
  /** Sent without a sound. */
  silent?: true
  edited?: number
  deleted?: true
  /** The part of the answered message that it is about. */
  quote?: Quote
  /** Where it was forwarded from. */
  fwd?: Origin
  /** What a service message tells; one with a `t` that the application does not know is not shown. */
  svc?: Service
  /** Messages with the same number belong together. */
  album?: Rid
  /** What its first link leads to. */
  preview?: Preview
  pinned?: true
  /** Deletes itself at this time, ms since 1970. */
  expires?: number
  /** Most chosen first; with the user's own choice in it, also while the server has not told the sums. */
  reacts?: Reaction[]
  /** The user's own reactions. */
  mine?: string[]
  /** Its question is the text. */
  poll?: PollView
  /** The user's own post, where the channel is shown as its author. */
  own?: true
  /** Of a channel's post: how many have seen it. */
  views?: number
  /** Present where the post can be commented on: how many comments there are, and whose are the last ones. */
  comments?: { count: number; by: UserId[] }
  state: MessageState
  error?: ErrorCode
}

/** A poll as the user should see it. */
export interface PollView extends Omit<Poll, 'counts'> {
  /** Numbers of the options that the user voted for; left out before they vote. */
  mine?: number[]
  /** How many chose each option; left out until the user has voted or the poll is closed. */
  counts?: number[]
}

/** One chat of the list, with what a list row shows. */
export interface ChatView {
  chat: Chat
  /** Title of a group or channel, the user's own name of the peer or theirs, or the word for saved messages (empty: the page names it). */
  title: string
  peer?: User
  unread: number
  /** Unread messages that call the user by name or answer them. */
  mentions: number
  /** The first unread message. */
  firstUnread?: Seq
  /** In the archive, and nothing has brought it back. */
  archived: boolean
  /** A text that was begun, here or on another device. */
  draft?: Draft
  last?: MessageView
  typing: UserId[]
  peerOnline?: boolean
  /** The user blocks the peer. */
  blocked?: true
}

/** The loaded window of one chat: ascending, without holes between `from` and `to`. */
export interface ChatWindow {
  chat: ChatId
  messages: MessageView[]
  /** Older messages exist on the server. */
  moreBefore: boolean
  /** Newer messages exist on the server than this window holds (after a jump). */
  moreAfter: boolean
  loading: boolean
}

/** An immutable picture of everything; a part that did not change keeps its identity between two of them. */
export interface Snapshot {
  connection: ConnectionState
  me: Me | null
  chats: ChatView[]
  /** Direct chats that strangers began and that wait for an answer; they are not among `chats`. */
  requests: ChatView[]
  users: ReadonlyMap<UserId, User>
  /** The user's own names of their contacts, empty where they use theirs; empty before `people.contacts` is loaded. */
  contacts: ReadonlyMap<UserId, string>
  /** Windows of the chats opened so far. */
  windows: ReadonlyMap<ChatId, ChatWindow>
  /** Messages that wait in the outbox, over all chats. */
  pending: number
  /** More chats exist on the server: `loadMoreChats`. */
  moreChats: boolean
  /** Presence of the users watched, as far as the server told it. */
  presence: ReadonlyMap<UserId, Presence>
}

export interface Presence {
  online: boolean
  /** ms since 1970, when their privacy setting shows it. */
  lastSeen?: number | undefined
}

/** What a composer holds. */
export type DraftText = Omit<Draft, 'at'>

/** A change of the user's own place in a chat; `mutedUntil` in ms since 1970, 0 for ever, null not at all. */
export type PlaceChange = Omit<OpIn<'setPlace'>, 'chat'>

/** How messages are forwarded. */
export interface ForwardOptions {
  silent?: true
  /** The copies do not say where they come from. */
  hideAuthor?: true
  /** One for each message: the same again makes no second copies. Random when left out. */
  rids?: readonly Rid[]
}

/** What a sent message may have beside its text. */
export interface SendOptions {
  ents?: Entity[]
  /** seq of the message replied to. */
  reply?: Seq
  silent?: true
  /** The part of that message which the reply is about. */
  quote?: Quote
  /** Messages sent with the same number are shown together. */
  album?: Rid
  /** No preview of its links. */
  noPreview?: true
  /** Makes a retry by the application the same message; random when left out. */
  rid?: Rid
  /** It was not written in the chat's composer: what was begun there stays. */
  keepDraft?: true
}

/**
 * What `client.dev.observe` tells, for checkers: how each chat's position moved and what was shown then.
 * `applied` moves it by exactly one rev; `moved` jumps over revs whose outcome `messages` (of a diff) or a
 * summary or page brought; `dropped` forgets the chat's window and position.
 */
export type DevEvent =
  | {
      type: 'applied'
      chat: ChatId
      rev: Rev
      by: 'event' | 'ack'
      /** Name of the event, or `unknown` for one of a later version. */
      name: string
      message?: Message
    }
  | {
      type: 'moved'
      chat: ChatId
      from: Rev
      to: Rev
      by: 'diff' | 'summary'
      messages: Message[]
    }
  | { type: 'dropped'; chat: ChatId }
  | { type: 'reset' }

/** How often what happened, since the client was made. */
export interface DevCounters {
  /** Frames and event bodies that could not be read. */
  badFrames: number
  duplicates: number
  gaps: number
  diffs: number
  connections: number
}

/** One socket; the SDK opens a new one for each connection attempt. */
export interface Socket {
  send(bytes: Uint8Array): void
  /** Ends it; `onClose` follows once. */
  close(): void
}

export interface SocketEvents {
  onOpen(): void
  onMessage(bytes: Uint8Array): void
  /** Called exactly once, also when opening failed; `code` is 1006 then. */
  onClose(code: number, reason: string): void
}

/** How the SDK reaches a gateway. */
export interface Transport {
  open(url: string, events: SocketEvents): Socket
  /** The connection is up, and the sync complete. */
  online?(): void
  /** A person wants the connection now. */
  wake?(): void
  /** The client has stopped. */
  leave?(): void
}

/** What survives a restart of the application. Values are structured-cloneable. */
export interface Storage {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<void>
  delete(key: string): Promise<void>
  /** All entries whose key starts with `prefix`, in key order. */
  list(prefix: string): Promise<[key: string, value: unknown][]>
}

/** Time and chance, replaced in tests. */
export interface ClientClock {
  now(): number
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
  random(): number
}

export interface ClientOptions {
  /** Origin of the api, as `https://chat.example`; empty for the page's own. */
  api: string
  /** Gateway URL (`wss://…/ws`). Left out: asked from the api's `/api/v1/config`. */
  gateway?: string
  /** Names this installation; kept in storage and made at the first start when left out. */
  device?: string
  transport?: Transport
  storage?: Storage
  /** Where chats and history of a person survive a restart; left out: nowhere. */
  archive?: (user: UserId) => Archive
  /** Other tabs with clients of the same person, which then share one connection; left out: each has its own. */
  tabs?: TabHost
  /** The archive failed: chats and history are held in memory only from now on. */
  notKept?: (error: unknown) => void
  clock?: ClientClock
  fetch?: typeof fetch
}

/** The answer to a send: durable at this place in the chat, and what the chat's rules made of it. */
export type Sent = OpOut<'send'> & { chat: ChatId; rid: Rid }

/** Where and what to search, and `next` of the page before. */
export type SearchOptions = Omit<OpIn<'search'>, 'query'>

/** What was found; with `next`, more follows. */
export type SearchPage = Pick<OpOut<'search'>, 'hits' | 'next'>

export type { Archive } from './keeping/archive.ts'
export type { TabHost } from './tabs/host.ts'
export type {
  Chat,
  Draft,
  Entity,
  Folder,
  FolderRule,
  Me,
  Member,
  Message,
  Preview,
  Scheduled,
  User,
}
