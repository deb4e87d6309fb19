// The bus between processes: Redis Streams for what must arrive, pub/sub for what may be dropped.
// Every gateway reads every shard with plain XREAD on a connection of its own. Streams are a fast path only:
// after any doubt (reconnect, restart, trimmed) `onDoubt` asks the reader to compare with PostgreSQL.

import { Packr, Unpackr } from 'msgpackr'
import type { ChatId, Rev, Seq, SessionId, Urev, UserId } from '#shared/protocol/ids.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { ChatKind } from '#shared/protocol/permissions.ts'
import { isBusEvent, isCast } from './bus-shapes.ts'
import { busEntriesMax, busShards, keys, shardOf } from './keys.ts'
import { openRedis, type Redis } from './redis.ts'

/** One thing that happened and is committed. `frame` is the finished client frame, never decoded again. */
export type BusEvent =
  | {
      type: 'chat'
      chat: ChatId
      rev: Rev
      seq: Seq
      members: number
      frame: Uint8Array
      /** The connection that gets the answer instead of the event. */
      origin?: string
      /** Whom a message calls or answers: of a large chat they get it at once too. */
      called?: UserId[]
    }
  | { type: 'user'; user: UserId; urev: Urev; frame: Uint8Array }
  /** The user is in the chat from this rev on: their sockets get its events. */
  | {
      type: 'joined'
      user: UserId
      urev: Urev
      chat: ChatId
      kind: ChatKind
      rev: Rev
      seq: Seq
      members: number
      /** Nothing may be said there; left out for false. */
      quiet?: boolean
      frame: Uint8Array
    }
  | { type: 'left'; user: UserId; urev: Urev; chat: ChatId; frame: Uint8Array }
  /** Something up to this position was committed but may not have been published. */
  | { type: 'head'; chat: ChatId; rev: Rev }
  | { type: 'userHead'; user: UserId; urev: Urev }
  | { type: 'sessionRevoked'; user: UserId; session: SessionId }
  /** Typing, marks and presence stop in this direct chat, or go on. */
  | { type: 'quiet'; chat: ChatId; quiet: boolean }
  /** What others may know of somebody changed, for everybody or for `other` alone: whoever looks at them looks again. */
  | { type: 'person'; user: UserId; other?: UserId }

/** A droppable frame for everybody in a chat, or for whoever watches a user. */
export type Cast =
  | { type: 'chat'; chat: ChatId; from: UserId; frame: Uint8Array }
  /** Read marks that moved; each process tells those of a chat together. */
  | { type: 'reads'; chat: ChatId; marks: [user: UserId, seq: Seq][] }
  /** Counts of a channel's posts that changed; each process tells those of a chat together. */
  | { type: 'counts'; chat: ChatId; counts: PostCounts[] }
  /** People who came to or went from a gateway in one turn. */
  | { type: 'presence'; users: UserId[]; online: boolean; lastSeen: number }

export interface BusReader {
  /** Events of other processes, in stream order per shard. */
  onEvents(events: BusEvent[]): void
  /** Left out by who needs none: then none are read. */
  onCast?(cast: Cast): void
  /** Entries may have been missed: compare positions with PostgreSQL. Also called at each (re)connect. */
  onDoubt(): void
  /** Waits so long after each read, so that fewer of them bring the same events; left out: every event at once. */
  restMs?: number
}

export interface Bus {
  /**
   * Writes events to their shards' streams, in order per shard.
   * @throws Error when Redis did not take all of them; the outbox sweeper repeats them then
   */
  publish(events: readonly BusEvent[]): Promise<void>
  /** Sends a droppable frame; errors are swallowed. */
  cast(cast: Cast): void
  /** Starts reading; resolves when the first read position is known or Redis is away. */
  read(reader: BusReader): Promise<void>
  /** Whether Redis answers within 2 s. */
  ping(): Promise<boolean>
  readonly redis: Redis
  close(): Promise<void>
}

const packr = new Packr({ useRecords: false, variableMapSize: true })
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' })

const presenceShard = 0

export interface BusOptions {
  url: string
  /** Names this process: its own entries are skipped when they come back. */
  node: string
  onError?: (error: Error) => void
}

/** Opens the bus; `read` is called by gateways only. */
export function openBus({ url, node, onError }: BusOptions): Bus {
  const log = onError ? { onError } : {}
  const writer = openRedis({ url, name: `${node} bus writer`, ...log })
  const readers: StreamReader[] = []
  return {
    redis: writer,
    async publish(events) {
      if (events.length === 0) return
      const pipeline = writer.pipeline()
      for (const [shard, batch] of byShard(events)) {
        const entry = packr.pack([node, batch])
        pipeline.xadd(keys.bus(shard), 'MAXLEN', '~', busEntriesMax, '*', 'e', entry)
      }
      const results = await pipeline.exec()
      const failed = results?.find(([error]) => error)
      if (!results || failed) throw failed?.[0] ?? new Error('Redis did not take the entry')
    },
    cast(cast) {
      if (writer.status !== 'ready') return
      // Everybody hears all of them; a node's news of who came and went stay in order.
      const shard = cast.type === 'presence' ? presenceShard : shardOf(cast.chat)
      writer.publish(keys.cast(shard), packr.pack([node, cast])).catch(() => undefined)
    },
    async read(reader) {
      const stream = new StreamReader({ url, node, reader, ...log })
      readers.push(stream)
      await stream.start()
    },
    async ping() {
      return writer.ping().then(
        answer => answer === 'PONG',
        () => false,
      )
    },
    async close() {
      for (const reader of readers) reader.stop()
      writer.disconnect()
    },
  }
}

