// Counts of channels' posts (views, comments) on their way to the sockets of this process: those of one channel leave
// together, at most once in limits.viewsEveryMs, and only to who looks at it. They are droppable: whoever opens the
// channel later gets them with its history.

import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { Hub } from './hub.ts'
import { Pace } from './pace.ts'

type Counts = Map<Seq, PostCounts>

export class CountNews {
  readonly #hub: Pick<Hub, 'chats' | 'castWatching'>
  readonly #pace: Pace<ChatId, Counts>

  constructor(hub: Pick<Hub, 'chats' | 'castWatching'>) {
    this.#hub = hub
    this.#pace = new Pace<ChatId, Counts>({
      everyMs: limits.viewsEveryMs,
      join: add,
      tell: (chat, counts) => this.#tell(chat, counts),
    })
  }

  /** Tells counts that changed: at once when nothing was told of the channel lately, else soon. */
  put(chat: ChatId, counts: readonly PostCounts[]): void {
    if (!this.#hub.chats.has(chat)) return
    this.#pace.put(
      chat,
      add(
        new Map(),
        counts.map(count => [count.seq, count] as const),
      ),
    )
  }

  #tell(chat: ChatId, counts: Counts): void {
    if (!this.#hub.chats.has(chat)) return
    const newest = [...counts.values()].sort((a, b) => b.seq - a.seq)
    const told = newest.slice(0, limits.countsPerFrameMax)
    this.#hub.castWatching(chat, Buffer.from(ephemeralFrame('views', { chat, counts: told })))
  }
}

/** Several processes count, and what one tells may be overtaken: views only grow. */
function add(held: Counts = new Map(), news: Iterable<readonly [Seq, PostCounts]>): Counts {
  for (const [seq, count] of news) {
    const before = held.get(seq)
    const views = Math.max(before?.views ?? 0, count.views ?? 0)
    held.set(seq, { ...before, ...count, ...(views > 0 && { views }) })
  }
  return held
}
