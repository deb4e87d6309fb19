// HELLO: who is it, what do they have, what do they miss. The connection is registered before anything is
// read, so that no event falls between the read and the first live frame: what arrives meanwhile waits in
// the connection's backlog and follows the sync. Rings serve short drops, PostgreSQL the rest.

import { setImmediate as turn } from 'node:timers/promises'
import { estimateChatBytes } from '#shared/actions/fit-page.ts'
import type { ChatList } from '#shared/actions/read-chats.ts'
import { readDiff } from '#shared/actions/sync.ts'
import { AppError, ProtocolError } from '#shared/protocol/codes.ts'
import type { ControlBody } from '#shared/protocol/events.ts'
import { controlFrame } from '#shared/protocol/frames.ts'
import type { ChatId, Rev, SessionId, Urev, UserId } from '#shared/protocol/ids.ts'
import { limits, planOf, plans } from '#shared/protocol/limits.ts'
import type { Chat } from '#shared/protocol/models.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import type { Rate } from '#shared/runtime/config.ts'
import { isTokenExpired, type PublicRing, verifyAccessToken } from '#shared/runtime/tokens.ts'
import { type ChatPosition, readPositions } from '#shared/store/chats.ts'
import { readWelcomes, type Welcome } from '#shared/store/connections.ts'
import type { Db } from '#shared/store/db.ts'
import { Bucket } from './bucket.ts'
import { Budget } from './budget.ts'
import { ChatLists } from './chat-lists.ts'
import type { Connection, Identity } from './connection.ts'
import type { ReadHello } from './dispatch.ts'
import type { Hub, UserEntry } from './hub.ts'
import type { Ring } from './ring.ts'

type Hello = OpIn<'hello'>
type Resume = NonNullable<Hello['resume']>

export interface GreetingOptions {
  db: Db
  hub: Hub
  ring: Ring
  clock: Clock
  keys: PublicRing
  node: string
  helloPerS: number
  /** So many greetings of one user in so many seconds. */
  helloPerUser: Rate
  /** The user's memberships must be read anew. */
  onUserBehind(user: UserId): void
  /** Somebody at this address showed a token that we never made. */
  onWrongToken(ip: string): void
  /** How many chats were caught up how: from memory, or by what PostgreSQL says. */
  onResume(source: 'ring' | 'heads', chats: number): void
}

/** A connection whose first frame came; it is not read yet. */
interface Arrival {
  connection: Connection
  read: ReadHello
  resolve(): void
  reject(error: unknown): void
}

/** One whose token is good; waits for its turn. */
interface Guest extends Arrival {
  hello: Hello
  user: UserId
  session: SessionId
}

/** A guest who is registered: from here on the hub keeps their events. */
interface Registered extends Guest {
  entry: UserEntry
}

/** A guest whose account and session stand. */
interface Welcomed extends Registered {
  welcome: Welcome
  identity: Identity
}

/** An answer under way. helloOk leaves with the frame that follows it, so that most resumes are one write. */
interface Sync {
  connection: Connection
  identity: Identity
  helloOk: (() => Uint8Array) | null
}

export class Greeting {
  readonly #options: GreetingOptions
  readonly #admission: Bucket
  #arrived: Arrival[] = []
  #isCheckDue = false
  #waiting: Guest[] = []
  #batches = 0
  readonly #lists: ChatLists
  readonly #perUser: Budget

  constructor(options: GreetingOptions) {
    this.#options = options
    this.#lists = new ChatLists({ db: options.db, onRoom: () => this.#goOn() })
    const nowMs = () => options.clock.monotonic()
    this.#admission = new Bucket(options.helloPerS, options.helloPerS, nowMs())
    const { points, perS } = options.helloPerUser
    this.#perUser = new Budget({ burst: points, perS: points / perS, nowMs })
  }

  /**
   * Answers HELLO when its turn comes. In a storm many are greeted with one read of each table; how many at once is
   * bounded, so that none of them waits in PostgreSQL until it gives up and comes anew. Only those wait whose token is good.
   * @throws ProtocolError auth_failed, token_expired, session_revoked, too_many_connections; AppError when PostgreSQL is
   *   away, or rate_limited when this user comes too often
   */
  async greet(connection: Connection, read: ReadHello): Promise<void> {
    const waitMs = this.#admission.take(this.#options.clock.monotonic())
    if (waitMs > 0 || this.#isFull()) {
      connection.end('overloaded', Math.round(500 + waitMs + Math.random() * 4_500))
      return
    }
    await new Promise<void>((resolve, reject) => {
      this.#arrived.push({ connection, read, resolve, reject })
      this.#checkSoon()
    })
  }

