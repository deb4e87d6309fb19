// Goes to a message of the open chat, also to one that is not loaded, lets it glow for a moment, and knows the way back.

import { useCallback, useMemo, useState } from 'react'
import type { ChatId, Seq } from '#shared/protocol/ids.ts'
import { useClient } from '../state/client-context.ts'
import { notify } from '../state/notices.ts'

const backMax = 20

export interface Jump {
  /** Where the list should go; null when it is there. */
  target: Seq | null
  /** The message that glows. */
  glow: Seq | null
  /** Where one came from, the last one last. */
  trail: readonly Seq[]
  /** @param from the message from which one goes, to come back to */
  to(seq: Seq, from?: Seq): void
  back(): void
  forget(): void
  /** The person wants to be somewhere else: what is still on its way is not gone to. */
  stop(): void
  arrived(seq: Seq): void
}

export function useJump(chat: ChatId): Jump {
  const client = useClient()
  const [target, setTarget] = useState<Seq | null>(null)
  const [glow, setGlow] = useState<Seq | null>(null)
  const [trail, setTrail] = useState<readonly Seq[]>([])
  const go = useCallback(
    (seq: Seq) => {
      setGlow(null)
      setTarget(seq)
      // Also for one that is loaded: then it ends another jump that is on its way.
      client.jumpTo(chat, seq).catch(failure => {
        setTarget(now => (now === seq ? null : now))
        notify(failure)
      })
    },
    [client, chat],
  )
  const to = useCallback(
    (seq: Seq, from?: Seq) => {
      if (from !== undefined) setTrail(before => [...before, from].slice(-backMax))
      go(seq)
    },
    [go],
  )
  const back = useCallback(() => {
    const last = trail.at(-1)
    setTrail(trail.slice(0, -1))
    if (last !== undefined) go(last)
  }, [go, trail])
  const forget = useCallback(() => setTrail([]), [])
  const stop = useCallback(() => setTarget(null), [])
  const arrived = useCallback((seq: Seq) => {
    setTarget(null)
    setGlow(seq)
  }, [])
  return useMemo(
    () => ({ target, glow, trail, to, back, forget, stop, arrived }),
    [target, glow, trail, to, back, forget, stop, arrived],
  )
}
