// Running a group or channel, and what channels have beside their posts.

import { right } from '#shared/protocol/permissions.ts'
import { type Rows, trusted } from './row.ts'

export const roomsRows: Rows = {
  editChat: { body: ({ chat }) => ({ chat, title: 'Other' }), ...trusted },
  setSignatures: {
    body: ({ chat }) => ({ chat, on: true }),
    ...trusted,
    group: 'C C C C C N N N',
  },
  stats: {
    body: ({ chat }) => ({ chat, days: 7 }),
    group: 'C C C C C N N N',
    channel: '+ + + F . N N N',
    direct: 'C C C C C N',
    saved: 'C N',
  },
  setUsername: {
    body: ({ chat }) => ({ chat, username: `public_${chat}` }),
    group: '+ F F F F N N N',
    channel: '+ F F F . N N N',
    direct: 'C C C C C N',
    saved: 'C N',
  },
  linkDiscussion: {
    'as a channel': {
      body: ({ chat }, { ownGroup }) => ({ channel: chat, group: ownGroup }),
      group: 'C C C C C N N N',
      channel: '. + F F . N N N',
      direct: 'C C C C C N',
      saved: 'C N',
    },
    'as a group': {
      body: ({ chat }, { ownChannel }) => ({ channel: ownChannel, group: chat }),
      group: '. + F F F N N N',
      channel: 'C C C C . N N N',
      direct: 'C C C C C N',
      saved: 'C N',
    },
    'ending none': {
      body: ({ chat }) => ({ channel: chat, group: null }),
      // It is no channel to anybody.
      group: 'N N N N N N N N',
      channel: '+ + + + . N N N',
      direct: 'N N N N N N',
      saved: 'N N',
    },
  },
  setDefaultRights: {
    body: ({ chat }) => ({ chat, rights: right.post }),
    ...trusted,
    channel: 'C C C C . N N N',
  },
  setRules: {
    slow: { body: ({ chat }) => ({ chat, slowModeS: 10 }), ...trusted, channel: 'C C C C . N N N' },
    brake: { body: ({ chat }) => ({ chat, joinsPerMinute: 10 }), ...trusted },
  },
  adminLog: {
    body: ({ chat }) => ({ chat }),
    group: '+ + + F F N N N',
    channel: '+ + + F . N N N',
    direct: 'F F F F F N',
    saved: '+ N',
  },
}
