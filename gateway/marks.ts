// High-water marks (read, delivered): those that come within a short while are gathered, the highest of each user and
// chat is stored in one call. An acknowledged mark is durable.

import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ReadMark } from '#shared/store/read-marks.ts'

const marksPerBatchMax = 1_000
const waitingMax = 50_000

interface Waiting extends ReadMark {
  done: ((error?: unknown) => void)[]
}

export class Marks {
  readonly #store: (marks: readonly ReadMark[]) => Promise<void>
  #waiting = new Map<string, Waiting>()
  #timer: NodeJS.Timeout | null = null

  /** @param store writes one batch and tells of it; never the same (user, chat) twice in a batch */
  constructor(store: (marks: readonly ReadMark[]) => Promise<void>) {
    this.#store = store
  }

  /** Resolves when the mark, or a higher one, is stored. @throws AppError overloaded, timeout */
  mark(mark: ReadMark): Promise<void> {
    const key = `${mark.user}:${mark.chat}`
    return new Promise((resolve, reject) => {
      const done = (error?: unknown) => (error ? reject(error) : resolve())
      const waiting = this.#waiting.get(key)
      if (waiting) {
        waiting.seq = Math.max(waiting.seq, mark.seq)
        waiting.done.push(done)
        return
      }
      if (this.#waiting.size >= waitingMax) {
        reject(new AppError('overloaded', { retryMs: 1_000 }))
        return
      }
      this.#waiting.set(key, { ...mark, done: [done] })
      this.#timer ??= setTimeout(() => void this.flush(), limits.readMarkBatchMs)
    })
  }

  /** Stores what waits, now. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const all = [...this.#waiting.values()]
    this.#waiting = new Map()
    for (let at = 0; at < all.length; at += marksPerBatchMax)
      await this.#flushBatch(all.slice(at, at + marksPerBatchMax))
  }

  async #flushBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#store(batch.map(({ user, chat, seq }) => ({ user, chat, seq })))
      for (const waiting of batch) for (const done of waiting.done) done()
    } catch (error) {
      for (const waiting of batch) for (const done of waiting.done) done(error)
    }
  }
}
