// Keeps the hub's positions true: compares them with PostgreSQL every 30 s, after any doubt about the bus,
// and every second while Redis is away; then it is the only way in which events of other processes arrive.

import { controlFrame } from '#shared/protocol/frames.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Bus } from '#shared/store/bus.ts'
import { readHeads, readPositions } from '#shared/store/chats.ts'
import { readEpoch, readRevoked, readUrevs } from '#shared/store/connections.ts'
import type { Db } from '#shared/store/db.ts'
import type { Hub } from './hub.ts'

const idsPerQuery = 2_000
const pingEveryMs = 1_000
const attemptsMax = 3

export interface RepairOptions {
  hub: Hub
  db: Db
  bus: Pick<Bus, 'ping'>
  log: Log
  clock: Pick<Clock, 'monotonic'>
  /** The cluster's epoch changed: every client must start anew. */
  onNewEpoch(): void
}

export class Repair {
  readonly #options: RepairOptions
  #timer: NodeJS.Timeout
  #comparedAtMs: number
  #busy = false
  #wanted = false
  #busUp = true
  #epoch: number | null = null
  /** Chats to ask for, and users to ask for again. */
  readonly #chats = new Set<ChatId>()
  readonly #users = new Set<UserId>()
  #flushing = false
  /** Chats and users that were found behind, for the metrics. */
  repaired = 0

  constructor(options: RepairOptions) {
    this.#options = options
    this.#comparedAtMs = options.clock.monotonic()
    this.#timer = setInterval(() => void this.#tick(), pingEveryMs)
    this.#timer.unref()
  }

  get busUp(): boolean {
    return this.#busUp
  }

  /** Asks PostgreSQL for a chat's head; many that fall behind together are asked in one query. */
  chat(id: ChatId): void {
    this.#chats.add(id)
    this.#startFlush()
  }

  /** Reads a user's memberships anew and puts their subscriptions right. */
  async user(id: UserId): Promise<void> {
    this.#users.delete(id)
    try {
      for (let attempt = 0; attempt < attemptsMax; attempt++) if (await this.#repairUser(id)) return
    } catch (err) {
      this.#options.log.warn(
        { err },
        'a user’s memberships could not be read; the next try is soon',
      )
    }
    this.#users.add(id)
  }

  /** Compares everything with PostgreSQL now; when a comparison is under way, once more after it. */
  async compare(): Promise<void> {
    this.#wanted = true
    if (this.#busy) return
    this.#busy = true
    while (this.#wanted) {
      this.#wanted = false
      await this.#compareAll()
    }
    this.#busy = false
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #tick(): Promise<void> {
    const up = await this.#options.bus.ping()
    if (up !== this.#busUp) {
      this.#busUp = up
      this.#options.log.warn(
        { up },
        up ? 'Redis is back' : 'Redis is away: positions are read from PostgreSQL',
      )
    }
    const everyMs = up ? limits.positionsEveryMs : limits.positionsDegradedMs
    // A little early rather than a whole tick late.
    const due = this.#options.clock.monotonic() - this.#comparedAtMs > everyMs - pingEveryMs / 2
    if (due && !this.#busy) await this.compare()
    if (this.#chats.size > 0) this.#startFlush()
    for (const user of [...this.#users]) await this.user(user)
  }

  /** @returns false when what was read is older than what was delivered meanwhile */
  async #repairUser(id: UserId): Promise<boolean> {
    const { hub, db } = this.#options
    const entry = hub.users.get(id)
    if (!entry) return true
    const [head] = await readUrevs(db, [id])
    const positions = (await readPositions(db, [id])).get(id) ?? []
    this.repaired++
    const urev = head?.urev ?? 0
    // A removal that came while we read would be undone by the memberships read before it.
    if (entry.urev > urev) return false
    entry.urev = urev
    const here = new Set(positions.map(position => position.chat))
    const frame = Buffer.from(controlFrame('userBump', { urev }))
    for (const connection of [...entry.connections]) {
      // One that is still greeting reads its memberships itself.
      if (connection.state !== 'live' && connection.state !== 'syncing') continue
      for (const chat of [...connection.chats])
        if (!here.has(chat.id)) hub.unsubscribe(connection, chat.id)
      hub.subscribeAll(connection, positions)
      connection.queueEvent(frame)
    }
    return true
  }

  #startFlush(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => void this.#flushChats())
  }

  async #flushChats(): Promise<void> {
    const ids = [...this.#chats]
    this.#chats.clear()
    try {
      for (const head of await readHeads(this.#options.db, ids)) {
        this.repaired++
        this.#options.hub.repairChat(head)
      }
      this.#flushing = false
      if (this.#chats.size > 0) this.#startFlush()
    } catch (err) {
      this.#options.log.warn({ err }, 'heads could not be read; the next try is soon')
      for (const id of ids) this.#chats.add(id)
      this.#flushing = false
    }
  }

  async #compareAll(): Promise<void> {
    try {
      await this.#compareChats()
      await this.#compareUsers()
      await this.#compareSessions()
      await this.#compareEpoch()
      this.#comparedAtMs = this.#options.clock.monotonic()
    } catch (err) {
      this.#options.log.warn({ err }, 'positions could not be compared; the next try is soon')
      this.#comparedAtMs = Number.NEGATIVE_INFINITY
    }
  }

  async #compareChats(): Promise<void> {
    const { hub, db } = this.#options
    for (const ids of pages([...hub.chats.keys()])) {
      for (const head of await readHeads(db, ids)) {
        hub.setQuiet(head.chat, head.quiet)
        if (this.#busUp) hub.expectChat(head.chat, head.rev)
        else hub.repairChat(head)
      }
    }
  }

  async #compareUsers(): Promise<void> {
    const { hub, db } = this.#options
    for (const ids of pages([...hub.users.keys()])) {
      for (const { user, urev } of await readUrevs(db, ids)) hub.expectUser(user, urev)
    }
  }

  async #compareSessions(): Promise<void> {
    const { hub, db } = this.#options
    const owners = new Map<number, UserId>()
    for (const { identity } of hub.connections)
      if (identity) owners.set(identity.session, identity.user)
    for (const ids of pages([...owners.keys()])) {
      for (const session of await readRevoked(db, ids))
        hub.closeSession(owners.get(session) as UserId, session)
    }
  }

  async #compareEpoch(): Promise<void> {
    const epoch = await readEpoch(this.#options.db)
    if (this.#epoch !== null && epoch !== this.#epoch) this.#options.onNewEpoch()
    this.#epoch = epoch
  }
}

function pages<Item>(items: readonly Item[]): Item[][] {
  const result: Item[][] = []
  for (let at = 0; at < items.length; at += idsPerQuery)
    result.push(items.slice(at, at + idsPerQuery))
  return result
}
