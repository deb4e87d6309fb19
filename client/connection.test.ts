// How the connection comes, goes and comes back, over the fake network and clock.

import t from 'tap'
import { encode } from '#shared/protocol/codec.ts'
import { closeCodes } from '#shared/protocol/codes.ts'
import { controlFrame } from '#shared/protocol/frames.ts'
import { PetrelClient } from './petrel-client.ts'
import { settle } from './test/fake-clock.ts'
import { type Actor, World } from './test/world.ts'

const connectionOf = ({ client }: Actor) => client.getSnapshot().connection
const isOnline = (actor: Actor) => connectionOf(actor).state === 'online'
const tokensJson = (world: World, accessToken: string) =>
  new Response(JSON.stringify({ ...world.server.tokens(1), accessToken }))
const refusedJson = () =>
  new Response(JSON.stringify({ type: 'x', title: 'x', status: 401, code: 'unauthorized' }), {
    status: 401,
  })

async function alone() {
  const world = new World()
  world.server.addChat(1, [1, 2])
  return { world, actor: await world.join('a', 1) }
}

t.test('nobody signed in: start leaves it offline', async t => {
  const world = new World()
  const actor = world.device('a', 1)
  await actor.client.start()
  t.same(connectionOf(actor), { state: 'offline' })
  t.equal(actor.client.getSnapshot().me, null)
})

t.test('start, sync, stop, start again with a resume', async t => {
  const { world, actor } = await alone()
  t.equal(actor.client.getSnapshot().chats.length, 1)
  await actor.client.stop()
  t.same(connectionOf(actor), { state: 'offline' })
  t.equal(world.server.connections, 0)
  await actor.client.start()
  await world.until(() => isOnline(actor))
  t.equal(world.server.hellos[0]?.resume, undefined)
  t.match(world.server.hellos[1]?.resume, { epoch: 1, chats: [[1, 2]] })
})

t.test('a stop right after a start wins', async t => {
  const { world, actor } = await alone()
  await actor.client.stop()
  const starting = actor.client.start()
  await actor.client.stop()
  await starting
  await world.clock.advance(60_000)
  t.same(connectionOf(actor), { state: 'offline' })
})

t.test('a lost connection comes back, later and later while nobody answers', async t => {
  const { world, actor } = await alone()
  world.network.reachable = false
  world.network.break('a')
  t.match(connectionOf(actor), { state: 'waiting' })
  const before = actor.client.dev.counters().connections
  await world.until(() => actor.client.dev.counters().connections >= before + 12)
  const tries = actor.client.dev.counters().connections
  const at = world.clock.now()
  await world.until(() => actor.client.dev.counters().connections >= tries + 5)
  t.ok(world.clock.now() - at > 5_000, 'it does not hammer')
  t.ok(world.clock.now() - at < 5 * 30_500, 'nor does it give up')
  world.network.reachable = true
  await world.until(() => isOnline(actor))
})

t.test('wake cuts a wait short', async t => {
  const { world, actor } = await alone()
  world.network.reachable = false
  world.network.break('a')
  await world.until(() => actor.client.dev.counters().connections > 10)
  await world.until(() => connectionOf(actor).state === 'waiting')
  world.network.reachable = true
  const at = world.clock.now()
  actor.client.wake()
  await world.network.pump()
  t.equal(isOnline(actor), true)
  t.equal(world.clock.now(), at)
})

t.test('codes that need a person stop it', async t => {
  for (const name of ['too_many_connections', 'bad_frame'] as const) {
    const { world, actor } = await alone()
    world.server.closeAll(closeCodes[name].code)
    await world.clock.advance(120_000)
    t.same(connectionOf(actor), { state: 'stopped', reason: name })
  }
})

t.test('a slow reader and a draining server are met again at once, not in a loop', async t => {
  for (const name of ['slow_consumer', 'draining'] as const) {
    const { world, actor } = await alone()
    const at = world.clock.now()
    world.server.closeAll(closeCodes[name].code)
    await world.until(() => isOnline(actor))
    t.ok(world.clock.now() - at <= 300, name)
  }
})

t.test('a hint to reconnect is followed when it is due, without waiting for the close', async t => {
  const { world, actor } = await alone()
  world.server.sendAll(controlFrame('reconnect', { afterMs: 3_000, reason: 'restart' }))
  await world.network.pump()
  await world.clock.advance(2_990)
  t.equal(isOnline(actor), true)
  t.equal(actor.client.dev.counters().connections, 1)
  await world.until(() => actor.client.dev.counters().connections === 2 && isOnline(actor))
})

