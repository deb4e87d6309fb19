// A token bucket: bursts up to its size, refilled at a rate. No timer; time comes with each call.

export class Bucket {
  readonly #size: number
  readonly #perMs: number
  #tokens: number
  #at: number

  /** @param nowMs monotonic clock, ms */
  constructor(size: number, perS: number, nowMs: number) {
    this.#size = size
    this.#perMs = perS / 1000
    this.#tokens = size
    this.#at = nowMs
  }

  /** Takes tokens, all or none. @returns 0 when there were so many, else ms until there will be */
  take(nowMs: number, count = 1): number {
    this.#refill(nowMs)
    if (this.#tokens >= count) {
      this.#tokens -= count
      return 0
    }
    return (count - this.#tokens) / this.#perMs
  }

  /** Takes tokens whether they are there or not; the debt is at most the bucket's size. */
  charge(nowMs: number, count: number): void {
    this.#refill(nowMs)
    this.#tokens = Math.max(-this.#size, this.#tokens - count)
  }

  #refill(nowMs: number): void {
    this.#tokens = Math.min(this.#size, this.#tokens + (nowMs - this.#at) * this.#perMs)
    this.#at = nowMs
  }

  /** Whether nothing was taken for so long that the bucket is full again and can be forgotten. */
  isFull(nowMs: number): boolean {
    return this.#tokens + (nowMs - this.#at) * this.#perMs >= this.#size
  }
}
