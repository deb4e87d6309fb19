// Messages that the user is deleting for themself alone: gone at once, and back if the server refuses.

import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import type { Rpc } from './rpc.ts'
import { tombstone } from './window.ts'

export class Hides {
  readonly #store: ChatStore
  readonly #rpc: Rpc
  /** On their way, a list for each request. */
  readonly #pending = new Map<ChatId, (readonly Seq[])[]>()
  /** So that a picture of a hidden message keeps its identity. */
  readonly #tombstones = new WeakMap<Message, Message>()

  constructor(deps: { store: ChatStore; rpc: Rpc }) {
    this.#store = deps.store
    this.#rpc = deps.rpc
  }

  /** @throws AppError not_found, timeout */
  async hide(chat: ChatId, seqs: readonly Seq[]): Promise<void> {
    this.#put(chat, [...(this.#pending.get(chat) ?? []), seqs])
    try {
      await this.#rpc.request('hide', { chat, seqs: [...seqs] }, { resend: true })
      const state = this.#store.chats.get(chat)
      if (state) this.#store.hide(state, seqs)
    } finally {
      this.#put(chat, this.#pending.get(chat)?.filter(other => other !== seqs) ?? [])
    }
  }

  /** The message as the user is to see it. */
  over(chat: ChatId, message: Message): Message {
    const isHidden = this.#pending.get(chat)?.some(seqs => seqs.includes(message.seq))
    if (!isHidden || message.deleted) return message
    const held = this.#tombstones.get(message) ?? tombstone(message)
    this.#tombstones.set(message, held)
    return held
  }

  #put(chat: ChatId, pending: (readonly Seq[])[]): void {
    if (pending.length > 0) this.#pending.set(chat, pending)
    else this.#pending.delete(chat)
    this.#store.touch(chat)
  }
}
