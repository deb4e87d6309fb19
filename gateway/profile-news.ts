// That people's profiles changed, on its way to who has them on screen: of one person at once, then at most once in
// limits.profilesEveryMs. Each of the watchers asks for the profile anew, so one request that changes it costs many.

import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { Pace } from './pace.ts'

export class ProfileNews {
  readonly #pace: Pace<UserId, true>

  /** @param tell says to the watchers that it changed */
  constructor(tell: (user: UserId) => void) {
    this.#pace = new Pace({ everyMs: limits.profilesEveryMs, join: () => true as const, tell })
  }

  put(user: UserId): void {
    this.#pace.put(user, true)
  }
}
