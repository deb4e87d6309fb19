// Operations on people: contacts, blocks, privacy, requests of strangers, search, reports.

import { answerRequest } from '#shared/actions/answer-request.ts'
import { listContacts, setContact } from '#shared/actions/contacts.ts'
import { report } from '#shared/actions/report.ts'
import { searchUsers } from '#shared/actions/search-users.ts'
import { listBlocks, setBlock } from '#shared/actions/set-block.ts'
import { setPrivacy } from '#shared/actions/set-privacy.ts'
import { limits } from '#shared/protocol/limits.ts'
import { readPrivacy } from '#shared/store/privacy.ts'
import type { Handlers } from './context.ts'
import { takeStrangers } from './strangers.ts'

const searchPage = 20

export const peopleHandlers = {
  contacts: (context, { user }, { after = 0, limit = limits.pagePeopleMax }) =>
    listContacts(context, user, after, limit),
  async setContact(context, { user }, body) {
    context.sendBudget.take(user)
    if (!body.remove) await takeStrangers(context, user, [body.user])
    await setContact(context, user, body)
    return {}
  },

  blocks: (context, { user }, { after = 0, limit = limits.pagePeopleMax }) =>
    listBlocks(context, user, after, limit),
  async block(context, { user }, body) {
    context.sendBudget.take(user)
    if (body.blocked) await takeStrangers(context, user, [body.user])
    await setBlock(context, user, body.user, body.blocked)
    return {}
  },

  privacy: ({ db }, { user }) => readPrivacy(db, user),
  async setPrivacy(context, { user }, rules) {
    context.sendBudget.take(user)
    context.privacyBudget.take(user)
    await setPrivacy(context, user, rules)
    return {}
  },

  async answerRequest(context, { user }, body) {
    context.sendBudget.take(user)
    await answerRequest(context, user, body)
    return {}
  },

  async searchUsers(context, { user }, { query, limit = searchPage }) {
    context.searchBudget.take(user)
    return { users: await searchUsers(context, user, query, limit) }
  },

  async report(context, { user }, body) {
    context.sendBudget.take(user)
    await report(context, user, body)
    return {}
  },
} satisfies Partial<Handlers>
