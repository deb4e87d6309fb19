// The public group or channel whose name was typed in full; people are found by the search for people.

import { useEffect, useState } from 'react'
import { namePattern } from '#shared/protocol/names.ts'
import type { OpOut } from '#shared/protocol/ops.ts'
import { useLater } from '../../hooks/use-later.ts'
import { useClient } from '../../state/client-context.ts'
import { nameInLink } from '../../state/pasted.ts'

export type PublicRoom = NonNullable<OpOut<'resolve'>['chat']>

const pauseMs = 400

export function usePublicName(typed: string): PublicRoom | null {
  const client = useClient()
  const words = typed.trim()
  const name = useLater(nameInLink(words) ?? words, pauseMs)
  const [room, setRoom] = useState<PublicRoom | null>(null)
  useEffect(() => {
    setRoom(null)
    if (!namePattern.test(name)) return
    let current = true
    client.rooms.resolve(name).then(
      ({ chat }) => current && setRoom(chat ?? null),
      // Nobody has this name: there is nothing to show.
      () => {},
    )
    return () => {
      current = false
    }
  }, [client, name])
  return room
}
