// What stays on a device over a restart, and what becomes of it: read without a network, continued where it can be, dropped
// where it cannot, forgotten with its person.

import t from 'tap'
import type { PetrelClient } from '../petrel-client.ts'
import { memoryStorage } from '../storage.ts'
import { FakeBrowser } from '../test/fake-tabs.ts'
import { asked, pair, seqs, snapshot, viewOf, windowOf } from '../test/pair.ts'
import { type Actor, differences, World } from '../test/world.ts'
import type { Archive } from './archive.ts'
import { memoryArchive } from './memory-archive.ts'

const yearMs = 365 * 24 * 3_600_000

/** Alice has read a chat of 60 messages, and all of it is kept. */
async function read() {
  const { world, chat, alice } = await pair()
  for (let i = 1; i <= 60; i++) world.server.post(chat, 2, `text ${i}`)
  await world.quiet()
  await world.drive(alice.client.open(1))
  await kept(world)
  return { world, chat, alice }
}

/** Lets what changed be written. */
async function kept(world: World): Promise<void> {
  await world.clock.advance(1_000)
  await world.network.pump()
}

/** Starts the device again where no server can be reached. */
async function restartAlone(world: World, alice: Actor): Promise<void> {
  world.network.reachable = false
  await world.restart(alice)
}

t.test(
  'an archive that fails is given up: everything goes on in memory, and is said once',
  async t => {
    const failures: [string, Partial<Archive>][] = [
      ['reading', { read: () => Promise.reject(new Error('broken')) }],
      ['writing', { write: () => Promise.reject(new Error('full')) }],
    ]
    for (const [what, failure] of failures) {
      const world = new World()
      const chat = world.server.addChat(1, [1, 2])
      const alice = world.device('alice', 1, { archive: { ...memoryArchive(), ...failure } })
      const notices: unknown[] = []
      alice.notKept = error => notices.push(error)
      await world.drive(alice.client.signInWithTokens(world.server.tokens(1)))
      await world.quiet()
      await world.drive(alice.client.open(1))
      for (let i = 0; i < 3; i++) {
        world.server.post(chat, 2, `text ${i}`)
        await world.network.pump()
        await world.clock.advance(2_000)
      }
      t.same(seqs(alice), [1, 2, 3], what)
      t.equal(notices.length, 1, what)
    }
  },
)

t.test('a stretch that cannot be read is loaded from the server instead', async t => {
  const { world, alice } = await read()
  const { archive } = alice
  alice.archive = { ...archive, rows: async () => undefined }
  await world.restart(alice)
  await world.quiet()
  await world.drive(alice.client.open(1))
  t.equal(seqs(alice).length, 50)
  t.same(await differences(world, alice), [])
})

t.test('chats and history are there without a network', async t => {
  const { world, alice } = await read()
  await restartAlone(world, alice)
  t.match(snapshot(alice), { me: { id: 1 } })
  t.not(snapshot(alice).connection.state, 'online')
  t.match(viewOf(alice), { unread: 60, last: { text: 'text 60' } })
  await world.drive(alice.client.open(1))
  t.equal(seqs(alice).length, 50, 'the newest page')
  t.match(windowOf(alice), { moreBefore: true, moreAfter: false, loading: false })
  t.ok(snapshot(alice).users.has(2), 'with the people')
})

t.test('a start continues what is kept: nothing is loaded twice', async t => {
  const { world, chat, alice } = await read()
  alice.kill()
  const before = { pages: asked(world, 'history'), rev: chat.rev }
  world.server.post(chat, 2, 'while away')
  world.server.setTitle(chat, 'Another title')
  await world.restart(alice)
  await world.drive(alice.client.open(1))
  await world.quiet()
  t.equal(seqs(alice).at(-1), 61)
  t.equal(asked(world, 'history'), before.pages)
  const { resume } = world.server.hellos.at(-1) ?? {}
  t.match(resume, { chats: [[1, before.rev]] })
  t.same(await differences(world, alice), [])
})

t.test('what is too old to continue is dropped and loaded anew, once', async t => {
  const { world, chat, alice } = await read()
  alice.kill()
  world.server.diffBehindMax = 20
  for (let i = 0; i < 100; i++) world.server.post(chat, 2, `later ${i}`)
  await world.restart(alice)
  await world.drive(alice.client.open(1))
  await world.quiet()
  t.same([seqs(alice)[0], seqs(alice).at(-1)], [111, 160])
  await world.restart(alice)
  await world.drive(alice.client.open(1))
  await world.quiet()
  t.same([seqs(alice)[0], seqs(alice).at(-1)], [111, 160])
  t.same(await differences(world, alice), [])
})

t.test('after another epoch nothing of before is shown', async t => {
  const { world, chat, alice } = await read()
  alice.kill()
  // A restore took the last messages away.
  const lost = chat.rows.splice(5).length
  Object.assign(chat, { rev: chat.rev - lost, seq: chat.seq - lost })
  world.server.rewriteHistory()
  await world.restart(alice)
  await world.quiet()
  await world.drive(alice.client.open(1))
  t.same(seqs(alice), [1, 2, 3, 4, 5])
  await kept(world)
  await restartAlone(world, alice)
  await world.drive(alice.client.open(1))
  t.same(seqs(alice), [1, 2, 3, 4, 5], 'nor at the next start')
})

t.test('a read mark made without a network is told later, over a restart', async t => {
  const { world, alice } = await read()
  await restartAlone(world, alice)
  alice.client.markRead(1, 40)
  await kept(world)
  await world.restart(alice)
  t.equal(viewOf(alice)?.unread, 20)
  await world.quiet()
  await world.clock.advance(1_000)
  await world.quiet()
  t.equal(world.server.placeOf(1, 1).read, 40)
})

