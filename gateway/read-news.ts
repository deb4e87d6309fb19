// Others' read marks on their way to the sockets of this process: those of one chat leave together, at most once in
// limits.readsEveryMs. When 200 people read a message at once, each of them gets a few frames instead of 200.

import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Hub } from './hub.ts'

export class ReadNews {
  readonly #hub: Pick<Hub, 'chats' | 'castChat'>
  /** Chats of which something was told not long ago, with what waits until more may be. */
  readonly #waiting = new Map<ChatId, Map<UserId, Seq>>()

  constructor(hub: Pick<Hub, 'chats' | 'castChat'>) {
    this.#hub = hub
  }

  /** Tells marks that moved in a chat: at once when nothing was told of it lately, else soon. */
  put(chat: ChatId, marks: readonly (readonly [UserId, Seq])[]): void {
    if (!this.#hub.chats.has(chat)) return
    const waiting = this.#waiting.get(chat)
    if (!waiting) {
      this.#tell(chat, new Map(marks))
      return
    }
    for (const [user, seq] of marks) waiting.set(user, Math.max(seq, waiting.get(user) ?? 0))
  }

  #tell(chat: ChatId, marks: ReadonlyMap<UserId, Seq>): void {
    const frame = Buffer.from(ephemeralFrame('reads', { chat, marks: [...marks] }))
    // Who alone has read knows it; of several, each finds their own among the others'.
    const [only = 0] = marks.size === 1 ? marks.keys() : []
    this.#hub.castChat(chat, only, frame)
    this.#waiting.set(chat, new Map())
    setTimeout(() => this.#goOn(chat), limits.readsEveryMs).unref()
  }

  #goOn(chat: ChatId): void {
    const marks = this.#waiting.get(chat)
    this.#waiting.delete(chat)
    if (marks && marks.size > 0 && this.#hub.chats.has(chat)) this.#tell(chat, marks)
  }
}
