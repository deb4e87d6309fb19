// How much of a page fits into one answer: messages and chats may be long, and limits.diffBytesMax holds for all of a page.
// Sizes are estimates from above, since encoding a page to measure it would cost as much as sending it.

import { limits } from '#shared/protocol/limits.ts'
import type { Chat, Message } from '#shared/protocol/models.ts'

/** Bytes that a message takes in a frame at most, roughly: text in UTF-8 and its formatting. */
export function estimateBytes(message: Pick<Message, 'text' | 'ents' | 'quote' | 'poll'>): number {
  const { text, ents = [], quote, poll } = message
  let bytes = 100 + text.length * 3 + (quote ? estimateBytes(quote) : 0)
  // Most of a message can stand in the addresses of its links.
  for (const option of poll?.options ?? []) bytes += 20 + option.length * 3
  for (const { url = '', lang = '' } of ents) bytes += 60 + (url.length + lang.length) * 3
  return bytes
}

/** The same for a chat in a list, its last message and its draft included. */
export function estimateChatBytes({ title = '', about = '', last, me: { draft } }: Chat): number {
  const texts = (last ? estimateBytes(last) : 0) + (draft ? estimateBytes(draft) : 0)
  return 300 + (title.length + about.length) * 3 + texts
}

/** The first rows that fit into one answer; at least one. */
export function fitForward<Row>(rows: Row[], bytesOf: (row: Row) => number): Row[] {
  let bytes = 0
  const end = rows.findIndex((row, i) => {
    bytes += bytesOf(row)
    return i > 0 && bytes > limits.diffBytesMax
  })
  return end < 0 ? rows : rows.slice(0, end)
}
