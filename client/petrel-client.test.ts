// The client as an application sees it: snapshots, windows, marks, chats that come and go.

import t from 'tap'
import { chatFrame, controlFrame, ephemeralFrame, userFrame } from '#shared/protocol/frames.ts'
import { type Actor, differences, World } from './test/world.ts'
import type { ChatWindow } from './types.ts'

async function pair() {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  const alice = await world.join('alice', 1)
  const bob = await world.join('bob', 2)
  return { world, chat, alice, bob }
}

const snapshot = ({ client }: Actor) => client.getSnapshot()
const windowOf = (actor: Actor, chat = 1) => snapshot(actor).windows.get(chat) as ChatWindow
const seqs = (actor: Actor) => windowOf(actor).messages.map(({ seq }) => seq)
const viewOf = (actor: Actor, chat = 1) => snapshot(actor).chats.find(view => view.chat.id === chat)
const asked = (world: World, op: string) =>
  world.server.requests.filter(one => one.op === op).length

t.test('the snapshot changes only when something does, and then only there', async t => {
  const { world, alice, bob } = await pair()
  world.server.addChat(2, [1, 2])
  await world.quiet()
  await world.drive(alice.client.open(1))
  world.send(bob, 1, 'one')
  await world.quiet()
  const before = snapshot(alice)
  t.equal(snapshot(alice), before)
  let calls = 0
  const end = alice.client.subscribe(() => calls++)
  world.send(bob, 1, 'two')
  await world.quiet()
  t.ok(calls > 0)
  const after = snapshot(alice)
  t.not(after, before)
  t.not(after.chats, before.chats)
  t.equal(after.users, before.users)
  t.equal(after.presence, before.presence)
  t.equal(
    viewOf(alice, 2),
    before.chats.find(view => view.chat.id === 2),
  )
  t.equal(after.windows.get(1)?.messages[0], before.windows.get(1)?.messages[0])
  end()
  const counted = calls
  world.send(bob, 1, 'three')
  await world.quiet()
  t.equal(calls, counted)
})

t.test('many changes in one turn are one notification', async t => {
  const { world, alice } = await pair()
  await world.quiet()
  let calls = 0
  alice.client.subscribe(() => calls++)
  for (let i = 0; i < 50; i++) alice.client.send(1, `text ${i}`)
  t.equal(calls, 0, 'not in the middle of the turn')
  await Promise.resolve()
  t.equal(calls, 1)
})

t.test('messages, edits and deletions reach the other side in their order', async t => {
  const { world, alice, bob } = await pair()
  await world.drive(bob.client.open(1))
  world.send(alice, 1, 'first')
  world.send(alice, 1, 'second')
  await world.quiet()
  t.equal(viewOf(bob)?.unread, 2)
  t.match(viewOf(bob), { last: { text: 'second' } })
  await world.drive(alice.client.edit(1, 1, 'edited'))
  await world.drive(alice.client.delete(1, [2]))
  await world.quiet()
  t.match(windowOf(bob).messages, [{ text: 'edited' }, { deleted: true, text: '' }])
  t.ok(windowOf(bob).messages[0]?.edited)
  for (const actor of world.actors) t.same(await differences(world, actor), [])
})

t.test('an edit that is refused changes nothing', async t => {
  const { world, alice, bob } = await pair()
  world.send(alice, 1, 'mine')
  await world.quiet()
  await t.rejects(world.drive(bob.client.edit(1, 1, 'not mine')), { code: 'forbidden' })
  await t.rejects(world.drive(bob.client.delete(1, [9])), { code: 'not_found' })
  t.same(await differences(world, bob), [])
})

t.test(
  'a request under way when the connection is lost fails, is repeated, or times out',
  async t => {
    const { world, alice } = await pair()
    world.send(alice, 1, 'x')
    await world.quiet()
    world.server.mute = true
    const edit = alice.client.edit(1, 1, 'y')
    const history = alice.client.call('history', { chat: 1 })
    edit.catch(() => {})
    await world.network.pump()
    world.network.break('alice')
    await t.rejects(edit, { code: 'timeout' }, 'it may have happened: not to be repeated unasked')
    world.server.mute = false
    t.match(await world.drive(history), { seq: 1 })
    world.server.mute = true
    const at = world.clock.now()
    await t.rejects(world.drive(alice.client.call('chat', { chat: 1 })), { code: 'timeout' })
    t.ok(world.clock.now() - at >= 15_000)
  },
)

