// A bound on how much of something goes on at the same time; the rest waits in order.

export class Turns {
  readonly #max: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(max: number) {
    this.#max = max
  }

  /** How many wait for their turn; the caller bounds it. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Does the work when it is its turn. @throws what the work throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#max) this.#running++
    // Whoever ends hands the place on.
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
