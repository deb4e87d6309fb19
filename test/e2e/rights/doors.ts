// Ways into a chat: links, requests, public names, the answer to a stranger.

import { noOne, type Rows, writers } from './row.ts'

export const doorsRows: Rows = {
  createInvite: {
    body: ({ chat, rid }) => ({ chat, rid: rid() }),
    ...writers,
    direct: 'C C C C C N',
    saved: 'C N',
  },
  invites: { body: ({ chat }) => ({ chat }), ...writers, direct: 'F F F F F N' },
  revokeInvite: {
    body: ({ chat, invite }) => ({ chat, invite: invite || 1 }),
    group: '+ + + N F N N N',
    channel: '+ + F F . N N N',
    direct: 'F F F F F N',
    saved: 'N N',
  },
  joinRequests: {
    body: ({ chat }) => ({ chat }),
    group: '+ + + F F N N N',
    channel: '+ + F F . N N N',
    direct: 'F F F F F N',
    saved: '+ N',
  },
  answerJoinRequest: {
    body: ({ chat }) => ({ chat, accept: false }),
    group: '+ + + F F N N N',
    channel: '+ + F F . N N N',
    direct: 'F F F F F N',
    saved: '+ N',
  },
  previewInvite: {
    body: ({ token }) => ({ token }),
    group: '+ + + + + + + +',
    channel: '+ + + + . + + +',
    direct: 'N N N N N N',
    saved: 'N N',
  },
  join: {
    body: ({ token }) => ({ token }),
    group: '+ + + + + F + +',
    channel: '+ + + + . F + +',
    direct: 'N N N N N N',
    saved: 'N N',
  },
  resolve: {
    body: ({ username }) => ({ username }),
    group: '+ + + + + N + +',
    channel: '+ + + + . N + +',
    direct: 'N N N N N N',
    saved: 'N N',
    public: true,
  },
  joinPublic: {
    'by name': {
      body: ({ username }) => ({ username }),
      group: '+ + + + + N + +',
      channel: '+ + + + . N + +',
      direct: 'N N N N N N',
      saved: 'N N',
      public: true,
    },
    'a private one': {
      body: ({ username }) => ({ username }),
      ...noOne,
    },
    'by its channel, which has none': {
      body: ({ chat }) => ({ discussion: chat }),
      ...noOne,
    },
  },
  answerRequest: {
    accept: {
      body: ({ chat }) => ({ chat, answer: 'accept' }),
      group: 'C C C C C N N N',
      channel: 'C C C C . N N N',
      // Where nothing waits, nothing changes; who asks cannot answer.
      direct: '+ + + C + N',
      saved: 'C N',
    },
    decline: {
      body: ({ chat }) => ({ chat, answer: 'decline' }),
      group: 'C C C C C N N N',
      channel: 'C C C C . N N N',
      direct: 'C C C C + N',
      saved: 'C N',
    },
  },
}
