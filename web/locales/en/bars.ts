// Of the bars above and below the messages.

import { count } from './count.ts'

export const bars = {
  pinned: (n: number, of: number) => (of === 1 ? 'Pinned message' : `Pinned message ${n} of ${of}`),
  allPins: 'All pinned messages',
  selected: (n: number) => count(n, 'message selected', 'messages selected'),
  selectedMax: (n: number) => `At most ${n} messages can be selected at once.`,
  stopSelecting: 'Select no more',
  blocked: 'You have blocked this person.',
  unblock: 'Unblock',
  accountGone: 'This account was deleted.',
  quiet: 'You cannot write here until the other person answers.',
  restricted: 'You may not write here.',
  restrictedUntil: (when: string) => `You may write here again ${when}.`,
  mute: 'Mute',
  unmute: 'Unmute',
  request: 'Request to write to you',
  requestOf: (name: string) =>
    `${name} would like to write to you. They do not see whether you have read this.`,
  accept: 'Accept',
  decline: 'Decline',
  block: 'Block',
  blockTitle: (name: string) => `Block ${name}?`,
  blockSure: 'They cannot write to you any more, and this chat goes away.',
  alsoReport: 'Also report it as spam',
}
