// What one has read, what calls one, what has arrived, and how one keeps one's chats: seen through the client.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { asked, pair, viewOf, windowOf } from './test/pair.ts'
import { type Actor, differences, World } from './test/world.ts'

const meOf = (actor: Actor, chat = 1) => viewOf(actor, chat)?.chat.me

/** Lets frames pass, but no time. */
const pump = (world: World) => world.network.pump()

t.test('what calls the user is counted as it comes, and no longer when it is read', async t => {
  const { world, chat, alice } = await pair()
  const desk = await world.join('desk', 1)
  const mine = world.server.post(chat, 1, 'mine')
  world.server.post(chat, 2, 'an answer', mine.seq)
  world.server.post(chat, 2, 'to nobody')
  const last = world.server.post(chat, 2, 'another answer', mine.seq)
  await pump(world)
  t.match(viewOf(alice), { unread: 4, mentions: 2, firstUnread: 1 })
  alice.client.markRead(1, 2)
  t.match(viewOf(alice), { unread: 2, mentions: 1, firstUnread: 3 })
  await world.quiet()
  t.match(viewOf(desk), { unread: 2, mentions: 1 }, 'on the other device')
  alice.client.markRead(1, last.seq)
  t.match(viewOf(alice), { unread: 0, mentions: 0, firstUnread: undefined })
  await world.quiet()
  t.match(viewOf(desk), { unread: 0, mentions: 0 })
  t.equal(asked(world, 'chat'), 0, 'nobody had to ask')
})

t.test('a mark in the middle of what the server counted: it tells how many are left', async t => {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  const mine = world.server.post(chat, 1, 'mine')
  for (let i = 0; i < 3; i++) world.server.post(chat, 2, `answer ${i}`, mine.seq)
  const alice = await world.join('alice', 1)
  t.equal(viewOf(alice)?.mentions, 3)
  alice.client.markRead(1, 3)
  t.equal(viewOf(alice)?.mentions, 3, 'which of them it passes is not known here')
  await world.quiet()
  t.equal(viewOf(alice)?.mentions, 1)
  world.server.post(chat, 2, 'one more', mine.seq)
  await pump(world)
  t.equal(viewOf(alice)?.mentions, 2)
})

t.test('a message that is deleted calls nobody any more', async t => {
  const { world, chat, alice, bob } = await pair()
  const mine = world.server.post(chat, 1, 'mine')
  await world.quiet()
  const send = async (text: string, reply?: number) => {
    const options = reply === undefined ? {} : { reply }
    return (await world.drive(bob.client.send(1, text, options).sent)).seq
  }
  const live = await send('live', mine.seq)
  t.equal(viewOf(alice)?.mentions, 1)
  await world.drive(bob.client.delete(1, [live]))
  await pump(world)
  t.equal(viewOf(alice)?.mentions, 0)
  t.equal(asked(world, 'chat'), 0)
  const counted = await send('counted', mine.seq)
  const plain = await send('plain')
  const desk = await world.join('desk', 1)
  t.equal(viewOf(desk)?.mentions, 1, 'by the summary')
  const before = asked(world, 'chat')
  await world.drive(bob.client.delete(1, [counted]))
  await world.quiet()
  t.equal(viewOf(desk)?.mentions, 0)
  t.equal(asked(world, 'chat'), before + 1, 'which only the server could say')
  await world.drive(bob.client.delete(1, [plain]))
  await world.quiet()
  t.equal(asked(world, 'chat'), before + 1)
})

t.test('messages of a diff do not say whom they call: the count is asked for, once', async t => {
  const { world, chat, alice } = await pair()
  const mine = world.server.post(chat, 1, 'mine')
  await world.drive(alice.client.open(1))
  world.network.disturb('alice', ['drop', 'drop', 'pass'])
  world.server.post(chat, 2, 'lost', mine.seq)
  world.server.post(chat, 2, 'lost too', mine.seq)
  world.server.post(chat, 2, 'seen')
  await world.until(() => windowOf(alice).messages.length === 4)
  await world.until(() => viewOf(alice)?.mentions === 2)
  t.equal(asked(world, 'chat'), 1)
})

t.test(
  'in a large chat that nobody looks at, a call comes at once and nothing is asked',
  async t => {
    const { world, chat, alice, bob } = await pair()
    world.server.devices.fullFanOutMembersMax = 1
    const mine = world.server.post(chat, 1, 'mine')
    await world.quiet()
    world.server.requests.length = 0
    world.server.post(chat, 2, 'before')
    world.server.post(chat, 2, 'an answer', mine.seq)
    await pump(world)
    t.match(viewOf(alice), { mentions: 1, unread: 3, last: { text: 'an answer' } })
    t.match(viewOf(bob), { mentions: 0, unread: 1 }, 'the others hear of it with the next bump')
    await world.clock.advance(limits.bumpEveryMs)
    await pump(world)
    t.match(viewOf(bob), { unread: 3 })
    t.match(viewOf(alice), { mentions: 1, unread: 3 })
    for (const actor of [alice, bob]) t.same(await differences(world, actor), [])
    t.same(
      world.server.requests.map(({ op }) => op).filter(op => op === 'diff' || op === 'chat'),
      [],
    )
  },
)

