// One change of the user's own state laid over what is held. Used by sync.ts, which hands them over in order.

import type { ChatId, Urev } from '#shared/protocol/ids.ts'
import type { User } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import type { UserChange } from './server-frame.ts'

export interface UserChangeParts {
  store: ChatStore
  profile(user: User): void
  sectionStale(section: string): void
  /** The chat is not held: an answer on its way that brings it may be older than this. */
  early(chat: ChatId): void
  joined(chat: ChatId): void
  left(chat: ChatId): void
}

export function applyUserChange(parts: UserChangeParts, change: UserChange, urev: Urev): void {
  const { store } = parts
  switch (change.name) {
    case 'read': {
      const { chat, seq, top, mentions: count = 0 } = change.body
      const state = store.chats.get(chat)
      if (!state) {
        parts.early(chat)
        return
      }
      store.putOwnRead(state, seq)
      store.endUnread(state, urev)
      if (top !== undefined) store.recount(state, { count, top, read: seq })
      return
    }
    case 'joined':
      if (!store.chats.has(change.body.chat)) parts.joined(change.body.chat)
      return
    case 'left':
      parts.left(change.body.chat)
      return
    case 'profile':
      parts.profile(change.body.user)
      return
    case 'place': {
      const state = store.chats.get(change.body.chat)
      if (!state) {
        parts.early(change.body.chat)
        return
      }
      store.putPlace(state, change.body.me)
      return
    }
    case 'section':
      parts.sectionStale(change.body.section)
      return
    case 'hidden': {
      const state = store.chats.get(change.body.chat)
      if (!state) {
        parts.early(change.body.chat)
        return
      }
      store.hide(state, change.body.seqs)
      return
    }
    case 'own': {
      const { chat, ...own } = change.body
      const state = store.chats.get(chat)
      if (!state) {
        parts.early(chat)
        return
      }
      store.putOwn(state, own)
      return
    }
    case 'unknown':
    case 'bad':
      return
    default:
      change satisfies never
  }
}
