// Windows and chats stay equal to the server's: gaps, pages, chats that come and go, new epochs.

import t from 'tap'
import { chatFrame, controlFrame, userFrame } from '#shared/protocol/frames.ts'
import { limits } from '#shared/protocol/limits.ts'
import { asked, pair, seqs, snapshot, viewOf, windowOf } from './test/pair.ts'
import { differences, World } from './test/world.ts'

t.test('a gap is held for a moment, then fetched', async t => {
  const { world, chat, alice } = await pair()
  await world.drive(alice.client.open(1))
  await world.quiet()
  world.network.disturb('alice', ['swap'])
  world.server.post(chat, 2, 'one')
  world.server.post(chat, 2, 'two')
  await world.network.pump()
  t.same(seqs(alice), [1, 2])
  await world.clock.advance(1_000)
  await world.network.pump()
  t.equal(alice.client.dev.counters().diffs, 0, 'what came out of order needed no diff')
  world.network.disturb('alice', ['drop'])
  world.server.post(chat, 2, 'three')
  world.server.post(chat, 2, 'four')
  await world.network.pump()
  await world.clock.advance(290)
  await world.network.pump()
  t.same(seqs(alice), [1, 2])
  t.equal(alice.client.dev.counters().diffs, 0)
  await world.clock.advance(10)
  await world.network.pump()
  t.same(seqs(alice), [1, 2, 3, 4])
  t.equal(alice.client.dev.counters().diffs, 1)
})

t.test('a chat without a window is brought up to date by its summary', async t => {
  const { world, chat, alice } = await pair()
  world.network.disturb('alice', ['drop'])
  world.server.post(chat, 2, 'one')
  world.server.post(chat, 2, 'two')
  await world.settleAll()
  t.equal(alice.client.dev.counters().diffs, 0)
  t.match(viewOf(alice), { unread: 2, last: { text: 'two' } })
})

t.test('a bump, a diff of many pages, and one that goes too far back', async t => {
  const { world, chat, alice } = await pair()
  world.server.diffRowsMax = 3
  world.server.diffBehindMax = 20
  await world.drive(alice.client.open(1))
  const miss = async (count: number) => {
    world.network.disturb(
      'alice',
      Array.from({ length: count + 1 }, () => 'drop' as const),
    )
    world.server.setTitle(chat, `Title ${count}`)
    for (let i = 0; i < count; i++) world.server.post(chat, 2, `text ${i}`)
    await world.network.pump()
    await world.settleAll()
  }
  await miss(10)
  t.equal(windowOf(alice).messages.length, 10)
  t.equal(asked(world, 'diff'), 4)
  t.equal(viewOf(alice)?.title, 'Title 10', 'which the last page no longer speaks of')
  t.notOk(alice.events.some(event => event.type === 'dropped'))
  await miss(60)
  t.ok(alice.events.some(event => event.type === 'dropped'))
  t.equal(windowOf(alice).messages.length, 50, 'the newest page')
  t.equal(windowOf(alice).moreBefore, true)
  t.same(await differences(world, alice), [])
})

t.test('a server that answers a bump with nothing is not asked in a loop', async t => {
  const { world, chat, alice } = await pair()
  await world.drive(alice.client.open(1))
  world.server.sendAll(controlFrame('bump', { chat: 1, rev: chat.rev + 5, seq: 3 }))
  for (let second = 0; second < 60; second++) {
    await world.network.pump()
    await world.clock.advance(1_000)
  }
  t.ok(asked(world, 'diff') >= 2)
  t.ok(asked(world, 'diff') < 20, `${asked(world, 'diff')} times`)
})

t.test('an event with a body that cannot be read is made good by a diff', async t => {
  const { world, chat, alice } = await pair()
  await world.drive(alice.client.open(1))
  world.network.disturb('alice', ['drop'])
  const row = world.server.post(chat, 2, 'one')
  world.server.sendAll(chatFrame('message', 1, row.rev, { ...row, seq: 0.5 }))
  await world.network.pump()
  t.equal(alice.client.dev.counters().badFrames, 1)
  await world.clock.advance(300)
  await world.network.pump()
  t.same(seqs(alice), [1])
})

