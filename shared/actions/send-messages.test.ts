import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { message as messageShape } from '#shared/protocol/models.ts'
import { nextRid, openWorld } from '#test/helpers/world.ts'
import { readHistory } from './read-chats.ts'
import { type Outgoing, sendBatch } from './send-messages.ts'

const world = await openWorld(t)
const outgoing = (more: Partial<Outgoing>): Outgoing => ({
  chat: 0,
  sender: 0,
  rid: nextRid(),
  text: 'Hello',
  ents: undefined,
  reply: undefined,
  silent: false,
  origin: undefined,
  members: 2,
  ...more,
})

t.test(
  'the event of a message is what its readers will find, and goes with its origin',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.direct(alice, bob)
    await world.sent({ chat, sender: bob })
    const ents = [{ t: 'link' as const, o: 0, l: 2, url: 'https://example.org' }]
    const batch = [
      outgoing({ chat, sender: alice, origin: 'c1', text: '🐦 a', ents, reply: 1, silent: true }),
      outgoing({ chat, sender: bob, text: 'plain', ents: [] }),
    ]
    const { results, publish } = await sendBatch(world.db, batch)
    t.match(results, [
      { seq: 2, rev: 4 },
      { seq: 3, rev: 5 },
    ])
    t.match(publish.events, [
      { type: 'chat', chat, seq: 2, rev: 4, members: 2, origin: 'c1' },
      { type: 'chat', chat, seq: 3, rev: 5, members: 2 },
    ])
    t.notOk('origin' in (publish.events[1] ?? {}))
    const { messages } = await readHistory(world, bob, chat, { after: 1 }, 10)
    publish.events.forEach((event, i) => {
      const body = event.type === 'chat' ? decode(event.frame).frame[4] : null
      t.same(body, messages[i])
      t.same(messageShape.parse(body), body)
    })
  },
)

t.test('results stand in the order of the batch, whatever became of each', async t => {
  const [alice = 0, bob = 0, outsider = 0] = await world.people(3)
  const chat = await world.direct(alice, bob)
  const other = await world.group(alice)
  const first = outgoing({ chat, sender: alice })
  await sendBatch(world.db, [first])
  await world.place(chat, bob, 'restricted')
  const { results, publish } = await sendBatch(world.db, [
    outgoing({ chat, sender: outsider }),
    outgoing({ chat: other, sender: alice }),
    first,
    outgoing({ chat, sender: bob }),
    outgoing({ chat, sender: alice, reply: 9 }),
    outgoing({ chat, sender: alice }),
  ])
  t.same(
    results.map(result => (result instanceof AppError ? result.code : [result.seq, result.rev])),
    ['not_found', [2, 3], [1, 3], 'forbidden', 'bad_reply', [2, 4]],
  )
  t.equal(publish.events.length, 2, 'a duplicate is not told again')
})

t.test('a batch of nothing but refusals or duplicates publishes nothing', async t => {
  const [alice = 0, bob = 0, outsider = 0] = await world.people(3)
  const chat = await world.direct(alice, bob)
  const first = outgoing({ chat, sender: alice })
  await sendBatch(world.db, [first])
  const again = await sendBatch(world.db, [first, outgoing({ chat, sender: outsider })])
  t.same(again.publish, { outbox: null, events: [] })
  t.same((await sendBatch(world.db, [])).publish, { outbox: null, events: [] })
})
