// What has arrived on this device, told to the other person of a direct chat: one high-water mark a chat, gathered for
// half a second. Reading says more, so what is read by then is not told.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { ChatStore } from './chat-store.ts'
import { Errands } from './errands.ts'
import type { Reads } from './reads.ts'
import type { Rpc } from './rpc.ts'
import type { ClientClock } from './types.ts'

const gatherMs = 500
/** After a sync there may be marks for many chats. */
const spreadMs = 3_000

export class Delivered {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  readonly #reads: Pick<Reads, 'of'>
  readonly #clock: ClientClock
  /** What was told, or is about to be. */
  readonly #marks = new Map<ChatId, Seq>()
  readonly errands: Errands<ChatId>

  constructor(deps: { store: ChatStore; rpc: Rpc; reads: Pick<Reads, 'of'>; clock: ClientClock }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
    this.#reads = deps.reads
    this.#clock = deps.clock
    this.errands = new Errands({ clock: deps.clock, run: chat => this.#flush(chat) })
  }

  /** A message of somebody else is here. @param isLive false for one that a sync brought */
  arrived(chat: ChatId, seq: Seq, isLive: boolean): void {
    const state = this.#store.chats.get(chat)
    if (state?.chat.kind !== 'direct') return
    if (seq <= Math.max(state.chat.me.read, this.#marks.get(chat) ?? 0)) return
    this.#marks.set(chat, seq)
    this.errands.flag(chat, gatherMs + (isLive ? 0 : this.#clock.random() * spreadMs))
  }

  clear(): void {
    this.#marks.clear()
    this.errands.clear()
  }

  async #flush(chat: ChatId): Promise<void> {
    const seq = this.#marks.get(chat) ?? 0
    const read = Math.max(this.#store.chats.get(chat)?.chat.me.read ?? 0, this.#reads.of(chat))
    if (seq > read) await this.#rpc.request('delivered', { chat, seq })
  }
}
