// Reactions and votes on their way. Of each message one batch is in flight, and what comes meanwhile goes together
// into the next: a storm of choices takes one connection to PostgreSQL, not all. Then this process tells the message's
// sums when they are due; what it leaves because it dies, a job of the api tells.

import { type Choice, choose } from '#shared/actions/choose.ts'
import type { Services } from '#shared/actions/services.ts'
import { tellSums } from '#shared/actions/tell-sums.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Own } from '#shared/protocol/models.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Spot } from '#shared/store/dirty-messages.ts'

const choicesPerBatchMax = 200

interface Waiting {
  choice: Choice
  resolve(own: Own): void
  reject(error: unknown): void
}

export class Choices {
  readonly #services: Services
  readonly #log: Log
  /** Choices that wait, by message; there while a batch of it is in flight. */
  readonly #queues = new Map<string, Waiting[]>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #running = new Set<Promise<void>>()
  #stopped = false

  constructor({ services, log }: { services: Services; log: Log }) {
    this.#services = services
    this.#log = log
  }

  /**
   * Resolves with all that the user chose at the message, once it is durable.
   * @throws AppError as choose(); overloaded when too many wait at this message
   */
  choose(spot: Spot, choice: Choice): Promise<Own> {
    const key = keyOf(spot)
    const queue = this.#queues.get(key)
    if (queue && queue.length >= limits.choicesWaitingMax) {
      return Promise.reject(new AppError('overloaded', { retryMs: 1_000 }))
    }
    return new Promise<Own>((resolve, reject) => {
      const waiting = { choice, resolve, reject }
      if (queue) queue.push(waiting)
      else this.#start(key, spot, [waiting])
    })
  }

  /** Tells the sums of a message in so many ms, unless they are told sooner. */
  tellIn(spot: Spot, ms: number): void {
    const key = keyOf(spot)
    if (this.#stopped || this.#timers.has(key)) return
    const tell = () => {
      this.#timers.delete(key)
      this.#track(this.#tell(spot))
    }
    this.#timers.set(key, setTimeout(tell, ms))
  }

  /** Choices that wait for their batch or in one. */
  get waiting(): number {
    let count = 0
    for (const queue of this.#queues.values()) count += queue.length
    return count
  }

  /** Tells nothing any more, and resolves when what is in flight has landed. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #start(key: string, spot: Spot, queue: Waiting[]): void {
    this.#queues.set(key, queue)
    this.#track(this.#storeAll(key, spot, queue))
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
  }

  async #storeAll(key: string, spot: Spot, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const count = batchOf(queue)
      await this.#store(spot, queue.slice(0, count))
      // Those in flight count as waiting until they have their answer.
      queue.splice(0, count)
    }
    this.#queues.delete(key)
  }

  async #store(spot: Spot, batch: readonly Waiting[]): Promise<void> {
    try {
      const choices = batch.map(({ choice }) => choice)
      const { results, dueInMs } = await choose(this.#services, spot, choices)
      for (const [i, result] of results.entries()) {
        if (result instanceof AppError) batch[i]?.reject(result)
        else batch[i]?.resolve(result)
      }
      if (dueInMs !== null) this.tellIn(spot, dueInMs)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async #tell(spot: Spot): Promise<void> {
    try {
      const againInMs = await tellSums(this.#services, spot, { skip: false })
      if (againInMs !== null) this.tellIn(spot, againInMs)
    } catch (err) {
      this.#log.debug({ err }, 'the sums of a message stay for the job')
    }
  }
}

function keyOf({ chat, seq }: Spot): string {
  return `${chat}:${seq}`
}

/** How many from the front go together: the second choice of a person comes after the first. */
function batchOf(queue: readonly Waiting[]): number {
  const users = new Set<UserId>()
  for (const { choice } of queue) {
    if (users.has(choice.user) || users.size >= choicesPerBatchMax) break
    users.add(choice.user)
  }
  return users.size
}
