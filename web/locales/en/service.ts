// Of what happened in a chat: lines between the messages, and the last line of a chat in the list.

import { count } from './count.ts'

const days = (s: number) => {
  if (s % 86_400 === 0) return count(s / 86_400, 'day', 'days')
  if (s % 3_600 === 0) return count(s / 3_600, 'hour', 'hours')
  if (s % 60 === 0) return count(s / 60, 'minute', 'minutes')
  return count(s, 'second', 'seconds')
}

/** "Alice, Bob and Carol"; a name may hold commas of its own. */
const listed = (names: readonly string[]) =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' and ')

export const service = {
  and: (names: readonly string[], others: number) =>
    listed(others > 0 ? [...names, count(others, 'other', 'others')] : names),
  span: days,
  created: (who: string, title: string) => `${who} created “${title}”`,
  added: (who: string, whom: string) => `${who} added ${whom}`,
  accepted: (who: string, whom: string) => `${who} let ${whom} in`,
  removed: (who: string, whom: string) => `${who} removed ${whom}`,
  joined: (who: string) => `${who} joined`,
  left: (who: string) => `${who} left`,
  owner: (whom: string) => `${whom} is the owner now`,
  title: (who: string, title: string) => `${who} changed the title to “${title}”`,
  about: (who: string) => `${who} changed the description`,
  pinned: (who: string) => `${who} pinned a message`,
  autoDelete: (who: string, s: number) =>
    s === 0
      ? `${who}: new messages stay for ever`
      : `${who}: new messages delete themselves after ${days(s)}`,
  warning: (why: string) => `A warning of those who run this server: ${why}`,
  poll: (question: string) => `Poll: ${question}`,
  quiz: (question: string) => `Quiz: ${question}`,
}
