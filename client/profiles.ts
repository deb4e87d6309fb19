// Fetches the profiles of people who are mentioned by id only, many at once, each at most once.

import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { theChat } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { Rpc } from './rpc.ts'
import type { ClientClock } from './types.ts'

/** Senders of one page come one by one; they are asked for together. */
const gatherMs = 20

export class Profiles {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  readonly #missing = new Set<UserId>()
  /** Asked for and not known to the server. */
  readonly #absent = new Set<UserId>()
  readonly errands: Errands<'users'>

  constructor(deps: { store: ChatStore; rpc: Rpc; clock: ClientClock }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.errands = new Errands({ clock: deps.clock, run: () => this.#fetch() })
  }

  /** The chat itself, as the author of its own posts, is nobody to ask for. */
  want(user: UserId): void {
    if (user === theChat || this.#store.users.has(user) || this.#absent.has(user)) return
    this.#flag(user)
  }

  /** The profile changed, or who may see what of it; one that nobody asked for stays unknown. */
  refresh(user: UserId): void {
    this.#absent.delete(user)
    if (this.#store.users.has(user)) this.#flag(user)
  }

  /** With all that the user may see of it, which lists do not have: loaded anew. */
  load(user: UserId): void {
    this.#absent.delete(user)
    this.#flag(user)
  }

  #flag(user: UserId): void {
    this.#missing.add(user)
    this.errands.flag('users', gatherMs)
  }

  reset(): void {
    this.#missing.clear()
    this.#absent.clear()
    this.errands.clear()
  }

  async #fetch(): Promise<void> {
    while (this.#missing.size > 0) {
      const users = [...this.#missing].slice(0, limits.usersPerRequestMax)
      const found = await this.#rpc.request('users', { users })
      this.#store.putUsers(found.users, 'whole')
      for (const user of users) {
        this.#missing.delete(user)
        if (!this.#store.users.has(user)) this.#absent.add(user)
      }
    }
  }
}
