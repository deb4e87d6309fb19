// Lanes: messages of one chat always take the same lane, a lane has one batch in flight. A quiet lane flushes
// at once (latency of one round trip); a busy one gathers meanwhile (group commit). Bounded in rows and bytes.

import { type Outgoing, type SendResult, sendBatch } from '#shared/actions/send-messages.ts'
import type { Batch } from '#shared/actions/services.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Log } from '#shared/runtime/log.ts'
import { PgError, type Queryable } from '#shared/store/db.ts'

export interface LanesOptions {
  /** One connection for each lane. */
  connections: readonly Queryable[]
  publish(batch: Batch): void
  log: Log
  /** Rows of a finished batch, and how long it took in ms. */
  onBatch?(rows: number, ms: number): void
}

export class Lanes {
  readonly #lanes: Lane[]

  constructor(options: LanesOptions) {
    this.#lanes = options.connections.map(connection => new Lane(connection, options))
  }

  /**
   * Sends a message; the same (chat, sender, rid) while the first waits gets the first one's answer.
   * @throws AppError `overloaded` when the lane is full or PostgreSQL is away, `timeout`; the rid may be sent again
   */
  send(outgoing: Outgoing): Promise<SendResult> {
    return (this.#lanes[outgoing.chat % this.#lanes.length] as Lane).push(outgoing)
  }

  /** Rows that wait or are in flight. */
  get depth(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.depth, 0)
  }

  /** Resolves when every lane is empty. */
  async idle(): Promise<void> {
    await Promise.all(this.#lanes.map(lane => lane.idle()))
  }
}

interface Waiting {
  outgoing: Outgoing
  bytes: number
  resolve(result: SendResult): void
  reject(error: unknown): void
  promise: Promise<SendResult>
}

class Lane {
  readonly #connection: Queryable
  readonly #options: LanesOptions
  #queue: Waiting[] = []
  #queueBytes = 0
  readonly #byRid = new Map<string, Waiting>()
  #inFlight = 0
  #idle: (() => void)[] = []

  constructor(connection: Queryable, options: LanesOptions) {
    this.#connection = connection
    this.#options = options
  }

  get depth(): number {
    return this.#queue.length + this.#inFlight
  }

  push(outgoing: Outgoing): Promise<SendResult> {
    const key = keyOf(outgoing)
    const same = this.#byRid.get(key)
    if (same) return same.promise
    const bytes = bytesOf(outgoing)
    if (this.#queueBytes + bytes > limits.laneQueueBytesMax) {
      return Promise.reject(new AppError('overloaded', { retryMs: 1_000 }))
    }
    const waiting = waitFor(outgoing, bytes)
    this.#queue.push(waiting)
    this.#queueBytes += bytes
    this.#byRid.set(key, waiting)
    if (this.#inFlight === 0) void this.#run()
    return waiting.promise
  }

  idle(): Promise<void> {
    if (this.depth === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#idle.push(resolve)
    })
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#take()
      this.#inFlight = batch.length
      const begunMs = performance.now()
      await this.#write(batch)
      this.#options.onBatch?.(batch.length, performance.now() - begunMs)
      this.#inFlight = 0
    }
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #take(): Waiting[] {
    let bytes = 0
    let rows = 0
    for (const waiting of this.#queue) {
      bytes += waiting.bytes
      if (rows === limits.laneRowsMax || (rows > 0 && bytes > limits.laneBytesMax)) break
      rows++
    }
    const batch = this.#queue.splice(0, rows)
    for (const { bytes: each, outgoing } of batch) {
      this.#queueBytes -= each
      this.#byRid.delete(keyOf(outgoing))
    }
    return batch
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      const { results, publish } = await sendBatch(
        this.#connection,
        batch.map(waiting => waiting.outgoing),
      )
      batch.forEach((waiting, i) => {
        waiting.resolve(results[i] as SendResult)
      })
      // After the answers, which are queued in microtasks: on the sender's socket its own answer comes
      // before what others sent in the same batch. Both leave in the same flush.
      setImmediate(() => this.#options.publish(publish))
    } catch (error) {
      if (error instanceof PgError && batch.length > 1) await this.#writeSingly(batch, error)
      else for (const waiting of batch) waiting.reject(error)
    }
  }

  /** A row that PostgreSQL itself refuses must not take its neighbours with it. */
  async #writeSingly(batch: readonly Waiting[], err: Error): Promise<void> {
    this.#options.log.error(
      { err, rows: batch.length },
      'a batch failed, its rows are written one by one',
    )
    for (const waiting of batch) await this.#write([waiting])
  }
}

/** Formatting counts too: most of a message can stand in the addresses of its links. */
function bytesOf({ text, ents = [] }: Outgoing): number {
  let bytes = 100 + text.length * 2
  for (const { url = '', lang = '' } of ents) bytes += 60 + (url.length + lang.length) * 2
  return bytes
}

function keyOf({ chat, sender, rid }: Outgoing): string {
  return `${chat}:${sender}:${rid}`
}

function waitFor(outgoing: Outgoing, bytes: number): Waiting {
  let resolve: Waiting['resolve'] = () => undefined
  let reject: Waiting['reject'] = () => undefined
  const promise = new Promise<SendResult>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { outgoing, bytes, resolve, reject, promise }
}
