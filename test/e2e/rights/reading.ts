// Reading a chat and one's own place in it: whoever is in it may, but for who has read a message.

import { noOne, type Rows, readers } from './row.ts'

export const readingRows: Rows = {
  diff: { body: ({ chat }) => ({ chat, since: 0 }), ...readers },
  chat: { body: ({ chat }) => ({ chat }), ...readers },
  history: { body: ({ chat }) => ({ chat }), ...readers },
  pins: { body: ({ chat }) => ({ chat }), ...readers },
  mentions: { body: ({ chat }) => ({ chat }), ...readers },
  search: { body: ({ chat }) => ({ chat, query: 'somebody' }), ...readers },
  read: { body: ({ chat, own }) => ({ chat, seq: own }), ...readers },
  delivered: { body: ({ chat, own }) => ({ chat, seq: own }), ...readers },
  readBy: {
    own: {
      body: ({ chat, own }) => ({ chat, seq: own }),
      ...readers,
      channel: 'C C C C . N N N',
      stale: 'not_found',
    },
    others: {
      body: ({ chat, other }) => ({ chat, seq: other }),
      group: 'F F F F F N N N',
      channel: 'C C C C . N N N',
      direct: 'F F F F F N',
      saved: '. N',
    },
  },
  view: {
    body: ({ chat, other }) => ({ chat, seqs: [other] }),
    group: 'C C C C C N N N',
    channel: '+ + + + . N N N',
    direct: 'C C C C C N',
    saved: 'C N',
  },
  // Where there is no discussion there are no comments; test/e2e/channels.test.ts has both.
  comments: {
    body: ({ chat, other }) => ({ chat, seq: other }),
    ...noOne,
  },
  typing: { body: ({ chat }) => ({ chat }), ...readers },
  draft: { body: ({ chat }) => ({ chat, text: 'Begun' }), ...readers },
  setPlace: { body: ({ chat }) => ({ chat, mentionsMuted: true }), ...readers },
}
