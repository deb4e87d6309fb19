// Read marks are high-water marks: those that come within a short while are gathered, the highest of each
// user and chat is stored in one call. An acknowledged mark is durable.

import { markReadBatch } from '#shared/actions/mark-read.ts'
import { showsReadMarks } from '#shared/actions/read-chats.ts'
import type { Services } from '#shared/actions/services.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { ephemeralFrame } from '#shared/protocol/frames.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Cast } from '#shared/store/bus.ts'
import type { ReadMark } from '#shared/store/members.ts'
import type { Hub } from './hub.ts'

const marksPerBatchMax = 1_000
const waitingMax = 50_000

interface Waiting extends ReadMark {
  done: ((error?: unknown) => void)[]
}

export class ReadMarks {
  readonly #services: Services
  readonly #hub: Hub
  readonly #cast: (cast: Cast) => void
  #waiting = new Map<string, Waiting>()
  #timer: NodeJS.Timeout | null = null

  constructor(services: Services, hub: Hub, cast: (cast: Cast) => void) {
    this.#services = services
    this.#hub = hub
    this.#cast = cast
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
      await this.#store(all.slice(at, at + marksPerBatchMax))
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    try {
      const moved = await markReadBatch(
        this.#services,
        batch.map(({ user, chat, seq }) => ({ user, chat, seq })),
      )
      for (const mark of moved) this.#tellOthers(mark)
      for (const waiting of batch) for (const done of waiting.done) done()
    } catch (error) {
      for (const waiting of batch) for (const done of waiting.done) done(error)
    }
  }

  #tellOthers({ user, chat, seq }: ReadMark): void {
    const entry = this.#hub.chats.get(chat)
    if (!entry || !showsReadMarks(entry)) return
    const frame = Buffer.from(ephemeralFrame('read', { chat, user, seq }))
    this.#hub.castChat(chat, user, frame)
    this.#cast({ type: 'chat', chat, from: user, frame })
  }
}
