// Whether a public name may be had, as one types it. People, groups and channels share one name space.

import { useEffect, useState } from 'react'
import { AppError } from '#shared/protocol/codes.ts'
import { username as usernameShape } from '#shared/protocol/http.ts'
import { isReservedName } from '#shared/protocol/names.ts'
import { useClient } from '../state/client-context.ts'
import { useLater } from './use-later.ts'

/** `unknown`: it could not be asked; the server decides when it is saved. */
export type NameState = 'same' | 'none' | 'looking' | 'impossible' | 'taken' | 'free' | 'unknown'

const pauseMs = 400

/** @param own the name that one has now, empty for none */
export function useNameState(typed: string, own: string): NameState {
  const client = useClient()
  const settled = useLater(typed, pauseMs)
  const [answer, setAnswer] = useState<{ name: string; state: NameState } | null>(null)
  const known = stateWithoutAsking(typed, own)
  const ask = stateWithoutAsking(settled, own) === null
  useEffect(() => {
    if (!ask) return
    let current = true
    const answered = (state: NameState) => current && setAnswer({ name: settled, state })
    client.rooms.resolve(settled).then(
      () => answered('taken'),
      failure =>
        answered(failure instanceof AppError && failure.code === 'not_found' ? 'free' : 'unknown'),
    )
    return () => {
      current = false
    }
  }, [client, settled, ask])
  if (known !== null) return known
  return answer?.name === typed ? answer.state : 'looking'
}

function stateWithoutAsking(name: string, own: string): NameState | null {
  if (name === own) return name === '' ? 'none' : 'same'
  // Only the size of its letters is another one: it stays one's own.
  if (name.toLowerCase() === own.toLowerCase()) return 'free'
  if (!usernameShape.safeParse(name).success) return 'impossible'
  return isReservedName(name) ? 'taken' : null
}
