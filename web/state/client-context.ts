// Gives components the client and slices of its snapshot. A slice keeps its identity while it does not change,
// so a component renders only when its own part did.

import { createContext, useCallback, useContext, useMemo, useSyncExternalStore } from 'react'
import type { PetrelClient } from '#client/index.ts'
import type { ChatView, ChatWindow, Snapshot, User } from '#client/types.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { subscribeByFrame } from './frames.ts'
import type { Names } from './naming.ts'

export const ClientContext = createContext<PetrelClient | null>(null)

/** @throws when used outside the signed-in part of the page */
export function useClient(): PetrelClient {
  const client = useContext(ClientContext)
  if (!client) throw new Error('useClient outside of ClientContext')
  return client
}

/** @param select must not allocate: it returns a part of the snapshot as it is, or a primitive */
export function useSnapshot<T>(select: (snapshot: Snapshot) => T): T {
  const client = useClient()
  const subscribe = useCallback(
    (listener: () => void) => subscribeByFrame(client, listener),
    [client],
  )
  return useSyncExternalStore(subscribe, () => select(client.getSnapshot()))
}

/** The signed-in user's id; 0 while nobody is. */
export function useMyId(): UserId {
  return useSnapshot(snapshot => snapshot.me?.id ?? 0)
}

export function useChat(id: ChatId): ChatView | undefined {
  return useSnapshot(({ chats, requests }) =>
    [...chats, ...requests].find(view => view.chat.id === id),
  )
}

export function useChatWindow(id: ChatId): ChatWindow | undefined {
  return useSnapshot(snapshot => snapshot.windows.get(id))
}

/** For `nameOf`. */
export function useNames(): Names {
  const users = useUsers()
  const contacts = useSnapshot(snapshot => snapshot.contacts)
  return useMemo(() => ({ users, contacts }), [users, contacts])
}

export function useUsers(): ReadonlyMap<UserId, User> {
  return useSnapshot(snapshot => snapshot.users)
}
