// Presence by subscription: a connection names the users on its screen and is told when one of them comes or
// goes. Going is believed only after limits.presenceDebounceMs, so a reconnect is not seen by anybody.
// Who may not see somebody's presence is told that they are away, and nothing else; when what they may see changes,
// they are looked at anew.

import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Bus, Cast } from '#shared/store/bus.ts'
import { readLastSeen, storeLastSeen } from '#shared/store/connections.ts'
import type { Db } from '#shared/store/db.ts'
import { clearPresence, movePresence, readPresence, storePresence } from '#shared/store/presence.ts'
import { type Look, readSights, type Sight } from '#shared/store/privacy.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import { LookQueue, looksPerQuery } from './look-queue.ts'
import { ProfileNews } from './profile-news.ts'

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
/** Beyond these, those concerned see nothing until they name anew whom they watch. */
const failedLooksMax = 20_000

/** A user whom connections here watch. */
interface Watched {
  /** Those who may see the presence. */
  by: Set<Connection>
  /** Those who are told only that the profile changed. */
  aside: Set<Connection>
  /** What `by` were told last. */
  online: boolean
}

export class Presence {
  readonly #options: PresenceOptions
  readonly #watched = new Map<UserId, Watched>()
  /** The last watch() of each connection: an older one that is still reading must not take its place. */
  readonly #asked = new WeakMap<Connection, symbol>()
  readonly #leaving = new Map<UserId, NodeJS.Timeout>()
  /** Users that this node has told to be online. */
  readonly #here = new Set<UserId>()
  /** Who came and went in this turn of the event loop; told to the others together at its end. */
  #came: UserId[] = []
  #went: UserId[] = []
  #isMoveDue = false
  /** Counts news of people, so that whoever reads meanwhile sees that it may be old. */
  #news = 0
  /** Looks that PostgreSQL did not answer; made again at the next renewal of the lease. */
  #failed: Look[] = []
  /** Counts doubts: a new one takes the place of one that is being worked off. */
  #doubts = 0
  readonly #looks = new LookQueue(looks => this.#lookAgain(looks))
  readonly #profiles = new ProfileNews(user => this.#tellProfile(user))
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

