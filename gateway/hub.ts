// Who is connected to this process and which chats they get. Delivers events in rev order per chat: an event
// that comes too early is held until the missing one arrives or `onBehind` is told that it did not.
// Knows no PostgreSQL and no Redis: repair.ts asks them when the hub says it is behind.

import type { ChatId, Rev, Seq, SessionId, Urev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ChatKind } from '#shared/protocol/permissions.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import { addNews, bumpFrame, callFrame, type News, noNews } from './bump.ts'
import type { Connection } from './connection.ts'
import type { Flusher } from './flusher.ts'
import type { ChatEvent, Ring } from './ring.ts'
import { bundle, callsOf, originsOf } from './turn.ts'

/** A chat with connections on this process. */
export interface ChatEntry {
  id: ChatId
  kind: ChatKind
  /** Everything up to here was delivered to its connections. */
  rev: Rev
  seq: Seq
  members: number
  /** A direct chat in which nothing may be said: nothing droppable goes to anybody either. */
  quiet: boolean
  connections: Connection[]
  /** Events that wait for one before them, by rev. */
  held: Map<Rev, ChatEvent> | null
  /** A position that PostgreSQL has reached and this process should. */
  expected: Rev
  behindTimer: NodeJS.Timeout | null
  bumpTimer: NodeJS.Timeout | null
  /** What the next bump says; null until the chat was a large one. */
  news: News | null
  /** Events of this turn of the event loop, which leave together at its end. */
  turn: ChatEvent[] | null
}

/** A user with connections on this process. */
export interface UserEntry {
  id: UserId
  /** Everything up to here was delivered; −1 until it is known. */
  urev: Urev
  connections: Connection[]
}

export interface HubEvents {
  /** Positions stayed behind for limits.gatewayHoldMs. */
  onChatBehind(chat: ChatId): void
  onUserBehind(user: UserId): void
  /** A user's first connection came, or their last one went. */
  onUserHere(user: UserId, here: boolean): void
  /** What others may know of a user changed; for `other` alone if given. */
  onPerson(user: UserId, other: UserId | undefined): void
}

/** Where a chat stands when a connection subscribes to it. */
export interface Position {
  chat: ChatId
  kind: ChatKind
  rev: Rev
  seq: Seq
  members: number
  /** Left out for false. */
  quiet?: boolean
}

export class Hub {
  readonly chats = new Map<ChatId, ChatEntry>()
  readonly users = new Map<UserId, UserEntry>()
  readonly connections = new Set<Connection>()
  readonly #ring: Ring
  readonly #events: HubEvents
  readonly #nowMs: () => number
  readonly #flusher: Flusher
  /** Chats with events that came in this turn of the event loop. */
  #turned: ChatEntry[] = []
  /** Frames queued for connections, for the metrics. */
  delivered = 0

  constructor(deps: { ring: Ring; flusher: Flusher; events: HubEvents; nowMs: () => number }) {
    this.#ring = deps.ring
    this.#flusher = deps.flusher
    this.#events = deps.events
    this.#nowMs = deps.nowMs
    this.#flusher.beforeFlush(() => this.#flushTurns())
  }

  /** Registers a connection whose identity is known: from now on its user's events reach it. */
  addUser(connection: Connection, user: UserId): UserEntry {
    let entry = this.users.get(user)
    if (!entry) {
      entry = { id: user, urev: -1, connections: [] }
      this.users.set(user, entry)
    }
    entry.connections.push(connection)
    if (entry.connections.length === 1) this.#events.onUserHere(user, true)
    return entry
  }

  /** Forgets a connection, its subscriptions and what nobody else uses. */
  remove(connection: Connection): void {
    this.connections.delete(connection)
    for (const entry of connection.chats) this.#detach(entry, connection)
    connection.chats = []
    const user = connection.identity?.user
    const entry = user === undefined ? undefined : this.users.get(user)
    if (!entry) return
    removeFrom(entry.connections, connection)
    if (entry.connections.length > 0) return
    this.users.delete(entry.id)
    this.#events.onUserHere(entry.id, false)
  }