t.test('a close before the hint is due waits for it', async t => {
  const { world, actor } = await alone()
  world.server.sendAll(controlFrame('reconnect', { afterMs: 8_000, reason: 'overloaded' }))
  await world.network.pump()
  world.server.closeAll(closeCodes.overloaded.code)
  await world.clock.advance(7_900)
  t.equal(actor.client.dev.counters().connections, 1)
  await world.until(() => isOnline(actor))
})

t.test('a server that stays overloaded is asked more and more seldom', async t => {
  const { world, actor } = await alone()
  const accept = world.server.accept
  const clock = world.clock.fork()
  world.server.accept = wire => ({
    receive() {
      wire.send(controlFrame('reconnect', { afterMs: 1_000, reason: 'overloaded' }))
      clock.setTimeout(() => wire.close(closeCodes.overloaded.code), 10)
    },
    closed() {},
  })
  world.server.closeAll(1006)
  const tries = () => actor.client.dev.counters().connections
  await world.until(() => tries() > 12)
  const [count, at] = [tries(), world.clock.now()]
  await world.until(() => tries() === count + 5)
  t.ok(world.clock.now() - at > 10_000)
  world.server.accept = accept
  await world.until(() => isOnline(actor))
})

t.test(
  'a token that the server finds expired is refreshed, once, and the connection made anew',
  async t => {
    for (const name of ['token_expired', 'auth_failed'] as const) {
      const { world, actor } = await alone()
      let refreshes = 0
      world.api = path => {
        t.equal(path, '/api/v1/auth/refresh')
        return tokensJson(world, `token-1-${++refreshes}`)
      }
      world.server.badTokens.set('token-1', name)
      world.network.break('a')
      await world.until(() => isOnline(actor))
      t.equal(refreshes, 1)
      t.equal(world.server.hellos.at(-1)?.token, 'token-1-1')
    }
  },
)

t.test('a fresh token that is refused too stops it', async t => {
  for (const name of ['auth_failed', 'session_revoked'] as const) {
    const { world, actor } = await alone()
    world.api = () => tokensJson(world, 'token-1-new')
    world.server.badTokens.set('token-1', name).set('token-1-new', name)
    world.network.break('a')
    await world.until(() => connectionOf(actor).state === 'stopped')
    t.same(connectionOf(actor), { state: 'stopped', reason: name })
    t.equal(actor.client.getSnapshot().me?.id, 1, 'still known who it was')
  }
})

t.test(
  'a session that was revoked elsewhere leaves nothing of its person but what waits to be sent',
  async t => {
    const { world, actor } = await alone()
    await world.clock.advance(1_000)
    t.ok(await actor.archive.read())
    world.server.mute = true
    actor.client.send(1, 'not sent yet')
    world.api = refusedJson
    world.server.closeAll(closeCodes.session_revoked.code)
    await world.until(() => connectionOf(actor).state === 'stopped')
    await world.clock.advance(1_000)
    t.same(connectionOf(actor), { state: 'stopped', reason: 'signed_out' })
    t.equal(actor.client.getSnapshot().me, null)
    t.equal(actor.client.getSnapshot().chats.length, 0)
    t.equal(await actor.archive.read(), undefined)
    t.equal(await actor.storage.get('tokens'), undefined)
    t.equal((await actor.storage.list('outbox.')).length, 1)
    await world.clock.advance(120_000)
    t.equal(world.server.connections, 0)
  },
)

t.test('a refused refresh signs out and shows nothing of the person any more', async t => {
  const { world, actor } = await alone()
  world.api = refusedJson
  world.server.badTokens.set('token-1', 'token_expired')
  world.network.break('a')
  await world.until(() => connectionOf(actor).state === 'stopped')
  t.same(connectionOf(actor), { state: 'stopped', reason: 'signed_out' })
  t.equal(actor.client.getSnapshot().me, null)
  t.equal(actor.client.getSnapshot().chats.length, 0)
  await world.clock.advance(120_000)
  t.equal(world.server.connections, 0)
})

t.test('a refresh that does not work now is tried again', async t => {
  const { world, actor } = await alone()
  let tries = 0
  world.api = () => {
    if (++tries < 4) throw new TypeError('fetch failed')
    return tokensJson(world, 'token-1-new')
  }
  world.server.badTokens.set('token-1', 'token_expired')
  world.network.break('a')
  await world.until(() => isOnline(actor))
  t.equal(tries, 4)
})