  /** Whoever has gone in the meantime gives up their place, at the latest when somebody needs it. */
  #isFull(): boolean {
    if (this.waiting < limits.helloQueueConnectionsMax) return false
    for (const { connection, resolve } of [...this.#arrived, ...this.#waiting]) {
      if (!connection.open) resolve()
    }
    this.#arrived = this.#arrived.filter(({ connection }) => connection.open)
    this.#waiting = this.#waiting.filter(({ connection }) => connection.open)
    return this.waiting >= limits.helloQueueConnectionsMax
  }

  /** Connections that wait to be greeted. */
  get waiting(): number {
    return this.#arrived.length + this.#waiting.length
  }

  /** Signatures are checked a few each turn: a thousand HELLOs that come in one would stop everybody for 0.2 s. */
  #checkSoon(): void {
    if (this.#isCheckDue) return
    this.#isCheckDue = true
    setImmediate(() => {
      this.#isCheckDue = false
      const now = this.#arrived.splice(0, limits.helloChecksPerTurn)
      this.#waiting.push(...eachAlone(now, arrival => this.#check(arrival)))
      if (this.#arrived.length > 0) this.#checkSoon()
      this.#goOn()
    })
  }

  /** @returns undefined when they have gone */
  #check(arrival: Arrival): Guest | undefined {
    if (!arrival.connection.open) {
      arrival.resolve()
      return undefined
    }
    const hello = arrival.read()
    const { user, session } = this.#authenticate(arrival.connection, hello)
    this.#perUser.take(user)
    return { ...arrival, hello, user, session }
  }

