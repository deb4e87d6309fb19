// Operations on messages: send, edit, delete, history, read marks, typing.

import { deleteMessages, editMessage } from '#shared/actions/edit-message.ts'
import { readHistory } from '#shared/actions/read-chats.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { checkText } from '#shared/protocol/entities.ts'
import { ephemeralFrame } from '#shared/protocol/frames.ts'
import { limits, plans } from '#shared/protocol/limits.ts'
import { readChatFor } from '#shared/store/chats.ts'
import type { HistoryRange } from '#shared/store/messages.ts'
import type { Handlers } from './context.ts'

const historyPage = 50
/** A little less than the clients' own rhythm, so that an honest one is never dropped. */
const typingEveryMs = limits.typingEveryMs / 2

export const messageHandlers = {
  async send({ lanes, hub, sendBudget }, { connection, user, plan }, body) {
    sendBudget.take(user)
    checkText(body.text, body.ents, plans[plan].messageCharsMax)
    const result = await lanes.send({
      chat: body.chat,
      sender: user,
      rid: body.rid,
      text: body.text,
      ents: body.ents,
      reply: body.reply,
      silent: body.silent ?? false,
      origin: connection.id,
      members: hub.chats.get(body.chat)?.members ?? 0,
    })
    if (result instanceof AppError) throw result
    return result
  },

  edit(context, { user, plan }, body) {
    context.sendBudget.take(user)
    return editMessage(context, user, body, plans[plan].messageCharsMax)
  },

  delete(context, { user }, { chat, seqs }) {
    context.sendBudget.take(user)
    return deleteMessages(context, user, chat, seqs)
  },

  history(context, { user }, { chat, before, after, around, limit = historyPage }) {
    const range = Object.entries({ before, after, around }).filter(each => each[1] !== undefined)
    if (range.length > 1) {
      throw new AppError('bad_request', { detail: 'Give one of before, after and around.' })
    }
    return readHistory(context, user, chat, Object.fromEntries(range) as HistoryRange, limit)
  },

  async read({ readMarks, hub, db }, { connection, user }, { chat, seq }) {
    // Somebody else's chat answers like an unknown one. The subscription may lag behind a join elsewhere.
    const known = hub.subscription(connection, chat) ?? (await readChatFor(db, chat, user))
    if (!known) throw new AppError('not_found')
    await readMarks.mark({ user, chat, seq })
    return {}
  },

  typing({ hub, bus, clock }, { connection, user }, { chat }) {
    const entry = hub.subscription(connection, chat)
    if (!entry) throw new AppError('not_found')
    const nowMs = clock.monotonic()
    const tooSoon = nowMs - connection.typingAtMs < typingEveryMs
    if (tooSoon || entry.kind === 'channel' || entry.members > limits.typingMembersMax) return {}
    connection.typingAtMs = nowMs
    const frame = Buffer.from(ephemeralFrame('typing', { chat, user }))
    hub.castChat(chat, user, frame)
    bus.cast({ type: 'chat', chat, from: user, frame })
    return {}
  },
} satisfies Partial<Handlers>