t.test('events of a later version only move the position', async t => {
  const { world, chat, alice } = await pair()
  await world.drive(alice.client.open(1))
  world.server.emitUnknown(chat)
  world.server.post(chat, 2, 'after it')
  await world.network.pump()
  t.same(seqs(alice), [1])
  t.equal(alice.client.dev.counters().gaps, 0)
})

t.test('pages: before, jump, after, and live messages meanwhile', async t => {
  const { world, chat, alice } = await pair()
  for (let i = 1; i <= 200; i++) world.server.post(chat, 2, `text ${i}`)
  await world.quiet()
  await world.drive(alice.client.open(1))
  t.match(windowOf(alice), { moreBefore: true, moreAfter: false, loading: false })
  t.equal(seqs(alice)[0], 151)
  const before = alice.client.loadBefore(1)
  t.equal(windowOf(alice).loading, true)
  t.equal(alice.client.loadBefore(1), before, 'one at a time')
  await world.drive(before)
  t.equal(seqs(alice)[0], 101)
  await world.drive(alice.client.jumpTo(1, 30))
  t.match(windowOf(alice), { moreBefore: true, moreAfter: true })
  t.ok(seqs(alice).includes(30))
  world.server.post(chat, 2, 'new')
  await world.quiet()
  t.notOk(seqs(alice).includes(201), 'a window in the past does not show what is new')
  t.equal(viewOf(alice)?.unread, 201)
  world.send(alice, 1, 'sent from the past')
  t.notOk(windowOf(alice).messages.some(({ text }) => text === 'sent from the past'))
  while (windowOf(alice).moreAfter) await world.drive(alice.client.loadAfter(1))
  while (windowOf(alice).moreBefore) await world.drive(alice.client.loadBefore(1))
  t.same(await differences(world, alice), [])
  await world.drive(alice.client.loadBefore(1))
  await world.drive(alice.client.loadAfter(1))
  await t.rejects(world.drive(alice.client.jumpTo(99, 1)), { code: 'not_found' })
})

t.test(
  'what is applied or missed while a page is on its way is in the window afterwards',
  async t => {
    const { world, chat, alice } = await pair()
    for (let i = 1; i <= 3; i++) world.server.post(chat, 1, `text ${i}`)
    await world.quiet()
    // The answers to `watch` and `history`.
    world.network.delayAnswers('alice', 2, Number.POSITIVE_INFINITY)
    const opening = alice.client.open(1)
    await world.network.pump()
    t.equal(asked(world, 'history'), 1)
    const row = chat.rows[1]
    if (!row) throw new Error('no row')
    world.server.post(chat, 2, 'overtakes')
    chat.rows[1] = { ...row, text: 'edited meanwhile', rev: ++chat.rev }
    world.server.sendAll(chatFrame('edited', 1, chat.rev, chat.rows[1]))
    world.network.disturb('alice', ['pass', 'pass', 'drop'])
    world.server.post(chat, 2, 'missed')
    world.server.post(chat, 2, 'last')
    await world.network.pump()
    await world.clock.advance(1_000)
    await world.network.pump()
    t.equal(asked(world, 'diff'), 1, 'a summary would pass over what the page has not')
    world.network.releaseAnswers('alice')
    await world.drive(opening)
    await world.quiet()
    t.match(windowOf(alice).messages[1], { text: 'edited meanwhile' })
    t.same(await differences(world, alice), [])
  },
)

t.test('a page that is ahead of the position shows that something was missed', async t => {
  const { world, chat, alice } = await pair()
  world.network.disturb('alice', ['drop'])
  world.server.setTitle(chat, 'Another title')
  await world.network.pump()
  t.equal(viewOf(alice)?.title, 'Chat 1')
  await world.drive(alice.client.open(1))
  await world.quiet()
  t.equal(viewOf(alice)?.title, 'Another title')
})

t.test('a summary that is overtaken on its way is asked for again', async t => {
  const { world, chat, alice } = await pair()
  world.server.diffRowsMax = 3
  await world.drive(alice.client.open(1))
  world.network.disturb(
    'alice',
    Array.from({ length: 9 }, () => 'drop' as const),
  )
  // The last page of the diff says nothing of the title, so the summary is fetched.
  world.server.setTitle(chat, 'Renamed')
  for (let i = 0; i < 8; i++) world.server.post(chat, 2, `text ${i}`)
  world.server.bumpAll()
  await world.network.pump()
  world.network.delayAnswers('alice', 10, 20)
  await world.clock.advance(limits.gapHoldMs)
  while (asked(world, 'chat') === 0) await world.network.pump(1)
  world.server.post(chat, 2, 'overtakes')
  await world.quiet()
  t.equal(viewOf(alice)?.title, 'Renamed')
  t.ok(asked(world, 'chat') < 5)
})

