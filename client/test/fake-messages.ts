// Operations on messages, as the reference server answers them.

import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import type { Message } from '#shared/protocol/models.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import { seenBy } from './fake-chat.ts'
import type { Connection } from './fake-devices.ts'
import type { FakeServer, Handlers } from './fake-server.ts'

export function messageHandlers(server: FakeServer): Handlers {
  const { choices } = server
  return {
    send: (connection, user, body) => send(server, connection, user, body),
    edit: (_connection, user, { chat, seq, text }) => {
      const found = server.chatOf(chat, user)
      const row = server.rowOf(found, seq, user)
      if (row.deleted) throw new AppError('conflict')
      const { ents: _, ...kept } = row
      const at = server.now()
      const news: Message = { ...kept, text, rev: ++found.rev, edited: at }
      server.put(found, 'edited', news)
      return { rev: news.rev, at }
    },
    delete: (_connection, user, { chat, seqs }) => {
      const found = server.chatOf(chat, user)
      for (const seq of seqs) {
        const { from, rid, at, deleted } = server.rowOf(found, seq, user)
        if (deleted) continue
        const rev = ++found.rev
        server.put(found, 'deleted', { seq, rev, from, rid, at, text: '', deleted: true })
      }
      return { rev: found.rev }
    },
    hide: (_connection, user, { chat, seqs }) => {
      server.hide(server.chatOf(chat, user), user, seqs)
      return {}
    },
    clearHistory: (_connection, user, { chat, upTo = server.chatOf(chat, user).seq }) => {
      const place = server.placeOf(chat, user)
      place.read = Math.max(place.read, upTo)
      server.setOwn(chat, user, { ...place.own, hiddenUpTo: upTo })
      return { upTo }
    },
    pin: (_connection, user, { chat, seq, on }) => {
      const found = server.chatOf(chat, user)
      const { pinned: _, ...row } = found.rows[seq - 1] as Message
      const news: Message = { ...row, ...(on && { pinned: true }), rev: ++found.rev }
      server.put(found, 'changed', news)
      return { rev: news.rev }
    },
    history: (_connection, user, body) => history(server, user, body),
    search: () => server.found.shift() ?? { hits: [], users: [] },
    view: (_connection, user, { chat, seqs }) => {
      const { counts = [] } = server.chatOf(chat, user).posts ?? {}
      return { counts: counts.filter(({ seq }) => seqs.includes(seq)) }
    },
    react: (_connection, user, { chat, seq, emojis }) => {
      server.chatOf(chat, user)
      return { own: server.tellChosen(user, chat, choices.react(chat, seq, user, emojis)) }
    },
    vote: (_connection, user, { chat, seq, options }) => {
      server.chatOf(chat, user)
      return { own: server.tellChosen(user, chat, choices.vote(chat, seq, user, options)) }
    },
  }
}

function send(
  server: FakeServer,
  connection: Connection,
  user: UserId,
  body: OpIn<'send'>,
): OpOut<'send'> {
  const chat = server.chatOf(body.chat, user)
  if (body.text.trim() === '') throw new AppError('text_empty')
  const present = chat.rows.find(row => row.from === user && row.rid === body.rid)
  const { rid, text, ents, reply } = body
  const row: Message = present ?? {
    seq: ++chat.seq,
    rev: ++chat.rev,
    from: user,
    rid,
    at: server.now(),
    text,
    ...(ents && { ents }),
    ...(reply !== undefined && { reply }),
  }
  if (!present) server.add(chat, row, connection)
  server.acked.push({ chat: chat.id, from: user, rid, seq: row.seq })
  return { seq: row.seq, rev: row.rev, at: row.at }
}

function history(
  server: FakeServer,
  user: UserId,
  { chat, before, after, around, limit = 50 }: OpIn<'history'>,
): OpOut<'history'> {
  const found = server.chatOf(chat, user)
  const { rows, rev, seq, posts } = found
  let from = rows.length - limit
  if (before !== undefined) from = before - 1 - limit
  if (around !== undefined) from = around - 1 - (limit >> 1)
  if (after !== undefined) from = after
  const end = before === undefined ? from + limit : before - 1
  const messages = seenBy(found, user, rows.slice(Math.max(0, from), Math.max(0, end)))
  const mine = posts?.mine.get(user)
  const gathered = posts && { counts: posts.counts, ...(mine && { mine }) }
  const own = server.choices.ofPage(chat, messages, user)
  return { messages, ...gathered, ...own, users: [], rev, seq }
}
