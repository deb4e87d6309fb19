// Reactions and polls.

import { type Rows, readers, trusted, writers } from './row.ts'

export const choicesRows: Rows = {
  react: {
    body: ({ chat, other }) => ({ chat, seq: other, emojis: ['👍'] }),
    group: '+ + + + F N N N',
    channel: '+ + + + . N N N',
    direct: '+ F F F F N',
    saved: '+ N',
    stale: 'not_found',
  },
  reactors: {
    body: ({ chat, other }) => ({ chat, seq: other }),
    ...readers,
    channel: '+ + + F . N N N',
    stale: 'not_found',
  },
  setReactions: { body: ({ chat }) => ({ chat, allowed: [] }), ...trusted },
  createPoll: {
    body: ({ chat, rid }) => ({ chat, rid: rid(), question: 'Which?', options: ['One', 'Other'] }),
    ...writers,
  },
  vote: {
    body: ({ chat, poll }) => ({ chat, seq: poll, options: [0] }),
    ...readers,
    direct: '+ F F F F N',
    stale: 'not_found',
  },
  voters: {
    public: {
      body: ({ chat, poll }) => ({ chat, seq: poll, option: 0 }),
      ...readers,
      // Polls in channels are not public: subscribers do not learn of each other.
      channel: '. . . . . N N N',
      stale: 'not_found',
    },
    anonymous: {
      body: ({ chat, ownPoll }) => ({ chat, seq: ownPoll, option: 0 }),
      group: 'F F F F F N N N',
      channel: 'F F F F . N N N',
      direct: 'F F F F F N',
      saved: 'F N',
    },
  },
  closePoll: {
    own: { body: ({ chat, ownPoll }) => ({ chat, seq: ownPoll }), ...readers, stale: 'not_found' },
    others: {
      body: ({ chat, poll }) => ({ chat, seq: poll }),
      group: '+ + + F F N N N',
      channel: '+ + + F . N N N',
      direct: 'F F F F F N',
      saved: '. N',
    },
  },
}
