// Of the chat list.

import { count } from './count.ts'

export const chats = {
  label: 'Chats',
  empty: 'No chats yet. Start one with the button above.',
  more: 'Show more chats',
  saved: 'Saved messages',
  unnamed: 'Deleted account',
  create: 'New chat',
  direct: 'New direct chat',
  group: 'New group',
  channel: 'New channel',
  openSaved: 'Saved messages',
  join: 'Join by invite link',
  account: 'Account',
  signOut: 'Sign out',
  signedInAs: (name: string) => `Signed in as ${name}`,
  unread: (n: number) => count(n, 'unread message', 'unread messages'),
  online: 'online',
  you: 'You',
  noMessages: 'No messages yet',
  deleted: 'Message deleted',
}
