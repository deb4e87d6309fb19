// Which of the chats held a HELLO speaks of, since there is room for so many only. Pure; sync.ts asks.

import { encode } from '#shared/protocol/codec.ts'
import type { ChatId, Rev } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ChatState } from './chat-store.ts'

/**
 * Sorts chats into those that fit, the ones on screen first, then by activity, and those longest silent.
 * @param roomBytes of the encoded list of chats
 * @returns `chats` with their positions, `rest`, and the last chat that fits
 */
export function fitting(
  held: Iterable<ChatState>,
  onScreen: ReadonlySet<ChatId>,
  roomBytes: number,
): { chats: [ChatId, Rev][]; rest: ChatId[]; last: ChatState | undefined } {
  const rank = ({ chat }: ChatState) => (onScreen.has(chat.id) ? Number.MAX_VALUE : chat.at)
  const states = [...held].sort((a, b) => rank(b) - rank(a))
  const all = states.map(({ chat, position }): [ChatId, Rev] => [chat.id, position.at])
  let count = Math.min(all.length, limits.resumeChatsMax)
  while (encode(all.slice(0, count)).length > roomBytes) count = Math.floor(count * 0.9)
  const rest = all.slice(count).map(([chat]) => chat)
  return { chats: all.slice(0, count), rest, last: states[count - 1] }
}
