// Others' read marks on their way to the sockets of this process: those of one chat leave together, at most once in
// limits.readsEveryMs. When 200 people read a message at once, each of them gets a few frames instead of 200.

import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Hub } from './hub.ts'
import { Pace } from './pace.ts'

type Marks = Map<UserId, Seq>

export class ReadNews {
  readonly #hub: Pick<Hub, 'chats' | 'castChat'>
  readonly #pace: Pace<ChatId, Marks>

  constructor(hub: Pick<Hub, 'chats' | 'castChat'>) {
    this.#hub = hub
    this.#pace = new Pace<ChatId, Marks>({
      everyMs: limits.readsEveryMs,
      join: add,
      tell: (chat, marks) => this.#tell(chat, marks),
    })
  }

  /** Tells marks that moved in a chat: at once when nothing was told of it lately, else soon. */
  put(chat: ChatId, marks: readonly (readonly [UserId, Seq])[]): void {
    if (this.#hub.chats.has(chat)) this.#pace.put(chat, add(new Map(), marks))
  }

  #tell(chat: ChatId, marks: Marks): void {
    if (!this.#hub.chats.has(chat)) return
    const frame = Buffer.from(ephemeralFrame('reads', { chat, marks: [...marks] }))
    // Who alone has read knows it; of several, each finds their own among the others'.
    const [only = 0] = marks.size === 1 ? marks.keys() : []
    this.#hub.castChat(chat, only, frame)
  }
}

/** The highest mark of each. */
function add(held: Marks = new Map(), news: Iterable<readonly [UserId, Seq]>): Marks {
  for (const [user, seq] of news) held.set(user, Math.max(seq, held.get(user) ?? 0))
  return held
}