  #goOn(): void {
    while (
      this.#waiting.length > 0 &&
      this.#batches < limits.helloBatchesMax &&
      this.#lists.waiting < limits.helloBatchConnectionsMax
    ) {
      void this.#greetBatch(this.#waiting.splice(0, limits.helloBatchConnectionsMax))
    }
  }

  async #greetBatch(guests: readonly Guest[]): Promise<void> {
    this.#batches++
    try {
      await this.#readAndSync(eachAlone(guests, guest => this.#register(guest)))
    } catch (error) {
      for (const { reject } of guests) reject(spread(error))
    }
    // Not at once: batches in which nobody is left would follow each other without a turn for anybody else.
    setImmediate(() => {
      this.#batches--
      this.#goOn()
    })
  }

  /** @returns undefined when the guest has gone. @throws ProtocolError too_many_connections */
  #register(guest: Guest): Registered | undefined {
    const { connection, user, session, resolve } = guest
    if (!connection.open) {
      resolve()
      return undefined
    }
    connection.identity = { user, session, plan: 'free' }
    const entry = this.#options.hub.addUser(connection, user)
    if (entry.connections.length > limits.connectionsPerUserMax)
      throw new ProtocolError('too_many_connections')
    return { ...guest, entry }
  }

  /** Reads for all of them together; the syncs then go on by themselves, each as fast as its client reads. */
  async #readAndSync(guests: readonly Registered[]): Promise<void> {
    if (guests.length === 0) return
    const { db, onUserBehind } = this.#options
    const welcomes = await readWelcomes(db, guests)
    const welcomed = eachAlone(guests, guest => this.#welcome(guest, welcomes.get(guest.session)))
    const users = welcomed.map(({ user }) => user)
    const positions = await readPositions(db, users)
    for (const guest of welcomed) {
      const { user, entry, welcome } = guest
      const own = positions.get(user) ?? []
      eachAlone([guest], () => this.#begin(guest, own))
      // Another connection of the user may have moved the urev past what this one read: then an event that
      // would have subscribed it was dropped as known.
      if (entry.urev > welcome.urev) onUserBehind(user)
      // Between two people, never between subscribing one and their sync: sockets go on while long lists are worked off.
      if (own.length > limits.pageChatsMax) await turn()
    }
  }

  /** @throws ProtocolError session_revoked */
  #welcome(guest: Registered, welcome: Welcome | undefined): Welcomed {
    if (!welcome) throw new ProtocolError('session_revoked')
    const plan = planOf(welcome.premiumUntil, this.#options.clock.now())
    const identity: Identity = { user: guest.user, session: guest.session, plan }
    guest.connection.identity = identity
    this.#learnUrev(guest.entry, welcome.urev)
    return { ...guest, welcome, identity }
  }

  /** Subscribes the guest to their chats and lets the sync run. */
  #begin(guest: Welcomed, positions: readonly ChatPosition[]): void {
    const { connection, resolve, reject } = guest
    if (!connection.open) {
      resolve()
      return
    }
    this.#options.hub.subscribeAll(connection, positions)
    connection.state = 'syncing'
    this.#sync(guest, positions).then(resolve, error => reject(spread(error)))
  }

  /** Events up to `urev` may still be on their way to the user's other connections here. */
  #learnUrev(entry: UserEntry, urev: Urev): void {
    if (entry.urev < 0 || entry.connections.length === 1) entry.urev = Math.max(entry.urev, urev)
    else this.#options.hub.expectUser(entry.id, urev)
  }

  #authenticate(connection: Connection, hello: Hello): ReturnType<typeof verifyAccessToken> {
    try {
      return verifyAccessToken(this.#options.keys, hello.token, this.#options.clock)
    } catch (error) {
      if (isTokenExpired(error)) throw new ProtocolError('token_expired')
      this.#options.onWrongToken(connection.ip)
      throw new ProtocolError('auth_failed')
    }
  }

  async #sync(guest: Welcomed, positions: readonly ChatPosition[]): Promise<void> {
    const { hub } = this.#options
    const { connection, identity, welcome, hello } = guest
    const { resume } = hello
    const heads = this.#heads(positions)
    const resumed =
      resume !== undefined && resume.epoch === welcome.epoch && !isAhead(resume, heads, welcome)
    const sync: Sync = { connection, identity, helloOk: () => this.#helloOk(guest, resumed) }
    if (resumed) await this.#sendChanges(sync, positions, heads, resume)
    else await this.#sendAll(sync, positions)
    if (!connection.open) return
    connection.goLive()
    const urev = Math.max(welcome.urev, hub.users.get(identity.user)?.urev ?? 0)
    connection.queue(Buffer.from(controlFrame('syncEnd', { urev })))
  }

  /** Where each chat stands for this connection: what follows live is above it. */
  #heads(positions: readonly ChatPosition[]): Map<ChatId, Rev> {
    const { hub } = this.#options
    return new Map(
      positions.map(({ chat, rev }) => [chat, Math.max(rev, hub.chats.get(chat)?.rev ?? 0)]),
    )
  }

  #helloOk({ connection, identity, welcome }: Welcomed, resumed: boolean): Uint8Array {
    const frame = controlFrame('helloOk', {
      conn: connection.id,
      node: this.#options.node,
      user: welcome.user,
      session: identity.session,
      now: this.#options.clock.now(),
      epoch: welcome.epoch,
      urev: welcome.urev,
      resumed,
      limits: {
        frameBytesMax: limits.frameBytesMax,
        inFlightMax: limits.inFlightRequestsMax,
        messageCharsMax: plans[identity.plan].messageCharsMax,
      },
    })
    return Buffer.from(frame)
  }

  #readList({ connection, identity }: Sync, chats: readonly ChatId[]): Promise<ChatList> {
    return this.#lists.read(identity.user, chats, () => connection.open)
  }

  /** First sync: the latest chats; older ones are paged by the client. */
  async #sendAll(sync: Sync, positions: readonly ChatPosition[]): Promise<void> {
    const page = positions.slice(0, limits.pageChatsMax)
    const ids = page.map(position => position.chat)
    const { chats, users } = await this.#readList(sync, ids)
    const last = page.at(-1)
    const more = positions.length > page.length && last !== undefined
    await this.#sendChats(sync, chats, {
      users,
      ...(more && { next: { at: last.at, chat: last.chat } }),
    })
  }

  /** Resume: frames from the ring where it has them all, else the chat's new state, page by page. */
  async #sendChanges(
    sync: Sync,
    positions: readonly ChatPosition[],
    heads: ReadonlyMap<ChatId, Rev>,
    resume: Resume,
  ): Promise<void> {
    const known = new Map(resume.chats)
    const gone = resume.chats.map(([chat]) => chat).filter(chat => !heads.has(chat))
    const changed: ChatId[] = []
    let replayed = 0
    for (const { chat, urev } of positions) {
      const since = known.get(chat)
      const head = heads.get(chat) as Rev
      const caughtUp = since !== undefined && this.#replay(sync, chat, since, head)
      if (caughtUp && since < head) replayed++
      if (urev > resume.urev || !caughtUp) changed.push(chat)
    }
    this.#options.onResume('ring', replayed)
    this.#options.onResume('heads', changed.length)
    // Others' read marks take no rev, so a chat on screen is described even if it did not change.
    const open = (resume.open ?? []).filter(chat => heads.has(chat))
    await this.#sendHeads(sync, [...new Set([...changed, ...open])], gone)
    for (const chat of open) {
      const since = known.get(chat)
      if (since !== undefined && changed.includes(chat)) await this.#sendDiff(sync, chat, since)
    }
  }

  /** @returns whether the connection has, or gets as live events, everything after `since` */
  #replay(sync: Sync, chat: ChatId, since: Rev, head: Rev): boolean {
    const { hub, ring } = this.#options
    // What PostgreSQL has above the rev of this process's subscription is still on its way to it.
    const live = hub.chats.get(chat)?.rev ?? head
    hub.expectChat(chat, head)
    if (since >= live) return true
    if (sync.connection.waitingBytes > limits.softBufferBytes) return false
    const events = ring.range(chat, since, live)
    if (!events) return false
    let bytes = 0
    for (const event of events) bytes += event.frame.length
    // More than a diff may have is for the client to page.
    if (bytes > limits.diffBytesMax) return false
    for (const event of events) queue(sync, event.frame)
    return true
  }

  async #sendHeads(sync: Sync, changed: readonly ChatId[], gone: ChatId[]): Promise<void> {
    if (changed.length === 0) await this.#sendSync(sync, { gone })
    for (let at = 0; at < changed.length; at += limits.pageChatsMax) {
      const ids = changed.slice(at, at + limits.pageChatsMax)
      const { chats, users } = await this.#readList(sync, ids)
      await this.#sendChats(sync, chats, { users, ...(at === 0 && { gone }) })
      if (!sync.connection.open) return
    }
  }

  async #sendDiff(sync: Sync, chat: ChatId, since: Rev): Promise<void> {
    try {
      const diff = await readDiff(this.#options, sync.identity.user, chat, since)
      await this.#sendSync(sync, { diffs: [diff] })
    } catch (error) {
      // Too far behind, or just left: the head alone tells the client what to do.
      if (error instanceof AppError && (error.code === 'too_old' || error.code === 'not_found'))
        return
      throw error
    }
  }

  /** Sends chats in frames that a slow network takes, everything else of `more` with the first. */
  async #sendChats(
    sync: Sync,
    chats: readonly Chat[],
    more: Partial<ControlBody<'sync'>>,
  ): Promise<void> {
    const [first = [], ...others] = fittingPages(chats)
    await this.#sendSync(sync, { ...more, chats: first })
    for (const page of others) await this.#sendSync(sync, { chats: page })
  }

  async #sendSync(sync: Sync, body: Partial<ControlBody<'sync'>>): Promise<void> {
    await sync.connection.writable()
    if (!sync.connection.open) return
    const empty = { chats: [], users: [], gone: [], diffs: [] }
    queue(sync, Buffer.from(controlFrame('sync', { ...empty, ...body })))
  }
}