  /**
   * Gives a connection the events of chats after the positions that were read from PostgreSQL since it
   * registered; chats that it left in the meantime are skipped. An entry's rev may be above its position.
   */
  subscribeAll(connection: Connection, positions: readonly Position[]): void {
    if (connection.closed) return
    const has = new Set(connection.chats)
    for (const position of positions) {
      if (connection.leftEarly?.has(position.chat)) continue
      const entry = this.chats.get(position.chat) ?? this.#enter(position)
      if (has.has(entry)) continue
      this.#flushTurn(entry)
      entry.connections.push(connection)
      connection.chats.push(entry)
    }
    connection.leftEarly = null
  }

  #subscribe(connection: Connection, position: Position): void {
    const entry = this.chats.get(position.chat) ?? this.#enter(position)
    if (connection.chats.includes(entry)) return
    this.#flushTurn(entry)
    entry.connections.push(connection)
    connection.chats.push(entry)
  }

  unsubscribe(connection: Connection, chat: ChatId): void {
    const entry = this.chats.get(chat)
    if (!entry) return
    this.#flushTurn(entry)
    removeFrom(connection.chats, entry)
    this.#detach(entry, connection)
  }

  /** The chat's entry if this connection is subscribed to it. */
  subscription(connection: Connection, chat: ChatId): ChatEntry | undefined {
    const entry = this.chats.get(chat)
    return entry && connection.chats.includes(entry) ? entry : undefined
  }

  /** HOT: per event. Delivers what happened, here or in another process. */
  deliver(event: BusEvent): void {
    switch (event.type) {
      case 'chat':
        this.#deliverChat(event)
        return
      case 'user':
      case 'joined':
      case 'left':
        this.#deliverUser(event)
        return
      case 'head':
        this.expectChat(event.chat, event.rev)
        return
      case 'userHead':
        this.expectUser(event.user, event.urev)
        return
      case 'sessionRevoked':
        this.closeSession(event.user, event.session)
        return
      case 'quiet':
        this.setQuiet(event.chat, event.quiet)
        return
      case 'person':
        this.#events.onPerson(event.user, event.other)
        return
      default:
        event satisfies never
    }
  }

  /** PostgreSQL has this position; if it has not come by itself soon, `onChatBehind` is told. */
  expectChat(chat: ChatId, rev: Rev): void {
    const entry = this.chats.get(chat)
    if (!entry || rev <= entry.rev) return
    entry.expected = Math.max(entry.expected, rev)
    this.#watchBehind(entry)
  }

  expectUser(user: UserId, urev: Urev): void {
    const entry = this.users.get(user)
    if (!entry || urev <= entry.urev) return
    setTimeout(() => {
      if (this.users.get(user) === entry && entry.urev < urev) this.#events.onUserBehind(user)
    }, limits.gatewayHoldMs).unref()
  }

  /** Moves a chat to a head read from PostgreSQL; connections are told to ask for what they miss. */
  repairChat(head: Position): void {
    const entry = this.chats.get(head.chat)
    if (!entry || head.rev <= entry.rev) return
    this.#flushTurn(entry)
    entry.rev = head.rev
    entry.seq = Math.max(entry.seq, head.seq)
    entry.members = head.members
    this.#sendBump(entry, entry.connections)
    this.#drainHeld(entry)
  }

  /** Sets the chats on screen: of large ones, only who watches gets every event. */
  watch(connection: Connection, chats: readonly ChatId[]): void {
    const before = connection.watching
    for (const chat of [...before, ...chats]) {
      const entry = this.subscription(connection, chat)
      if (entry) this.#flushTurn(entry)
    }
    connection.watching = chats
    for (const chat of chats) {
      const entry = before.includes(chat) ? undefined : this.subscription(connection, chat)
      // The bump that is due goes to those who do not watch, so this one would miss what it stands for.
      if (entry?.bumpTimer) this.#sendBump(entry, [connection])
    }
  }

  /** Closes every socket of a session that no longer stands. */
  closeSession(user: UserId, session: SessionId): void {
    for (const connection of [...(this.users.get(user)?.connections ?? [])]) {
      if (connection.identity?.session === session) connection.end('session_revoked')
    }
  }

  /**
   * The history was rewritten (the cluster's epoch changed): ends every connection and forgets what was
   * delivered, since the same revs come again with another meaning.
   */
  startOver(): void {
    for (const connection of [...this.connections]) connection.end('draining', 0)
    for (const entry of this.chats.values()) stopTimers(entry)
    this.chats.clear()
    this.#turned = []
    // Connections whose close has not come through yet still belong to their users.
    for (const entry of this.users.values()) entry.urev = -1
    this.#ring.clear()
  }

  /** Whether a direct chat's typing and marks are told, here where their receivers are. */
  setQuiet(chat: ChatId, quiet: boolean): void {
    const entry = this.chats.get(chat)
    if (entry) entry.quiet = quiet
  }

  /** Queues a droppable frame for a chat's connections, but not for those of `except`. */
  castChat(chat: ChatId, except: UserId, frame: Uint8Array): void {
    const entry = this.chats.get(chat)
    if (!entry || entry.quiet) return
    this.#flushTurn(entry)
    for (const connection of entry.connections) {
      if (connection.identity?.user !== except) connection.queueEphemeral(frame)
    }
  }

  /** Queues a droppable frame for those connections that look at a chat. */
  castWatching(chat: ChatId, frame: Uint8Array): void {
    const entry = this.chats.get(chat)
    if (!entry) return
    this.#flushTurn(entry)
    for (const connection of entry.connections) {
      if (connection.watching.includes(chat)) connection.queueEphemeral(frame)
    }
  }

  #enter({ chat, kind, rev, seq, members, quiet = false }: Position): ChatEntry {
    const entry: ChatEntry = {
      id: chat,
      kind,
      rev,
      seq,
      members,
      quiet,
      connections: [],
      held: null,
      expected: rev,
      behindTimer: null,
      bumpTimer: null,
      news: null,
      turn: null,
    }
    this.chats.set(chat, entry)
    // Events that arrived since the position was read are in the ring; nobody held them for this chat.
    for (const event of this.#ring.above(chat, rev)) this.#hold(entry, event)
    this.#drainHeld(entry)
    return entry
  }

  #detach(entry: ChatEntry, connection: Connection): void {
    removeFrom(entry.connections, connection)
    if (entry.connections.length > 0) return
    stopTimers(entry)
    if (this.chats.get(entry.id) === entry) this.chats.delete(entry.id)
  }

  #deliverChat(event: ChatEvent): void {
    this.#ring.add(event, this.#nowMs())
    const entry = this.chats.get(event.chat)
    if (!entry || event.rev <= entry.rev) return
    if (event.rev > entry.rev + 1) {
      this.#hold(entry, event)
      this.#watchBehind(entry)
      return
    }
    this.#send(entry, event)
    if (entry.held) this.#drainHeld(entry)
  }

  /** HOT: per event. Encoded once by whoever committed it; it waits for the end of the turn. */
  #send(entry: ChatEntry, event: ChatEvent): void {
    // 0 when the sender's process did not know the chat (yet).
    const members = event.members > 0 ? event.members : entry.members
    const large = members > limits.fullFanOutMembersMax
    // A turn is fanned out in one way.
    if (large !== entry.members > limits.fullFanOutMembersMax) this.#flushTurn(entry)
    entry.rev = event.rev
    entry.seq = event.seq
    entry.members = members
    if (large) entry.news = addNews(entry.news, event)
    if (entry.turn) {
      entry.turn.push(event)
      return
    }
    entry.turn = [event]
    this.#turned.push(entry)
    this.#flusher.schedule()
  }

  #flushTurns(): void {
    const turned = this.#turned
    this.#turned = []
    for (const entry of turned) this.#flushTurn(entry)
  }

  /**
   * HOT: per chat and turn. Queues the turn's events for the chat's connections, joined to as few messages as they
   * fit in: the work per connection does not grow with the events. Called early by whatever else is about to
   * queue for these connections or to change who they are, so that the order is the one in which things happened.
   */
  #flushTurn(entry: ChatEntry): void {
    const { turn, connections } = entry
    if (!turn) return
    entry.turn = null
    const bundles = bundle(turn)
    const origins = originsOf(turn)
    const large = entry.members > limits.fullFanOutMembersMax
    const calls = large ? callsOf(turn) : null
    let unseen = false
    for (let i = 0; i < connections.length; i++) {
      const connection = connections[i] as Connection
      const own = origins?.has(connection.id) === true
      if (large && !connection.watching.includes(entry.id)) {
        unseen ||= !own || turn.length > 1
        if (calls) this.#queueCalls(connection, entry, calls)
      } else if (own) this.#queueOthers(connection, turn)
      else this.#queueAll(connection, bundles, turn.length)
    }
    // Everything goes to those who look at a large chat, a bump now and then to the others.
    if (unseen && !entry.bumpTimer) this.#bumpSoon(entry)
  }

  /** Whom a message calls or answers gets it at once, in a bump: its event would lie beyond the revs that they know. */
  #queueCalls(
    connection: Connection,
    { id: chat, rev, seq, news }: ChatEntry,
    calls: ReadonlyMap<UserId, Uint8Array[]>,
  ): void {
    const frames = calls.get(connection.identity?.user ?? 0)
    if (!frames) return
    connection.queueEvent(callFrame({ chat, rev, seq }, news, frames))
    this.delivered++
  }

  #queueAll(connection: Connection, bundles: readonly Uint8Array[], events: number): void {
    for (let i = 0; i < bundles.length; i++) connection.queueEvent(bundles[i] as Uint8Array)
    this.delivered += events
  }

  /** Whoever sent something gets the answer instead of the event. */
  #queueOthers(connection: Connection, turn: readonly ChatEvent[]): void {
    for (const event of turn) {
      if (event.origin === connection.id) continue
      connection.queueEvent(event.frame)
      this.delivered++
    }
  }

  #bumpSoon(entry: ChatEntry): void {
    entry.bumpTimer = setTimeout(() => {
      entry.bumpTimer = null
      this.#flushTurn(entry)
      const unseen = entry.connections.filter(connection => !connection.watching.includes(entry.id))
      this.#sendBump(entry, unseen)
      // Who watches has had all of it as events.
      entry.news = noNews(entry.rev)
    }, limits.bumpEveryMs)
    entry.bumpTimer.unref()
  }

  #sendBump(entry: ChatEntry, connections: readonly Connection[]): void {
    const { id: chat, rev, seq } = entry
    const frame = bumpFrame({ chat, rev, seq }, entry.news)
    for (const connection of connections) connection.queueEvent(frame)
    this.delivered += connections.length
  }

  #hold(entry: ChatEntry, event: ChatEvent): void {
    entry.held ??= new Map()
    entry.held.set(event.rev, event)
    entry.expected = Math.max(entry.expected, event.rev)
  }

  #drainHeld(entry: ChatEntry): void {
    const { held } = entry
    if (!held) return
    for (;;) {
      const next = held.get(entry.rev + 1)
      if (!next) break
      held.delete(next.rev)
      this.#send(entry, next)
    }
    for (const rev of held.keys()) if (rev <= entry.rev) held.delete(rev)
    if (held.size === 0) entry.held = null
    else this.#watchBehind(entry)
  }

  #watchBehind(entry: ChatEntry): void {
    if (entry.behindTimer) return
    const missing = entry.rev + 1
    entry.behindTimer = setTimeout(() => {
      entry.behindTimer = null
      if (entry.rev >= entry.expected || this.chats.get(entry.id) !== entry) return
      // What was missing then has come; another hole has only just opened, and its event may be on its way.
      if (entry.rev >= missing) this.#watchBehind(entry)
      else this.#events.onChatBehind(entry.id)
    }, limits.gatewayHoldMs)
    entry.behindTimer.unref()
  }

  #deliverUser(event: Extract<BusEvent, { type: 'user' | 'joined' | 'left' }>): void {
    const entry = this.users.get(event.user)
    if (!entry || event.urev <= entry.urev) return
    this.#flushTurns()
    const gap = entry.urev >= 0 && event.urev > entry.urev + 1
    entry.urev = event.urev
    for (const connection of entry.connections) {
      if (event.type === 'joined') {
        connection.leftEarly?.delete(event.chat)
        this.#subscribe(connection, event)
      }
      if (event.type === 'left') {
        connection.leftEarly?.add(event.chat)
        this.unsubscribe(connection, event.chat)
      }
      connection.queueEvent(event.frame)
    }
    this.delivered += entry.connections.length
    if (gap) this.#events.onUserBehind(event.user)
  }
}

function stopTimers({ behindTimer, bumpTimer }: ChatEntry): void {
  if (behindTimer) clearTimeout(behindTimer)
  if (bumpTimer) clearTimeout(bumpTimer)
}

function removeFrom<Item>(items: Item[], item: Item): void {
  const at = items.lastIndexOf(item)
  if (at < 0) return
  items[at] = items[items.length - 1] as Item
  items.pop()
}
