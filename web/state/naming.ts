// How chats and people are called on screen.

import type { ChatView, User } from '#client/types.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { text } from '../locales/index.ts'

export function titleOf(view: ChatView): string {
  if (view.chat.kind === 'saved') return text.chats.saved
  return view.title || text.chats.unnamed
}

export function nameOf(users: ReadonlyMap<UserId, User>, id: UserId): string {
  return users.get(id)?.name || text.chats.unnamed
}

/** One or two letters for a round picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]]
  return letters.map(word => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('')
}
