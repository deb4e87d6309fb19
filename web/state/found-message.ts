// The message that a search went to, whose found words are marked in the conversation.

import type { SearchPage } from '#client/types.ts'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { createStore } from './store.ts'

export type Hit = SearchPage['hits'][number]
export type Marks = Hit['marks']

export const foundMessage = createStore<Hit | null>(null)

/** Which words of a message are to be marked; none of one that was edited since it was found. */
export function marksIn(
  hit: Hit | null,
  chat: ChatId,
  message: { seq?: Seq | undefined; text: string },
): Marks | undefined {
  if (hit?.chat !== chat || hit.message.seq !== message.seq) return undefined
  return hit.message.text === message.text ? hit.marks : undefined
}
