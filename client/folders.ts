// Which chats a folder shows. Pure.

import type { UserId } from '#shared/protocol/ids.ts'
import type { Folder, FolderRule } from '#shared/protocol/models.ts'
import { isMuted } from './chat-state.ts'
import type { ChatView } from './types.ts'

export interface FolderContext {
  /** ms since 1970. */
  now: number
  isContact(user: UserId): boolean
}

/** The chats of a folder, in the order of the list. */
export function chatsIn(
  folder: Folder,
  chats: readonly ChatView[],
  context: FolderContext,
): ChatView[] {
  return chats.filter(view => isIn(folder, view, context))
}

function isIn({ rule, include, exclude }: Folder, view: ChatView, context: FolderContext): boolean {
  const { id } = view.chat
  if (exclude?.includes(id)) return false
  if (include?.includes(id)) return true
  return rule !== undefined && fits(rule, view, context)
}

function fits(rule: FolderRule, view: ChatView, { now, isContact }: FolderContext): boolean {
  const { chat } = view
  if (rule.kinds && !rule.kinds.includes(chat.kind)) return false
  if (rule.contacts !== undefined && chat.kind === 'direct') {
    if (rule.contacts !== (chat.peer !== undefined && isContact(chat.peer))) return false
  }
  if (rule.unread && view.unread === 0 && !chat.me.unread) return false
  if (rule.muted !== undefined && rule.muted !== isMuted(chat, now)) return false
  return rule.archived === true || !view.archived
}
