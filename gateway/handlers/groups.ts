// Operations by which groups and channels are run: rights, restrictions, rules, requests to join, the log.

import { readAdminLog } from '#shared/actions/admin-log.ts'
import { answerJoinRequests, listJoinRequests } from '#shared/actions/join-requests.ts'
import { restrict } from '#shared/actions/restrict.ts'
import { setDefaultRights, setRules } from '#shared/actions/rules.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Handlers } from './context.ts'

const page = 50

export const groupHandlers = {
  setDefaultRights(context, { user }, body) {
    context.sendBudget.take(user)
    return setDefaultRights(context, user, body)
  },
  restrict(context, { user }, body) {
    context.sendBudget.take(user, body.deleteHistory ? limits.deleteHistoryMessages : 1)
    return restrict(context, user, body)
  },
  setRules(context, { user }, body) {
    context.sendBudget.take(user)
    return setRules(context, user, body)
  },
  joinRequests: (context, { user }, { chat, after = 0, limit = page }) =>
    listJoinRequests(context, user, chat, after, limit),
  answerJoinRequest(context, { user }, body) {
    context.sendBudget.take(user)
    return answerJoinRequests(context, user, body)
  },
  adminLog: (context, { user }, { limit = page, ...body }) =>
    readAdminLog(context, user, body, limit),
} satisfies Partial<Handlers>
