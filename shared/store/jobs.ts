// Jobs: work that need not be done at once and is done once by whichever process comes to it. One Redis stream for each
// kind, read by a consumer group. A job that fails or whose process dies is taken up again after a pause; one that
// failed three times goes to the dead letters, where people can look at it. Jobs are never the only copy of anything:
// a Redis that loses its memory loses them.

import type { Redis } from 'ioredis'
import { keys } from './keys.ts'
import { openRedis } from './redis.ts'

/** Kinds of jobs. */
export type JobKind = 'previews'

/** Older ones are dropped beyond this. */
const jobsMax = 10_000
const deadMax = 1_000
const triesMax = 3
const group = 'workers'
const blockMsMax = 1_000
const pauseMs = 500

/** Adds a job. @throws Error when Redis does not take it */
export async function addJob(redis: Redis, kind: JobKind, job: object): Promise<void> {
  const stream = keys.jobs(kind)
  await redis.xadd(stream, 'MAXLEN', '~', jobsMax, '*', 'job', JSON.stringify(job))
}

export interface JobReaderOptions {
  url: string
  kind: JobKind
  /** Names this process among those that read the same jobs. */
  consumer: string
  /** Jobs under way at once. */
  atOnce: number
  /** A job that was begun so long ago and is not done is taken up again: longer than any may take. */
  againMs: number
  /**
   * Does one job; whatever it throws makes it tried again.
   * @param job as it was added, but unchecked: Redis may hold anything
   */
  work(job: unknown): Promise<void>
  /** A job went to the dead letters. */
  onDead?: (job: unknown, error: unknown) => void
  onError?: (error: Error) => void
}

/** One entry of the stream, and how often somebody began it, now included. */
interface Entry {
  id: string
  job: string
  tries: number
}

/** Reads and does jobs until it is stopped. */
export class JobReader {
  readonly #options: JobReaderOptions
  readonly #stream: string
  /** Blocks in XREADGROUP. */
  readonly #reader: Redis
  readonly #writer: Redis
  readonly #underWay = new Map<string, Promise<void>>()
  readonly #done: Promise<void>
  #stopped = false
  #lookedAtMs = 0

  constructor(options: JobReaderOptions) {
    this.#options = options
    this.#stream = keys.jobs(options.kind)
    const { url, consumer } = options
    const log = options.onError ? { onError: options.onError } : {}
    this.#reader = openRedis({ url, name: `${consumer} job reader`, blocking: true, ...log })
    this.#writer = openRedis({ url, name: `${consumer} job writer`, ...log })
    this.#done = this.#run()
  }

  /** Takes no more jobs and resolves when those under way are done. */
  async stop(): Promise<void> {
    this.#stopped = true
    // What it was just given and we never saw is taken up again by somebody.
    this.#reader.disconnect()
    await this.#done
    await Promise.all(this.#underWay.values())
    this.#writer.disconnect()
  }

  async #run(): Promise<void> {
    let hasGroup = false
    while (!this.#stopped) {
      try {
        if (!hasGroup) await this.#makeGroup()
        hasGroup = true
        await this.#round()
      } catch (error) {
        if (this.#stopped) return
        // Redis came back empty, perhaps.
        hasGroup = false
        this.#options.onError?.(error as Error)
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
    }
  }

  async #makeGroup(): Promise<void> {
    await this.#writer.xgroup('CREATE', this.#stream, group, '0', 'MKSTREAM').catch(error => {
      if (!String(error.message).startsWith('BUSYGROUP')) throw error
    })
  }

  async #round(): Promise<void> {
    const free = this.#options.atOnce - this.#underWay.size
    if (free <= 0) {
      await Promise.race(this.#underWay.values())
      return
    }
    const nowMs = performance.now()
    if (nowMs - this.#lookedAtMs >= this.#options.againMs / 2) {
      const left = await this.#takeLeft(free)
      for (const entry of left) this.#begin(entry)
      // A full hand: others may be left too.
      if (left.length === free) return
      this.#lookedAtMs = nowMs
    }
    for (const entry of await this.#takeNew(this.#options.atOnce - this.#underWay.size)) {
      this.#begin(entry)
    }
  }

  async #takeNew(count: number): Promise<Entry[]> {
    if (count <= 0) return []
    const { consumer, againMs } = this.#options
    // Not past the time for a look at what is left; 0 would be for ever.
    const blockMs = Math.max(1, Math.min(blockMsMax, Math.floor(againMs / 2)))
    const reply = (await this.#reader.xreadgroup(
      ...(['GROUP', group, consumer, 'COUNT', count, 'BLOCK', blockMs] as const),
      ...(['STREAMS', this.#stream, '>'] as const),
    )) as [stream: string, entries: [id: string, fields: string[]][]][] | null
    const [, entries = []] = reply?.[0] ?? []
    return entries.map(([id, fields]) => ({ id, job: fields[1] ?? '', tries: 1 }))
  }

  /** Jobs that somebody began long ago and did not finish, us included. */
  async #takeLeft(count: number): Promise<Entry[]> {
    const { consumer, againMs } = this.#options
    const [, entries] = (await this.#writer.xautoclaim(
      ...([this.#stream, group, consumer, againMs, '0-0', 'COUNT', count] as const),
    )) as [next: string, entries: ([id: string, fields: string[]] | null)[]]
    const left: Entry[] = []
    for (const entry of entries) {
      if (!entry || this.#underWay.has(entry[0])) continue
      const [id, fields] = entry
      left.push({ id, job: fields[1] ?? '', tries: await this.#triesOf(id) })
    }
    return left
  }

  async #triesOf(id: string): Promise<number> {
    const pending = (await this.#writer.xpending(this.#stream, group, id, id, 1)) as [
      id: string,
      consumer: string,
      idleMs: number,
      deliveries: number,
    ][]
    return pending[0]?.[3] ?? 1
  }

  #begin(entry: Entry): void {
    const underWay = this.#finish(entry)
      .catch(error => this.#options.onError?.(error as Error))
      .then(() => {
        this.#underWay.delete(entry.id)
      })
    this.#underWay.set(entry.id, underWay)
  }

  async #finish({ id, job, tries }: Entry): Promise<void> {
    // Its process died each time, perhaps by it.
    if (tries > triesMax) return this.#bury(id, job, new Error('it was begun too often'))
    try {
      await this.#options.work(parse(job))
    } catch (error) {
      if (tries >= triesMax) await this.#bury(id, job, error)
      return
    }
    await this.#writer.multi().xack(this.#stream, group, id).xdel(this.#stream, id).exec()
  }

  async #bury(id: string, job: string, error: unknown): Promise<void> {
    const dead = keys.deadJobs(this.#options.kind)
    const why = error instanceof Error ? error.message : String(error)
    await this.#writer
      .multi()
      .xadd(dead, 'MAXLEN', '~', deadMax, '*', 'job', job, 'error', why.slice(0, 500))
      .xack(this.#stream, group, id)
      .xdel(this.#stream, id)
      .exec()
    this.#options.onDead?.(parse(job), error)
  }
}

/** null for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
