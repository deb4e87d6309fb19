// People as an application sees them through the client: own names as titles, blocks, privacy, requests apart.

import t from 'tap'
import { ephemeralFrame } from '#shared/protocol/frames.ts'
import { asked, snapshot, viewOf } from './test/pair.ts'
import { type Actor, World } from './test/world.ts'

/** Alice (1) in direct chats with Bob (2) and Carol (3); their ids are their chats'. */
async function meet() {
  const world = new World()
  for (const peer of [2, 3]) world.server.addChat(peer, [1, peer]).isDirect = true
  const alice = await world.join('alice', 1)
  const desk = await world.join('desk', 1)
  return { world, alice, desk, people: alice.client.people }
}
const titles = (actor: Actor) =>
  new Map(snapshot(actor).chats.map(view => [view.chat.id, view.title]))

t.test('own names title direct chats, on every device that loaded the contacts', async t => {
  const { world, alice, desk, people } = await meet()
  for (const [user, name] of [
    [2, 'Bobby'],
    [3, ''],
    [4, 'Dora'],
  ] as const)
    await world.drive(people.setContact(user, name))
  t.equal(asked(world, 'contacts'), 0, 'nobody asked for them yet')
  t.equal(titles(alice).get(2), 'User 2')
  for (const { client } of [alice, desk]) await world.drive(client.people.contacts.load())
  t.same(
    [...(people.contacts.get() ?? [])],
    [
      [2, 'Bobby'],
      [3, ''],
      [4, 'Dora'],
    ],
    'over pages',
  )
  for (const actor of [alice, desk]) {
    t.equal(titles(actor).get(2), 'Bobby')
    t.equal(titles(actor).get(3), 'User 3')
    t.ok(snapshot(actor).users.has(4), 'their profiles come along')
  }
  const before = viewOf(desk, 3)
  await world.drive(people.setContact(2, 'Robert'))
  await world.until(() => titles(desk).get(2) === 'Robert')
  t.equal(viewOf(desk, 3), before, 'what did not change keeps its identity')
  await world.drive(people.removeContact(2))
  await world.until(() => titles(desk).get(2) === 'User 2')
})

t.test('what changed while a device was away is loaded when it is back', async t => {
  const { world, alice, desk, people } = await meet()
  await world.drive(desk.client.people.contacts.load())
  await world.drive(desk.client.people.blocks.load())
  await world.drive(desk.client.stop())
  await world.drive(people.setContact(2, 'Bobby'))
  await world.drive(people.block(3))
  await world.drive(desk.client.start())
  await world.until(() => titles(desk).get(2) === 'Bobby' && viewOf(desk, 3)?.blocked === true)
  t.equal(viewOf(desk, 2)?.blocked, undefined)
  await world.drive(people.unblock(3))
  await world.until(() => viewOf(desk, 3)?.blocked === undefined)
  t.ok(alice)
})

t.test('privacy is told complete, and changed rule by rule', async t => {
  const { world, desk, people } = await meet()
  const held = await world.drive(desk.client.people.privacy.load())
  t.match(held, { lastSeen: { who: 'everyone' }, calls: { who: 'everyone' } })
  await world.drive(people.setPrivacy({ calls: { who: 'contacts', never: [2] } }))
  await world.until(() => desk.client.people.privacy.get()?.calls.who === 'contacts')
  t.match(desk.client.people.privacy.get(), {
    calls: { never: [2] },
    lastSeen: { who: 'everyone' },
  })
})

t.test('requests stand apart until they are answered', async t => {
  const { world, alice, people } = await meet()
  const chat = world.server.addChat(7, [1, 7])
  chat.isDirect = true
  const place = chat.places.get(1)
  if (place) place.own = { request: true }
  world.server.post(chat, 7, 'Hi')
  await world.quiet()
  await world.until(() => snapshot(alice).requests.length === 1)
  t.match(snapshot(alice).requests, [{ chat: { id: 7 }, unread: 1 }])
  t.notOk(viewOf(alice, 7), 'not among the chats')
  const held = snapshot(alice).requests
  world.server.post([...world.server.chats.values()][0] as typeof chat, 2, 'elsewhere')
  await world.quiet()
  t.equal(snapshot(alice).requests, held, 'unchanged, they keep their identity')
  await world.drive(people.answer(7, 'accept'))
  await world.until(() => viewOf(alice, 7))
  t.same(snapshot(alice).requests, [])
})

t.test('a declined request is gone at once', async t => {
  const { world, alice, people } = await meet()
  const chat = world.server.addChat(7, [1, 7])
  const place = chat.places.get(1)
  if (place) place.own = { request: true }
  world.server.post(chat, 7, 'Hi')
  await world.until(() => snapshot(alice).requests.length === 1)
  await world.drive(people.answer(7, 'decline', 'spam'))
  t.same(snapshot(alice).requests, [])
  t.notOk(viewOf(alice, 7))
  t.match(world.server.requests.find(each => each.op === 'answerRequest')?.body, { report: 'spam' })
})

t.test(
  'an about text comes with a look at the person, and stays when lists bring the rest',
  async t => {
    const { world, alice } = await meet()
    const about = () => snapshot(alice).users.get(2)?.about
    world.server.people.abouts.set(2, 'On the cliffs.')
    t.equal(about(), undefined)
    await world.drive(alice.client.open(2))
    await world.until(() => about() === 'On the cliffs.')
    alice.client.dev.dropConnection()
    await world.quiet()
    t.equal(about(), 'On the cliffs.')
    world.server.people.abouts.delete(2)
    alice.client.people.look(2)
    await world.until(() => about() === undefined)
  },
)

t.test('news of a profile is fetched for whom one knows, and for nobody else', async t => {
  const { world, alice } = await meet()
  world.server.people.abouts.set(2, 'New.')
  const before = asked(world, 'users')
  world.server.sendAll(Buffer.from(ephemeralFrame('profile', { user: 999 })))
  await world.quiet()
  t.equal(asked(world, 'users'), before)
  world.server.sendAll(Buffer.from(ephemeralFrame('profile', { user: 2 })))
  await world.until(() => snapshot(alice).users.get(2)?.about === 'New.')
})

t.test('whoever signs in next sees nobody of the one before', async t => {
  const { world, alice, people } = await meet()
  await world.drive(people.setContact(2, 'Bobby'))
  await world.drive(people.contacts.load())
  world.api = () => new Response(null, { status: 204 })
  await world.drive(alice.client.api.logout())
  t.equal(people.contacts.get(), undefined)
  world.server.addChat(9, [5, 2]).isDirect = true
  await world.drive(alice.client.signInWithTokens(world.server.tokens(5)))
  await world.until(() => titles(alice).has(9))
  t.equal(titles(alice).get(9), 'User 2')
})