t.test(
  'a chat fetched with a read mark of before shows the one that was heard of meanwhile',
  async t => {
    const world = new World()
    world.server.chatsPageMax = 1
    const old = world.server.addChat(1, [1, 2])
    await world.clock.advance(10)
    world.server.addChat(2, [1, 2])
    const alice = await world.join('alice', 1)
    const desk = await world.join('desk', 1)
    await world.drive(desk.client.loadMoreChats())
    world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
    world.server.post(old, 2, 'one')
    await world.network.pump()
    t.equal(asked(world, 'chat'), 1)
    desk.client.markRead(1, 1)
    await world.until(() => old.places.get(1)?.read === 1)
    await world.network.pump()
    world.network.releaseAnswers('alice')
    await world.quiet()
    t.equal(viewOf(alice)?.unread, 0)
  },
)

t.test('an old answer does not take a read mark back', async t => {
  const { world, chat, alice } = await pair()
  const desk = await world.join('desk', 1)
  await world.quiet()
  world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
  world.network.disturb('alice', ['drop'])
  world.server.post(chat, 2, 'missed')
  world.server.post(chat, 2, 'shows it')
  await world.network.pump()
  await world.clock.advance(300)
  await world.network.pump()
  t.equal(asked(world, 'chat'), 1)
  desk.client.markRead(1, 2)
  await world.until(() => chat.places.get(1)?.read === 2)
  await world.network.pump()
  world.network.releaseAnswers('alice')
  await world.quiet()
  t.equal(viewOf(alice)?.unread, 0)
})

t.test('open: waits for the connection; a chat that is not there is told', async t => {
  const { world, chat, alice } = await pair()
  world.server.post(chat, 2, 'x')
  world.network.reachable = false
  world.network.break('alice')
  const opening = alice.client.open(1)
  t.match(windowOf(alice), { loading: true, messages: [] })
  const closing = alice.client.open(2)
  closing.catch(() => {})
  await world.clock.advance(120_000)
  alice.client.close(2)
  await t.rejects(closing, { code: 'timeout' })
  world.network.reachable = true
  await world.drive(opening)
  t.same(seqs(alice), [1])
  await t.rejects(world.drive(alice.client.open(77)), { code: 'not_found' })
  t.equal(windowOf(alice, 77), undefined)
  const stopped = alice.client.open(78)
  stopped.catch(() => {})
  await alice.client.stop()
  await t.rejects(stopped, { code: 'timeout' })
})

t.test('what is on screen is told to the server, and brought up to date by a resume', async t => {
  const { world, chat, alice } = await pair()
  world.server.addChat(2, [1, 2])
  await world.drive(alice.client.open(1))
  await world.drive(alice.client.open(2))
  alice.client.close(2)
  await world.quiet()
  const watched = world.server.requests.filter(({ op }) => op === 'watch').at(-1)
  t.same(watched?.body, { chats: [1] })
  world.network.break('alice')
  world.server.post(chat, 2, 'missed')
  await world.quiet()
  t.same(world.server.hellos.at(-1)?.resume?.open, [1])
  t.same(seqs(alice), [1])
  t.equal(asked(world, 'diff'), 0)
})

t.test('windows are kept for the chats opened last', async t => {
  const world = new World()
  for (let id = 1; id <= 40; id++) world.server.post(world.server.addChat(id, [1, 2]), 2, 'x')
  const alice = await world.join('alice', 1)
  for (let id = 1; id <= 40; id++) {
    await world.drive(alice.client.open(id))
    if (id !== 3) alice.client.close(id)
  }
  const kept = [...snapshot(alice).windows.keys()].sort((a, b) => a - b)
  t.equal(kept.length, 30)
  t.ok(kept.includes(3), 'on screen')
  t.notOk(kept.includes(1))
  t.same(await differences(world, alice), [])
})

