// Of the log of what those who run a chat did. Each sentence follows the name of who did it.

import { count } from './count.ts'

const until = (when: string | null) => (when === null ? 'for ever' : `until ${when}`)
const change = (was: string, now: string) => `${was} → ${now}`

export const adminLog = {
  hint: 'What those who run this chat did in the last 30 days.',
  none: 'Nothing was done in the last 30 days.',
  noneSuch: 'Nothing fits these filters.',
  more: 'Show earlier ones',
  by: 'Who',
  byAll: 'Everybody',
  what: 'What',
  kinds: {
    all: 'Everything',
    chat: 'Title, description, name',
    rules: 'Rules and rights of all',
    people: 'Members coming and going',
    roles: 'Admins, restrictions, bans',
    links: 'Links and requests to join',
    messages: 'Messages',
  },
  toMessage: 'Go to the message',
  unknown: (action: string) => `did something that this page does not know (${action})`,
  title: (was: string, now: string) => `changed the title: ${change(`“${was}”`, `“${now}”`)}`,
  about: (was: string, now: string) =>
    `changed the description: ${change(was === '' ? 'none' : `“${was}”`, now === '' ? 'none' : `“${now}”`)}`,
  avatar: 'changed the picture',
  madePublic: (name: string) => `made the chat public as @${name}`,
  madePrivate: (was: string) => `made the chat private; it was @${was}`,
  renamed: (was: string, now: string) => `changed the public name: ${change(`@${was}`, `@${now}`)}`,
  rights: (given: string, taken: string) =>
    `changed what members may do. ${[given && `Now: ${given}`, taken && `Not any more: ${taken}`].filter(Boolean).join('. ')}`,
  rule: (name: string, was: string, now: string) => `changed a rule, ${name}: ${change(was, now)}`,
  ruleNames: {
    slowModeS: 'slow mode',
    quarantineS: 'plain text from newcomers',
    joinsPerMinute: 'joins per minute',
    reactions: 'reactions',
  } as Record<string, string>,
  off: 'off',
  allReactions: 'all',
  noReactions: 'none',
  signaturesOn: 'let posts name their authors',
  signaturesOff: 'let posts be written by the channel',
  linked: (title: string) => `linked “${title}” for discussion`,
  unlinked: 'ended the link for discussion',
  autoDelete: (was: string, now: string) =>
    `changed when messages delete themselves: ${change(was, now)}`,
  added: (whom: string) => `added ${whom}`,
  removed: (whom: string) => `removed ${whom}`,
  admin: (whom: string, rights: string) =>
    `made ${whom} an admin${rights === '' ? ' without rights of their own' : ` who may: ${rights}`}`,
  adminRights: (whom: string, given: string, taken: string) =>
    `changed the rights of ${whom}. ${[given && `Now: ${given}`, taken && `Not any more: ${taken}`].filter(Boolean).join('. ')}`,
  demoted: (whom: string) => `made ${whom} a plain member`,
  owner: (whom: string) => `handed the chat over to ${whom}`,
  restricted: (whom: string, rights: string, when: string | null) =>
    `restricted ${whom} ${until(when)}${rights === '' ? '; nothing is left to them but reading' : `; they may still: ${rights}`}`,
  banned: (whom: string, when: string | null) => `banned ${whom} ${until(when)}`,
  lifted: (whom: string) => `lifted the restriction or ban of ${whom}`,
  inviteMade: (name: string) =>
    name === '' ? 'made an invite link' : `made the invite link “${name}”`,
  inviteRevoked: 'revoked an invite link',
  requestAccepted: (whom: string) => `let ${whom} in`,
  requestDeclined: (whom: string) => `declined the request of ${whom}`,
  pinned: 'pinned a message',
  unpinned: 'unpinned a message',
  deleted: (n: number) => `deleted ${count(n, 'message', 'messages')} of others`,
  deletedOf: (n: number, whom: string) => `deleted ${count(n, 'message', 'messages')} of ${whom}`,
}
