// The comments of a post as far as they are loaded: always the newest ones, without a hole, and what was added above. Pure.

import type { Message } from '#client/types.ts'

export interface Thread {
  /** In the order of writing. */
  messages: readonly Message[]
  /** Nothing stands above. */
  isWhole: boolean
}

export const noThread: Thread = { messages: [], isWhole: false }

/** The newest page was read again; what does not reach it any more is let go, and can be read anew. */
export function withNewest(held: Thread, newest: readonly Message[]): Thread {
  const [first] = newest
  const last = held.messages.at(-1)
  const isJoined = first && last && seqOf(first) <= seqOf(last)
  if (!isJoined) return { messages: newest, isWhole: false }
  const above = held.messages.filter(message => seqOf(message) < seqOf(first))
  return { ...held, messages: [...above, ...newest] }
}

/** The page above the first one held. */
export function withOlder(held: Thread, older: readonly Message[]): Thread {
  return { messages: [...older, ...held.messages], isWhole: older.length === 0 }
}

/** Whether more may stand above. @param count of all, as the server has counted */
export function mayHaveOlder({ messages, isWhole }: Thread, count: number): boolean {
  return !isWhole && messages.length > 0 && messages.length < count
}

function seqOf({ seq }: Message): number {
  return seq ?? 0
}
