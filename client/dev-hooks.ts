// Hooks for tests and checkers, as `client.dev`: what an application should not need.

import type { ChatId, Rev, Seq } from '#shared/protocol/ids.ts'
import type { ChatStore } from './chat-store.ts'
import type { DevCounters, DevEvent } from './types.ts'
import type { Uplink } from './uplink.ts'

export interface DevHooks {
  /** Cuts the connection as a network failure would. */
  dropConnection(): void
  /** How far each chat is applied, and the number of its last message. */
  positions(): Map<ChatId, { rev: Rev; seq: Seq }>
  /** Tells each change of a position, as it happens. @returns a function that ends it */
  observe(observer: (event: DevEvent) => void): () => void
  counters(): DevCounters
}

/** @param observers whoever is in it is told; `observe` adds to it */
export function devHooks(
  store: ChatStore,
  uplink: Uplink,
  counters: DevCounters,
  observers: Set<(event: DevEvent) => void>,
): DevHooks {
  return {
    dropConnection: () => uplink.drop(),
    positions: () =>
      new Map(
        [...store.chats].map(([id, { position, chat }]) => [
          id,
          { rev: position.at, seq: chat.seq },
        ]),
      ),
    observe: observer => {
      observers.add(observer)
      return () => observers.delete(observer)
    },
    counters: () => ({ ...counters }),
  }
}
