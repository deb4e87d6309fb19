// What a client shows of its user's reactions and votes: at once, rolled back when refused, and never undone by what
// the server said before.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { shownPoll, shownReactions } from './own-choices.ts'
import { asked, snapshot } from './test/pair.ts'
import { type Actor, World } from './test/world.ts'

async function opened() {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  world.server.post(chat, 2, 'Hello')
  const alice = await world.join('alice', 1)
  await world.drive(alice.client.open(1))
  return { world, chat, alice }
}

const rowOf = (actor: Actor, seq = 1) =>
  snapshot(actor)
    .windows.get(1)
    ?.messages.find(message => message.seq === seq)

t.test('a reaction is shown at once, and stays when the sums come', async t => {
  const { world, chat, alice } = await opened()
  world.server.choices.react(1, 1, 2, ['👍'])
  world.server.tellSums(chat, 1)
  await world.quiet()
  t.same(rowOf(alice)?.reacts, [{ e: '👍', n: 1 }])
  t.notOk(rowOf(alice)?.mine)
  const done = alice.client.react(1, 1, ['👍', '🔥'])
  const shown = [
    { e: '👍', n: 2 },
    { e: '🔥', n: 1 },
  ]
  t.match(rowOf(alice), { reacts: shown, mine: ['👍', '🔥'] }, 'before the server knows')
  await world.drive(done)
  t.match(rowOf(alice), { reacts: shown, mine: ['👍', '🔥'] }, 'before the sums are told')
  world.server.tellSums(chat, 1)
  await world.quiet()
  t.match(rowOf(alice), { reacts: shown, mine: ['👍', '🔥'] })
  await world.drive(alice.client.react(1, 1, []))
  t.same(rowOf(alice)?.reacts, [{ e: '👍', n: 1 }])
  t.notOk(rowOf(alice)?.mine)
})

t.test('what the server refuses is rolled back, to what was stored before', async t => {
  const { world, alice } = await opened()
  world.server.refusals = [new AppError('forbidden')]
  const refused = alice.client.react(1, 1, ['👍'])
  t.match(rowOf(alice), { reacts: [{ e: '👍', n: 1 }], mine: ['👍'] })
  await t.rejects(world.drive(refused), { code: 'forbidden' })
  t.notOk(rowOf(alice)?.reacts)
  t.notOk(rowOf(alice)?.mine)
  await world.drive(alice.client.react(1, 1, ['🔥']))
  world.server.refusals = [new AppError('quota_reached')]
  await t.rejects(world.drive(alice.client.react(1, 1, ['🔥', '👍'])), { code: 'quota_reached' })
  t.match(rowOf(alice), { reacts: [{ e: '🔥', n: 1 }], mine: ['🔥'] })
  await t.rejects(alice.client.react(1, 99, ['👍']), { code: 'not_found' })
})

t.test(
  'of quick changes of mind the last one counts, also if an earlier one is refused',
  async t => {
    const { world, chat, alice } = await opened()
    world.server.refusals = [new AppError('forbidden')]
    const first = alice.client.react(1, 1, ['👍'])
    const second = alice.client.react(1, 1, ['🔥'])
    await t.rejects(world.drive(first), { code: 'forbidden' })
    t.same(rowOf(alice)?.mine, ['🔥'])
    await world.drive(second)
    t.match(rowOf(alice), { reacts: [{ e: '🔥', n: 1 }], mine: ['🔥'] })
    world.server.tellSums(chat, 1)
    await world.quiet()
    t.match(rowOf(alice), { reacts: [{ e: '🔥', n: 1 }], mine: ['🔥'] })
  },
)

t.test('another device of the user shows it too, and a page loaded later', async t => {
  const { world, chat, alice } = await opened()
  const phone = await world.join('phone', 1)
  await world.drive(phone.client.open(1))
  await world.drive(alice.client.react(1, 1, ['👍']))
  await world.quiet()
  t.same(rowOf(phone)?.mine, ['👍'])
  world.server.tellSums(chat, 1)
  await world.quiet()
  const tablet = await world.join('tablet', 1)
  await world.drive(tablet.client.open(1))
  t.match(rowOf(tablet), { reacts: [{ e: '👍', n: 1 }], mine: ['👍'] })
  const bob = await world.join('bob', 2)
  await world.drive(bob.client.open(1))
  t.match(rowOf(bob), { reacts: [{ e: '👍', n: 1 }] })
  t.notOk(rowOf(bob)?.mine)
})

t.test('what another device takes back before the sums are told is gone here, too', async t => {
  const { world, alice } = await opened()
  const phone = await world.join('phone', 1)
  await world.drive(phone.client.open(1))
  await world.drive(alice.client.react(1, 1, ['👍']))
  await world.drive(phone.client.react(1, 1, []))
  await world.quiet()
  // The sums are what they were before both: no event of the message will ever tell.
  for (const actor of [alice, phone]) {
    t.notOk(rowOf(actor)?.mine, actor.name)
    t.notOk(rowOf(actor)?.reacts, actor.name)
  }
})