t.test('requests without a connection wait for one, at most 15 s', async t => {
  const { world, alice } = await pair()
  world.network.reachable = false
  world.network.break('alice')
  const late = alice.client.call('chat', { chat: 1 })
  await t.rejects(world.drive(late), { code: 'timeout' })
  const soon = alice.client.call('chat', { chat: 1 })
  world.network.reachable = true
  alice.client.wake()
  t.match(await world.drive(soon), { chat: { id: 1 } })
})

t.test('at most 30 requests fly at once', async t => {
  const { world, alice } = await pair()
  const before = asked(world, 'chat')
  world.server.mute = true
  const calls = Array.from({ length: 100 }, () => alice.client.call('chat', { chat: 1 }))
  for (const call of calls) call.catch(() => {})
  await world.network.pump()
  t.equal(asked(world, 'chat') - before, 30)
  world.server.mute = false
  world.network.break('alice')
  const answers = await world.drive(Promise.all(calls))
  t.equal(answers.length, 100)
  t.equal(asked(world, 'chat') - before, 130, 'those that flew are sent again')
})

t.test('an answer of another shape is an error, not a crash', async t => {
  const { world, alice } = await pair()
  world.server.mute = true
  const call = alice.client.call('chat', { chat: 1 })
  await world.network.pump()
  // The first request after HELLO and the open chats has some small number: all of them are answered.
  const { encode } = await import('#shared/protocol/codec.ts')
  for (let ref = 1; ref < 20; ref++) world.server.sendAll(encode([0, ref, { chat: 'none' }]))
  await t.rejects(world.drive(call), { code: 'internal' })
  t.ok(alice.client.dev.counters().badFrames > 0)
})

t.test('a frame that is too large is refused here', async t => {
  const { alice } = await pair()
  const token = 'x'.repeat(70_000)
  await t.rejects(alice.client.call('join', { token }), { code: 'too_large' })
})

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

t.test('read marks: shown at once, told once, never back, seen by the other side', async t => {
  const { world, chat, alice, bob } = await pair()
  await world.drive(alice.client.open(1))
  world.send(alice, 1, 'one')
  world.send(alice, 1, 'two')
  await world.quiet()
  const before = asked(world, 'read')
  bob.client.markRead(1, 1)
  t.equal(viewOf(bob)?.unread, 1)
  bob.client.markRead(1, 2)
  bob.client.markRead(1, 1)
  t.equal(viewOf(bob)?.unread, 0)
  t.equal(chat.places.get(2)?.read, 0)
  await world.quiet()
  t.equal(asked(world, 'read') - before, 1)
  t.equal(chat.places.get(2)?.read, 2)
  t.same(
    windowOf(alice).messages.map(({ state }) => state),
    ['read', 'read'],
  )
})

t.test(
  'a read mark survives a lost connection, and one that is refused leaves no trace',
  async t => {
    const { world, chat, bob } = await pair()
    world.server.post(chat, 1, 'one')
    await world.quiet()
    world.network.reachable = false
    bob.client.markRead(1, 1)
    world.network.break('bob')
    await world.clock.advance(60_000)
    t.equal(viewOf(bob)?.unread, 0)
    await world.quiet()
    t.equal(chat.places.get(2)?.read, 1)
    world.server.post(chat, 1, 'two')
    await world.quiet()
    const { AppError } = await import('#shared/protocol/codes.ts')
    world.server.refusals = [new AppError('not_found')]
    bob.client.markRead(1, 2)
    await world.clock.advance(500)
    await world.network.pump()
    t.equal(viewOf(bob)?.unread, 1)
  },
)

t.test('the own mark moves on another device too', async t => {
  const { world, chat, alice } = await pair()
  const desk = await world.join('desk', 1)
  world.server.post(chat, 2, 'x')
  await world.quiet()
  alice.client.markRead(1, 1)
  await world.quiet()
  t.equal(viewOf(desk)?.unread, 0)
})

