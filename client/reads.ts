// Read marks on their way to the server: one high-water mark a chat, gathered for half a second.

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
  readonly errands: Errands<ChatId>

  constructor(deps: { store: ChatStore; rpc: Rpc; clock: ClientClock }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.errands = new Errands({
      clock: deps.clock,
      run: chat => this.#flush(chat),
      failed: chat => this.#marks.delete(chat),
    })
  }

  /** Everything up to `seq` is read: shown at once, told to the server soon. A lower mark changes nothing. */
  mark(chat: ChatId, seq: Seq): void {
    const state = this.#store.chats.get(chat)
    if (!state || seq <= state.chat.me.read) return
    this.#store.putOwnRead(state, seq)
    this.#marks.set(chat, seq)
    this.errands.flag(chat, gatherMs)
  }

  /** What was not told yet is laid over a state that was loaded anew. */
  reapply(): void {
    for (const [chat, seq] of this.#marks) {
      const state = this.#store.chats.get(chat)
      if (state) this.#store.putOwnRead(state, seq)
    }
  }

  clear(): void {
    this.#marks.clear()
    this.errands.clear()
  }

  async #flush(chat: ChatId): Promise<void> {
    const seq = this.#marks.get(chat)
    if (seq === undefined) return
    await this.#rpc.request('read', { chat, seq })
    if (this.#marks.get(chat) === seq) this.#marks.delete(chat)
  }
}
