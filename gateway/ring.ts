// The last chat events in memory (limits.ringMs), so that a short drop is resumed without PostgreSQL and a
// subscription that races with an event misses nothing. Bounded by age and bytes.

import type { ChatId, Rev } from '#shared/protocol/ids.ts'
import type { BusEvent } from '#shared/store/bus.ts'

export type ChatEvent = Extract<BusEvent, { type: 'chat' }>

interface Item {
  event: ChatEvent
  atMs: number
}

/** What an event takes beside its frame: the objects and the map's entry, about as measured on the heap. */
export const eventOverheadBytes = 256

export class Ring {
  readonly #ageMsMax: number
  readonly #bytesMax: number
  /** All events in order of arrival; `#first` is the index of the oldest that still counts. */
  #items: Item[] = []
  #first = 0
  #bytes = 0
  readonly #byChat = new Map<ChatId, Map<Rev, ChatEvent>>()

  constructor(bounds: { ageMsMax: number; bytesMax: number }) {
    this.#ageMsMax = bounds.ageMsMax
    this.#bytesMax = bounds.bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** HOT: per event. Keeps the event's frame, which must be a copy of its own. */
  add(event: ChatEvent, nowMs: number): void {
    let revs = this.#byChat.get(event.chat)
    if (!revs) {
      revs = new Map()
      this.#byChat.set(event.chat, revs)
    }
    if (revs.has(event.rev)) return
    revs.set(event.rev, event)
    this.#items.push({ event, atMs: nowMs })
    this.#bytes += event.frame.length + eventOverheadBytes
    this.#trim(nowMs)
  }

  /** Forgets everything: the same revs may come again with another meaning. */
  clear(): void {
    this.#items = []
    this.#first = 0
    this.#bytes = 0
    this.#byChat.clear()
  }

  /** The events after `since` up to `to`, in order; null if one of them is not here. */
  range(chat: ChatId, since: Rev, to: Rev): ChatEvent[] | null {
    const revs = this.#byChat.get(chat)
    if (!revs || to - since > revs.size) return null
    const events: ChatEvent[] = []
    for (let rev = since + 1; rev <= to; rev++) {
      const event = revs.get(rev)
      if (!event) return null
      events.push(event)
    }
    return events
  }

  /** Events with a rev above `since`, in no order. */
  above(chat: ChatId, since: Rev): ChatEvent[] {
    return [...(this.#byChat.get(chat)?.values() ?? [])].filter(event => event.rev > since)
  }

  #trim(nowMs: number): void {
    for (;;) {
      const oldest = this.#items[this.#first]
      if (!oldest) break
      if (nowMs - oldest.atMs <= this.#ageMsMax && this.#bytes <= this.#bytesMax) break
      this.#first++
      this.#bytes -= oldest.event.frame.length + eventOverheadBytes
      const revs = this.#byChat.get(oldest.event.chat)
      revs?.delete(oldest.event.rev)
      if (revs?.size === 0) this.#byChat.delete(oldest.event.chat)
    }
    // Compacting when half is waste keeps add() O(1) on average.
    if (this.#first > 1024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
  }
}
