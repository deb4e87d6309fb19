// Who is in a group or channel.

import { type Rows, readers, trusted, writers } from './row.ts'

export const membersRows: Rows = {
  members: { body: ({ chat }) => ({ chat }), ...readers, channel: '+ + + F . N N N' },
  addMembers: {
    body: ({ chat }, { nobody }) => ({ chat, users: [nobody] }),
    ...writers,
    direct: 'C C C C C N',
    saved: 'C N',
  },
  removeMember: { body: ({ chat, victim }) => ({ chat, user: victim }), ...trusted },
  leave: { body: ({ chat }) => ({ chat }), ...readers, direct: 'C C C C C N', saved: 'C N' },
  setRole: { body: ({ chat, victim }) => ({ chat, user: victim, role: 'admin' }), ...trusted },
  restrict: {
    restricted: {
      body: ({ chat, victim }) => ({ chat, user: victim, role: 'restricted' }),
      ...trusted,
      channel: 'C C F F . N N N',
    },
    banned: {
      body: ({ chat, victim }) => ({ chat, user: victim, role: 'banned', deleteHistory: true }),
      ...trusted,
    },
  },
}
