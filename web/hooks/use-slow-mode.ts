// How long the user still has to wait in a group with slow mode; counts down by itself.

import { useEffect, useState } from 'react'
import type { ChatView, ChatWindow } from '#client/types.ts'
import { runsChat } from '#shared/protocol/permissions.ts'
import { useMyId } from '../state/client-context.ts'

/** @returns whole seconds, 0 when one may write */
export function useSlowMode({ chat }: ChatView, { messages }: ChatWindow): number {
  const me = useMyId()
  const pauseS = runsChat(chat.me.role) ? 0 : (chat.slowModeS ?? 0)
  const last = pauseS > 0 ? messages.findLast(({ from, svc }) => from === me && !svc) : undefined
  const until = last ? last.at + pauseS * 1000 : 0
  const [now, setNow] = useState(Date.now)
  const isWaiting = until > Math.max(now, 0)
  useEffect(() => {
    setNow(Date.now())
    if (until <= Date.now()) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [until])
  return isWaiting ? Math.max(0, Math.ceil((until - now) / 1000)) : 0
}
