// Who is connected to this process and which chats they get. Delivers events in rev order per chat: an event
// that comes too early is held until the missing one arrives or `onBehind` is told that it did not.
// Knows no PostgreSQL and no Redis: repair.ts asks them when the hub says it is behind.

import type { ChatId, Rev, Seq, SessionId, Urev, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ChatKind } from '#shared/protocol/permissions.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import { addNews, bumpFrame, type News, noNews } from './bump.ts'
import type { Connection } from './connection.ts'
import type { ChatEvent, Ring } from './ring.ts'

/** A chat with connections on this process. */
export interface ChatEntry {
  id: ChatId
  kind: ChatKind
  /** Everything up to here was delivered to its connections. */
  rev: Rev
  seq: Seq
  members: number
  connections: Connection[]
  /** Events that wait for one before them, by rev. */
  held: Map<Rev, ChatEvent> | null
  /** A position that PostgreSQL has reached and this process should. */
  expected: Rev
  behindTimer: NodeJS.Timeout | null
  bumpTimer: NodeJS.Timeout | null
  /** What the next bump says; null until the chat was a large one. */
  news: News | null
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
}

/** Where a chat stands when a connection subscribes to it. */
export interface Position {
  chat: ChatId
  kind: ChatKind
  rev: Rev
  seq: Seq
  members: number
}

export class Hub {
  readonly chats = new Map<ChatId, ChatEntry>()
  readonly users = new Map<UserId, UserEntry>()
  readonly connections = new Set<Connection>()
  readonly #ring: Ring
  readonly #events: HubEvents
  readonly #nowMs: () => number
  /** Frames queued for connections, for the metrics. */
  delivered = 0

  constructor(ring: Ring, events: HubEvents, nowMs: () => number) {
    this.#ring = ring
    this.#events = events
    this.#nowMs = nowMs
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
      entry.connections.push(connection)
      connection.chats.push(entry)
    }
    connection.leftEarly = null
  }

  #subscribe(connection: Connection, position: Position): void {
    const entry = this.chats.get(position.chat) ?? this.#enter(position)
    if (connection.chats.includes(entry)) return
    entry.connections.push(connection)
    connection.chats.push(entry)
  }

  unsubscribe(connection: Connection, chat: ChatId): void {
    const entry = this.chats.get(chat)
    if (!entry) return
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
    entry.rev = head.rev
    entry.seq = Math.max(entry.seq, head.seq)
    entry.members = head.members
    this.#sendBump(entry, entry.connections)
    this.#drainHeld(entry)
  }

  /** Sets the chats on screen: of large ones, only who watches gets every event. */
  watch(connection: Connection, chats: readonly ChatId[]): void {
    const before = connection.watching
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
    // Connections whose close has not come through yet still belong to their users.
    for (const entry of this.users.values()) entry.urev = -1
    this.#ring.clear()
  }

  /** Queues a droppable frame for a chat's connections, but not for those of `except`. */
  castChat(chat: ChatId, except: UserId, frame: Uint8Array): void {
    for (const connection of this.chats.get(chat)?.connections ?? []) {
      if (connection.identity?.user !== except) connection.queueEphemeral(frame)
    }
  }

  #enter({ chat, kind, rev, seq, members }: Position): ChatEntry {
    const entry: ChatEntry = {
      id: chat,
      kind,
      rev,
      seq,
      members,
      connections: [],
      held: null,
      expected: rev,
      behindTimer: null,
      bumpTimer: null,
      news: null,
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

  /** HOT: per event. Encoded once by whoever committed it; here only queued. */
  #send(entry: ChatEntry, event: ChatEvent): void {
    entry.rev = event.rev
    entry.seq = event.seq
    // 0 when the sender's process did not know the chat (yet).
    if (event.members > 0) entry.members = event.members
    if (entry.members > limits.fullFanOutMembersMax) {
      this.#sendLarge(entry, event)
      return
    }
    const { connections } = entry
    for (let i = 0; i < connections.length; i++) {
      const connection = connections[i] as Connection
      if (connection.id !== event.origin) connection.queueEvent(event.frame)
    }
    this.delivered += connections.length
  }

  /** Large chats: everything to those who look at them, a bump now and then to the others. */
  #sendLarge(entry: ChatEntry, event: ChatEvent): void {
    entry.news = addNews(entry.news, event)
    let others = false
    for (const connection of entry.connections) {
      if (connection.id === event.origin) continue
      if (connection.watching.includes(entry.id)) {
        connection.queueEvent(event.frame)
        this.delivered++
      } else {
        others = true
      }
    }
    if (!others || entry.bumpTimer) return
    entry.bumpTimer = setTimeout(() => {
      entry.bumpTimer = null
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
    entry.behindTimer = setTimeout(() => {
      entry.behindTimer = null
      if (entry.rev < entry.expected && this.chats.get(entry.id) === entry)
        this.#events.onChatBehind(entry.id)
    }, limits.gatewayHoldMs)
    entry.behindTimer.unref()
  }

  #deliverUser(event: Extract<BusEvent, { type: 'user' | 'joined' | 'left' }>): void {
    const entry = this.users.get(event.user)
    if (!entry || event.urev <= entry.urev) return
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
