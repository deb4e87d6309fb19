// Large chats, seen by somebody who does not look at them: the list is right, and hardly anything is asked.

import t from 'tap'
import { chatFrame, controlFrame } from '#shared/protocol/frames.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Chat } from '#shared/protocol/models.ts'
import { bumped } from './bump.ts'
import { asked, pair, seqs, viewOf, windowOf } from './test/pair.ts'
import { differences, listDifferences } from './test/world.ts'

/** Alice and Bob in a large chat that neither has opened; `waited` lets a bump come, `requests` counts those since. */
async function largePair() {
  const { world, chat, alice, bob } = await pair()
  world.server.devices.fullFanOutMembersMax = 1
  world.server.post(chat, 2, 'first')
  await world.quiet()
  world.server.requests.length = 0
  const waited = async () => {
    await world.network.pump()
    await world.clock.advance(limits.bumpEveryMs)
    await world.network.pump()
  }
  const requests = () => world.server.requests.map(({ user, op }) => `${user} ${op}`)
  return { world, chat, alice, bob, waited, requests }
}

t.test('a bump that does not meet what is held is not applied: the chat is asked for', async t => {
  const { world, chat, alice, waited } = await largePair()
  world.network.disturb('alice', ['drop', 'pass'])
  world.server.setTitle(chat, 'Lost with its bump')
  await waited()
  world.server.post(chat, 2, 'second')
  await waited()
  t.match(viewOf(alice), { title: 'Chat 1', last: { text: 'first' } })
  t.equal(asked(world, 'chat'), 0, 'not at once: others may have missed it too')
  await waited()
  await world.clock.advance(limits.gapHoldMs)
  await world.network.pump()
  t.equal(asked(world, 'chat'), 1)
  t.match(viewOf(alice), { title: 'Lost with its bump', unread: 2, last: { text: 'second' } })
})

t.test('own and others’ places, long messages and a repair are asked for, once each', async t => {
  const { world, chat, alice, bob, waited, requests } = await largePair()
  const asks = async () => {
    await waited()
    await waited()
    await waited()
    for (const actor of [alice, bob]) t.same(listDifferences(world, actor), [])
    const made = requests().sort()
    world.server.requests.length = 0
    return made
  }
  world.server.setRole(chat, 1, 'admin')
  t.same(await asks(), ['1 chat', '2 chat'])
  t.equal(viewOf(alice)?.chat.me.role, 'admin')
  world.server.post(chat, 3, 'x'.repeat(world.server.devices.bumpTextMax + 1))
  t.same(await asks(), ['1 chat', '1 users', '2 chat', '2 users'])
  world.server.emitUnknown(chat)
  t.same(await asks(), ['1 chat', '2 chat'])
  world.network.disturb('alice', ['drop'])
  world.server.post(chat, 2, 'lost')
  await waited()
  world.server.sendAll(controlFrame('bump', { chat: 1, rev: chat.rev, seq: chat.seq }))
  t.same(await asks(), ['1 chat'])
})

t.test('new, edited and deleted messages and a new title: nobody asks for anything', async t => {
  const { world, chat, alice, bob, waited, requests } = await largePair()
  for (let i = 0; i < 50; i++) world.server.post(chat, 2, `text ${i}`)
  await waited()
  t.match(viewOf(alice), { unread: 51, last: { text: 'text 49' } })
  world.server.setTitle(chat, 'Renamed')
  await waited()
  t.match(viewOf(alice), { title: 'Renamed', unread: 51, last: { text: 'text 49' } })
  const row = world.server.post(chat, 2, 'to be edited')
  chat.rows[row.seq - 1] = { ...row, text: 'edited', rev: ++chat.rev, edited: 1 }
  world.server.emit(chat, 'edited', chat.rev, chat.rows[row.seq - 1] ?? row)
  await waited()
  t.match(viewOf(alice), { last: { text: 'edited' } })
  const { seq, from, rid, at } = row
  chat.rows[seq - 1] = { seq, rev: ++chat.rev, from, rid, at, text: '', deleted: true }
  world.server.emit(chat, 'deleted', chat.rev, chat.rows[seq - 1] ?? row)
  await waited()
  t.match(viewOf(alice), { last: { deleted: true } })
  t.same(requests(), [])
  for (const actor of [alice, bob]) t.same(listDifferences(world, actor), [])
  t.same(await differences(world, alice), [])
})

