// Deleting for oneself: gone at once, back when refused, and never undone by what was read before.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { chatFrame } from '#shared/protocol/frames.ts'
import { snapshot } from './test/pair.ts'
import { type Actor, World } from './test/world.ts'

async function opened(texts = ['one', 'two', 'three']) {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  for (const text of texts) world.server.post(chat, 2, text)
  const alice = await world.join('alice', 1)
  await world.drive(alice.client.open(1))
  return { world, chat, alice }
}

/** Texts of the window; null for what is deleted. */
const texts = (actor: Actor) =>
  snapshot(actor)
    .windows.get(1)
    ?.messages.map(({ text, deleted }) => (deleted ? null : text))
const viewOf = (actor: Actor) => snapshot(actor).chats.find(({ chat }) => chat.id === 1)

t.test('what the server refuses comes back', async t => {
  const { world, alice } = await opened()
  world.server.refusals = [new AppError('not_found')]
  const refused = alice.client.hide(1, [3])
  t.same(texts(alice), ['one', 'two', null])
  t.ok(viewOf(alice)?.last?.deleted)
  await t.rejects(world.drive(refused), { code: 'not_found' })
  t.same(texts(alice), ['one', 'two', 'three'])
  t.equal(viewOf(alice)?.last?.text, 'three')
})

t.test('gone at once, on the other devices by an event, and for nobody else', async t => {
  const { world, alice } = await opened()
  const desk = await world.join('desk', 1)
  const bob = await world.join('bob', 2)
  for (const other of [desk, bob]) await world.drive(other.client.open(1))
  const hidden = alice.client.hide(1, [1, 3])
  const before = snapshot(alice).windows.get(1)?.messages
  t.same(texts(alice), [null, 'two', null])
  await world.drive(hidden)
  await world.quiet()
  for (const actor of [alice, desk]) {
    t.same(texts(actor), [null, 'two', null], actor.name)
    t.ok(viewOf(actor)?.last?.deleted)
  }
  t.equal(snapshot(alice).windows.get(1)?.messages[1], before?.[1], 'others keep their identity')
  t.same(texts(bob), ['one', 'two', 'three'])
})

t.test('what others still do with a hidden message does not bring it back', async t => {
  const { world, chat, alice } = await opened()
  const bob = await world.join('bob', 2)
  await world.drive(alice.client.hide(1, [3]))
  await world.drive(bob.client.edit(1, 3, 'changed'))
  await world.quiet()
  t.same(texts(alice), ['one', 'two', null])
  t.ok(viewOf(alice)?.last?.deleted, 'nor in the chat list')
  // A summary that was read before.
  const { id, rev, seq } = chat
  world.server.sendAll(chatFrame('changed', id, rev, { ...chat.rows[2], rev } as never))
  world.server.bumpAll()
  await world.quiet()
  t.same(texts(alice), ['one', 'two', null])
  t.equal(seq, 3)
})

t.test('nor does the same news for everybody in a large chat', async t => {
  const { world, chat, alice } = await opened()
  world.server.hide(chat, 1, [3])
  // This device learns of it by the summary only.
  const desk = await world.join('desk', 1)
  world.server.devices.fullFanOutMembersMax = 1
  const bob = await world.join('bob', 2)
  await world.drive(bob.client.edit(1, 3, 'changed'))
  await world.clock.advance(5_000)
  await world.quiet()
  for (const actor of [alice, desk]) t.ok(viewOf(actor)?.last?.deleted, actor.name)
})

t.test('a message that is hidden before it arrives stays away', async t => {
  const { world, chat, alice } = await opened()
  world.server.hide(chat, 1, [4])
  await world.quiet()
  world.server.post(chat, 2, 'four')
  await world.quiet()
  t.same(texts(alice), ['one', 'two', 'three', null])
  t.ok(viewOf(alice)?.last?.deleted)
})

t.test('what was hidden while this device was away is gone when it is back', async t => {
  const { world, chat, alice } = await opened()
  await alice.client.stop()
  world.server.hide(chat, 1, [2, 3])
  await alice.client.start()
  await world.quiet()
  t.same(texts(alice), ['one', null, null])
  t.ok(viewOf(alice)?.last?.deleted)
})

t.test('a cleared history is empty, read, and begins with what comes next', async t => {
  const { world, chat, alice } = await opened()
  t.equal(viewOf(alice)?.unread, 3)
  await world.drive(alice.client.clearHistory(1))
  t.same(texts(alice), [])
  t.notOk(snapshot(alice).windows.get(1)?.moreBefore, 'nothing older is asked for')
  t.equal(viewOf(alice)?.unread, 0)
  t.notOk(viewOf(alice)?.last)
  await world.quiet()
  world.server.post(chat, 2, 'four')
  await world.quiet()
  t.same(texts(alice), ['four'])
  t.match(viewOf(alice), { unread: 1, last: { text: 'four' } })
})

t.test('what comes while a clearing is sent again is not cleared with it', async t => {
  const { world, chat, alice } = await opened()
  world.network.cutAfter('alice', 1)
  const cleared = alice.client.clearHistory(1)
  await world.network.pump(1)
  world.server.post(chat, 2, 'four')
  await world.drive(cleared)
  await world.quiet()
  t.same(texts(alice), ['four'])
  t.equal(viewOf(alice)?.unread, 1)
})

t.test('a part of the history is cleared, and an old message is not news', async t => {
  const { world, alice } = await opened()
  const bob = await world.join('bob', 2)
  await world.drive(alice.client.clearHistory(1, { upTo: 2 }))
  await world.quiet()
  t.same(texts(alice), ['three'])
  t.equal(viewOf(alice)?.unread, 1)
  await world.drive(bob.client.edit(1, 1, 'changed'))
  await world.quiet()
  t.same(texts(alice), ['three'])
  t.equal(viewOf(alice)?.last?.text, 'three')
})

t.test('a history cleared while this device was away is gone when it is back', async t => {
  const { world, alice } = await opened()
  const desk = await world.join('desk', 1)
  await alice.client.stop()
  await world.drive(desk.client.clearHistory(1, { upTo: 2 }))
  await alice.client.start()
  await world.quiet()
  t.same(texts(alice), ['three'])
  t.equal(viewOf(alice)?.last?.text, 'three')
})

t.test('pinned, forwarded and service messages are shown as such', async t => {
  const { world, chat, alice } = await opened(['one'])
  await world.drive(alice.client.pin(1, 1))
  await world.quiet()
  t.ok(snapshot(alice).windows.get(1)?.messages[0]?.pinned)
  await world.drive(alice.client.unpin(1, 1))
  await world.quiet()
  t.notOk(snapshot(alice).windows.get(1)?.messages[0]?.pinned)
  const extra = {
    quote: { text: 'o', o: 0 },
    fwd: { name: 'Carol', at: 5 },
    svc: { t: 'pinned', seq: 1 },
    album: 9,
    expires: 77,
  }
  const row = { ...world.server.post(chat, 2, 'two'), ...extra, rev: ++chat.rev }
  chat.rows[1] = row
  world.server.emit(chat, 'changed', row.rev, row)
  await world.quiet()
  t.match(snapshot(alice).windows.get(1)?.messages[1], extra)
})
