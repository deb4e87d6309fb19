// What the demo people have written to each other: long enough to scroll, with formatting and replies.
// Only data; demo.ts writes it.

import type { Entity } from '#shared/protocol/entities.ts'

export const demoPeople = [
  { username: 'alice', name: 'Alice' },
  { username: 'bob', name: 'Bob' },
  { username: 'carol', name: 'Carol' },
] as const

export type DemoUsername = (typeof demoPeople)[number]['username']

/** One message: who, minutes after the one before, what, and which message (by index in its list) it answers. */
export interface DemoMessage {
  from: DemoUsername
  after: number
  text: string
  reply?: number
  /** Formatting of the first occurrence of a part of the text. */
  mark?: { part: string; t: Entity['t']; url?: string; lang?: string }[]
}

export const directHistory: DemoMessage[] = [
  { from: 'alice', after: 0, text: 'Hi Bob! Is this thing on?' },
  { from: 'bob', after: 2, text: 'Loud and clear. How was the crossing?', reply: 0 },
  {
    from: 'alice',
    after: 1,
    text: 'Windy. The ferry was two hours late and half of the deck was seasick.',
  },
  {
    from: 'alice',
    after: 1,
    text: 'But I saw my first storm petrels! A dozen of them, pattering over the waves behind the ship.',
  },
  { from: 'bob', after: 3, text: 'In that weather? They are smaller than a blackbird.', reply: 3 },
  {
    from: 'alice',
    after: 1,
    text: 'That is what makes them so good. The worse the storm, the closer they come.',
    mark: [{ part: 'The worse the storm', t: 'italic' }],
  },
  { from: 'bob', after: 2, text: 'I am a bit jealous. All I have seen today is a spreadsheet.' },
  { from: 'alice', after: 1, text: 'Poor you. Is it the grant report?' },
  {
    from: 'bob',
    after: 1,
    text: 'Yes. Due on Friday, and the totals still do not add up.',
    mark: [{ part: 'Friday', t: 'bold' }],
  },
  {
    from: 'alice',
    after: 2,
    text: 'Try this, it found my mistake last year:\nselect station, sum(hours) from log group by station;',
    mark: [
      { part: 'select station, sum(hours) from log group by station;', t: 'pre', lang: 'sql' },
    ],
  },
  { from: 'bob', after: 9, text: 'Found it. Station 4 was counted twice.', reply: 9 },
  { from: 'bob', after: 1, text: 'You have just saved my weekend.' },
  { from: 'alice', after: 1, text: 'Then you have no excuse any more: come over on Saturday.' },
  { from: 'bob', after: 2, text: 'Which ferry?', reply: 12 },
  {
    from: 'alice',
    after: 1,
    text: 'The one at 8:40. Bring binoculars and something warm.',
    mark: [{ part: '8:40', t: 'bold' }],
  },
  { from: 'bob', after: 4, text: 'Booked. 🎉' },
  { from: 'alice', after: 1, text: 'Great! I will ask Carol whether we can have the hut.' },
  { from: 'bob', after: 30, text: 'Do you still have the long lens?' },
  { from: 'alice', after: 12, text: 'I do, and the tripod.', reply: 17 },
  { from: 'bob', after: 2, text: 'Perfect. See you on Saturday!' },
  { from: 'bob', after: 1, text: 'And thanks again for the query.' },
]

export const groupHistory: DemoMessage[] = [
  {
    from: 'carol',
    after: 0,
    text: 'The hut is ours from Saturday noon until Sunday evening.',
    mark: [{ part: 'Saturday noon', t: 'bold' }],
  },
  { from: 'alice', after: 3, text: 'Wonderful, thank you Carol!', reply: 0 },
  {
    from: 'bob',
    after: 2,
    text: 'I arrive with the 8:40 ferry. Who else needs a lift from the harbour?',
  },
  { from: 'carol', after: 6, text: 'I walk, it is only an hour along the cliffs.', reply: 2 },
  { from: 'alice', after: 1, text: 'I pick Bob up, the car is full of gear anyway.' },
  { from: 'bob', after: 2, text: 'What should we bring to eat?' },
  { from: 'carol', after: 4, text: 'There is a stove and a pot. I bring soup and bread.' },
  { from: 'alice', after: 1, text: 'Cheese, apples, coffee from me.' },
  {
    from: 'bob',
    after: 1,
    text: 'Then I take care of the cake. This is not up for discussion.',
    mark: [{ part: 'not', t: 'underline' }],
  },
  {
    from: 'carol',
    after: 8,
    text: 'The forecast says gale force 8 on Saturday night.',
    mark: [{ part: 'gale force 8', t: 'bold' }],
  },
  {
    from: 'alice',
    after: 1,
    text: 'Exactly the weather we want. They come right up to the cliffs.',
    reply: 9,
  },
  { from: 'bob', after: 2, text: 'You two are not normal 😄' },
  {
    from: 'carol',
    after: 1,
    text: 'For the nets we meet at 22:00 at the lower path. Head torches with red light only, please.',
    mark: [
      { part: '22:00', t: 'bold' },
      { part: 'red light only', t: 'italic' },
    ],
  },
  { from: 'bob', after: 3, text: 'Why red?', reply: 12 },
  { from: 'carol', after: 1, text: 'White light blinds them and they fly into things.', reply: 13 },
  { from: 'bob', after: 1, text: 'Makes sense. I have one with both.' },
  {
    from: 'alice',
    after: 25,
    text: 'Packing list: torch, gloves, notebook, spare socks. Twice the socks.',
  },
  { from: 'bob', after: 5, text: 'What is the ring number format again?' },
  {
    from: 'carol',
    after: 4,
    text: 'Two digits, a dash, five digits, as in 24-01937.',
    mark: [{ part: '24-01937', t: 'code' }],
    reply: 17,
  },
  { from: 'alice', after: 2, text: 'See you all on Saturday!' },
]

export const channelHistory: DemoMessage[] = [
  {
    from: 'carol',
    after: 0,
    text: 'Welcome to the news of the petrel station. Sightings, ringing results and the weather, about once a day.',
    mark: [{ part: 'petrel station', t: 'bold' }],
  },
  {
    from: 'carol',
    after: 1440,
    text: 'Ringing night one: 34 birds, 5 of them ringed in earlier years.',
  },
  {
    from: 'carol',
    after: 1440,
    text: 'The oldest so far was ringed 21 years ago and looks as if nothing had happened.',
    mark: [{ part: '21 years ago', t: 'bold' }],
  },
  {
    from: 'carol',
    after: 1440,
    text: 'No nets tonight: too much moon. The birds stay away from the colony when it is bright.',
  },
  {
    from: 'carol',
    after: 1440,
    text: 'How to tell the species apart: https://example.org/petrels',
    mark: [{ part: 'https://example.org/petrels', t: 'url' }],
  },
  {
    from: 'carol',
    after: 1440,
    text: 'Please keep dogs on the lead between the lighthouse and the lower path until September.',
    mark: [{ part: 'until September', t: 'bold' }],
  },
  {
    from: 'carol',
    after: 1440,
    text: 'Gale warning for Saturday. The ferry may not go back on Sunday morning.',
    mark: [{ part: 'Gale warning', t: 'bold' }],
  },
]
