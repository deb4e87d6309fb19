// From the chats of the snapshot to the rows of the list: which folder, what waits in the archive, how much is unread.
// Pure.

import { chatsIn, isMuted } from '#client/index.ts'
import type { ChatView, Folder } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'

export type ListRow =
  | { kind: 'requests'; key: 'requests'; chats: readonly ChatView[] }
  | { kind: 'archive'; key: 'archive'; chats: readonly ChatView[]; unread: number }
  | { kind: 'chat'; key: number; view: ChatView }

interface Input {
  chats: readonly ChatView[]
  requests: readonly ChatView[]
  page: 'chats' | 'archive' | 'requests'
  folder: Folder | undefined
  contacts: ReadonlySet<UserId> | ReadonlyMap<UserId, string>
  /** ms since 1970 */
  now: number
}

/** @cost O(chats) */
export function listRows({ chats, requests, page, folder, contacts, now }: Input): ListRow[] {
  if (page === 'requests') return requests.map(rowOf)
  const archived = chats.filter(view => view.archived)
  if (page === 'archive') return archived.map(rowOf)
  if (folder) return inFolder(folder, chats, contacts, now).map(rowOf)
  return [
    ...(requests.length > 0
      ? [{ kind: 'requests', key: 'requests', chats: requests } as const]
      : []),
    ...(archived.length > 0
      ? [{ kind: 'archive', key: 'archive', chats: archived, unread: unreadOf(archived) } as const]
      : []),
    ...chats.filter(view => !view.archived).map(rowOf),
  ]
}

/** The chats that a folder shows. */
export function inFolder(
  folder: Folder,
  chats: readonly ChatView[],
  contacts: Input['contacts'],
  now: number,
): ChatView[] {
  return chatsIn(folder, chats, { now, isContact: user => contacts.has(user) })
}

/** How many of these chats hold something unread, marked ones among them. */
export function unreadOf(chats: readonly ChatView[]): number {
  return chats.reduce((sum, view) => sum + Number(isUnread(view)), 0)
}

/** The same without the muted ones, for the number on a tab. */
export function loudUnreadOf(chats: readonly ChatView[], now: number): number {
  return chats.reduce(
    (sum, view) => sum + Number(isUnread(view) && (view.mentions > 0 || !isMuted(view.chat, now))),
    0,
  )
}

function isUnread(view: ChatView): boolean {
  return view.unread > 0 || view.chat.me.unread === true
}

function rowOf(view: ChatView): ListRow {
  return { kind: 'chat', key: view.chat.id, view }
}
