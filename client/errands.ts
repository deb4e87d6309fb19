// Work that must happen once the connection allows it, at most once at a time for each key, and again
// after a failure that may pass: catching up, sending the outbox, read marks, loading windows.

import { AppError, errorCodes } from '#shared/protocol/codes.ts'
import { backoffMs } from './backoff.ts'
import type { ClientClock } from './types.ts'

interface Errand {
  dueAt: number
  /** The server asked not to come back before. */
  notBefore: number
  timer: unknown
  running: boolean
  /** Asked for again while it ran. */
  again: boolean
  failures: number
}

/** Whether the same request may succeed later. `unauthorized` may: the next connection has a new token. */
export function mayPass(error: unknown): error is AppError {
  return (
    error instanceof AppError && (errorCodes[error.code].retry || error.code === 'unauthorized')
  )
}

export class Errands<Key> {
  readonly #clock: ClientClock
  readonly #run: (key: Key) => Promise<void>
  readonly #failed: (key: Key, error: unknown) => void
  readonly #errands = new Map<Key, Errand>()
  #up = false

  /**
   * @param run does the work; it is not called twice at once for one key
   * @param failed told of an error that will not pass; the errand is over then
   */
  constructor(deps: {
    clock: ClientClock
    run: (key: Key) => Promise<void>
    failed?: (key: Key, error: unknown) => void
  }) {
    this.#clock = deps.clock
    this.#run = deps.run
    this.#failed = deps.failed ?? (() => {})
  }

  /** Asks for the errand, in `delayMs` at the latest; while offline, as soon as `up` is called. */
  flag(key: Key, delayMs = 0): void {
    const errand = this.#errands.get(key)
    if (errand?.running) {
      errand.again = true
      return
    }
    const dueAt = Math.max(this.#clock.now() + delayMs, errand?.notBefore ?? 0)
    if (errand && errand.dueAt <= dueAt) return
    const next = errand ?? fresh(dueAt)
    next.dueAt = dueAt
    this.#errands.set(key, next)
    if (this.#up) this.#schedule(key, next)
  }

  has(key: Key): boolean {
    return this.#errands.has(key)
  }

  keys(): Key[] {
    return [...this.#errands.keys()]
  }

  /** Forgets the errand; one that runs ends without being repeated. */
  drop(key: Key): void {
    const errand = this.#errands.get(key)
    if (!errand) return
    this.#clock.clearTimeout(errand.timer)
    this.#errands.delete(key)
  }

  clear(): void {
    for (const key of this.keys()) this.drop(key)
  }

  /** The connection is ready: all waiting errands start. */
  up(): void {
    this.#up = true
    for (const [key, errand] of [...this.#errands]) {
      if (errand.running) continue
      errand.failures = 0
      errand.dueAt = Math.max(this.#clock.now(), errand.notBefore)
      this.#schedule(key, errand)
    }
  }

  /** The connection is gone: nothing starts until `up`. */
  down(): void {
    this.#up = false
    for (const errand of this.#errands.values()) this.#clock.clearTimeout(errand.timer)
  }

  #schedule(key: Key, errand: Errand): void {
    this.#clock.clearTimeout(errand.timer)
    const delayMs = errand.dueAt - this.#clock.now()
    if (delayMs <= 0) void this.#start(key, errand)
    else errand.timer = this.#clock.setTimeout(() => void this.#start(key, errand), delayMs)
  }

  async #start(key: Key, errand: Errand): Promise<void> {
    if (!this.#up || errand.running || this.#errands.get(key) !== errand) return
    errand.running = true
    errand.again = false
    let retryMs: number | undefined
    try {
      await this.#run(key)
      errand.failures = 0
    } catch (error) {
      if (mayPass(error)) {
        retryMs = error.retryMs ?? backoffMs(++errand.failures, this.#clock.random())
        errand.notBefore = this.#clock.now() + (error.retryMs ?? 0)
      } else if (this.#errands.get(key) === errand) {
        this.#failed(key, error)
      }
    }
    errand.running = false
    if (this.#errands.get(key) !== errand) return
    if (retryMs === undefined && !errand.again) {
      this.#errands.delete(key)
      return
    }
    errand.dueAt = this.#clock.now() + (retryMs ?? 0)
    if (this.#up) this.#schedule(key, errand)
  }
}

function fresh(dueAt: number): Errand {
  return { dueAt, notBefore: 0, timer: undefined, running: false, again: false, failures: 0 }
}
