// That people's profiles changed, on its way to who has them on screen: of one person at once, then at most once in
// limits.profilesEveryMs. Each of the watchers asks for the profile anew, so one request that changes it costs many.

import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'

export class ProfileNews {
  readonly #tell: (user: UserId) => void
  /** Of whom something was told not long ago, and whether there is more to tell since. */
  readonly #told = new Map<UserId, boolean>()

  /** @param tell says to the watchers that it changed */
  constructor(tell: (user: UserId) => void) {
    this.#tell = tell
  }

  put(user: UserId): void {
    if (this.#told.has(user)) {
      this.#told.set(user, true)
      return
    }
    this.#told.set(user, false)
    this.#tell(user)
    setTimeout(() => this.#goOn(user), limits.profilesEveryMs).unref()
  }

  #goOn(user: UserId): void {
    const isMore = this.#told.get(user)
    this.#told.delete(user)
    if (isMore) this.put(user)
  }
}
