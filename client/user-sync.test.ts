// The user's own state when its events are lost, late, or overtaken by answers.

import t from 'tap'
import { controlFrame, userFrame } from '#shared/protocol/frames.ts'
import { asked, snapshot, viewOf } from './test/pair.ts'
import { differences, World } from './test/world.ts'

t.test('an own profile that changed elsewhere is known, also when its event was lost', async t => {
  const world = new World()
  const alice = await world.join('alice', 1)
  world.server.user = id => ({ id, name: 'Another name' })
  world.server.urevs.set(1, 7)
  // The change itself was 6; this one shows that something is missing.
  world.server.sendAll(userFrame('read', 7, { chat: 1, seq: 0 }))
  await world.settleAll()
  t.equal(snapshot(alice).me?.name, 'Another name')
})

t.test('an answer that events have overtaken does not undo them', async t => {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  const alice = await world.join('alice', 1)
  world.network.disturb('alice', ['drop'])
  world.server.setRole(chat, 1, 'left')
  await world.network.pump()
  const urev = world.server.urevs.get(1) ?? 0
  world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
  world.server.sendAll(controlFrame('userBump', { urev }))
  await world.network.pump()
  await world.clock.advance(300)
  await world.network.pump()
  t.equal(asked(world, 'userDiff'), 1)
  world.server.sendAll(userFrame('left', urev, { chat: 1 }))
  world.server.setRole(chat, 1, 'member')
  await world.network.pump()
  t.ok(viewOf(alice, 1))
  world.network.releaseAnswers('alice')
  await world.network.pump()
  t.ok(viewOf(alice, 1), 'joined again')
  await world.settleAll()
  t.same(await differences(world, alice), [])
})

t.test('a page of the chat list does not bring back what was left meanwhile', async t => {
  const world = new World()
  world.server.chatsPageMax = 1
  const old = world.server.addChat(1, [1, 2])
  await world.clock.advance(10)
  world.server.addChat(2, [1, 2])
  const alice = await world.join('alice', 1)
  world.network.delayAnswers('alice', 1, Number.POSITIVE_INFINITY)
  const page = alice.client.loadMoreChats()
  await world.network.pump()
  t.equal(asked(world, 'chats'), 1)
  world.server.setRole(old, 1, 'left')
  await world.network.pump()
  world.network.releaseAnswers('alice')
  await world.drive(page)
  t.notOk(viewOf(alice, 1))
  t.equal(snapshot(alice).moreChats, false)
})
