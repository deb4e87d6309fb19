// Operations on messages: send, edit, delete, hide, forward, pin, history, typing.

import { checkQuote } from '#shared/actions/check-quote.ts'
import { sendToQuiet } from '#shared/actions/direct-chats.ts'
import { deleteMessages, editMessage } from '#shared/actions/edit-message.ts'
import { forwardMessages } from '#shared/actions/forward-messages.ts'
import { clearHistory, hideMessages } from '#shared/actions/hide-messages.ts'
import { listPins, pinMessage } from '#shared/actions/pin-message.ts'
import { readCalls } from '#shared/actions/read-calls.ts'
import { readHistory } from '#shared/actions/read-chats.ts'
import { setAutoDelete } from '#shared/actions/set-auto-delete.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { checkText } from '#shared/protocol/entities.ts'
import { ephemeralFrame } from '#shared/protocol/frames.ts'
import { limits, plans } from '#shared/protocol/limits.ts'
import type { MessageExtra } from '#shared/protocol/models.ts'
import { needOf } from '#shared/protocol/needs.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import type { HistoryRange } from '#shared/store/messages.ts'
import type { Handlers } from './context.ts'

const historyPage = 50
/** Forwarding takes less of the budget than writing: it is done by the dozen. */
const forwardsPerMessage = 5
/** A little less than the clients' own rhythm, so that an honest one is never dropped. */
const typingEveryMs = limits.typingEveryMs / 2

export const messageHandlers = {
  async send(context, { connection, user, plan }, body) {
    const { lanes, hub, sendBudget } = context
    sendBudget.take(user, costOf(body.text))
    checkText(body.text, body.ents, plans[plan].messageCharsMax)
    const calls = readCalls(context, body.text, body.ents)
    if (body.quote) await checkQuote(context, user, body)
    const { text, ents } = body
    // Written out, never spread: objects made by a spread are slow wherever they go, a third less messages a second.
    const result = await lanes.send({
      chat: body.chat,
      sender: user,
      rid: body.rid,
      text,
      ents,
      reply: body.reply,
      silent: body.silent ?? false,
      extra: extraOf(body),
      need: needOf(text, ents),
      // Most messages call nobody: they go into their lane at once.
      mentions: calls instanceof Promise ? await calls : calls,
      origin: connection.id,
      members: hub.chats.get(body.chat)?.members ?? 0,
    })
    if (!(result instanceof AppError)) {
      context.previews?.want({ user, seq: result.seq, ...body })
      return result
    }
    // A direct chat that waits for an answer refuses on the fast path what may be said all the same.
    const kind = hub.subscription(connection, body.chat)?.kind ?? 'direct'
    if (result.code !== 'forbidden' || kind !== 'direct') throw result
    const { chat, rid, reply, silent = false } = body
    const more = { extra: extraOf(body), need: needOf(text, ents) }
    return sendToQuiet(context, user, { chat, rid, text, ents, reply, silent, ...more })
  },

  async edit(context, { user, plan }, body) {
    context.sendBudget.take(user, costOf(body.text))
    const edited = await editMessage(context, user, body, plans[plan].messageCharsMax)
    context.previews?.want({ user, ...body })
    return edited
  },

  delete(context, { user }, { chat, seqs }) {
    context.sendBudget.take(user)
    return deleteMessages(context, user, chat, seqs)
  },

  async forward(context, { user }, body) {
    context.sendBudget.take(user, Math.ceil(body.seqs.length / forwardsPerMessage))
    const { chars, ...done } = await forwardMessages(context, user, body)
    // How long they are is known by now only; it is made up for by waiting.
    context.sendBudget.charge(user, Math.floor(chars / limits.charsPerMessage))
    return done
  },

  pin(context, { user }, body) {
    context.sendBudget.take(user)
    return pinMessage(context, user, body)
  },

  pins: (context, { user }, { chat, before = Number.MAX_SAFE_INTEGER, limit = historyPage }) =>
    listPins(context, user, chat, before, limit),

  async hide(context, { user }, { chat, seqs }) {
    context.sendBudget.take(user)
    await hideMessages(context, user, chat, seqs)
    return {}
  },

  clearHistory(context, { user }, body) {
    context.sendBudget.take(user)
    return clearHistory(context, user, body)
  },

  setAutoDelete(context, { user }, body) {
    context.sendBudget.take(user)
    return setAutoDelete(context, user, body)
  },

  history(context, { user }, { chat, before, after, around, limit = historyPage }) {
    const range = Object.entries({ before, after, around }).filter(each => each[1] !== undefined)
    if (range.length > 1) {
      throw new AppError('bad_request', { detail: 'Give one of before, after and around.' })
    }
    return readHistory(context, user, chat, Object.fromEntries(range) as HistoryRange, limit)
  },

  typing({ hub, bus, clock }, { connection, user }, { chat }) {
    const entry = hub.subscription(connection, chat)
    if (!entry) throw new AppError('not_found')
    const nowMs = clock.monotonic()
    const tooSoon = nowMs - connection.typingAtMs < typingEveryMs
    if (
      tooSoon ||
      entry.quiet ||
      entry.kind === 'channel' ||
      entry.members > limits.typingMembersMax
    )
      return {}
    connection.typingAtMs = nowMs
    const frame = Buffer.from(ephemeralFrame('typing', { chat, user }))
    hub.castChat(chat, user, frame)
    bus.cast({ type: 'chat', chat, from: user, frame })
    return {}
  },
} satisfies Partial<Handlers>

/** HOT: per message sent. What a text takes of the budget of messages. */
export function costOf(text: string): number {
  return 1 + Math.floor(text.length / limits.charsPerMessage)
}

/** HOT: per message sent. Parts that few messages have. */
function extraOf({ quote, album, noPreview }: OpIn<'send'>): MessageExtra | undefined {
  if (!quote && album === undefined && !noPreview) return undefined
  return {
    ...(quote && { quote }),
    ...(album !== undefined && { album }),
    ...(noPreview && { noPreview }),
  }
}