t.test('a storm of calls in a large chat is no storm of requests', async t => {
  const { world, chat, alice } = await pair()
  world.server.devices.fullFanOutMembersMax = 1
  const mine = world.server.post(chat, 1, 'mine')
  await world.drive(alice.client.open(1))
  alice.client.close(1)
  await world.quiet()
  world.server.requests.length = 0
  for (let i = 0; i < 200; i++) {
    world.server.post(chat, 2, `answer ${i}`, mine.seq)
    await pump(world)
  }
  await world.clock.advance(limits.bumpEveryMs * 2)
  await pump(world)
  t.match(viewOf(alice), { mentions: 200, unread: 201 })
  const diffs = world.server.requests.filter(({ op }) => op === 'diff' || op === 'chat')
  t.same(diffs, [], 'its window waits until somebody looks')
})

t.test(
  'marked unread by hand: shown at once, ended by reading, also when nothing is new',
  async t => {
    const { world, chat, alice } = await pair()
    const desk = await world.join('desk', 1)
    world.server.post(chat, 2, 'one')
    await world.quiet()
    alice.client.markRead(1, 1)
    const marked = alice.client.setPlace(1, { unread: true })
    t.equal(meOf(alice)?.unread, true)
    await world.drive(marked)
    await world.quiet()
    t.match(meOf(desk), { unread: true, read: 1 }, 'the read mark before it did not end it')
    desk.client.markRead(1, 1)
    t.equal(meOf(desk)?.unread, undefined)
    await world.quiet()
    t.equal(meOf(alice)?.unread, undefined)
    const before = asked(world, 'read')
    desk.client.markRead(1, 1)
    await world.quiet()
    t.equal(asked(world, 'read'), before, 'once is enough')
  },
)

t.test('a choice is shown before it is answered, and a refused one vanishes', async t => {
  const { world, alice } = await pair()
  const desk = await world.join('desk', 1)
  world.server.addChat(2, [1, 2])
  await world.quiet()
  const order = (actor: Actor) => actor.client.getSnapshot().chats.map(view => view.chat.id)
  await world.drive(alice.client.setPlace(1, { pinned: true }))
  await world.clock.advance(1_000)
  const second = alice.client.setPlace(2, { pinned: true })
  t.same(order(alice), [2, 1], 'the one pinned last comes first')
  await world.drive(second)
  await world.quiet()
  t.same(order(desk), [2, 1])
  world.server.refusals = [new AppError('quota_reached')]
  const refused = alice.client.setPlace(1, { mutedUntil: 0 })
  t.ok(meOf(alice)?.mutedUntil)
  await t.rejects(world.drive(refused), { code: 'quota_reached' })
  t.equal(meOf(alice)?.mutedUntil, undefined)
})

t.test('an archived chat comes back by itself', async t => {
  const { world, chat, alice } = await pair()
  const place = chat.places.get(1)
  world.server.post(chat, 2, 'one')
  await world.quiet()
  if (place) place.own = { archived: true, archivedSeq: 1 }
  const desk = await world.join('desk', 1)
  t.equal(viewOf(alice)?.archived, false)
  t.equal(viewOf(desk)?.archived, true)
  if (place) place.own = { ...place.own, mutedUntil: world.clock.now() + 600_000 }
  const muted = await world.join('muted', 1)
  world.server.post(chat, 2, 'two')
  await pump(world)
  t.equal(viewOf(desk)?.archived, false)
  t.equal(viewOf(muted)?.archived, true)
  await world.clock.advance(600_000)
  await world.quiet()
  t.equal(viewOf(muted)?.archived, true, 'the end of the mute alone changes nothing')
  world.server.post(chat, 2, 'three')
  await pump(world)
  t.equal(viewOf(muted)?.archived, false)
})

t.test(
  'a draft: told after a second of quiet, shown on other devices, ended by sending',
  async t => {
    const { world, alice } = await pair()
    const desk = await world.join('desk', 1)
    for (const text of ['H', 'He', 'Hel']) {
      alice.client.draft(1, { text })
      t.equal(viewOf(alice)?.draft?.text, text)
      await world.clock.advance(900)
    }
    t.equal(asked(world, 'draft'), 0, 'somebody is still typing')
    await world.clock.advance(100)
    await world.quiet()
    t.equal(asked(world, 'draft'), 1)
    t.equal(viewOf(desk)?.draft?.text, 'Hel')
    alice.client.draft(1, { text: 'Hel' })
    await world.quiet()
    t.equal(asked(world, 'draft'), 1, 'the same is no news')
    world.send(alice, 1, 'Hello')
    t.equal(viewOf(alice)?.draft, undefined)
    await world.quiet()
    t.equal(viewOf(desk)?.draft, undefined)
    t.equal(asked(world, 'draft'), 2)
    world.send(alice, 1, 'Nothing was begun')
    await world.quiet()
    t.equal(asked(world, 'draft'), 2)
  },
)

