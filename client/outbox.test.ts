// What becomes of what a person types: sent once, in order, kept until it is known.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { PetrelClient } from './petrel-client.ts'
import { type Actor, World } from './test/world.ts'
import type { MessageView, Storage } from './types.ts'

async function opened(chat = 1) {
  const world = new World()
  world.server.addChat(1, [1, 2])
  world.server.addChat(2, [1, 2])
  const actor = await world.join('a', 1)
  await world.drive(actor.client.open(chat))
  return { world, actor }
}

const rows = ({ client }: Actor, chat = 1): MessageView[] =>
  client.getSnapshot().windows.get(chat)?.messages ?? []
const shown = (actor: Actor, chat = 1) =>
  rows(actor, chat).map(({ text, state }) => `${text}: ${state}`)
const stored = async (actor: Actor) => (await actor.storage.list('outbox.')).length
const texts = (world: World, chat = 1) => world.server.chats.get(chat)?.rows.map(row => row.text)
const sends = (world: World) => world.server.requests.filter(({ op }) => op === 'send').length

t.test('shown and stored at once, then sent under the same key', async t => {
  const { world, actor } = await opened()
  const { rid, sent } = actor.client.send(1, 'hello')
  t.same(shown(actor), ['hello: sending'])
  t.equal(actor.client.getSnapshot().pending, 1)
  t.match(actor.client.getSnapshot().chats[0], { last: { text: 'hello', state: 'sending' } })
  t.equal(await stored(actor), 1)
  t.equal(sends(world), 0, 'stored before the server has it')
  const key = rows(actor)[0]?.key
  t.match(await world.drive(sent), { chat: 1, rid, seq: 1, rev: 3 })
  t.same(shown(actor), ['hello: sent'])
  t.equal(rows(actor)[0]?.key, key)
  t.equal(actor.client.getSnapshot().pending, 0)
  await world.quiet()
  t.equal(await stored(actor), 0)
  t.equal(actor.client.getSnapshot().chats[0]?.unread, 0, 'own messages are read')
})

t.test('sent without waiting for a slow storage', async t => {
  const { world, actor } = await opened()
  let store: (() => void) | undefined
  const set = actor.storage.set.bind(actor.storage)
  actor.storage.set = async (key, value) => {
    await new Promise<void>(resolve => {
      store = resolve
    })
    await set(key, value)
  }
  const { sent } = actor.client.send(1, 'hello')
  t.match(await world.drive(sent), { seq: 1 })
  store?.()
  await world.quiet()
  t.equal(await stored(actor), 0, 'what was stored late is gone too')
})

t.test('typed while offline, sent in order when there is a connection', async t => {
  const { world, actor } = await opened()
  world.network.reachable = false
  world.network.break('a')
  for (const text of ['one', 'two', 'three']) world.send(actor, 1, text)
  await world.clock.advance(120_000)
  t.equal(actor.client.getSnapshot().pending, 3)
  await world.quiet()
  t.same(texts(world), ['one', 'two', 'three'])
  t.same(shown(actor), ['one: sent', 'two: sent', 'three: sent'])
})

t.test('a lost answer, a lost connection: the same rid again, one message', async t => {
  const { world, actor } = await opened()
  world.network.loseAnswers('a', 1)
  world.send(actor, 1, 'answer lost')
  await world.until(() => sends(world) === 2)
  world.network.cutAfter('a', 1)
  world.send(actor, 1, 'cut before the answer')
  await world.quiet()
  t.same(texts(world), ['answer lost', 'cut before the answer'])
  t.same(shown(actor), ['answer lost: sent', 'cut before the answer: sent'])
  const byAck = actor.events.filter(event => event.type === 'applied' && event.by === 'ack')
  t.same(byAck, [], 'what was sent twice is taken as the server has it, not as it was typed')
})

t.test('found in a page of history, a message has arrived', async t => {
  const { world, actor } = await opened(2)
  world.network.loseAnswers('a', 1)
  world.send(actor, 1, 'answer lost')
  await world.until(() => sends(world) === 1)
  const chat = world.server.chats.get(1)
  if (chat) world.server.post(chat, 2, 'hides it from the list')
  // The chat's summary and the name of its sender are fetched meanwhile.
  await world.until(() => world.server.requests.some(({ op }) => op === 'users'))
  await world.network.pump()
  world.server.refusals = [new AppError('rate_limited', { retryMs: 600_000 })]
  await world.until(() => sends(world) === 2)
  await world.network.pump()
  t.equal(actor.client.getSnapshot().pending, 1)
  await world.drive(actor.client.open(1))
  t.equal(actor.client.getSnapshot().pending, 0)
  t.same(shown(actor), ['answer lost: sent', 'hides it from the list: sent'])
  t.match(actor.sendings[0]?.outcome, { seq: 1 })
})

t.test('typed, killed, started again: sent by the next run', async t => {
  const { world, actor } = await opened()
  world.network.reachable = false
  world.network.break('a')
  world.send(actor, 1, 'one')
  world.send(actor, 2, 'other chat')
  await world.restart(actor)
  world.send(actor, 1, 'two')
  t.equal(actor.client.getSnapshot().pending, 3)
  await world.quiet()
  t.same(texts(world), ['one', 'two'])
  t.same(texts(world, 2), ['other chat'])
  t.equal(await stored(actor), 0)
})

