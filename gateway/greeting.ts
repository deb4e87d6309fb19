// HELLO: who is it, what do they have, what do they miss. The connection is registered before anything is
// read, so that no event falls between the read and the first live frame: what arrives meanwhile waits in
// the connection's backlog and follows the sync. Rings serve short drops, PostgreSQL the rest.

import { setImmediate as turn } from 'node:timers/promises'
import { describeChats, estimateChatBytes } from '#shared/actions/read-chats.ts'
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
import type { Connection, Identity } from './connection.ts'
import type { Hub, UserEntry } from './hub.ts'
import type { Ring } from './ring.ts'
import { Turns } from './turns.ts'

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
  /** How many chats were caught up how: from memory, or by what PostgreSQL says. */
  onResume(source: 'ring' | 'heads', chats: number): void
}

/** A connection that said HELLO and waits for its turn. */
interface Guest {
  connection: Connection
  user: UserId
  session: SessionId
  resume: Resume | undefined
  resolve(): void
  reject(error: unknown): void
}

/** A guest who is registered: from here on the hub keeps their events. */
interface Registered extends Guest {
  entry: UserEntry
}

export class Greeting {
  readonly #options: GreetingOptions
  readonly #admission: Bucket
  #waiting: Guest[] = []
  #batches = 0
  readonly #describing = new Turns(limits.describesMax)
  readonly #perUser: Budget

