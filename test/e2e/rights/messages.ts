// Writing and changing messages, deleting them for everybody or oneself, reporting them.

import { greeters, type Rows, readers, trusted, writers } from './row.ts'

export const messagesRows: Rows = {
  send: {
    text: { body: ({ chat, rid }) => ({ chat, rid: rid(), text: 'Hello' }), ...greeters },
    link: {
      body: ({ chat, rid }) => ({ chat, rid: rid(), text: 'https://birds.example/' }),
      ...greeters,
    },
    reply: {
      body: ({ chat, rid, other }) => ({ chat, rid: rid(), text: 'Yes', reply: other }),
      ...greeters,
      stale: 'bad_reply',
    },
    quote: {
      body: ({ chat, rid, other }) => ({
        chat,
        rid: rid(),
        text: 'Yes',
        reply: other,
        quote: { text: 'wrote', o: 0 },
      }),
      ...greeters,
      stale: 'bad_reply',
    },
  },
  forward: {
    'to here': {
      body: ({ chat, rid }, { saved }) => ({
        chat,
        from: saved.chat,
        seqs: [saved.seq],
        rids: [rid()],
      }),
      ...writers,
    },
    'from here': {
      body: ({ chat, rid, other }, { saved }) => ({
        chat: saved.chat,
        from: chat,
        seqs: [other],
        rids: [rid()],
      }),
      ...readers,
      stale: 'not_found',
    },
  },
  edit: {
    own: {
      body: ({ chat, own }) => ({ chat, seq: own, text: 'Better' }),
      ...writers,
      stale: 'not_found',
    },
    others: {
      body: ({ chat, other }) => ({ chat, seq: other, text: 'Worse' }),
      group: 'F F F F F N N N',
      // What stands in the channel's name is everybody's who speaks for it.
      channel: '+ + F F . N N N',
      direct: 'F F F F F N',
      saved: '. N',
    },
  },
  delete: {
    own: { body: ({ chat, own }) => ({ chat, seqs: [own] }), ...readers, stale: 'not_found' },
    others: {
      body: ({ chat, other }) => ({ chat, seqs: [other] }),
      ...trusted,
      direct: '+ F F F F N',
      saved: '. N',
    },
  },
  hide: { body: ({ chat, other }) => ({ chat, seqs: [other] }), ...readers, stale: 'not_found' },
  clearHistory: {
    self: { body: ({ chat, other }) => ({ chat, upTo: other }), ...readers },
    both: {
      body: ({ chat, other }) => ({ chat, upTo: other, forAll: true }),
      group: 'C C C C C N N N',
      channel: 'C C C C . N N N',
      direct: '+ F F F F N',
      saved: '+ N',
    },
  },
  report: {
    body: ({ chat, other }) => ({ chat, seqs: [other], reason: 'spam' }),
    ...readers,
    stale: 'not_found',
  },
  pin: {
    body: ({ chat, other }) => ({ chat, seq: other, on: true }),
    ...trusted,
    direct: '+ F F F F N',
    saved: '+ N',
    stale: 'not_found',
  },
  setAutoDelete: {
    body: ({ chat }) => ({ chat, s: 86_400 }),
    ...trusted,
    direct: '+ F F F F N',
    saved: '+ N',
  },
}
