// Messages that are sent later: one's own only, where one may write by then.

import { noOne, type Rows, readers, writers } from './row.ts'

const inAnHour = () => Date.now() + 3_600_000

export const scheduledRows: Rows = {
  schedule: {
    body: ({ chat, rid }) => ({ chat, rid: rid(), text: 'Later', at: inAnHour() }),
    ...writers,
  },
  scheduled: { body: ({ chat }) => ({ chat }), ...readers },
  changeScheduled: {
    own: {
      body: ({ scheduled }) => ({ id: scheduled, text: 'Other' }),
      ...writers,
      scheduled: true,
    },
    foreign: {
      body: ({ foreign }) => ({ id: foreign, text: 'Mine' }),
      ...noOne,
      scheduled: true,
    },
  },
  cancelScheduled: {
    own: {
      body: ({ scheduled }) => ({ id: scheduled }),
      group: '+ + + + + + + +',
      channel: '+ + + + . + + +',
      direct: '+ + + + + +',
      saved: '+ +',
      scheduled: true,
    },
    foreign: {
      body: ({ foreign }) => ({ id: foreign }),
      ...noOne,
      scheduled: true,
    },
  },
  sendScheduled: {
    own: { body: ({ scheduled }) => ({ id: scheduled }), ...writers, scheduled: true },
    foreign: {
      body: ({ foreign }) => ({ id: foreign }),
      ...noOne,
      scheduled: true,
    },
  },
}
