// Operations on no chat: about oneself, people, and what spans all chats.

import type { OpIn, OpName } from '#shared/protocol/ops.ts'

export interface People {
  self: number
  friend: number
  /** Shares no chat with the one who asks. */
  stranger: number
  /** Blocks the one who asks. */
  blocker: number
  deleted: number
}

export type Personal = { [Name in OpName]?: Record<string, [body: OpIn<Name>, answer: string]> }

/** Operations on nobody's chat, asked by a signed-in person. An id that was never given is 1: ids are random. */
export const personal = ({ self, friend, stranger, blocker, deleted }: People): Personal => ({
  ping: { anybody: [{}, '+'] },
  userDiff: { 'from the begin': [{ since: 0 }, '+'] },
  chats: { anybody: [{}, '+'] },
  users: { 'also strangers, who are left out': [{ users: [friend, stranger, deleted, 1] }, '+'] },
  presence: { 'also strangers, who are left out': [{ users: [friend, stranger, 1] }, '+'] },
  watch: { 'also chats of others, which stay silent': [{ chats: [1, 2, 3] }, '+'] },
  createDirect: {
    'with a stranger': [{ user: stranger }, '+'],
    'with oneself': [{ user: self }, 'R'],
    'with one who blocks': [{ user: blocker }, 'F'],
    'with nobody': [{ user: 1 }, 'N'],
    'with a deleted account': [{ user: deleted }, 'N'],
  },
  createGroup: {
    'with anybody': [{ rid: 1, title: 'Mine', users: [friend, blocker, deleted, 1] }, '+'],
  },
  createChannel: { anybody: [{ rid: 2, title: 'Mine' }, '+'] },
  saved: { anybody: [{}, '+'] },
  setFolders: {
    'also with chats of others': [{ folders: [{ id: 1, title: 'All', include: [1] }] }, '+'],
  },
  folders: { anybody: [{}, '+'] },
  contacts: { anybody: [{}, '+'] },
  setContact: {
    friend: [{ user: friend, name: 'Friend' }, '+'],
    oneself: [{ user: self }, 'R'],
    nobody: [{ user: 1 }, 'N'],
    'a deleted account': [{ user: deleted }, 'N'],
    'one who blocks': [{ user: blocker }, '+'],
  },
  blocks: { anybody: [{}, '+'] },
  block: {
    stranger: [{ user: stranger, blocked: true }, '+'],
    oneself: [{ user: self, blocked: true }, 'R'],
    nobody: [{ user: 1, blocked: true }, 'N'],
  },
  privacy: { anybody: [{}, '+'] },
  setPrivacy: { anybody: [{}, '+'] },
  searchUsers: { anybody: [{ query: 'somebody' }, '+'] },
  // Those of one chat are rows of scheduled.ts and reading.ts.
  scheduled: { 'of all chats': [{}, '+'] },
  search: { 'in all chats': [{ query: 'somebody' }, '+'] },
})