  /** Replaces what a connection watches. @returns the state of those whom the asker knows */
  async watch(
    connection: Connection,
    asker: UserId,
    users: readonly UserId[],
  ): Promise<PresenceState[]> {
    const { db } = this.#options
    const asked = Symbol()
    this.#asked.set(connection, asked)
    const news = this.#news
    const sights = await readSights(
      db,
      users.map(owner => ({ viewer: asker, owner })),
    )
    if (connection.closed || this.#asked.get(connection) !== asked) return []
    this.forget(connection)
    const known = sights.filter(sight => sight.known).map(sight => sight.owner)
    const visible = sights.filter(sight => sight.present).map(sight => sight.owner)
    connection.presenceOf = known
    const online = await this.#online(visible)
    const lastSeen = new Map((await readLastSeen(db, visible)).map(row => [row.user, row.lastSeen]))
    if (connection.closed || this.#asked.get(connection) !== asked) return []
    const shown = new Set(visible)
    for (const user of known) this.#enter(user, connection, shown.has(user), online.has(user))
    // The news of a change passed a watcher who was not entered yet.
    if (this.#news !== news) this.#looks.add(known.map(owner => ({ viewer: asker, owner })))
    return known.map(user => stateOf(user, online.has(user), lastSeen.get(user)))
  }

  #tellProfile(user: UserId): void {
    const entry = this.#watched.get(user)
    if (!entry) return
    const frame = Buffer.from(ephemeralFrame('profile', { user }))
    for (const connection of [...entry.by, ...entry.aside]) connection.queueEphemeral(frame)
  }

  #enter(user: UserId, connection: Connection, present: boolean, online: boolean): void {
    const entry = this.#watched.get(user) ?? { by: new Set(), aside: new Set(), online }
    this.#watched.set(user, entry)
    if (present) entry.by.add(connection)
    else entry.aside.add(connection)
  }

  /** Ends what a connection watches. */
  forget(connection: Connection): void {
    for (const user of connection.presenceOf) {
      const entry = this.#watched.get(user)
      entry?.by.delete(connection)
      entry?.aside.delete(connection)
      if (entry && entry.by.size + entry.aside.size === 0) this.#watched.delete(user)
    }
    connection.presenceOf = []
  }

  /**
   * What others may know of a user changed: those who watch them here look again, and those whom they watch. With
   * `other` it concerns these two alone, else everybody is told that the profile is to be asked for anew.
   */
  onPerson(user: UserId, other: UserId | undefined): void {
    this.#news++
    const entry = this.#watched.get(user)
    if (entry && other === undefined) this.#profiles.put(user)
    const concerned = (one: UserId) => other === undefined || one === other
    const viewers = [...(entry?.by ?? []), ...(entry?.aside ?? [])].flatMap(
      connection => connection.identity?.user ?? [],
    )
    const looks: Look[] = viewers.filter(concerned).map(viewer => ({ viewer, owner: user }))
    for (const connection of this.#options.hub.users.get(user)?.connections ?? []) {
      for (const owner of connection.presenceOf.filter(concerned))
        looks.push({ viewer: user, owner })
    }
    this.#looks.add(looks)
  }

  /**
   * News of people may have been lost: looks again at every presence that is shown. Some at a time, so that what is
   * known to have changed does not wait behind all of it, and PostgreSQL is asked by one connection only.
   */
  async onDoubt(): Promise<void> {
    this.#news++
    this.#doubts++
    const doubts = this.#doubts
    const looks = [...this.#watched].flatMap(([owner, { by }]) =>
      [...by].flatMap(({ identity }) => (identity ? { viewer: identity.user, owner } : [])),
    )
    for (let at = 0; at < looks.length && doubts === this.#doubts; at += looksPerQuery) {
      this.#looks.add(looks.slice(at, at + looksPerQuery))
      await this.#looks.idle()
    }
  }

  async #lookAgain(looks: readonly Look[]): Promise<void> {
    const { db, log } = this.#options
    try {
      const sights = await readSights(db, looks)
      const changed = sights.filter(sight => this.#connectionsOf(sight).length > 0)
      if (changed.length === 0) return
      const owners = [...new Set(changed.filter(each => each.present).map(each => each.owner))]
      const online = await this.#online(owners)
      const lastSeen = new Map(
        (await readLastSeen(db, owners)).map(row => [row.user, row.lastSeen]),
      )
      for (const sight of changed) {
        const { owner, present } = sight
        const state = present ? stateOf(owner, online.has(owner), lastSeen.get(owner)) : away(owner)
        this.#show(sight, state)
      }
    } catch (err) {
      // Rather nothing for a while than what they may not see any more.
      log.warn({ err }, 'who may see whom could not be read')
      for (const look of looks) this.#show({ ...look, present: false }, away(look.owner))
      if (this.#failed.length < failedLooksMax) this.#failed.push(...looks)
    }
  }

  /** The viewer's connections that are shown the presence although they may not see it, or the other way round. */
  #connectionsOf({
    viewer,
    owner,
    present,
  }: Pick<Sight, 'viewer' | 'owner' | 'present'>): Connection[] {
    const entry = this.#watched.get(owner)
    if (!entry) return []
    const wrong = present ? entry.aside : entry.by
    const connections = this.#options.hub.users.get(viewer)?.connections ?? []
    return connections.filter(connection => wrong.has(connection))
  }

  #show(sight: Pick<Sight, 'viewer' | 'owner' | 'present'>, state: PresenceState): void {
    const connections = this.#connectionsOf(sight)
    const entry = this.#watched.get(sight.owner)
    if (!entry || connections.length === 0) return
    // Nobody was told anything while nobody might see it.
    if (sight.present && entry.by.size === 0) entry.online = state.online
    const [from, to] = sight.present ? [entry.aside, entry.by] : [entry.by, entry.aside]
    const frame = Buffer.from(ephemeralFrame('presence', state))
    for (const connection of connections) {
      from.delete(connection)
      to.add(connection)
      connection.queueEphemeral(frame)
    }
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
    this.#looks.add(this.#failed)
    this.#failed = []
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

/** All that somebody is told who may not see a presence. */
function away(user: UserId): PresenceState {
  return { user, online: false }
}

function stateOf(user: UserId, online: boolean, lastSeen: number | undefined): PresenceState {
  return lastSeen === undefined ? { user, online } : { user, online, lastSeen }
}
