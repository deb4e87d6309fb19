// Marks, own places and who is about, as the reference server answers them.

import { ephemeralFrame } from '#shared/protocol/frames.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import { mentionsOf } from './fake-chat.ts'
import type { FakeServer, Handlers } from './fake-server.ts'

export function readingHandlers(server: FakeServer): Handlers {
  const { devices } = server
  return {
    read: (_connection, user, body) => read(server, user, body),
    delivered: (_connection, user, { chat, seq }) => {
      for (const other of devices.in(server.chatOf(chat, user))) {
        if (other.user !== user) other.wire.send(ephemeralFrame('delivered', { chat, seq }))
      }
      return {}
    },
    mentions: (_connection, user, { chat, after = 0, limit = 50 }) => {
      const { called, read } = server.placeOf(chat, user)
      return { seqs: called.filter(seq => seq > Math.max(after, read)).slice(0, limit) }
    },
    draft: (_connection, user, { chat, text = '', ents, reply }) => {
      const { draft: _, ...rest } = server.placeOf(chat, user).own
      const isNone = text === '' && reply === undefined
      const parts = { ...(ents && { ents }), ...(reply !== undefined && { reply }) }
      return server.setOwn(
        chat,
        user,
        isNone ? rest : { ...rest, draft: { text, ...parts, at: server.now() } },
      )
    },
    setPlace: (_connection, user, { chat, mutedUntil, unread, pinned }) => {
      const own = { ...server.placeOf(chat, user).own }
      if (mutedUntil === null) delete own.mutedUntil
      else if (mutedUntil !== undefined) own.mutedUntil = mutedUntil
      if (unread !== undefined) own.unread = unread || undefined
      if (pinned !== undefined) own.pinned = pinned || undefined
      if (pinned) own.pinnedAt = server.now()
      return server.setOwn(chat, user, own)
    },
    typing: (_connection, user, { chat }) => {
      for (const other of devices.in(server.chatOf(chat, user))) {
        if (other.user !== user) other.wire.send(ephemeralFrame('typing', { chat, user }))
      }
      return {}
    },
    presence: (_connection, _user, { users }) => ({
      users: users.map(user => ({ user, online: user % 2 === 0 })),
    }),
    watch: (connection, _user, { chats }) => {
      devices.watch(connection, chats, server.chats)
      return {}
    },
  }
}

function read(server: FakeServer, user: UserId, { chat, seq }: OpIn<'read'>): OpOut<'read'> {
  const found = server.chatOf(chat, user)
  const place = found.places.get(user)
  const mark = Math.min(seq, found.seq)
  if (!place || (mark <= place.read && !place.own.unread)) return {}
  const hasMoved = mark > place.read
  place.read = Math.max(mark, place.read)
  delete place.own.unread
  place.urev = server.nextUrev(user)
  const mentions = mentionsOf(found, user)
  const counts = { top: found.seq, ...(mentions > 0 && { mentions }) }
  server.devices.tell(user, 'read', place.urev, { chat, seq: place.read, ...counts })
  for (const other of hasMoved ? server.devices.in(found) : []) {
    other.wire.send(ephemeralFrame('reads', { chat, marks: [[user, mark]] }))
  }
  return {}
}
