// Which messages deserve to be told of, by comparing the chat list with what it was. Pure.

import { isMuted } from '#client/index.ts'
import type { ChatView, MessageView } from '#client/types.ts'
import type { ChatId, Seq, UserId } from '#shared/protocol/ids.ts'

/** What was known of a chat. */
export interface Heard {
  seq: Seq
  mentions: number
}

export interface News {
  view: ChatView
  message: MessageView
}

/** Older ones came while nobody was connected: they are found in the list, or were pushed. */
const freshMs = 120_000

/**
 * Compares the chats with `heard`, and takes them into it.
 * @returns chats with a new message of somebody else that is not silent; of muted chats those where it calls the user
 */
export function newsOf(
  chats: readonly ChatView[],
  heard: Map<ChatId, Heard>,
  me: UserId,
  now: number,
): News[] {
  const news: News[] = []
  for (const view of chats) {
    const { chat, last: message, mentions } = view
    const before = heard.get(chat.id) ?? { seq: 0, mentions: 0 }
    const seq = message?.seq ?? 0
    if (seq === before.seq && mentions === before.mentions) continue
    heard.set(chat.id, { seq: Math.max(seq, before.seq), mentions })
    if (!message || seq <= before.seq || !isLoud(message, me) || now - message.at > freshMs)
      continue
    const called = mentions > before.mentions && !chat.me.mentionsMuted
    if (view.unread > 0 && (called || !isMuted(chat, now))) news.push({ view, message })
  }
  return news
}

/** Unread messages of all chats that are not muted. */
export function unreadOf(chats: readonly ChatView[], now: number): number {
  return chats.reduce((sum, view) => (isMuted(view.chat, now) ? sum : sum + view.unread), 0)
}

function isLoud({ from, svc, deleted, silent }: MessageView, me: UserId): boolean {
  return from !== me && !svc && !deleted && !silent
}
