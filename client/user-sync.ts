// The user's own state (chats joined and left, own read marks, profile): the same rule as for a chat, by
// urev instead of rev, and a gap is closed by one question. Used by sync.ts only.

import { AppError } from '#shared/protocol/codes.ts'
import type { Urev } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { Errands } from './errands.ts'
import { Position } from './position.ts'
import type { Rpc } from './rpc.ts'
import type { UserChange } from './server-frame.ts'
import type { ClientClock } from './types.ts'

export interface UserSyncDeps {
  rpc: Rpc
  clock: ClientClock
  apply(change: UserChange, urev: Urev): void
  /** Current states in place of changes. */
  applyDiff(diff: OpOut<'userDiff'>): void
  /** Too far behind for a diff: connect anew without a resume. */
  startOver(): void
}

export class UserSync {
  readonly #deps: UserSyncDeps
  readonly #errands: Errands<'user'>
  #position = new Position<UserChange>(0)

  constructor(deps: UserSyncDeps) {
    this.#deps = deps
    this.#errands = new Errands({ clock: deps.clock, run: () => this.#catchUp() })
  }

  get at(): Urev {
    return this.#position.at
  }

  /** The highest urev heard of. */
  get known(): Urev {
    return this.#position.known
  }

  /** Everything up to `urev` is known; nothing else is. */
  reset(urev: Urev): void {
    this.#position = new Position(urev)
    this.#errands.clear()
  }

  /** @param delayMs how long what is missing may still come by itself */
  learn(urev: Urev, delayMs: number = limits.gapHoldMs): void {
    this.#position.learn(urev)
    if (this.#position.behind) this.#errands.flag('user', delayMs)
  }

  offer(urev: Urev, change: UserChange): void {
    for (const [at, next] of this.#position.offer(urev, change)) this.#deps.apply(next, at)
    this.learn(urev)
  }

  up(): void {
    this.#errands.up()
  }

  down(): void {
    this.#errands.down()
  }

  async #catchUp(): Promise<void> {
    const position = this.#position
    if (!position.behind) return
    const before = position.at
    try {
      const diff = await this.#deps.rpc.request('userDiff', { since: before })
      if (this.#position !== position) return
      // One that events have overtaken is older than what they said.
      if (diff.urev >= position.at) this.#deps.applyDiff(diff)
      for (const [at, change] of position.moveTo(diff.urev)) this.#deps.apply(change, at)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'too_old')) throw error
      this.#deps.startOver()
      return
    }
    if (!position.behind) return
    // The server has not reached yet what it told us of: ask again, later and later.
    if (position.at === before) throw new AppError('timeout')
    this.#errands.flag('user')
  }
}
