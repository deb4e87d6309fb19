// Who is typing where: each mark fades after some seconds unless it is renewed.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ClientClock } from './types.ts'

export class TypingMarks {
  readonly #clock: ClientClock
  readonly #changed: (chat: ChatId) => void
  readonly #timers = new Map<ChatId, Map<UserId, unknown>>()

  constructor(deps: { clock: ClientClock; changed: (chat: ChatId) => void }) {
    this.#clock = deps.clock
    this.#changed = deps.changed
  }

  of(chat: ChatId): UserId[] {
    return [...(this.#timers.get(chat)?.keys() ?? [])]
  }

  put(chat: ChatId, user: UserId): void {
    const timers = this.#timers.get(chat) ?? new Map<UserId, unknown>()
    this.#timers.set(chat, timers)
    this.#clock.clearTimeout(timers.get(user))
    const isNew = !timers.has(user)
    timers.set(
      user,
      this.#clock.setTimeout(() => this.end(chat, user), limits.typingShownMs),
    )
    if (isNew) this.#changed(chat)
  }

  /** They sent what they typed, or nothing for some time. */
  end(chat: ChatId, user: UserId): void {
    const timers = this.#timers.get(chat)
    if (!timers?.has(user)) return
    this.#clock.clearTimeout(timers.get(user))
    timers.delete(user)
    if (timers.size === 0) this.#timers.delete(chat)
    this.#changed(chat)
  }

  clear(): void {
    for (const [chat, timers] of this.#timers)
      for (const user of timers.keys()) this.end(chat, user)
  }
}
