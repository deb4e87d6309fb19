// The pinned messages of a chat: read when it is opened, and anew when one of the loaded messages is pinned or no longer.

import { useEffect, useState } from 'react'
import type { ChatWindow, Message } from '#client/types.ts'
import { useClient, useSnapshot } from '../state/client-context.ts'

/** Shown in turn; the list of all has pages. */
const pinsShownMax = 20

/** @returns the newest first; what cannot be read is not shown */
export function usePins({ chat, messages }: ChatWindow): readonly Message[] {
  const client = useClient()
  const [pins, setPins] = useState<readonly Message[]>([])
  const online = useSnapshot(({ connection }) => connection.state === 'online')
  const pinned = messages.filter(message => message.pinned && !message.deleted)
  const sign = pinned.map(message => `${message.seq}.${message.edited ?? 0}`).join()
  const services = messages.findLast(message => message.svc?.t === 'pinned')?.seq
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is pinned among the loaded messages says when to look anew.
  useEffect(() => {
    if (!online) return
    let current = true
    client.pins(chat).then(
      page => current && setPins(page.messages.slice(0, pinsShownMax)),
      () => {},
    )
    return () => {
      current = false
    }
  }, [client, chat, sign, services, online])
  return pins
}
