// Reports: what is copied, who may report what, and how much.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { readReports } from '#shared/store/reports.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { deleteMessages } from './edit-message.ts'
import { hideMessages } from './hide-messages.ts'
import { report } from './report.ts'

const world = await openWorld(t)
const all = (reporter: number) =>
  readReports(world.db, 'open', 0, 1_000).then(rows =>
    rows.filter(each => each.reporter === reporter),
  )

t.test('reported messages are kept as they were, with who wrote them', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const one = await world.sent({ chat, sender: bob, text: 'Send me money' })
  const two = await world.sent({ chat, sender: bob, text: 'Now' })
  const input = {
    chat,
    seqs: [one.seq, two.seq, one.seq],
    reason: 'fraud' as const,
    text: 'He does.',
  }
  const told = await world.announced(() => report(world, alice, input))
  t.same(told, { chats: {}, users: {} }, 'nobody is told')
  await deleteMessages(world, alice, chat, [one.seq, two.seq])
  t.match(await all(alice), [
    {
      chat,
      user: bob,
      seqs: [one.seq, two.seq],
      reason: 'fraud',
      text: 'He does.',
      state: 'open',
      evidence: {
        chat: { kind: 'group', title: 'Birds' },
        messages: [
          { seq: one.seq, from: bob, text: 'Send me money' },
          { seq: two.seq, from: bob, text: 'Now' },
        ],
      },
    },
  ])
  const three = await world.sent({ chat, sender: carol })
  const four = await world.sent({ chat, sender: bob })
  await report(world, alice, { chat, seqs: [three.seq, four.seq], reason: 'spam' })
  t.equal((await all(alice))[1]?.user, undefined, 'of several people it is about none')
})

t.test(
  'a person is reported with profile and last messages, a chat with its last messages',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.direct(alice, bob)
    for (let i = 1; i <= 12; i++)
      await world.sent({ chat, sender: i % 6 ? bob : alice, text: `${i}` })
    await report(world, alice, { chat, user: bob, reason: 'impersonation' })
    await report(world, alice, { chat, reason: 'other' })
    const [person, whole] = await all(alice)
    t.match(person, { user: bob, seqs: [], evidence: { user: { id: bob, name: String } } })
    t.same(
      person?.evidence.messages.map(message => message.text),
      ['1', '2', '3', '4', '5', '7', '8', '9', '10', '11'],
    )
    t.equal(whole?.evidence.messages.length, 10)
    t.equal(whole?.user, undefined)
  },
)

t.test('a post without signature is its author’s, for the operators', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.channel(alice, [bob])
  const { seq } = await world.sent({ chat, sender: alice, text: 'Buy' })
  await report(world, bob, { chat, seqs: [seq], reason: 'spam' })
  t.match(await all(bob), [{ user: alice, evidence: { messages: [{ from: alice }] } }])
})

t.test('only what one sees can be reported', async t => {
  const [alice = 0, bob = 0, carol = 0, dora = 0] = await world.people(4)
  const chat = await world.group(alice, [bob])
  const { seq } = await world.sent({ chat, sender: bob })
  const reason = 'spam' as const
  const channel = await world.channel(alice, [bob, dora])
  const cases: [string, number, Parameters<typeof report>[2], string][] = [
    ['a chat of others', carol, { chat, seqs: [seq], reason }, 'not_found'],
    ['a message that is not there', alice, { chat, seqs: [seq, 99], reason }, 'not_found'],
    ['somebody elsewhere', alice, { chat, user: carol, reason }, 'not_found'],
    ['another subscriber', bob, { chat: channel, user: dora, reason }, 'not_found'],
    ['who runs the channel', bob, { chat: channel, user: alice, reason }, 'none'],
    ['oneself', alice, { chat, user: alice, reason }, 'bad_request'],
    ['both at once', alice, { chat, user: bob, seqs: [seq], reason }, 'bad_request'],
    ['what cannot be stored', alice, { chat, reason, text: 'a\0b' }, 'bad_text'],
  ]
  for (const [what, actor, input, code] of cases)
    t.equal(await refusal(report(world, actor, input)), code, what)
  await deleteMessages(world, bob, chat, [seq])
  t.equal(
    await refusal(report(world, alice, { chat, seqs: [seq], reason })),
    'not_found',
    'deleted',
  )
  const hidden = await world.sent({ chat, sender: bob })
  await hideMessages(world, alice, chat, [hidden.seq])
  t.equal(await refusal(report(world, alice, { chat, seqs: [hidden.seq], reason })), 'none')
})

t.test('so many a day and no more, also at once; the first one frees its place', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  await world.sent({ chat, sender: bob })
  const answers = await Promise.all(
    Array.from({ length: limits.reportsPerDayMax + 3 }, () =>
      refusal(report(world, alice, { chat, reason: 'spam' })),
    ),
  )
  t.equal(answers.filter(code => code === 'none').length, limits.reportsPerDayMax)
  const error = await report(world, alice, { chat, reason: 'spam' }).catch(error => error)
  t.equal(error.code, 'rate_limited')
  t.ok(error.retryMs > 86_000_000 && error.retryMs <= 86_400_000, `${error.retryMs} ms`)
  await world.db.query({
    text: `update reports set created_at = created_at - interval '1 day'
           where id = (select min(id) from reports where reporter_id = $1)`,
    values: [alice],
  })
  t.equal(await refusal(report(world, alice, { chat, reason: 'spam' })), 'none')
})