  constructor(options: GreetingOptions) {
    this.#options = options
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
  async greet(connection: Connection, hello: Hello): Promise<void> {
    const waitMs = this.#admission.take(this.#options.clock.monotonic())
    if (waitMs > 0 || this.#isFull()) {
      connection.end('overloaded', Math.round(500 + waitMs + Math.random() * 4_500))
      return
    }
    const { user, session } = this.#authenticate(hello.token)
    this.#perUser.take(user)
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ connection, user, session, resume: hello.resume, resolve, reject })
      this.#goOn()
    })
  }

  /** Whoever has gone in the meantime gives up their place, at the latest when somebody needs it. */
  #isFull(): boolean {
    if (this.#waiting.length < limits.helloQueueMax) return false
    const gone = this.#waiting.filter(({ connection }) => !connection.open)
    this.#waiting = this.#waiting.filter(({ connection }) => connection.open)
    for (const { resolve } of gone) resolve()
    return this.#waiting.length >= limits.helloQueueMax
  }

  /** Connections that wait to be greeted. */
  get waiting(): number {
    return this.#waiting.length
  }

  #goOn(): void {
    while (
      this.#waiting.length > 0 &&
      this.#batches < limits.helloBatchesMax &&
      this.#describing.waiting < limits.helloBatchMax
    ) {
      void this.#greetBatch(this.#waiting.splice(0, limits.helloBatchMax))
    }
  }

  async #greetBatch(guests: readonly Guest[]): Promise<void> {
    this.#batches++
    const registered = guests.flatMap(guest => this.#register(guest) ?? [])
    try {
      await this.#readAndSync(registered)
    } catch (error) {
      for (const { reject } of registered) reject(spread(error))
    }
    // Not at once: batches in which nobody is left would follow each other without a turn for anybody else.
    setImmediate(() => {
      this.#batches--
      this.#goOn()
    })
  }

  /** @returns undefined when the guest has gone or was refused */
  #register(guest: Guest): Registered | undefined {
    const { connection, user, session, resolve, reject } = guest
    if (!connection.open) {
      resolve()
      return undefined
    }
    connection.identity = { user, session, plan: 'free' }
    const entry = this.#options.hub.addUser(connection, user)
    if (entry.connections.length <= limits.connectionsPerUserMax) return { ...guest, entry }
    reject(new ProtocolError('too_many_connections'))
    return undefined
  }

  /** Reads for all of them together; the syncs then go on by themselves, each as fast as its client reads. */
  async #readAndSync(guests: readonly Registered[]): Promise<void> {
    if (guests.length === 0) return
    const { db, clock } = this.#options
    const welcomes = await readWelcomes(db, guests)
    const welcomed = guests.flatMap(guest => {
      const welcome = welcomes.get(guest.session)
      if (!welcome) {
        guest.reject(new ProtocolError('session_revoked'))
        return []
      }
      const plan = planOf(welcome.premiumUntil, clock.now())
      const identity: Identity = { user: guest.user, session: guest.session, plan }
      guest.connection.identity = identity
      this.#learnUrev(guest.entry, welcome.urev)
      return [{ ...guest, welcome, identity }]
    })
    const users = welcomed.map(({ user }) => user)
    const positions = await readPositions(db, users)
    for (const {
      user,
      connection,
      resume,
      entry,
      welcome,
      identity,
      resolve,
      reject,
    } of welcomed) {
      const own = positions.get(user) ?? []
      if (!connection.open) {
        resolve()
        continue
      }
      this.#options.hub.subscribeAll(connection, own)
      connection.state = 'syncing'
      // Another connection of the user may have moved the urev past what this one read: then an event that
      // would have subscribed it was dropped as known.
      if (entry.urev > welcome.urev) this.#options.onUserBehind(user)
      this.#sync(connection, identity, welcome, own, resume).then(resolve, reject)
      // Between two people, never between subscribing one and their sync: sockets go on while long lists are worked off.
      if (own.length > limits.chatsPageMax) await turn()
    }
  }

  /** Events up to `urev` may still be on their way to the user's other connections here. */
  #learnUrev(entry: UserEntry, urev: Urev): void {
    if (entry.urev < 0 || entry.connections.length === 1) entry.urev = Math.max(entry.urev, urev)
    else this.#options.hub.expectUser(entry.id, urev)
  }

  #authenticate(token: string): ReturnType<typeof verifyAccessToken> {
    try {
      return verifyAccessToken(this.#options.keys, token, this.#options.clock)
    } catch (error) {
      throw new ProtocolError(isTokenExpired(error) ? 'token_expired' : 'auth_failed')
    }
  }

  async #sync(
    connection: Connection,
    identity: Identity,
    welcome: Welcome,
    positions: readonly ChatPosition[],
    resume: Resume | undefined,
  ): Promise<void> {
    const { hub } = this.#options
    const heads = this.#heads(positions)
    const resumed =
      resume !== undefined && resume.epoch === welcome.epoch && !isAhead(resume, heads, welcome)
    connection.queue(this.#helloOk(connection, identity, welcome, resumed))
    if (resumed) await this.#sendChanges(connection, identity, positions, heads, resume)
    else await this.#sendAll(connection, identity, positions)
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

  #helloOk(
    connection: Connection,
    identity: Identity,
    welcome: Welcome,
    resumed: boolean,
  ): Uint8Array {
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
        inFlightMax: limits.inFlightMax,
        messageCharsMax: plans[identity.plan].messageCharsMax,
      },
    })
    return Buffer.from(frame)
  }

  async #describe(
    connection: Connection,
    user: UserId,
    chats: readonly ChatId[],
  ): ReturnType<typeof describeChats> {
    try {
      return await this.#describing.run(async () =>
        connection.open ? describeChats(this.#options, user, chats) : { chats: [], users: [] },
      )
    } finally {
      this.#goOn()
    }
  }

  /** First sync: the latest chats; older ones are paged by the client. */
  async #sendAll(
    connection: Connection,
    identity: Identity,
    positions: readonly ChatPosition[],
  ): Promise<void> {
    const page = positions.slice(0, limits.chatsPageMax)
    const ids = page.map(position => position.chat)
    const { chats, users } = await this.#describe(connection, identity.user, ids)
    const last = page.at(-1)
    const more = positions.length > page.length && last !== undefined
    await this.#sendChats(connection, chats, {
      users,
      ...(more && { next: { at: last.at, chat: last.chat } }),
    })
  }

  /** Resume: frames from the ring where it has them all, else the chat's new state, page by page. */
  async #sendChanges(
    connection: Connection,
    identity: Identity,
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
      const caughtUp = since !== undefined && this.#replay(connection, chat, since, head)
      if (caughtUp && since < head) replayed++
      if (urev > resume.urev || !caughtUp) changed.push(chat)
    }
    this.#options.onResume('ring', replayed)
    this.#options.onResume('heads', changed.length)
    // Others' read marks take no rev, so a chat on screen is described even if it did not change.
    const open = (resume.open ?? []).filter(chat => heads.has(chat))
    await this.#sendHeads(connection, identity, [...new Set([...changed, ...open])], gone)
    for (const chat of open) {
      const since = known.get(chat)
      if (since !== undefined && changed.includes(chat))
        await this.#sendDiff(connection, identity, chat, since)
    }
  }

  /** @returns whether the connection has, or gets as live events, everything after `since` */
  #replay(connection: Connection, chat: ChatId, since: Rev, head: Rev): boolean {
    const { hub, ring } = this.#options
    // What PostgreSQL has above the rev of this process's subscription is still on its way to it.
    const live = hub.chats.get(chat)?.rev ?? head
    hub.expectChat(chat, head)
    if (since >= live) return true
    if (connection.waitingBytes > limits.softBufferBytes) return false
    const events = ring.range(chat, since, live)
    if (!events) return false
    let bytes = 0
    for (const event of events) bytes += event.frame.length
    // More than a diff may have is for the client to page.
    if (bytes > limits.diffBytesMax) return false
    for (const event of events) connection.queue(event.frame)
    return true
  }

  async #sendHeads(
    connection: Connection,
    identity: Identity,
    changed: readonly ChatId[],
    gone: ChatId[],
  ): Promise<void> {
    if (changed.length === 0) await this.#sendSync(connection, { gone })
    for (let at = 0; at < changed.length; at += limits.chatsPageMax) {
      const ids = changed.slice(at, at + limits.chatsPageMax)
      const { chats, users } = await this.#describe(connection, identity.user, ids)
      await this.#sendChats(connection, chats, { users, ...(at === 0 && { gone }) })
      if (!connection.open) return
    }
  }

  async #sendDiff(
    connection: Connection,
    identity: Identity,
    chat: ChatId,
    since: Rev,
  ): Promise<void> {
    try {
      const diff = await readDiff(this.#options, identity.user, chat, since)
      await this.#sendSync(connection, { diffs: [diff] })
    } catch (error) {
      // Too far behind, or just left: the head alone tells the client what to do.
      if (error instanceof AppError && (error.code === 'too_old' || error.code === 'not_found'))
        return
      throw error
    }
  }

  /** Sends chats in frames that a slow network takes, everything else of `more` with the first. */
  async #sendChats(
    connection: Connection,
    chats: readonly Chat[],
    more: Partial<ControlBody<'sync'>>,
  ): Promise<void> {
    const [first = [], ...others] = fittingPages(chats)
    await this.#sendSync(connection, { ...more, chats: first })
    for (const page of others) await this.#sendSync(connection, { chats: page })
  }

  async #sendSync(connection: Connection, body: Partial<ControlBody<'sync'>>): Promise<void> {
    await connection.writable()
    if (!connection.open) return
    const empty = { chats: [], users: [], gone: [], diffs: [] }
    connection.queue(Buffer.from(controlFrame('sync', { ...empty, ...body })))
  }
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
