// Takes droppable news in: who types, who is online, how far others have read. It moves no position, and
// nothing is fetched in place of what was lost. Called by petrel-client.ts for each ephemeral frame.

import type { EphemeralBody } from '#shared/protocol/events.ts'
import type { ChatStore } from './chat-store.ts'
import type { Profiles } from './profiles.ts'
import { readEphemeral, type ServerFrame } from './server-frame.ts'
import type { DevCounters } from './types.ts'
import type { TypingMarks } from './typing-marks.ts'

export interface EphemeralDeps {
  store: ChatStore
  typing: TypingMarks
  profiles: Profiles
  counters: DevCounters
}

/** Puts one ephemeral event where it is shown; one of an unknown kind changes nothing. Never throws. */
export function applyEphemeral(
  { store, typing, profiles, counters }: EphemeralDeps,
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
    case 'read':
      putRead(store, event.body)
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

function putRead(store: ChatStore, { chat, user, seq }: EphemeralBody<'read'>): void {
  const state = store.chats.get(chat)
  if (!state) return
  if (user === store.me?.id) store.putOwnRead(state, seq)
  else store.putPeerRead(state, seq)
}