t.test('chats come and go: joined, left, removed while away, joined again', async t => {
  const { world, alice } = await pair()
  const two = world.server.addChat(2, [2])
  world.server.setRole(two, 1, 'member')
  await world.quiet()
  t.ok(viewOf(alice, 2))
  await world.drive(alice.client.open(2))
  world.server.setRole(two, 1, 'left')
  await world.quiet()
  t.notOk(viewOf(alice, 2))
  world.server.setRole(two, 1, 'member')
  await world.quiet()
  t.ok(viewOf(alice, 2))
  world.network.break('alice')
  world.server.setRole(two, 1, 'banned')
  await world.quiet()
  t.notOk(viewOf(alice, 2))
  t.same(await differences(world, alice), [])
})

t.test('a user event that was lost is fetched', async t => {
  const { world, chat, alice } = await pair()
  const two = world.server.addChat(2, [2])
  world.network.disturb('alice', ['drop', 'drop'])
  world.server.setRole(two, 1, 'member')
  await world.network.pump()
  t.notOk(viewOf(alice, 2))
  world.server.sendAll(userFrame('read', (world.server.urevs.get(1) ?? 0) + 1, { chat: 1, seq: 0 }))
  world.server.urevs.set(1, (world.server.urevs.get(1) ?? 0) + 1)
  await world.network.pump()
  await world.clock.advance(300)
  await world.network.pump()
  t.ok(viewOf(alice, 2))
  t.ok(chat)
})

t.test('events of a chat that is not held fetch it, and nothing of them is missed', async t => {
  const world = new World()
  world.server.chatsPageMax = 1
  const old = world.server.addChat(1, [1, 2])
  await world.clock.advance(10)
  world.server.addChat(2, [1, 2])
  const alice = await world.join('alice', 1)
  t.notOk(viewOf(alice, 1))
  t.equal(snapshot(alice).moreChats, true)
  world.network.delayAnswers('alice', 1)
  world.server.post(old, 2, 'one')
  await world.network.pump(3)
  world.server.post(old, 2, 'two')
  await world.settleAll()
  t.match(viewOf(alice, 1), { unread: 2, last: { text: 'two' } })
  t.same(await differences(world, alice), [])
})

t.test('an answer about a chat that was left meanwhile does not bring it back', async t => {
  const world = new World()
  world.server.chatsPageMax = 1
  const old = world.server.addChat(1, [1, 2])
  await world.clock.advance(10)
  world.server.addChat(2, [1, 2])
  const alice = await world.join('alice', 1)
  world.network.delayAnswers('alice', 1)
  world.server.post(old, 2, 'one')
  await world.network.pump(3)
  t.equal(asked(world, 'chat'), 1)
  world.server.setRole(old, 1, 'left')
  await world.settleAll()
  t.notOk(viewOf(alice, 1))
})

t.test('a new epoch drops everything but what waits to be sent', async t => {
  const { world, chat, alice } = await pair()
  for (let i = 0; i < 3; i++) world.server.post(chat, 2, 'old')
  await world.drive(alice.client.open(1))
  world.network.reachable = false
  world.network.break('alice')
  world.send(alice, 1, 'waiting')
  world.server.rewriteHistory()
  await world.quiet()
  t.ok(alice.events.filter(event => event.type === 'reset').length >= 2)
  t.same(
    windowOf(alice).messages.map(({ text }) => text),
    ["old'", "old'", "old'", 'waiting'],
  )
  t.same(await differences(world, alice), [])
})

t.test('a chat on screen that is left and joined again shows its messages again', async t => {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  const alice = await world.join('alice', 1)
  await world.drive(alice.client.open(1))
  world.server.post(chat, 2, 'one')
  await world.quiet()
  world.server.setRole(chat, 1, 'left')
  await world.quiet()
  t.equal(alice.client.getSnapshot().chats.length, 0)
  world.server.setRole(chat, 1, 'member')
  await world.quiet()
  world.server.post(chat, 2, 'two')
  await world.quiet()
  const window = alice.client.getSnapshot().windows.get(1)
  t.equal(window?.loading, false)
  t.same(
    window?.messages.map(({ text }) => text),
    ['one', 'two'],
  )
})
