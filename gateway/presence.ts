// Presence by subscription: a connection names the users on its screen and is told when one of them comes or
// goes. Going is believed only after limits.presenceDebounceMs, so a reconnect is not seen by anybody.

import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Bus, Cast } from '#shared/store/bus.ts'
import { readAcquainted, readLastSeen, storeLastSeen } from '#shared/store/connections.ts'
import type { Db } from '#shared/store/db.ts'
import { clearPresence, movePresence, readPresence, storePresence } from '#shared/store/presence.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'

export interface PresenceState {
  user: UserId
  online: boolean
  lastSeen?: number
}

export interface PresenceOptions {
  hub: Hub
  db: Db
  bus: Pick<Bus, 'redis' | 'cast'>
  node: string
  clock: Clock
  log: Log
}

const renewEveryMs = 5_000

export class Presence {
  readonly #options: PresenceOptions
  /** Watchers of each user, and the state that they were told last. */
  readonly #watched = new Map<UserId, { by: Set<Connection>; online: boolean }>()
  readonly #leaving = new Map<UserId, NodeJS.Timeout>()
  /** Users that this node has told to be online. */
  readonly #here = new Set<UserId>()
  /** Who came and went in this turn of the event loop; told to the others together at its end. */
  #came: UserId[] = []
  #went: UserId[] = []
  #isMoveDue = false
  readonly #timer: NodeJS.Timeout

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#renew(), renewEveryMs)
    this.#timer.unref()
  }

  /** The hub's news: a user's first connection here came, or their last one went. */
  onUserHere(user: UserId, here: boolean): void {
    const leaving = this.#leaving.get(user)
    if (leaving) clearTimeout(leaving)
    this.#leaving.delete(user)
    if (here) {
      if (!this.#here.has(user)) this.#come(user)
      return
    }
    const timer = setTimeout(() => {
      this.#leaving.delete(user)
      this.#go(user)
    }, limits.presenceDebounceMs)
    timer.unref()
    this.#leaving.set(user, timer)
  }

  /** News of another gateway. */
  onCast({ users, online, lastSeen }: Extract<Cast, { type: 'presence' }>): void {
    const elsewhere = users.filter(user => !this.#here.has(user))
    if (online) for (const user of elsewhere) this.#tell(user, true, lastSeen)
    else void this.#tellIfGone(elsewhere, lastSeen)
  }

  /** Replaces what a connection watches. @returns the state of those that it may see */
  async watch(
    connection: Connection,
    asker: UserId,
    users: readonly UserId[],
  ): Promise<PresenceState[]> {
    const visible = users.length === 0 ? [] : await readAcquainted(this.#options.db, asker, users)
    this.forget(connection)
    if (connection.closed) return []
    connection.presenceOf = visible
    const online = await this.#online(visible)
    const lastSeen = new Map(
      (await readLastSeen(this.#options.db, visible)).map(row => [row.user, row.lastSeen]),
    )
    if (connection.closed || connection.presenceOf !== visible) return []
    for (const user of visible) {
      const entry = this.#watched.get(user) ?? { by: new Set(), online: online.has(user) }
      entry.by.add(connection)
      this.#watched.set(user, entry)
    }
    return visible.map(user => stateOf(user, online.has(user), lastSeen.get(user)))
  }

  /** Ends what a connection watches. */
  forget(connection: Connection): void {
    for (const user of connection.presenceOf) {
      const entry = this.#watched.get(user)
      entry?.by.delete(connection)
      if (entry?.by.size === 0) this.#watched.delete(user)
    }
    connection.presenceOf = []
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const timer of this.#leaving.values()) clearTimeout(timer)
    await this.#storeLastSeen([...this.#here, ...this.#went])
    await clearPresence(this.#options.bus.redis, this.#options.node).catch(() => undefined)
  }

  #come(user: UserId): void {
    this.#here.add(user)
    this.#came.push(user)
    this.#moveSoon()
    this.#tell(user, true, this.#options.clock.now())
  }

  #go(user: UserId): void {
    this.#here.delete(user)
    this.#went.push(user)
    this.#moveSoon()
  }

  /** One call of Redis for all who came in a turn: one for each was 9 % of what a storm of resumes cost. */
  #moveSoon(): void {
    if (this.#isMoveDue) return
    this.#isMoveDue = true
    setImmediate(() => {
      this.#isMoveDue = false
      const [came, went] = [this.#came, this.#went]
      this.#came = []
      this.#went = []
      // Nobody goes in the turn in which they came, but one who went may have come back in it.
      if (went.length > 0) void this.#moveOut(went)
      if (came.length > 0) this.#moveIn(came)
    })
  }

  #moveIn(users: UserId[]): void {
    const { bus, node, clock } = this.#options
    movePresence(bus.redis, node, users, true).catch(() => undefined)
    bus.cast({ type: 'presence', users, online: true, lastSeen: clock.now() })
  }

  async #moveOut(users: UserId[]): Promise<void> {
    const { bus, node, clock } = this.#options
    const lastSeen = clock.now()
    void this.#storeLastSeen(users)
    await movePresence(bus.redis, node, users, false).catch(() => undefined)
    bus.cast({ type: 'presence', users, online: false, lastSeen })
    await this.#tellIfGone(users, lastSeen)
  }

  async #storeLastSeen(users: readonly UserId[]): Promise<void> {
    if (users.length === 0) return
    await storeLastSeen(this.#options.db, users, this.#options.clock.now()).catch(err => {
      this.#options.log.debug({ err }, 'last seen was not stored')
    })
  }

  async #tellIfGone(users: readonly UserId[], lastSeen: number): Promise<void> {
    const watched = users.filter(user => this.#watched.has(user))
    const online = await this.#online(watched)
    for (const user of watched) if (!online.has(user)) this.#tell(user, false, lastSeen)
  }

  /** While Redis is away only this node's own people count as online. */
  async #online(users: readonly UserId[]): Promise<Set<UserId>> {
    const online = await readPresence(this.#options.bus.redis, users).catch(() => new Set<UserId>())
    for (const user of users) if (this.#here.has(user)) online.add(user)
    return online
  }

  #tell(user: UserId, online: boolean, lastSeen: number): void {
    const entry = this.#watched.get(user)
    if (!entry || entry.online === online) return
    entry.online = online
    const frame = Buffer.from(ephemeralFrame('presence', stateOf(user, online, lastSeen)))
    for (const connection of entry.by) connection.queueEphemeral(frame)
  }

  /** Renews the lease and finds what was missed: lost casts, gateways that died. */
  async #renew(): Promise<void> {
    const { bus, node, clock } = this.#options
    try {
      await storePresence(bus.redis, node, [...this.#here], clock.now())
      const watched = [...this.#watched.keys()]
      const online = await this.#online(watched)
      for (const user of watched) this.#tell(user, online.has(user), clock.now())
    } catch {
      // Redis is away; repair.ts says so once.
    }
  }
}

function stateOf(user: UserId, online: boolean, lastSeen: number | undefined): PresenceState {
  return lastSeen === undefined ? { user, online } : { user, online, lastSeen }
}
