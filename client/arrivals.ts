// What follows when a message takes its place in its chat: marks of what arrived and what is read, the end of an outbox
// item. Called by sync.ts, windows.ts and outbox.ts through parts.ts.

import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { type Message, theChat } from '#shared/protocol/models.ts'
import type { ChatStore } from './chat-store.ts'
import type { Delivered } from './delivered.ts'
import type { Outbox, OutboxItem } from './outbox.ts'
import type { Posts } from './posts.ts'
import type { Reads } from './reads.ts'
import type { Sync } from './sync.ts'
import type { Sent } from './types.ts'

interface ArrivalParts {
  store: ChatStore
  delivered: Delivered
  outbox: Outbox
  posts: Posts
  reads: Reads
  sync: Sync
}

/**
 * A message was put into the store, or its chat's position moved past it. May be called several times for one.
 * @param isLive false while a sync is under way
 */
export function messageArrived(
  { store, delivered, outbox, reads }: ArrivalParts,
  chat: ChatId,
  message: Message,
  isLive: boolean,
): void {
  const isOwn = message.from === store.me?.id
  if (!isOwn) delivered.arrived(chat, message.seq, isLive)
  // Own posts in a channel may be shown as the channel's.
  if (!isOwn && message.from !== theChat) return
  if (outbox.settle(chat, message)) reads.mark(chat, message.seq)
}

/**
 * The server has an own message.
 * @param first whether it was sent once only: else the row may have been edited or deleted since, and only the server knows
 *   what it is now
 */
export function messageSent(
  { store, outbox, posts, reads, sync }: ArrivalParts,
  item: OutboxItem,
  sent: Sent,
  first: boolean,
): void {
  const { chat } = item
  const { seq, rev, asChat } = sent
  if (asChat) posts.take(chat, { mine: [seq] })
  const state = store.chats.get(chat)
  if (first && state) sync.ack(chat, rowOf(item, sent, store.me?.id ?? 0))
  else sync.learn(chat, rev)
  if (state) outbox.reached(chat, state.position.at)
  reads.mark(chat, seq)
}

/** The message as the server will tell it. */
function rowOf(item: OutboxItem, sent: Sent, me: UserId): Message {
  const { rid, text, ents, reply, silent, quote, album, noPreview } = item
  const { seq, rev, at, asChat, thread, expires } = sent
  const message: Message = { seq, rev, from: asChat ? theChat : me, rid, at, text }
  const parts = { ents, reply, silent, quote, album, noPreview, thread, expires }
  for (const [key, value] of Object.entries(parts)) {
    if (value !== undefined) Object.assign(message, { [key]: value })
  }
  return message
}
