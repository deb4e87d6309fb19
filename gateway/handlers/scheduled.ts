// Operations on messages that are sent later.

import {
  cancelScheduled,
  changeScheduled,
  listScheduled,
  schedule,
} from '#shared/actions/scheduled.ts'
import { sendScheduled } from '#shared/actions/send-scheduled.ts'
import type { Handlers } from './context.ts'
import { costOf } from './messages.ts'

export const scheduledHandlers = {
  schedule(context, { user, plan }, body) {
    context.sendBudget.take(user, costOf(body.text))
    return schedule(context, user, plan, body)
  },

  scheduled: (context, { user }, body) => listScheduled(context, user, body),

  async changeScheduled(context, { user, plan }, body) {
    context.sendBudget.take(user)
    await changeScheduled(context, user, plan, body)
    return {}
  },

  async cancelScheduled(context, { user }, { id }) {
    context.sendBudget.take(user)
    await cancelScheduled(context, user, id)
    return {}
  },

  async sendScheduled(context, { user }, { id }) {
    context.sendBudget.take(user)
    const { due, sent } = await sendScheduled(context, user, id)
    context.previews?.want({ user, seq: sent.seq, ...due.message })
    return sent
  },
} satisfies Partial<Handlers>
