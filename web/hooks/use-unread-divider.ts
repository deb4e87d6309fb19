// Where the line "Unread messages" stands: at the read mark of the moment the chat was opened, or the window
// lost the person's attention. It goes when they answer.

import { useEffect, useState } from 'react'
import type { ChatView } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { useAttention } from './use-attention.ts'

/** @returns the mark for `toRows` */
export function useUnreadDivider({ chat, last }: ChatView, me: number): Seq | null {
  const attention = useAttention()
  const [readUpTo, setReadUpTo] = useState<Seq | null>(
    // After an own message nothing is unread, even while the mark of the device that sent it is on its way.
    chat.seq > chat.me.read && last?.from !== me ? chat.me.read : null,
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the mark of the moment when attention went is wanted.
  useEffect(() => {
    if (!attention) setReadUpTo(chat.me.read)
  }, [attention])
  const answered = last?.from === me ? last.key : undefined
  useEffect(() => {
    if (answered !== undefined && document.hasFocus()) setReadUpTo(null)
  }, [answered])
  return readUpTo
}
