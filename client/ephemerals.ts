// Takes droppable news in: who types, who is online, how far others have read. It moves no position, and
// nothing is fetched in place of what was lost. Called by uplink.ts for each ephemeral frame.

import type { EphemeralBody } from '#shared/protocol/events.ts'
import type { ChatStore } from './chat-store.ts'
import type { Posts } from './posts.ts'
import type { Profiles } from './profiles.ts'
import { readEphemeral, type ServerFrame } from './server-frame.ts'
import type { DevCounters } from './types.ts'
import type { TypingMarks } from './typing-marks.ts'

export interface EphemeralDeps {
  store: ChatStore
  typing: TypingMarks
  profiles: Profiles
  posts: Posts
  counters: DevCounters
}

/** Puts one ephemeral event where it is shown; one of an unknown kind changes nothing. Never throws. */
export function applyEphemeral(
  { store, typing, profiles, posts, counters }: EphemeralDeps,
  frame: ServerFrame & { type: 'ephemeral' },
): void {
  const event = readEphemeral(frame.kind, frame.body)
  switch (event.name) {
    case 'typing':
      if (event.body.user === store.me?.id) return
      typing.put(event.body.chat, event.body.user)
      profiles.want(event.body.user)
      return
    case 'presence':
      store.putPresence(event.body)
      return
    case 'reads':
      putReads(store, event.body)
      return
    case 'delivered': {
      const state = store.chats.get(event.body.chat)
      if (state) store.putPeerDelivered(state, event.body.seq)
      return
    }
    case 'views':
      posts.take(event.body.chat, event.body)
      return
    case 'profile':
      profiles.refresh(event.body.user)
      return
    case 'bad':
      counters.badFrames++
      return
    case 'unknown':
      return
    default:
      event satisfies never
  }
}

/** One's own marks come as durable events. */
function putReads(store: ChatStore, { chat, marks }: EphemeralBody<'reads'>): void {
  const state = store.chats.get(chat)
  if (!state) return
  for (const [user, seq] of marks) if (user !== store.me?.id) store.putPeerRead(state, seq)
}
