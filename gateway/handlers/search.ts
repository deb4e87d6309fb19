// Search for messages.

import type { Handlers } from './context.ts'

const hitsPage = 20

export const searchHandlers = {
  search({ messageSearch, messageSearchBudget }, { user }, { limit = hitsPage, ...input }) {
    messageSearchBudget.take(user)
    return messageSearch.search(user, { limit, ...input })
  },
} satisfies Partial<Handlers>