t.test('a window that nobody looks at waits; opened, it is complete by one diff', async t => {
  const { world, chat, alice, waited, requests } = await largePair()
  await world.drive(alice.client.open(1))
  alice.client.close(1)
  await world.quiet()
  world.server.requests.length = 0
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 3; i++) world.server.post(chat, 2, `text ${round}.${i}`)
    await waited()
  }
  t.match(viewOf(alice), { unread: 16, last: { text: 'text 4.2' } })
  t.same(seqs(alice), [1])
  t.same(requests(), [])
  world.network.break('alice')
  await world.quiet()
  t.same(requests(), [], 'nor does it ask when it comes back')
  await world.drive(alice.client.open(1))
  await world.network.pump()
  t.same(requests().sort(), ['1 diff', '1 watch'])
  t.same(
    seqs(alice),
    Array.from({ length: 16 }, (_, i) => i + 1),
  )
  world.server.post(chat, 2, 'live')
  await world.network.pump()
  t.equal(windowOf(alice).messages.at(-1)?.text, 'live')
  t.same(await differences(world, alice), [])
})

t.test('an own message keeps no place of its own when the list has gone on without it', async t => {
  const { world, chat, alice, waited } = await largePair()
  await world.drive(alice.client.open(1))
  alice.client.close(1)
  await world.quiet()
  world.server.post(chat, 2, 'before')
  await world.network.pump()
  world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
  world.send(alice, 1, 'own')
  await world.network.pump()
  world.server.post(chat, 2, 'after')
  await waited()
  world.network.releaseAnswers('alice')
  await waited()
  t.match(viewOf(alice), { last: { text: 'after' } })
  t.same(await differences(world, alice), [])
})

t.test('a bump that cannot be read is counted, and the next one shows what it meant', async t => {
  const { world, chat, alice, waited } = await largePair()
  world.server.sendAll(controlFrame('bump', { chat: 1, rev: chat.rev + 1, seq: 0.5 }))
  await world.network.pump()
  t.equal(alice.client.dev.counters().badFrames, 1)
  world.server.sendAll(chatFrame('info', 9, 1, { kind: 'group', rights: 0, members: 2 }))
  world.server.post(chat, 2, 'second')
  await waited()
  t.match(viewOf(alice), { last: { text: 'second' } })
})

t.test('what a bump makes of a summary', async t => {
  const me: Chat['me'] = { role: 'member', rights: 0, read: 3 }
  const last = { seq: 4, rev: 9, from: 2, rid: 1, at: 50, text: 'four' }
  const row = { kind: 'channel', title: 'One', rights: 0, members: 300 } as const
  const chat: Chat = { id: 1, rev: 10, seq: 4, about: 'x', at: 50, me, last, ...row }
  const news = { ...last, seq: 6, rev: 13, at: 70 }
  const bump = { chat: 1, rev: 13, seq: 6, since: 10, last: news }
  t.strictSame(bumped(chat, bump), { ...chat, rev: 13, seq: 6, at: 70, last: news })
  t.strictSame(bumped(chat, { chat: 1, rev: 12, seq: 4, since: 8 }), { ...chat, rev: 12 })
  const info = { ...row, title: 'Two' }
  t.match(bumped(chat, { chat: 1, rev: 11, seq: 4, since: 10, info }), {
    title: 'Two',
    about: undefined,
    last,
  })
  t.equal(bumped(chat, { ...bump, since: 11 }), undefined, 'rev 11 would be passed over')
  t.equal(bumped(chat, { chat: 1, rev: 13, seq: 6 }), undefined)
  t.equal(bumped(chat, { ...bump, rev: 10 }), undefined, 'nothing new')
})