t.test('silence is met with a ping, and no answer with a new connection', async t => {
  const { world, actor } = await alone()
  const pings = () => world.server.requests.filter(({ op }) => op === 'ping').length
  const heard = async () => {
    world.server.bumpAll()
    await world.network.pump()
  }
  await heard()
  await world.clock.advance(24_900)
  await world.network.pump()
  t.equal(pings(), 0)
  await world.clock.advance(100)
  await world.network.pump()
  t.equal(pings(), 1)
  await world.clock.advance(20_000)
  t.equal(actor.client.dev.counters().connections, 1, 'it was answered')
  world.server.mute = true
  await world.until(() => pings() === 2)
  world.server.mute = false
  await world.clock.advance(9_900)
  t.equal(actor.client.dev.counters().connections, 1)
  await world.until(() => actor.client.dev.counters().connections === 2 && isOnline(actor))
})

t.test('any frame counts as a sign of life', async t => {
  const { world } = await alone()
  const chat = world.server.chats.get(1)
  for (let second = 0; chat && second < 60; second += 10) {
    world.server.post(chat, 2, 'x')
    await world.network.pump()
    await world.clock.advance(10_000)
  }
  t.equal(world.server.requests.filter(({ op }) => op === 'ping').length, 0)
})

t.test('a server that takes no connection, or never ends its sync, is left', async t => {
  const { world, actor } = await alone()
  world.network.break('a')
  await world.until(() => connectionOf(actor).state === 'connecting')
  // Nothing is carried from here on: the socket never opens.
  const stuck = actor.client.dev.counters().connections
  await world.clock.advance(14_900)
  t.equal(actor.client.dev.counters().connections, stuck)
  await world.clock.advance(2_000)
  await world.until(() => actor.client.dev.counters().connections > stuck && isOnline(actor))
  world.network.break('a')
  // One frame at a time, so that it is caught between the first and the last of the sync.
  for (let step = 0; connectionOf(actor).state !== 'syncing' && step < 1_000; step++) {
    await world.network.pump(1)
    if (connectionOf(actor).state === 'waiting') await world.clock.advance(50)
  }
  const syncing = actor.client.dev.counters().connections
  await world.clock.advance(14_900)
  t.equal(connectionOf(actor).state, 'syncing')
  await world.clock.advance(1_000)
  t.not(connectionOf(actor).state, 'syncing')
  await world.until(() => actor.client.dev.counters().connections > syncing && isOnline(actor))
})

t.test('bad frames are counted and change nothing', async t => {
  const { world, actor } = await alone()
  await world.quiet()
  const before = actor.client.getSnapshot().chats
  const bad = [
    new Uint8Array([0xc1]),
    new Uint8Array(0),
    encode([9, 9]),
    encode([2, 1, 1, 'x', {}]),
    encode([5, 2, { chats: 'none' }]),
    encode([4, 1, { chat: -1 }]),
    encode([0, 4_000, {}]),
  ]
  for (const bytes of bad) world.server.sendAll(bytes)
  await world.network.pump()
  t.equal(isOnline(actor), true)
  t.equal(actor.client.dev.counters().badFrames, 6, 'an answer to nothing is no bad frame')
  t.equal(actor.client.getSnapshot().chats, before)
})

t.test('the gateway is asked from the api, and again after it was not there', async t => {
  const world = new World()
  const urls: string[] = []
  const clock = world.clock.fork()
  const gateways = [':7001/ws', '/ws', 'wss://other.example/ws']
  const client = new PetrelClient({
    api: 'https://chat.example:8443',
    clock,
    fetch: async () =>
      new Response(JSON.stringify({ gateway: gateways.shift(), demo: [], version: '1' })),
    transport: {
      open: (url, events) => {
        urls.push(url)
        void settle().then(() => events.onClose(1006, ''))
        return { send() {}, close() {} }
      },
    },
  })
  t.teardown(() => clock.kill())
  await client.signInWithTokens(world.server.tokens(1))
  await world.until(() => urls.length === 3)
  t.same(urls, [
    'wss://chat.example:7001/ws',
    'wss://chat.example:8443/ws',
    'wss://other.example/ws',
  ])
})

t.test('HELLO keeps below its size; chats that do not fit are paged again', async t => {
  const world = new World()
  for (let id = 1; id <= 1_500; id++) world.server.addChat(2 ** 40 + id, [1])
  world.server.chatsPageMax = 100
  const actor = await world.join('a', 1)
  while (actor.client.getSnapshot().moreChats) await world.drive(actor.client.loadMoreChats())
  t.equal(actor.client.getSnapshot().chats.length, 1_500)
  world.network.break('a')
  await world.until(() => isOnline(actor))
  const hello = world.server.hellos.at(-1)
  const sent = hello?.resume?.chats.length ?? 0
  t.ok(sent > 500 && sent <= 1_000, `${sent} chats`)
  t.ok(encode([1, 0, hello]).length <= 16 * 1024)
  t.equal(
    actor.client.getSnapshot().chats.length,
    1_500,
    'the server tells of those it was not asked about',
  )
})
