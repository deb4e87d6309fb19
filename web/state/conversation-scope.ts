// What every message of the open conversation needs to know, the same object until something of it changes: a message in
// the chat does not change it, so rows do not render for their neighbours.

import { createContext, useContext, useMemo } from 'react'
import type { ChatView } from '#client/types.ts'
import type { Seq, UserId } from '#shared/protocol/ids.ts'
import type { ConversationChat } from './message-rights.ts'

export interface ConversationScope {
  readonly chat: ConversationChat
  readonly me: UserId
  /** Goes to a message. @param from the one from which one goes, to come back to */
  go(seq: Seq, from?: Seq): void
}

export const ConversationContext = createContext<ConversationScope | null>(null)

/** @throws when used outside of a conversation */
export function useConversation(): ConversationScope {
  const scope = useContext(ConversationContext)
  if (!scope) throw new Error('useConversation outside of ConversationContext')
  return scope
}

export function useConversationScope(
  { chat }: ChatView,
  me: UserId,
  go: ConversationScope['go'],
): ConversationScope {
  const { id, kind, rights, members, reactions, username } = chat
  const { role, rights: ownRights } = chat.me
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the user's membership only role and rights count here.
  return useMemo(
    () => ({
      me,
      go,
      chat: {
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
