// Counts of channels' posts (views, comments) on their way to the sockets of this process: those of one channel leave
// together, at most once in limits.viewsEveryMs, and only to who looks at it. They are droppable: whoever opens the
// channel later gets them with its history.

import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { Hub } from './hub.ts'

type Counts = Map<Seq, PostCounts>

export class CountNews {
  readonly #hub: Pick<Hub, 'chats' | 'castWatching'>
  /** Channels of which something was told not long ago, with what waits until more may be. */
  readonly #waiting = new Map<ChatId, Counts>()

  constructor(hub: Pick<Hub, 'chats' | 'castWatching'>) {
    this.#hub = hub
  }

  /** Tells counts that changed: at once when nothing was told of the channel lately, else soon. */
  put(chat: ChatId, counts: readonly PostCounts[]): void {
    if (!this.#hub.chats.has(chat)) return
    const waiting = this.#waiting.get(chat)
    if (waiting) add(waiting, counts)
    else this.#tell(chat, add(new Map(), counts))
  }

  #tell(chat: ChatId, counts: Counts): void {
    const newest = [...counts.values()].sort((a, b) => b.seq - a.seq)
    const told = newest.slice(0, limits.countsPerFrameMax)
    this.#hub.castWatching(chat, Buffer.from(ephemeralFrame('views', { chat, counts: told })))
    this.#waiting.set(chat, new Map())
    setTimeout(() => this.#goOn(chat), limits.viewsEveryMs).unref()
  }

  #goOn(chat: ChatId): void {
    const counts = this.#waiting.get(chat)
    this.#waiting.delete(chat)
    if (counts && counts.size > 0 && this.#hub.chats.has(chat)) this.#tell(chat, counts)
  }
}

/** Several processes count, and what one tells may be overtaken: views only grow. */
function add(into: Counts, news: readonly PostCounts[]): Counts {
  for (const count of news) {
    const held = into.get(count.seq)
    const views = Math.max(held?.views ?? 0, count.views ?? 0)
    into.set(count.seq, { ...held, ...count, ...(views > 0 && { views }) })
  }
  return into
}
