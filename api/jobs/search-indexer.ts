// Keeps the index of messages' texts up to date: hears on the bus in which chats something changed, and now and then
// looks for chats that are behind in PostgreSQL, as at the first start all are. Several processes may do it at once: each
// chat is held by one of them. It goes easy on PostgreSQL, which has messages to store: so many messages a second at most.

import { setTimeout as sleep } from 'node:timers/promises'
import { indexMessages } from '#shared/actions/index-messages.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import type { Clock } from '#shared/runtime/clock.ts'
import type { Log } from '#shared/runtime/log.ts'
import type { Counter, Metrics } from '#shared/runtime/metrics.ts'
import type { Bus, BusEvent } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { readUnindexed } from '#shared/store/search-index.ts'
import { Stems } from '#shared/store/stems.ts'

/** What changes within so long a time is indexed together. */
const gatherMs = 300
const sweepEveryMs = 30_000
const retryMs = 1_000
const sweepChats = 1_000
/**
 * Small batches, many of them: one of 1,000 messages kept a core for 200 ms, and of 10,000 messages a second sent meanwhile
 * one in twenty took 50 ms longer.
 */
const chatsPerBatch = 16
const messagesPerBatch = 128
/** Between two batches of a long history, that others get a turn. */
const breathMs = 5
/** About 10 MB. Those that do not fit are found by the sweep. */
const waitingMax = 100_000

interface Deps {
  db: Db
  /** A bus of its own: what this process publishes is news for it too. */
  bus: Pick<Bus, 'read'>
  clock: Clock
  log: Log
  metrics: Metrics
}

/** Starts it; the function returned stops it after the batch under way. */
export function startSearchIndexer(
  deps: Deps,
  options: { messagesPerS: number },
): () => Promise<void> {
  const indexer = new SearchIndexer(deps, options)
  return () => indexer.stop()
}

class SearchIndexer {
  readonly #deps: Deps
  readonly #messagesPerS: number
  readonly #stems = new Stems()
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>
  /** Chats with news, and since when (monotonic ms). */
  readonly #waiting = new Map<ChatId, number>()
  /** Chats with more to do than fits into a batch. */
  #backlog = new Set<ChatId>()
  #sweepAtMs = 0
  #wake: () => void = () => undefined
  readonly #indexed: Counter
  readonly #failed: Counter

  constructor(deps: Deps, { messagesPerS }: { messagesPerS: number }) {
    this.#deps = deps
    this.#messagesPerS = messagesPerS
    const { metrics } = deps
    this.#indexed = metrics.counter('search_indexed_messages_total', 'Messages read for the index')
    this.#failed = metrics.counter('search_index_failures_total', 'Batches that were not indexed')
    metrics.gauge('search_index_lag_seconds', 'Age of the oldest news not indexed', [], gauge =>
      gauge.set(this.#lagMs() / 1_000),
    )
    metrics.gauge('search_index_backlog_chats', 'Chats with much to index', [], gauge =>
      gauge.set(this.#backlog.size),
    )
    const { bus } = deps
    void bus.read({
      onEvents: events => this.#hear(events),
      onDoubt: () => this.#sweepSoon(),
      restMs: gatherMs,
    })
    this.#done = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#done
  }

  #lagMs(): number {
    // The first one in waits longest.
    const [since] = this.#waiting.values()
    return since === undefined ? 0 : this.#deps.clock.monotonic() - since
  }

  /** HOT: per event on the bus. */
  #hear(events: readonly BusEvent[]): void {
    for (const event of events)
      if (event.type === 'chat' || event.type === 'head') this.#wait(event.chat)
    this.#wake()
  }

  #wait(chat: ChatId): void {
    if (this.#waiting.has(chat)) return
    if (this.#waiting.size < waitingMax) this.#waiting.set(chat, this.#deps.clock.monotonic())
    else this.#sweepAtMs = 0
  }

  #sweepSoon(): void {
    this.#sweepAtMs = 0
    this.#wake()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const pauseMs = await this.#round().catch(err => {
        this.#failed.inc()
        this.#deps.log.debug({ err }, 'a round of the search index failed')
        return retryMs
      })
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** @returns how long to rest, ms */
  async #round(): Promise<number> {
    await this.#news()
    if (this.#stopping.signal.aborted) return 0
    const { clock } = this.#deps
    const beganMs = clock.monotonic()
    if (beganMs >= this.#sweepAtMs && this.#backlog.size === 0) await this.#sweep()
    const fresh = [...this.#waiting.keys()].slice(0, chatsPerBatch)
    const since = fresh.map(chat => this.#waiting.get(chat) as number)
    const old = [...this.#backlog].slice(0, chatsPerBatch)
    // Before they are read, so that news from now on count as such.
    for (const chat of fresh) this.#waiting.delete(chat)
    const chats = [...new Set([...fresh, ...old])]
    if (chats.length === 0) return gatherMs
    try {
      const messages = await this.#index(chats)
      return Math.max(
        breathMs,
        (messages / this.#messagesPerS) * 1_000 - (clock.monotonic() - beganMs),
      )
    } catch (error) {
      fresh.forEach((chat, i) => {
        if (!this.#waiting.has(chat)) this.#waiting.set(chat, since[i] as number)
      })
      throw error
    }
  }

  /** Returns when there is something to do. */
  async #news(): Promise<void> {
    const { clock } = this.#deps
    const restMs = this.#sweepAtMs - clock.monotonic()
    if (this.#waiting.size > 0 || this.#backlog.size > 0 || restMs <= 0) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, restMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => undefined
    await sleep(gatherMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }

  async #sweep(): Promise<void> {
    const { db, clock } = this.#deps
    const chats = await readUnindexed(db, sweepChats)
    for (const chat of chats) this.#backlog.add(chat)
    // A full page is not all of them.
    this.#sweepAtMs = chats.length < sweepChats ? clock.monotonic() + sweepEveryMs : 0
  }

  /** One chat that cannot be indexed leaves the others alone. @returns how many messages were read */
  async #index(chats: readonly ChatId[]): Promise<number> {
    const { db } = this.#deps
    const deps = { db, stems: this.#stems }
    const { messages, left } = await indexMessages(deps, chats, messagesPerBatch).catch(error => {
      if (chats.length === 1) throw error
      return this.#oneByOne(chats)
    })
    for (const chat of chats) this.#backlog.delete(chat)
    for (const chat of left) this.#backlog.add(chat)
    this.#indexed.inc(messages)
    return messages
  }

  async #oneByOne(chats: readonly ChatId[]): Promise<{ messages: number; left: ChatId[] }> {
    const { db, log } = this.#deps
    const done = { messages: 0, left: [] as ChatId[] }
    for (const chat of chats) {
      try {
        const each = await indexMessages({ db, stems: this.#stems }, [chat], messagesPerBatch)
        done.messages += each.messages
        done.left.push(...each.left)
      } catch (err) {
        this.#failed.inc()
        log.debug({ err, chat }, 'a chat stays out of the search index until the next sweep')
      }
    }
    return done
  }
}
