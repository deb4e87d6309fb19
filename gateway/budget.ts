// How much of something (messages, new chats, strangers) a user may do through this process, over all their
// connections: a burst, then a rate. Fails open by design: each process counts for itself, a restart forgets.

import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { Bucket } from './bucket.ts'

const sweepEveryMs = 60_000

/** @typeParam Key whose budget it is: a user's, or something else's */
export class Budget<Key = UserId> {
  readonly #burst: number
  readonly #perS: number
  readonly #nowMs: () => number
  readonly #buckets = new Map<Key, Bucket>()
  #sweptAtMs: number

  constructor({ burst, perS, nowMs }: { burst: number; perS: number; nowMs: () => number }) {
    this.#burst = burst
    this.#perS = perS
    this.#nowMs = nowMs
    this.#sweptAtMs = nowMs()
  }

  /** @throws AppError rate_limited with the time until so many may go */
  take(key: Key, count = 1): void {
    const nowMs = this.#nowMs()
    if (nowMs - this.#sweptAtMs > sweepEveryMs) this.#sweep(nowMs)
    const retryMs = this.#bucketOf(key, nowMs).take(nowMs, count)
    if (retryMs > 0) throw new AppError('rate_limited', { retryMs })
  }

  /** Takes so much whether it is there or not, for what was done already. */
  charge(key: Key, count: number): void {
    if (count > 0) this.#bucketOf(key, this.#nowMs()).charge(this.#nowMs(), count)
  }

  #bucketOf(key: Key, nowMs: number): Bucket {
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      bucket = new Bucket(this.#burst, this.#perS, nowMs)
      this.#buckets.set(key, bucket)
    }
    return bucket
  }

  #sweep(nowMs: number): void {
    this.#sweptAtMs = nowMs
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key)
  }
}
