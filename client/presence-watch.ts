// Whose presence is wanted, told to the server anew whenever it changes or the connection is new.

import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { Rpc } from './rpc.ts'
import type { ClientClock } from './types.ts'

export class PresenceWatch {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  #wanted: readonly UserId[] = []
  readonly #errands: Errands<'presence'>

  constructor(deps: { store: ChatStore; rpc: Rpc; clock: ClientClock }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.#errands = new Errands({ clock: deps.clock, run: () => this.#tell() })
  }

  /** @param users all that are wanted now; the first limits.presenceUsersMax count */
  want(users: readonly UserId[]): void {
    this.#wanted = [...new Set(users)].slice(0, limits.presenceUsersMax)
    this.#errands.flag('presence')
  }

  up(): void {
    if (this.#wanted.length > 0) this.#errands.flag('presence')
    this.#errands.up()
  }

  /** What was known may change unseen from now on. */
  down(): void {
    this.#errands.down()
  }

  clear(): void {
    this.#wanted = []
    this.#errands.clear()
  }

  async #tell(): Promise<void> {
    const wanted = this.#wanted
    const { users } = await this.#rpc.request('presence', { users: [...wanted] })
    if (wanted !== this.#wanted) return
    this.#store.keepPresence(new Set(wanted))
    for (const presence of users) this.#store.putPresence(presence)
  }
}