t.test('a draft that vanishes within the second is never told', async t => {
  const { world, alice } = await pair()
  alice.client.draft(1, { text: 'H' })
  alice.client.draft(1, { text: '  ' })
  t.equal(viewOf(alice)?.draft, undefined)
  await world.quiet()
  t.equal(asked(world, 'draft'), 0)
  t.same(await alice.storage.list('draft.'), [])
})

t.test('a draft survives a restart while offline, and the last one wins', async t => {
  const { world, alice } = await pair()
  const desk = await world.join('desk', 1)
  world.network.reachable = false
  world.network.break('alice')
  alice.client.draft(1, { text: 'on the train', reply: 1 })
  await world.clock.advance(5_000)
  desk.client.draft(1, { text: 'at the desk' })
  await world.clock.advance(5_000)
  await pump(world)
  t.equal(viewOf(desk)?.draft?.text, 'at the desk')
  await world.restart(alice)
  await world.quiet()
  t.match(viewOf(alice)?.draft, { text: 'on the train', reply: 1 })
  t.match(viewOf(desk)?.draft, { text: 'on the train', reply: 1 })
  t.same(await alice.storage.list('draft.'), [], 'the server has it')
})

t.test('a draft that the server refuses stays here', async t => {
  const { world, alice } = await pair()
  world.server.refusals = [new AppError('quota_reached')]
  alice.client.draft(1, { text: 'one too many' })
  await world.clock.advance(1_000)
  await pump(world)
  await world.clock.advance(60_000)
  t.equal(viewOf(alice)?.draft?.text, 'one too many')
  t.equal(asked(world, 'draft'), 1)
})

t.test('who signs in next finds none of it', async t => {
  const { world, alice } = await pair()
  alice.client.draft(1, { text: 'secret' })
  await world.drive(alice.client.signInWithTokens(world.server.tokens(2)))
  await world.quiet()
  t.equal(viewOf(alice)?.draft, undefined)
  t.equal(asked(world, 'draft'), 0)
})

t.test('delivered: when it is on the other’s device; then read', async t => {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  chat.isDirect = true
  const alice = await world.join('alice', 1)
  const bob = await world.join('bob', 2)
  await world.drive(alice.client.open(1))
  const states = () => windowOf(alice).messages.map(({ state }) => state)
  world.network.break('bob')
  world.network.reachable = false
  world.send(alice, 1, 'one')
  await pump(world)
  t.same(states(), ['sent'])
  await world.quiet()
  t.same(states(), ['delivered'])
  t.equal(asked(world, 'delivered'), 1)
  for (const text of ['two', 'three', 'four']) world.send(alice, 1, text)
  await world.quiet()
  t.same(states(), ['delivered', 'delivered', 'delivered', 'delivered'])
  t.equal(asked(world, 'delivered'), 2, 'one for those that came together')
  bob.client.markRead(1, 3)
  await world.quiet()
  t.same(states(), ['read', 'read', 'read', 'delivered'])
  world.send(alice, 1, 'five')
  await pump(world)
  bob.client.markRead(1, 5)
  await world.quiet()
  t.equal(asked(world, 'delivered'), 2, 'what is read need not be told to have arrived')
})

t.test('in groups, and of one’s own messages, nothing is told', async t => {
  const { world, chat, alice } = await pair()
  world.server.post(chat, 2, 'in a group')
  world.send(alice, 1, 'own')
  await world.quiet()
  t.equal(asked(world, 'delivered'), 0)
})

t.test('folders are loaded when somebody asks, and anew when they changed elsewhere', async t => {
  const { world, chat, alice } = await pair()
  const desk = await world.join('desk', 1)
  const people = { id: 1, title: 'People', rule: { kinds: ['direct' as const] } }
  t.equal(alice.client.folders.list.get(), undefined)
  t.same(await world.drive(alice.client.folders.list.load()), [])
  await world.drive(desk.client.folders.set([people]))
  await world.quiet()
  t.same(alice.client.folders.list.get(), [people])
  t.equal(desk.client.folders.list.get(), undefined, 'nobody asked there')
  t.same(alice.client.folders.chatsIn(people), [])
  const groups = { ...people, rule: { kinds: ['group' as const], unread: true as const } }
  t.same(alice.client.folders.chatsIn(groups), [])
  world.server.post(chat, 2, 'news')
  await world.quiet()
  t.same(alice.client.folders.chatsIn(groups), [viewOf(alice)])
  t.equal(asked(world, 'folders'), 2)
})

t.test('jumping from one mention to the next', async t => {
  const { world, chat, alice } = await pair()
  const mine = world.server.post(chat, 1, 'mine')
  const first = world.server.post(chat, 2, 'an answer', mine.seq)
  world.server.post(chat, 2, 'to nobody')
  const second = world.server.post(chat, 2, 'another', mine.seq)
  const next = (after?: number) => world.drive(alice.client.nextMention(1, after))
  t.equal(await next(), first.seq)
  t.equal(await next(first.seq), second.seq)
  t.equal(await next(second.seq), undefined)
})