/** Queues a frame of the sync, behind helloOk if it is the first. */
function queue(sync: Sync, frame: Uint8Array): void {
  const { connection, helloOk } = sync
  sync.helloOk = null
  if (helloOk) connection.queue(helloOk())
  connection.queue(frame)
}

/** Does a step for each guest; one who fails is told, and is left out of what follows like one who has gone. */
function eachAlone<Each extends Arrival, Result>(
  guests: readonly Each[],
  step: (guest: Each) => Result | undefined,
): Result[] {
  const results: Result[] = []
  for (const guest of guests) {
    try {
      const result = step(guest)
      if (result !== undefined) results.push(result)
    } catch (error) {
      guest.reject(error)
    }
  }
  return results
}

/** Those who failed together do not come back together. */
function spread(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const retryMs = (error.retryMs ?? 500) + Math.random() * 4_000
  return new AppError(error.code, { cause: error, retryMs })
}

/** The chats in order, cut into pages of about `softBufferBytes`; their last messages make most of it. */
function fittingPages(chats: readonly Chat[]): Chat[][] {
  const pages: Chat[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const chat of chats) {
    const size = estimateChatBytes(chat)
    bytes += size
    if (bytes > limits.softBufferBytes) {
      pages.push([])
      bytes = size
    }
    pages.at(-1)?.push(chat)
  }
  return pages
}

/** A client that knows more than the server has met a rewritten history. */
function isAhead(resume: Resume, heads: ReadonlyMap<ChatId, Rev>, welcome: Welcome): boolean {
  return (
    resume.urev > welcome.urev || resume.chats.some(([chat, rev]) => rev > (heads.get(chat) ?? rev))
  )
}