t.test(
  'a busy server is asked again when it says, and nothing overtakes within the chat',
  async t => {
    const { world, actor } = await opened()
    world.server.refusals = [
      new AppError('rate_limited', { retryMs: 5_000 }),
      new AppError('overloaded'),
      new AppError('internal'),
    ]
    const at = world.clock.now()
    world.send(actor, 1, 'one')
    world.send(actor, 1, 'two')
    await world.network.pump()
    await world.clock.advance(4_900)
    t.equal(sends(world), 1)
    await world.until(() => world.server.chats.get(1)?.seq === 2)
    t.ok(world.clock.now() - at >= 5_000)
    t.same(texts(world), ['one', 'two'])
    t.ok(actor.sendings.every(({ outcome }) => outcome && !(outcome instanceof Error)))
  },
)

t.test('a refusal for good keeps the text, and the next message goes on', async t => {
  const { world, actor } = await opened()
  world.server.refusals = [new AppError('text_too_long')]
  const first = actor.client.send(1, 'too long')
  const second = actor.client.send(1, 'short')
  await t.rejects(world.drive(first.sent), { code: 'text_too_long' })
  await world.drive(second.sent)
  t.match(rows(actor), [
    { text: 'short', state: 'sent' },
    { text: 'too long', state: 'failed', error: 'text_too_long' },
  ])
  t.equal(actor.client.getSnapshot().pending, 0)
  await world.restart(actor)
  await world.drive(actor.client.open(1))
  t.match(rows(actor)[1], { text: 'too long', state: 'failed', error: 'text_too_long' })
  t.equal(sends(world), 2, 'a restart does not try again what was refused')
  actor.client.retry(first.rid)
  t.match(rows(actor)[1], { state: 'sending' })
  t.notOk(rows(actor)[1]?.error)
  await world.quiet()
  t.same(shown(actor), ['short: sent', 'too long: sent'])
})

t.test('a failed message can be thrown away, one under way cannot', async t => {
  const { world, actor } = await opened()
  world.server.refusals = [new AppError('forbidden')]
  const { rid, sent } = actor.client.send(1, 'no')
  actor.client.discard(rid)
  t.equal(rows(actor).length, 1)
  await t.rejects(world.drive(sent), { code: 'forbidden' })
  actor.client.discard(rid)
  await world.quiet()
  t.same(rows(actor), [])
  t.equal(await stored(actor), 0)
})

t.test('send refuses at once: signed out, the same rid twice, too many', async t => {
  const { world, actor } = await opened()
  const { rid, sent } = actor.client.send(1, 'x')
  await t.rejects(actor.client.send(1, 'y', { rid }).sent, { code: 'conflict' })
  await world.drive(sent)
  world.network.reachable = false
  world.network.break('a')
  for (let i = 0; i < 5_000; i++) actor.client.send(1, 'x')
  await t.rejects(actor.client.send(1, 'one too many').sent, { code: 'overloaded' })
  const nobody = world.device('b', 2)
  await t.rejects(nobody.client.send(1, 'x').sent, { code: 'unauthorized' })
})

t.test('a storage that fails does not keep a message from being sent', async t => {
  const world = new World()
  world.server.addChat(1, [1, 2])
  const fails = () => Promise.reject(new Error('quota exceeded'))
  const storage: Storage = {
    get: async () => undefined,
    set: fails,
    delete: fails,
    list: async () => [],
  }
  const clock = world.clock.fork()
  const client = new PetrelClient({
    api: 'http://fake',
    gateway: 'ws://fake/ws',
    device: 'd',
    transport: world.network.transport('a'),
    storage,
    clock,
  })
  t.teardown(() => clock.kill())
  await t.rejects(client.signInWithTokens(world.server.tokens(1)), /quota/, 'tokens are told of')
  const kept = new Map<string, unknown>([])
  storage.get = async key => kept.get(key)
  storage.set = async (key, value) => (key === 'tokens' ? void kept.set(key, value) : fails())
  await world.drive(client.signInWithTokens(world.server.tokens(1)))
  t.match(await world.drive(client.send(1, 'x').sent), { seq: 1 })
})

t.test('what storage holds of another version is passed over', async t => {
  const { world, actor } = await opened()
  await actor.client.stop()
  await actor.storage.set('outbox.1.0000000000000001.5', { text: 'half' })
  await actor.storage.set('outbox.1.0000000000000002.6', null)
  await actor.storage.set('outbox.2.0000000000000003.7', {
    chat: 1,
    rid: 7,
    text: 'of another',
    at: 1,
  })
  await world.restart(actor)
  await world.quiet()
  t.equal(actor.client.getSnapshot().pending, 0)
  t.same(texts(world), [])
})

t.test('what somebody typed waits for them, not for who signs in next', async t => {
  const { world, actor } = await opened()
  world.network.reachable = false
  world.network.break('a')
  world.send(actor, 1, "Alice's")
  await world.drive(actor.client.signInWithTokens(world.server.tokens(2)))
  t.equal(actor.client.getSnapshot().pending, 0)
  await world.quiet()
  t.same(texts(world), [])
  await world.drive(actor.client.signInWithTokens(world.server.tokens(1)))
  await world.quiet()
  t.same(texts(world), ["Alice's"])
  t.equal(world.server.chats.get(1)?.rows[0]?.from, 1)
})