t.test('typing: told at most every five seconds, shown for six, ended by the message', async t => {
  const { world, alice, bob } = await pair()
  await world.quiet()
  for (let i = 0; i < 5; i++) alice.client.typing(1)
  await world.network.pump()
  t.equal(asked(world, 'typing'), 1)
  t.same(viewOf(bob)?.typing, [1])
  await world.clock.advance(5_000)
  alice.client.typing(1)
  await world.network.pump()
  await world.clock.advance(5_900)
  t.same(viewOf(bob)?.typing, [1], 'renewed')
  await world.clock.advance(200)
  t.same(viewOf(bob)?.typing, [])
  alice.client.typing(1)
  await world.network.pump()
  world.send(alice, 1, 'done')
  await world.network.pump()
  t.same(viewOf(bob)?.typing, [])
  world.network.reachable = false
  world.network.break('alice')
  await world.clock.advance(10_000)
  alice.client.typing(1)
  await world.quiet()
  t.equal(asked(world, 'typing'), 3, 'not remembered while offline')
})

t.test('presence: of exactly those asked for, anew after each connection', async t => {
  const { world, alice } = await pair()
  alice.client.watchPresence([2, 3, 3])
  await world.quiet()
  t.same(
    [...snapshot(alice).presence],
    [
      [2, { online: true }],
      [3, { online: false }],
    ],
  )
  world.server.sendAll(ephemeralFrame('presence', { user: 3, online: true }))
  await world.network.pump()
  t.equal(snapshot(alice).presence.get(3)?.online, true)
  world.network.break('alice')
  await world.quiet()
  t.equal(asked(world, 'presence'), 2)
  t.equal(snapshot(alice).presence.get(3)?.online, false)
  alice.client.watchPresence([])
  await world.quiet()
  t.equal(snapshot(alice).presence.size, 0)
})

t.test('unknown people are asked for together, and only once', async t => {
  const { world, chat, alice } = await pair()
  for (const from of [11, 12, 13, 5_000]) world.server.post(chat, from, 'x')
  await world.quiet()
  await world.drive(alice.client.open(1))
  await world.quiet()
  t.match(snapshot(alice).users.get(12), { name: 'User 12' })
  t.equal(asked(world, 'users'), 2, 'one for each of the two clients')
  world.server.post(chat, 5_000, 'nobody knows them')
  await world.quiet()
  t.equal(asked(world, 'users'), 2)
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

t.test('signing out ends everything here, even when the server is not reached', async t => {
  const { world, alice } = await pair()
  await world.drive(alice.client.open(1))
  await alice.client.api.logout()
  t.same(snapshot(alice).connection, { state: 'offline' })
  t.equal(snapshot(alice).me, null)
  t.same(snapshot(alice).chats, [])
  t.equal(snapshot(alice).windows.size, 0)
  t.equal(await alice.storage.get('tokens'), undefined)
  t.equal(world.server.connections, 1, "only Bob's")
  await world.clock.advance(120_000)
  t.same(snapshot(alice).connection, { state: 'offline' })
})

t.test(
  'rest calls: signing in connects; a refused token is replaced and the call repeated',
  async t => {
    const world = new World()
    world.server.addChat(1, [1, 2])
    const alice = world.device('alice', 1)
    const me = { ...world.server.tokens(1).user, name: 'New name' }
    const paths: string[] = []
    const answers: Record<string, () => Response> = {
      '/api/v1/auth/login': () => Response.json(world.server.tokens(1)),
      '/api/v1/auth/refresh': () =>
        Response.json({ ...world.server.tokens(1), accessToken: 'token-1-new' }),
    }
    let refused = false
    world.api = path => {
      paths.push(path)
      const answer = answers[path]
      if (answer) return answer()
      if (refused) return Response.json({ user: me })
      refused = true
      return Response.json(
        { type: 'x', title: 'x', status: 401, code: 'unauthorized' },
        { status: 401 },
      )
    }
    t.match(await alice.client.api.login({ username: 'alice', password: 'p' }), { id: 1 })
    await world.quiet()
    t.match(await alice.client.api.updateMe({ name: 'New name' }), { name: 'New name' })
    t.match(snapshot(alice), { me: { name: 'New name' } })
    t.equal(snapshot(alice).users.get(1)?.name, 'New name')
    t.same(paths.slice(1), ['/api/v1/me', '/api/v1/auth/refresh', '/api/v1/me'])
  },
)
