// Of invite links and of those who ask to be let in.

import { count } from './count.ts'

export const invites = {
  none: 'No links yet. Whoever has a link joins by it, until it is revoked.',
  detailed: 'A link with an end, a number of uses or approval…',
  name: 'Name of the link',
  nameHint: 'Only those who run the chat see it.',
  ends: 'It ends',
  endsHint: 'Afterwards nobody joins by it.',
  never: 'Never',
  after: (span: string) => `After ${span}`,
  usesMax: 'How many may join by it',
  usesOf: (n: number, most: number) =>
    `used ${n.toLocaleString('en')} of ${most.toLocaleString('en')} times`,
  endsAt: (when: string) => `ends ${when}`,
  approval: 'Ask before anybody joins',
  approvalHint: 'Those who run the chat decide on each person.',
  byApproval: 'by approval',
  expired: 'ended',
  usedUp: 'used up',
  revokeSure: (name: string) =>
    name === ''
      ? 'Revoke this link? Nobody joins by it any more.'
      : `Revoke “${name}”? Nobody joins by it any more.`,
  waiting: (n: number) =>
    n === 0
      ? 'Nobody waits to be let in.'
      : `${count(n, 'person waits', 'people wait')} to be let in.`,
  acceptAll: 'Accept all',
  declineAll: 'Decline all',
  declineAllSure: (n: number) =>
    `Decline ${count(n, 'request', 'requests')}? They may ask again in an hour.`,
  acceptOf: (name: string) => `Accept ${name}`,
  declineOf: (name: string) => `Decline ${name}`,
}
