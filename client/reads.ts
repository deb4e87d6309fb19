// Read marks on their way to the server: one high-water mark a chat, gathered for half a second. Until the
// server has taken a mark it is laid over the chat's own one, so that a mark it refuses leaves no trace.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { Rpc } from './rpc.ts'
import type { ClientClock } from './types.ts'

const gatherMs = 500

export class Reads {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  readonly #marks = new Map<ChatId, Seq>()
  #waiting: { chat: ChatId; resolve: () => void }[] = []
  readonly errands: Errands<ChatId>

  constructor(deps: { store: ChatStore; rpc: Rpc; clock: ClientClock }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.errands = new Errands({
      clock: deps.clock,
      run: chat => this.#flush(chat),
      failed: chat => this.#end(chat),
    })
  }

  /** The mark on its way, 0 for none. */
  of(chat: ChatId): Seq {
    return this.#marks.get(chat) ?? 0
  }

  /**
   * Everything up to `seq` is read: shown at once, told to the server soon. A lower mark changes nothing, but in a
   * chat that was marked unread by hand: that it ends.
   */
  mark(chat: ChatId, seq: Seq): void {
    const state = this.#store.chats.get(chat)
    if (!state) return
    const { read, unread } = state.chat.me
    if (seq <= Math.max(unread && this.of(chat) === 0 ? 0 : read, this.of(chat))) return
    this.#marks.set(chat, seq)
    this.#store.touch(chat)
    this.errands.flag(chat, gatherMs)
  }

  /** All marks on their way. */
  all(): [ChatId, Seq][] {
    return [...this.#marks]
  }

  /** Resolves when the server has the mark on its way, if there is one. */
  settled(chat: ChatId): Promise<void> {
    if (!this.#marks.has(chat)) return Promise.resolve()
    this.errands.flag(chat)
    return new Promise(resolve => {
      this.#waiting.push({ chat, resolve })
    })
  }

  clear(): void {
    for (const chat of [...this.#marks.keys()]) this.#end(chat)
    this.errands.clear()
  }

  async #flush(chat: ChatId): Promise<void> {
    const seq = this.#marks.get(chat)
    if (seq === undefined) return
    await this.#rpc.request('read', { chat, seq })
    const state = this.#store.chats.get(chat)
    if (state) this.#store.putOwnRead(state, Math.min(seq, state.chat.seq))
    if (this.#marks.get(chat) === seq) this.#end(chat)
  }

  #end(chat: ChatId): void {
    this.#marks.delete(chat)
    this.#store.touch(chat)
    const waited = this.#waiting.filter(each => each.chat === chat)
    this.#waiting = this.#waiting.filter(each => each.chat !== chat)
    for (const { resolve } of waited) resolve()
  }
}
