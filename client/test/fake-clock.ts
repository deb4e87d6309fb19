// A clock that moves only when a test says so, with repeatable chance.

import type { ClientClock } from '../types.ts'

interface Timer {
  at: number
  run: () => void
  owner: object
}

/** Lets everything run that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

export class FakeClock {
  #now = 1_700_000_000_000
  #seed: number
  readonly #timers = new Set<Timer>()

  constructor(seed = 1) {
    this.#seed = seed
  }

  /**
   * A clock for one client; after `kill` its timers never fire, after `slow` they fire at whole multiples of so many ms.
   * @param skewMs how far it is off
   */
  fork(skewMs = 0): ClientClock & { kill(): void; slow(everyMs: number): void } {
    const owner = {}
    let alive = true
    let every = 0
    return {
      now: () => this.#now + skewMs,
      setTimeout: (run, ms) => {
        const due = this.#now + Math.max(0, ms)
        const at = every > 0 ? Math.ceil(due / every) * every : due
        const timer: Timer = { at, run, owner }
        if (alive) this.#timers.add(timer)
        return timer
      },
      clearTimeout: handle => {
        this.#timers.delete(handle as Timer)
      },
      random: () => this.random(),
      slow: everyMs => {
        every = everyMs
      },
      kill: () => {
        alive = false
        for (const timer of this.#timers) if (timer.owner === owner) this.#timers.delete(timer)
      },
    }
  }

  now(): number {
    return this.#now
  }

  random(): number {
    // Constants of Numerical Recipes' generator.
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0
    return this.#seed / 2 ** 32
  }

  /** Moves on by `ms`, running what is due on the way, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const due = this.#earliest(end)
      if (!due) break
      this.#timers.delete(due)
      this.#now = Math.max(this.#now, due.at)
      due.run()
      await settle()
    }
    this.#now = end
  }

  #earliest(end: number): Timer | undefined {
    let found: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (!found || timer.at < found.at)) found = timer
    }
    return found
  }
}
