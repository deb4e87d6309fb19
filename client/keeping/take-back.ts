// Puts what was kept back into the store: all but the history at a start, before there is a connection, and the history of a
// chat when it is opened. Used by keeping.ts and windows.ts.

import type { ChatId } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'
import type { ChatState, ChatStore } from '../chat-store.ts'
import { Position } from '../position.ts'
import type { Posts } from '../posts.ts'
import type { Profiles } from '../profiles.ts'
import type { Reads } from '../reads.ts'
import type { Sections } from '../sections.ts'
import type { ChatChange } from '../server-frame.ts'
import type { Sync } from '../sync.ts'
import type { DevEvent } from '../types.ts'
import type { Kept, KeptRows } from './archive.ts'

export interface TakeBackParts {
  store: ChatStore
  sync: Sync
  sections: Sections
  reads: Reads
  profiles: Profiles
  observe(event: DevEvent): void
}

export function takeBack(parts: TakeBackParts, kept: Kept): void {
  const { store, sync, sections, reads, profiles, observe } = parts
  // One's own profile is kept with the tokens, and newer there.
  const others = kept.users.filter(({ id }) => id !== store.me?.id)
  store.putUsers(others, 'whole')
  store.next = kept.next
  const withRows = new Set(kept.withRows)
  for (const { chat, calls, stale = false } of kept.chats) {
    const { id, rev, peer } = chat
    const later = new Set(calls.later)
    store.takeBack(chat, { ...calls, later }, { stale, kept: withRows.has(id) })
    observe({ type: 'moved', chat: id, from: 0, to: rev, by: 'summary', messages: [] })
    // Nobody has told here what changed of them since.
    if (peer !== undefined) profiles.refresh(peer)
  }
  sync.goOnFrom(kept)
  for (const [name, value] of kept.sections) sections.takeBack(name, value)
  for (const [chat, seq] of kept.reads) reads.mark(chat, seq)
}

export interface TakeRowsParts {
  store: ChatStore
  sync: Pick<Sync, 'check'>
  posts: Posts
  observe(event: DevEvent): void
  /** Told of each own message: it may still wait in the outbox. */
  settled(chat: ChatId, message: Message): void
}

/** Makes a kept stretch the chat's window: what came since is fetched. */
export function takeRows(parts: TakeRowsParts, state: ChatState, stretch: KeptRows): void {
  const { store, sync, posts, observe, settled } = parts
  const { at, from, to, atStart, messages, own } = stretch
  const chat = state.chat.id
  const seqs = messages.map(message => message.seq)
  store.putOwnOf(state, seqs, own, 0)
  state.rows = store.shown(state, { messages, from, to, atStart, atEnd: true })
  // One of another tab that is ahead brings no more than what is on its way to this one, too.
  const position = new Position<ChatChange>(Math.min(at, state.position.at))
  position.learn(Math.max(state.position.known, state.chat.rev))
  state.position = position
  observe({ type: 'dropped', chat })
  observe({ type: 'moved', chat, from: 0, to: position.at, by: 'summary', messages: [] })
  posts.take(chat, stretch)
  for (const message of messages) if (message.from === store.me?.id) settled(chat, message)
  store.touch(chat)
  sync.check(state, 0)
}
