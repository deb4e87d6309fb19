// Of people: contacts, profiles, blocking, reports.

import type { ReportReason } from '#shared/protocol/privacy.ts'
import { count } from './count.ts'

const reasons: Record<ReportReason, string> = {
  spam: 'Spam',
  violence: 'Violence',
  childAbuse: 'Child abuse',
  pornography: 'Pornography',
  illegal: 'Illegal goods or acts',
  personalData: 'Somebody’s personal data',
  fraud: 'Fraud',
  impersonation: 'Pretends to be somebody else',
  other: 'Something else',
}

export const people = {
  search: 'Name or @username',
  nobodyYet:
    'People whom you write with and your contacts stand here. Search for others by username.',
  nobodyFound:
    'Nobody found. Those whom you do not know are found by their username, from its third letter on.',
  contacts: 'Contacts',
  noContacts:
    'No contacts yet. Search for somebody and add them: you can give them a name of your own.',
  addContact: 'Add to contacts',
  editContact: 'Rename',
  removeContact: 'Remove from contacts',
  removeSure: (name: string) =>
    `Remove ${name} from your contacts? Your chat and its messages stay. They learn nothing of it.`,
  ownName: 'Your name for them',
  ownNameHint: 'Only you see it. Leave it empty to use theirs.',
  isContact: 'In your contacts',
  message: 'Write a message',
  profile: 'Profile',
  username: 'Username',
  you: 'This is you.',
  blocked: 'You have blocked them.',
  report: {
    title: 'Report',
    messages: (n: number) => `Report ${count(n, 'message', 'messages')}`,
    person: (name: string) => `Report ${name}`,
    chat: (title: string) => `Report “${title}”`,
    hint: 'Those who run this server see your report with a copy of what is there now. Nobody in the chat is told.',
    reason: 'What is wrong?',
    reasons,
    text: 'What should they know?',
    button: 'Report',
    thanks: 'Thank you. Your report is with those who run this server.',
    done: 'Close',
  },
}