t.test('a read mark of one tab is told at the next start, whatever another tab wrote', async t => {
  const world = new World()
  const chats = [1, 2].map(id => world.server.addChat(id, [1, 2]))
  for (const chat of chats) for (let i = 0; i < 9; i++) world.server.post(chat, 2, `text ${i}`)
  const place = {
    storage: memoryStorage(),
    archive: memoryArchive(),
    browser: new FakeBrowser(),
  }
  const [first, second] = [
    await world.join('first', 1, place),
    await world.join('second', 1, place),
  ]
  await kept(world)
  world.network.reachable = false
  world.network.break('first')
  first.client.markRead(1, 4)
  await kept(world)
  second.client.markRead(2, 6)
  await kept(world)
  for (const tab of [first, second]) tab.kill()
  world.actors.splice(0)
  world.network.reachable = true
  await world.join('third', 1, place)
  await world.clock.advance(1_000)
  await world.quiet()
  t.same(
    [1, 2].map(id => world.server.placeOf(id, 1).read),
    [4, 6],
  )
})

t.test('what an archive that was ahead did not take is written again, however little', async t => {
  const { world, alice } = await read()
  const { archive } = alice
  let refusals = 0
  const write: Archive['write'] = async batch => {
    const isSmall = batch.chats.length + batch.users.length + batch.sections.length === 0
    if (isSmall && refusals++ === 0) return false
    return archive.write(batch)
  }
  alice.archive = { ...archive, write }
  // It changes nothing that is held but the position.
  world.server.devices.tell(1, 'left', world.server.nextUrev(1), { chat: 99 })
  await world.network.pump()
  alice.client.watchPresence([2])
  await world.network.pump()
  await kept(world)
  t.equal(refusals, 1)
  await world.clock.advance(2_000)
  t.equal((await archive.read())?.urev, world.server.urevs.get(1))
})

t.test('a clock that is years off changes nothing', async t => {
  for (const years of [-30, 30]) {
    const { world, chat, alice } = await read()
    // Ahead, the tokens seem to have run out.
    world.api = () => Response.json(world.server.tokens(1))
    alice.client.send(1, 'written then')
    world.network.break('alice')
    alice.kill()
    alice.skewMs = years * yearMs
    world.server.post(chat, 2, 'while away')
    await world.restart(alice)
    await world.drive(alice.client.open(1))
    alice.client.send(1, 'written now')
    await world.quiet()
    const texts = windowOf(alice).messages.slice(-3)
    t.same(texts.map(row => row.text).sort(), ['while away', 'written now', 'written then'])
    t.same(await differences(world, alice), [])
  }
})

t.test('signing out forgets the person on this device; another one never sees them', async t => {
  const { world, alice } = await read()
  world.api = () => new Response(null, { status: 204 })
  world.network.reachable = false
  alice.client.send(1, 'never sent')
  alice.client.draft(1, { text: 'half a' })
  await world.clock.advance(1_000)
  await world.drive(alice.client.api.logout())
  t.equal(await alice.archive.read(), undefined)
  t.same(await alice.storage.list('outbox.'), [])
  t.same(await alice.storage.list('draft.'), [])
  t.equal(snapshot(alice).chats.length, 0)
  await world.restart(alice)
  t.same(snapshot(alice).chats, [])
  t.equal(snapshot(alice).me, null)
})

t.test(
  'a session that was ended elsewhere takes the chats with it, but not what waits to be sent',
  async t => {
    const { world, alice } = await read()
    world.network.reachable = false
    alice.client.send(1, 'not sent yet')
    await world.clock.advance(1_000)
    world.api = () => new Response('{}', { status: 401 })
    await expire(alice.client, world)
    t.equal(await alice.archive.read(), undefined)
    t.equal((await alice.storage.list('outbox.')).length, 1)
  },
)

t.test(
  'whoever is to sign in again finds what they wrote and nobody has, and nothing else stays',
  async t => {
    const { world, alice } = await read()
    world.network.reachable = false
    alice.client.send(1, 'not sent yet')
    alice.client.draft(1, { text: 'half a' })
    await world.clock.advance(1_000)
    await world.drive(alice.client.api.logout('kept'))
    t.equal(await alice.archive.read(), undefined)
    t.equal(await alice.storage.get('tokens'), undefined)
    t.equal((await alice.storage.list('outbox.')).length, 1)
    t.equal((await alice.storage.list('draft.')).length, 1)
  },
)

t.test(
  'signing out everywhere throws away what waits, also when the server ends the connection first',
  async t => {
    const { world, alice } = await read()
    world.server.mute = true
    alice.client.send(1, 'never sent')
    await world.clock.advance(1_000)
    t.equal((await alice.storage.list('outbox.')).length, 1)
    let answer = (_: Response) => {}
    world.api = path => {
      if (path.endsWith('/refresh')) return new Response('{}', { status: 401 })
      world.server.closeAll(4505)
      return new Promise(resolve => {
        answer = resolve
      })
    }
    const leaving = alice.client.api.logoutAll()
    await world.until(() => snapshot(alice).me === null)
    answer(new Response(null, { status: 204 }))
    await world.drive(leaving)
    t.same(await alice.storage.list('outbox.'), [])
  },
)

/** The access token runs out, and no other one is given. */
async function expire(client: PetrelClient, world: World): Promise<void> {
  await world.clock.advance(24 * 3_600_000)
  client.api.me().catch(() => {})
  await world.until(() => client.getSnapshot().me === null)
}
