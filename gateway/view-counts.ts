// What people see in channels, gathered for limits.viewBatchMs and counted in one call. PostgreSQL knows who has seen
// what, so nothing counts twice, and a batch that failed is simply told again. Not acknowledged and not durable until
// then: views of the last seconds are lost with the process.

import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Cast } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { countViews, type Seen } from '#shared/store/post-counts.ts'
import type { CountNews } from './count-news.ts'

const rowsPerBatchMax = 1_000
/** People in channels that wait; what comes beyond is not counted. */
const waitingMax = 50_000

interface Waiting {
  chat: ChatId
  user: UserId
  seqs: Set<Seq>
}

export interface ViewCountsOptions {
  db: Pick<Db, 'tx'>
  log: Log
  news: Pick<CountNews, 'put'>
  cast(cast: Cast): void
}

export class ViewCounts {
  readonly #options: ViewCountsOptions
  #waiting = new Map<string, Waiting>()
  #timer: NodeJS.Timeout | null = null

  constructor(options: ViewCountsOptions) {
    this.#options = options
  }

  /** The user, who may read the channel, has seen these posts, which exist. Past its bounds it forgets. */
  add(user: UserId, chat: ChatId, seqs: readonly Seq[]): void {
    if (seqs.length === 0) return
    const key = `${chat}:${user}`
    let waiting = this.#waiting.get(key)
    if (!waiting) {
      if (this.#waiting.size >= waitingMax) return
      waiting = { chat, user, seqs: new Set() }
      this.#waiting.set(key, waiting)
    }
    for (const seq of seqs) {
      if (waiting.seqs.size < limits.viewsWaitingPerUserMax) waiting.seqs.add(seq)
    }
    this.#timer ??= setTimeout(() => void this.flush(), limits.viewBatchMs)
  }

  /** Counts what waits, now. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const all = [...this.#waiting.values()]
    this.#waiting = new Map()
    for (let at = 0; at < all.length; at += rowsPerBatchMax) {
      await this.#count(all.slice(at, at + rowsPerBatchMax))
    }
  }

  async #count(batch: readonly Waiting[]): Promise<void> {
    const seen = batch.map(({ chat, user, seqs }): Seen => ({ chat, user, seqs: [...seqs] }))
    try {
      const chats = new Map<ChatId, PostCounts[]>()
      for (const { chat, seq, views } of await countViews(this.#options.db, seen)) {
        const counts = chats.get(chat)
        if (counts) counts.push({ seq, views })
        else chats.set(chat, [{ seq, views }])
      }
      for (const [chat, counts] of chats) {
        this.#options.news.put(chat, counts)
        this.#options.cast({ type: 'counts', chat, counts })
      }
    } catch (err) {
      this.#options.log.debug({ err }, 'views are counted later')
      for (const { chat, user, seqs } of seen) this.add(user, chat, seqs)
    }
  }
}
