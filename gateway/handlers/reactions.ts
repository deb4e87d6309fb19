// Operations on what members choose at messages: reactions, polls, votes.

import { closePoll, createPoll, listVoters } from '#shared/actions/polls.ts'
import { listReactors, setReactions } from '#shared/actions/reactions.ts'
import { AppError } from '#shared/protocol/codes.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { plans } from '#shared/protocol/limits.ts'
import type { Spot } from '#shared/store/dirty-messages.ts'
import type { Context, Handlers } from './context.ts'

const reactorsPage = 50
const votersPage = 50

export const reactionHandlers = {
  async react(context, { user, plan }, { chat, seq, emojis }) {
    const wanted = [...new Set(emojis)]
    if (wanted.length > plans[plan].reactionsPerMessageMax) throw new AppError('quota_reached')
    takeChoice(context, user, { chat, seq })
    return { own: await context.choices.choose({ chat, seq }, { user, emojis: wanted }) }
  },
  reactors(context, { user }, { chat, seq, emoji, after, limit = reactorsPage }) {
    return listReactors(context, user, { chat, seq }, { emoji, after, limit })
  },
  setReactions(context, { user }, { chat, allowed }) {
    context.sendBudget.take(user)
    return setReactions(context, user, chat, allowed === 'all' ? null : allowed)
  },

  createPoll(context, { user }, body) {
    context.sendBudget.take(user)
    return createPoll(context, user, body)
  },
  async vote(context, { user }, { chat, seq, options }) {
    takeChoice(context, user, { chat, seq })
    return { own: await context.choices.choose({ chat, seq }, { user, options }) }
  },
  async closePoll(context, { user }, { chat, seq }) {
    takeChoice(context, user, { chat, seq })
    const dueInMs = await closePoll(context, user, { chat, seq })
    if (dueInMs !== null) context.choices.tellIn({ chat, seq }, dueInMs)
    return {}
  },
  voters(context, { user }, { chat, seq, option, after, limit = votersPage }) {
    return listVoters(context, user, { chat, seq }, { option, after, limit })
  },
} satisfies Partial<Handlers>

/** One person's changes of mind at one message cost the others something, so they are bounded more closely than all changes. */
function takeChoice({ sendBudget, choiceBudget }: Context, user: UserId, spot: Spot): void {
  sendBudget.take(user)
  choiceBudget.take(`${user}:${spot.chat}:${spot.seq}`)
}