function byShard(events: readonly BusEvent[]): Map<number, BusEvent[]> {
  const shards = new Map<number, BusEvent[]>()
  for (const event of events) {
    // Who comes and goes stands in the chat's stream, in order with what is said there.
    const shard = shardOf('chat' in event ? event.chat : event.user)
    const batch = shards.get(shard)
    if (batch) batch.push(event)
    else shards.set(shard, [event])
  }
  return shards
}

const shardKeys = Array.from({ length: busShards }, (_, shard) => keys.bus(shard))
const castKeys = Array.from({ length: busShards }, (_, shard) => keys.cast(shard))
const blockMs = 2_000
const entriesPerRead = 256

/** Reads all shards for one process. Positions live in memory only. */
class StreamReader {
  readonly #node: string
  readonly #reader: BusReader
  readonly #onError: (error: Error) => void
  readonly #streams: Redis
  readonly #casts: Redis | undefined
  /** Last id read of each shard; null until it is known. */
  #cursors: string[] | null = null
  #stopped = false
  #wake: () => void = () => undefined

  constructor(options: BusOptions & { reader: BusReader }) {
    this.#node = options.node
    this.#reader = options.reader
    this.#onError = options.onError ?? (() => undefined)
    const log = options.onError ? { onError: options.onError } : {}
    this.#streams = openRedis({
      url: options.url,
      name: `${options.node} bus reader`,
      blocking: true,
      ...log,
    })
    if (!options.reader.onCast) return
    this.#casts = openRedis({
      url: options.url,
      name: `${options.node} cast reader`,
      blocking: true,
      ...log,
    })
  }

  start(): Promise<void> {
    const started = new Promise<void>(resolve => {
      this.#streams.on('ready', () => void this.#onReady(resolve))
      this.#streams.once('close', resolve)
    })
    this.#casts?.on('ready', () => {
      this.#casts?.subscribe(...castKeys).catch(() => undefined)
    })
    this.#casts?.on('messageBuffer', (_channel: Buffer, bytes: Buffer) => {
      this.#guard(() => {
        const [node, cast] = unpackr.unpack(bytes) as [string, unknown]
        if (node === this.#node) return
        if (!isCast(cast)) throw new Error('a cast of another shape')
        this.#reader.onCast?.(cast)
      })
    })
    return started
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
    this.#streams.disconnect()
    this.#casts?.disconnect()
  }

  /** Runs at each (re)connect: finds where to read on, then reads until the connection breaks. */
  async #onReady(known: () => void): Promise<void> {
    try {
      // A restarted or flushed Redis may have lost the tail, or hold ids below our cursors: start at its end
      // and let the positions be compared, which also covers whatever was trimmed in between.
      this.#cursors = await this.#ends()
      this.#reader.onDoubt()
      known()
      await this.#loop()
    } catch (error) {
      // After a loss `ready` comes by itself. Redis refusing to be read must not leave this process deaf.
      if (this.#stopped || this.#streams.status !== 'ready') return
      this.#onError(error as Error)
      this.#streams.disconnect(true)
    }
  }

  async #ends(): Promise<string[]> {
    const pipeline = this.#streams.pipeline()
    for (const key of shardKeys) pipeline.xrevrange(key, '+', '-', 'COUNT', 1)
    const results = (await pipeline.exec()) ?? []
    return results.map(([error, rows]) => {
      if (error) throw error
      return (rows as [id: string, fields: unknown][])[0]?.[0] ?? '0-0'
    })
  }

  async #loop(): Promise<void> {
    const cursors = this.#cursors as string[]
    while (!this.#stopped && this.#cursors === cursors) {
      const reply = await this.#streams.xreadBuffer(
        'COUNT',
        entriesPerRead,
        'BLOCK',
        blockMs,
        'STREAMS',
        ...shardKeys,
        ...cursors,
      )
      let isFull = false
      for (const [key, entries] of reply ?? []) {
        isFull ||= entries.length === entriesPerRead
        const shard = shardKeys.indexOf(key.toString())
        for (const [id, fields] of entries) {
          cursors[shard] = id.toString()
          if (!this.#guard(() => this.#deliver(fields[1] as Buffer))) this.#reader.onDoubt()
        }
      }
      const { restMs = 0 } = this.#reader
      if (restMs > 0 && !isFull) await this.#rest(restMs)
    }
  }

  /** Ends early when the reading is stopped. */
  async #rest(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #deliver(entry: Buffer): void {
    const [node, events] = unpackr.unpack(entry) as [string, unknown]
    if (node === this.#node) return
    if (!Array.isArray(events) || !events.every(isBusEvent))
      throw new Error('an entry of another shape')
    // Frames are views into the reply: a slow socket's queue that holds one would hold the whole reply.
    for (const event of events) if (event.type === 'chat') event.frame = Buffer.from(event.frame)
    this.#reader.onEvents(events)
  }

  /** An entry that nobody can read, or a reader that throws, must not end the reading. */
  #guard(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      this.#onError(error as Error)
      return false
    }
  }
}