t.test('an answer that another device’s later choice has overtaken changes nothing', async t => {
  const { world, alice } = await opened()
  const phone = await world.join('phone', 1)
  await world.drive(phone.client.open(1))
  world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
  const first = alice.client.react(1, 1, ['👍'])
  await world.network.pump()
  await world.drive(phone.client.react(1, 1, ['🔥']))
  await world.network.pump()
  world.network.releaseAnswers('alice')
  await world.drive(first)
  t.same(rowOf(alice)?.mine, ['🔥'])
})

t.test('an edit whose answer comes before earlier sums does not undo them', async t => {
  const { world, chat, alice } = await opened()
  const { seq } = world.server.post(chat, 1, 'mine')
  await world.quiet()
  world.server.choices.react(1, seq, 2, ['👍'])
  world.server.tellSums(chat, seq)
  // The sums come after the answer, and the edit's own event never.
  world.network.disturb('alice', ['swap', 'drop', 'swap'])
  await world.drive(alice.client.edit(1, seq, 'changed'))
  await world.settleAll()
  t.match(rowOf(alice, seq), { text: 'changed', reacts: [{ e: '👍', n: 1 }] })
})

t.test('an answer that was asked for before the choice does not undo it', async t => {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  world.server.post(chat, 2, 'Hello')
  const alice = await world.join('alice', 1)
  world.network.delayAnswers('alice', 9, Number.POSITIVE_INFINITY)
  const page = alice.client.open(1)
  await world.network.pump()
  t.equal(asked(world, 'history'), 1)
  world.server.tellChosen(1, 1, world.server.choices.react(1, 1, 1, ['👍']))
  await world.network.pump()
  t.notOk(rowOf(alice), 'the page is still on its way')
  world.network.releaseAnswers('alice')
  await world.drive(page)
  t.same(rowOf(alice)?.mine, ['👍'])
})

t.test('a view keeps its identity until the choice at it changes', async t => {
  const { world, chat, alice } = await opened()
  world.server.post(chat, 2, 'Another')
  await world.quiet()
  const before = [rowOf(alice, 1), rowOf(alice, 2)]
  await world.drive(alice.client.react(1, 2, ['👍']))
  t.equal(rowOf(alice, 1), before[0])
  t.not(rowOf(alice, 2), before[1])
  const after = rowOf(alice, 2)
  alice.client.typing(1)
  t.equal(rowOf(alice, 2), after)
})

t.test('a poll shows how it stands once one has voted', async t => {
  const { world, chat, alice } = await opened()
  const row = world.server.post(chat, 2, 'Which?')
  const poll = { options: ['a', 'b'], counts: [0, 0], voters: 0 }
  chat.rows[row.seq - 1] = { ...row, poll }
  world.server.choices.vote(1, row.seq, 2, [1])
  world.server.tellSums(chat, row.seq)
  await world.quiet()
  t.match(rowOf(alice, row.seq)?.poll, { options: ['a', 'b'], voters: 1 })
  t.notOk('counts' in (rowOf(alice, row.seq)?.poll ?? {}))
  await world.drive(alice.client.polls.vote(1, row.seq, [0]))
  world.server.tellSums(chat, row.seq)
  await world.quiet()
  t.match(rowOf(alice, row.seq)?.poll, { counts: [1, 1], voters: 2, mine: [0] })
})

t.test('what is shown of a poll and of reactions, case by case', async t => {
  const poll = { options: ['a', 'b'], counts: [3, 1], voters: 4, quiz: true as const }
  t.notOk('counts' in shownPoll(poll, undefined))
  t.match(shownPoll(poll, { seq: 1, votes: [0], answer: { correct: 1, why: 'so' } }), {
    counts: [3, 1],
    mine: [0],
    correct: 1,
    why: 'so',
  })
  t.match(shownPoll({ ...poll, closed: true, correct: 1 }, undefined), {
    counts: [3, 1],
    correct: 1,
  })
  const message = { seq: 1, rev: 5, from: 2, rid: 1, at: 0, text: '' }
  const held = { own: { seq: 1, reacts: ['👍'] }, pending: undefined }
  t.same(
    shownReactions(message, held),
    { reacts: [{ e: '👍', n: 1 }], mine: ['👍'] },
    'sums lag behind',
  )
  const pending = { emojis: [], before: ['👍'], rev: 5, isStored: false }
  const reacts = [{ e: '👍', n: 1 }]
  t.same(
    shownReactions({ ...message, reacts }, { ...held, pending }),
    {},
    'the last one taken back',
  )
})

t.test(
  'a choice made elsewhere while the client was away is shown after it comes back',
  async t => {
    const { world, chat, alice } = await opened()
    await world.drive(alice.client.react(1, 1, ['👍']))
    world.server.tellSums(chat, 1)
    await world.quiet()
    world.network.break('alice', false)
    world.server.tellChosen(1, 1, world.server.choices.react(1, 1, 1, ['🔥']))
    world.server.tellSums(chat, 1)
    await world.quiet()
    await world.until(() => rowOf(alice)?.mine?.[0] === '🔥')
    t.match(rowOf(alice), { reacts: [{ e: '🔥', n: 1 }], mine: ['🔥'] })
  },
)
