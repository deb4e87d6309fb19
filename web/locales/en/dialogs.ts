// Of the dialogs that begin chats.

import { count } from './count.ts'

export const dialogs = {
  directHint: 'Enter the exact username of the person.',
  start: 'Start chat',
  title: 'Title',
  about: 'About',
  optional: 'optional',
  people: 'People',
  peopleHint: 'Add people by username. More can join later.',
  addPerson: 'Add',
  remove: (name: string) => `Remove ${name}`,
  createGroup: 'Create group',
  createChannel: 'Create channel',
  channelHint: 'In a channel only you and its admins can post; everybody else reads.',
  link: 'Invite link',
  linkHint: 'Paste the link that somebody gave you.',
  badLink: 'This does not look like an invite link.',
  look: 'Look it up',
  joinTitle: (title: string) => `Join “${title}”?`,
  join: 'Join',
  openIt: 'Open',
  alreadyIn: 'You are already a member.',
  requested: 'You asked to join. Those who run it decide.',
  groupOf: (n: number) => `Group, ${count(n, 'member', 'members')}`,
  channelOf: (n: number) => `Channel, ${count(n, 'member', 'members')}`,
}
