// Marks as read what a person has had on screen while the window has their attention, and counts a channel's posts as seen.

import { type RefObject, useCallback, useEffect } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { useClient } from '../state/client-context.ts'
import type { Row } from '../state/rows.ts'
import { useAttention } from './use-attention.ts'

/** @returns call it after each scroll */
export function useMarkRead(
  list: RefObject<VirtualizerHandle | null>,
  rows: readonly Row[],
  { messages, moreAfter }: ChatWindow,
  { chat }: ChatView,
): () => void {
  const client = useClient()
  const attention = useAttention()
  const isChannel = chat.kind === 'channel'
  const mark = useCallback(() => {
    const handle = list.current
    if (!attention || !handle) return
    const bottom = handle.scrollOffset + handle.viewportSize - 1
    const lastIndex = Math.min(handle.findItemIndex(bottom), rows.length - 1)
    // What leaves no row, as a deleted message, is read with the last one that does.
    const isAtEnd = lastIndex === rows.length - 1 && !moreAfter
    const seq = isAtEnd
      ? messages.findLast(message => message.seq !== undefined)?.seq
      : rows.findLast(({ message }, i) => i <= lastIndex && message.seq !== undefined)?.message.seq
    if (seq !== undefined && seq > chat.me.read) client.markRead(chat.id, seq)
    if (!isChannel) return
    const first = handle.findItemIndex(handle.scrollOffset)
    const seen = rows.slice(first, lastIndex + 1).flatMap(row => row.message.seq ?? [])
    if (seen.length > 0) client.see(chat.id, seen)
  }, [client, list, rows, messages, moreAfter, attention, isChannel, chat.id, chat.me.read])
  useEffect(() => {
    // After the frame, when the list has taken its position.
    const frame = requestAnimationFrame(() => requestAnimationFrame(mark))
    return () => cancelAnimationFrame(frame)
  }, [mark])
  return mark
}
