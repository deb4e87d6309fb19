// The one way to change a user's own state durably (but for read marks, which have their batch): lock the user,
// give each change its urev, note everything in the outbox, commit, then publish. Other users learn nothing of it.

import type { UserEventBody, UserEventName } from '#shared/protocol/events.ts'
import { userFrame } from '#shared/protocol/frames.ts'
import type { Urev, UserId } from '#shared/protocol/ids.ts'
import { assert } from '#shared/runtime/assert.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Queryable } from '#shared/store/db.ts'
import { lockUsers, nextUrevs } from '#shared/store/members.ts'
import { noteInOutbox } from '#shared/store/outbox.ts'
import { type Section, touchSection, touchSections } from '#shared/store/user-sections.ts'
import type { Batch, Services } from './services.ts'

/** A user under their lock, with the changes made so far. */
export class UserChange {
  readonly tx: Queryable
  readonly user: UserId
  readonly nowMs: number
  readonly #events: BusEvent[] = []
  #urev: Urev | null = null

  constructor(tx: Queryable, user: UserId, nowMs: number) {
    this.tx = tx
    this.user = user
    this.nowMs = nowMs
  }

  /** Locks the user; the first statement of a change that reads what it decides by. */
  async lock(): Promise<void> {
    await lockUsers(this.tx, [this.user])
  }

  /** Takes the next urev of the user and queues its event; store the urev with the row that changed. */
  async emit<Name extends UserEventName>(name: Name, body: UserEventBody<Name>): Promise<Urev> {
    const urev = await this.nextUrev()
    this.tell(name, urev, body)
    return urev
  }

  /** Takes the next urev, for an event that shows it in its body; every urev taken needs exactly one tell(). */
  async nextUrev(): Promise<Urev> {
    const urev = (await nextUrevs(this.tx, [this.user])).get(this.user)
    assert(urev !== undefined, 'an account that acts exists')
    this.#urev = urev
    return urev
  }

  /** Queues the event of a urev that was taken with nextUrev(). */
  tell<Name extends UserEventName>(name: Name, urev: Urev, body: UserEventBody<Name>): void {
    const frame = Buffer.from(userFrame(name, urev, body))
    this.#events.push({ type: 'user', user: this.user, urev, frame })
  }

  /** Tells the user's devices to load a part of their state anew. */
  async touch(section: Section): Promise<void> {
    await touchSection(this.tx, this.user, section, await this.emit('section', { section }))
  }

  /** What others may know of this user changed, for everybody or for `other` alone: the gateways look again. */
  announce(other?: UserId): void {
    const { user } = this
    this.#events.push({ type: 'person', user, ...(other !== undefined && { other }) })
  }

  /** Writes the outbox; called once, last in the transaction. */
  async store(): Promise<Batch> {
    if (this.#urev === null) return { outbox: null, events: this.#events }
    const users = [{ user: this.user, urev: this.#urev }]
    return { outbox: await noteInOutbox(this.tx, { chats: [], users }), events: this.#events }
  }
}

/**
 * Runs `work` on a user's own state, then commits and publishes what it emitted.
 * @param work may run again after a deadlock: no effects but its statements
 */
export async function changeUser<Result>(
  deps: Services,
  user: UserId,
  work: (change: UserChange) => Promise<Result>,
): Promise<Result> {
  const { batch, result } = await deps.db.tx(async tx => {
    const change = new UserChange(tx, user, deps.clock.now())
    const result = await work(change)
    return { batch: await change.store(), result }
  })
  deps.publish(batch)
  return result
}

/**
 * Tells the devices of many users to load the same part of their state anew, as a part of a larger change.
 * @returns what to publish once `tx` is committed
 */
export async function touchSectionOfMany(
  tx: Queryable,
  users: readonly UserId[],
  section: Section,
): Promise<Batch> {
  const urevs = await nextUrevs(tx, users)
  await touchSections(tx, urevs, section)
  const moved = [...urevs].map(([user, urev]) => ({ user, urev }))
  const events = moved.map(({ user, urev }): BusEvent => {
    return { type: 'user', user, urev, frame: Buffer.from(userFrame('section', urev, { section })) }
  })
  return { outbox: await noteInOutbox(tx, { chats: [], users: moved }), events }
}
