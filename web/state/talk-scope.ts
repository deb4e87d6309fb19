// What every message of the open conversation needs to know, the same object until something of it changes: a message in
// the chat does not change it, so rows do not render for their neighbours.

import { createContext, useContext, useMemo } from 'react'
import type { ChatView } from '#client/types.ts'
import type { Seq, UserId } from '#shared/protocol/ids.ts'
import type { Place } from './message-rights.ts'

export interface TalkScope {
  readonly place: Place
  readonly me: UserId
  /** Goes to a message. @param from the one from which one goes, to come back to */
  go(seq: Seq, from?: Seq): void
}

export const TalkContext = createContext<TalkScope | null>(null)

/** @throws when used outside of a conversation */
export function useTalk(): TalkScope {
  const scope = useContext(TalkContext)
  if (!scope) throw new Error('useTalk outside of TalkContext')
  return scope
}

export function useTalkScope({ chat }: ChatView, me: UserId, go: TalkScope['go']): TalkScope {
  const { id, kind, rights, members, reactions, username } = chat
  const { role, rights: ownRights } = chat.me
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the user's place only role and rights count here.
  return useMemo(
    () => ({
      me,
      go,
      place: {
        id,
        kind,
        rights,
        members,
        me: chat.me,
        ...(reactions && { reactions }),
        ...(username !== undefined && { username }),
      },
    }),
    [me, go, id, kind, rights, members, role, ownRights, reactions, username],
  )
}
