// Goes to a message of the open chat, also to one that is not loaded, and lets it glow for a moment.

import { useCallback, useState } from 'react'
import type { ChatWindow } from '#client/types.ts'
import type { Seq } from '#shared/protocol/ids.ts'
import { useClient } from '../state/client-context.ts'
import { notify } from '../state/notices.ts'

export interface Jump {
  /** Where the list should go; null when it is there. */
  target: Seq | null
  /** The message that glows. */
  glow: Seq | null
  to(seq: Seq): void
  arrived(seq: Seq): void
}

export function useJump(window: ChatWindow): Jump {
  const client = useClient()
  const [target, setTarget] = useState<Seq | null>(null)
  const [glow, setGlow] = useState<Seq | null>(null)
  const to = useCallback(
    (seq: Seq) => {
      setGlow(null)
      setTarget(seq)
      if (window.messages.some(message => message.seq === seq)) return
      client.jumpTo(window.chat, seq).catch(failure => {
        setTarget(null)
        notify(failure)
      })
    },
    [client, window],
  )
  const arrived = useCallback((seq: Seq) => {
    setTarget(null)
    setGlow(seq)
  }, [])
  return { target, glow, to, arrived }
}
