// Tabs of one person: one connection whatever happens to the tab that leads, both tabs live, and nothing sent or shown twice.

import t from 'tap'
import { memoryArchive } from '../keeping/memory-archive.ts'
import { memoryStorage } from '../storage.ts'
import { FakeBrowser } from '../test/fake-tabs.ts'
import { asked, seqs, snapshot, viewOf, windowOf } from '../test/pair.ts'
import { type Actor, differences, World } from '../test/world.ts'

/** Two tabs of Alice's, with chat 1 open in both; the first one leads. */
async function twoTabs() {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  world.server.addChat(2, [1, 2])
  const browser = new FakeBrowser()
  const place = { storage: memoryStorage(), archive: memoryArchive(), browser }
  const first = await world.join('first', 1, place)
  const second = await world.join('second', 1, place)
  for (const tab of [first, second]) await world.drive(tab.client.open(1))
  await world.quiet()
  return { world, chat, browser, place, first, second }
}

/** The network is gone, and stays away. */
async function lose(world: World): Promise<void> {
  world.network.reachable = false
  world.network.break('first')
  await world.network.pump()
}

/** @returns when the tab tries to connect again */
async function inPause(world: World, tab: Actor, leastMs = 0): Promise<number> {
  let retryAt = 0
  await world.until(() => {
    const { connection } = snapshot(tab)
    if (connection.state === 'waiting') retryAt = connection.retryAt
    return connection.state === 'waiting' && retryAt - world.clock.now() > leastMs
  })
  return retryAt
}

const inLongPause = (world: World, tab: Actor) => inPause(world, tab, 20_000)

/** The tab is closed, or crashes. */
function close(world: World, tab: Actor): void {
  tab.kill()
  world.actors.splice(world.actors.indexOf(tab), 1)
}

const texts = (actor: Actor) => windowOf(actor).messages.map(row => `${row.text}: ${row.state}`)

t.test(
  'a tab that is frozen loses the lead, and takes its place among the others later',
  async t => {
    const { world, chat, browser, first, second } = await twoTabs()
    browser.freeze('tab1')
    world.network.break('first', false)
    second.client.dev.dropConnection()
    await world.clock.advance(20_000)
    await world.until(() => snapshot(second).connection.state === 'online')
    world.server.post(chat, 2, 'to whoever hears')
    await world.network.pump()
    t.same(seqs(second), [1])
    browser.thaw('tab1')
    await world.quiet()
    t.same(seqs(first), [1])
    t.equal(world.server.connections, 1)
  },
)

t.test(
  'a leading tab that dies in mid-send leaves its message to another one: sent once',
  async t => {
    const { world, first, second } = await twoTabs()
    world.network.loseAnswers('first', 100)
    world.send(first, 1, 'into the storm')
    world.network.reachable = false
    world.send(first, 2, 'never left')
    await world.network.pump()
    first.kill()
    world.network.break('first', false)
    world.actors.splice(world.actors.indexOf(first), 1)
    await world.quiet()
    await world.quiet()
    t.same(texts(second), ['into the storm: sent'])
    t.match(viewOf(second, 2)?.last, { text: 'never left', state: 'sent' })
    t.same(await second.storage.list('outbox.'), [])
    t.same(await differences(world, second), [])
    t.equal(world.server.connections, 1)
  },
)

t.test('what one tab is sending another one leaves alone', async t => {
  const { world, first, second, place } = await twoTabs()
  world.network.reachable = false
  world.network.break('first')
  world.send(second, 1, 'from the second')
  await world.clock.advance(100)
  const third = world.device('third', 1, place)
  const starting = third.client.start()
  await world.clock.advance(100)
  t.equal(snapshot(third).pending, 0)
  t.equal(snapshot(first).pending, 0)
  t.equal(snapshot(second).pending, 1)
  world.network.reachable = true
  await world.drive(starting)
  await world.quiet()
  t.equal(asked(world, 'send'), 1)
})

t.test(
  'what a tab could not send that was closed while there was no connection, another one sends',
  async t => {
    const { world, first, second } = await twoTabs()
    await lose(world)
    world.send(second, 1, 'left behind')
    await world.until(() => snapshot(second).connection.state === 'waiting')
    close(world, second)
    await world.quiet()
    await world.quiet()
    t.same(texts(first), ['left behind: sent'])
    t.same(await first.storage.list('outbox.'), [])
    t.equal(asked(world, 'send'), 1)
  },
)

t.test('whoever looks at a tab does not wait out the pause of the one that leads', async t => {
  const { world, first, second, place } = await twoTabs()
  for (const look of ['woken', 'opened']) {
    await lose(world)
    const retryAt = await inLongPause(world, first)
    world.network.reachable = true
    const tab = look === 'woken' ? second : world.device('third', 1, place)
    if (look === 'woken') tab.client.wake()
    else await tab.client.start()
    await world.until(() => snapshot(tab).connection.state === 'online')
    t.ok(world.clock.now() < retryAt, look)
    t.equal(world.server.connections, 1)
  }
})

t.test('a leading tab whose timers sleep in the background keeps nobody waiting', async t => {
  const { world, first, second } = await twoTabs()
  first.hide()
  await lose(world)
  await inPause(world, first)
  await world.clock.advance(60_000)
  world.network.reachable = true
  const before = world.clock.now()
  await world.until(() => snapshot(second).connection.state === 'online')
  t.ok(world.clock.now() - before < 60_000)
  t.equal(world.server.connections, 1)
})

t.test('a tab that waits does not shorten the pauses of the one that leads', async t => {
  const { world, first } = await twoTabs()
  await lose(world)
  const retryAt = await inLongPause(world, first)
  const { connections } = first.client.dev.counters()
  await world.clock.advance(retryAt - world.clock.now() - 1)
  t.equal(first.client.dev.counters().connections, connections)
})

t.test('a chat that the leading tab is only asking for is known to the next tab, too', async t => {
  const { world, place } = await twoTabs()
  const chat = world.server.addChat(3, [2])
  world.network.delayAnswers('first', 1, Number.POSITIVE_INFINITY)
  world.server.setRole(chat, 1, 'member')
  await world.network.pump()
  const third = world.device('third', 1, { ...place, archive: memoryArchive() })
  await world.drive(third.client.start())
  await world.until(() => snapshot(third).connection.state === 'online')
  await world.network.pump()
  t.ok(viewOf(third, 3))
  world.network.releaseAnswers('first')
  await world.quiet()
  for (const tab of world.actors) t.same(await differences(world, tab), [])
})

t.test('who has read what, while there was no connection, is shown in every tab', async t => {
  const { world, first, second } = await twoTabs()
  const bob = await world.join('bob', 2)
  await world.drive(bob.client.open(1))
  first.client.close(1)
  await world.drive(second.client.send(1, 'do you see it?').sent)
  await world.quiet()
  world.network.reachable = false
  world.network.break('first')
  bob.client.markRead(1, 1)
  await world.clock.advance(1_000)
  await world.network.pump()
  t.same(texts(second), ['do you see it?: sent'])
  await world.quiet()
  await world.clock.advance(1_000)
  await world.network.pump()
  t.same(texts(second), ['do you see it?: read'])
})

t.test('two tabs are one connection, and both are live', async t => {
  const { world, chat, first, second } = await twoTabs()
  t.equal(world.server.connections, 1)
  t.equal(first.client.dev.counters().connections, 1)
  world.server.post(chat, 2, 'to both')
  await world.network.pump()
  t.same([seqs(first), seqs(second)], [[1], [1]])
  world.server.setTitle(chat, 'New title')
  await world.network.pump()
  t.same([viewOf(first)?.title, viewOf(second)?.title], ['New title', 'New title'])
  t.same(await differences(world, second), [])
})

t.test('what one tab sends the other one shows, once', async t => {
  const { world, first, second } = await twoTabs()
  await world.drive(first.client.send(1, 'from the first').sent)
  await world.drive(second.client.send(1, 'from the second').sent)
  await world.quiet()
  const both = ['from the first: sent', 'from the second: sent']
  t.same(texts(first), both)
  t.same(texts(second), both)
  t.equal(asked(world, 'send'), 2)
  for (const tab of [first, second]) t.same(await differences(world, tab), [])
})

t.test('the leading tab goes: the other one connects and misses nothing', async t => {
  const { world, chat, first, second } = await twoTabs()
  world.send(second, 1, 'before')
  first.kill()
  world.network.break('first', false)
  world.actors.splice(world.actors.indexOf(first), 1)
  world.server.post(chat, 2, 'in between')
  await world.quiet()
  world.server.post(chat, 2, 'after')
  await world.network.pump()
  t.same(texts(second).sort(), ['after: sent', 'before: sent', 'in between: sent'])
  t.equal(world.server.connections, 1)
  t.same(await differences(world, second), [])
})

t.test(
  'the network goes and comes back: still one connection, and both tabs are complete',
  async t => {
    const { world, chat, first, second } = await twoTabs()
    world.network.reachable = false
    world.network.break('first')
    await world.clock.advance(60_000)
    for (const tab of [first, second]) t.not(snapshot(tab).connection.state, 'online')
    world.send(first, 1, 'one')
    world.send(second, 1, 'two')
    world.server.post(chat, 2, 'three')
    await world.quiet()
    t.equal(world.server.connections, 1)
    for (const tab of [first, second]) {
      t.same(texts(tab).sort(), ['one: sent', 'three: sent', 'two: sent'])
      t.same(await differences(world, tab), [])
    }
  },
)

t.test('presence and chats on screen are wanted by all tabs together', async t => {
  const { world, first, second } = await twoTabs()
  await world.drive(second.client.open(2))
  second.client.watchPresence([2])
  first.client.watchPresence([3])
  await world.quiet()
  const bodyOf = (op: string) => world.server.requests.findLast(one => one.op === op)?.body
  t.same(new Set((bodyOf('watch') as { chats: number[] }).chats), new Set([1, 2]))
  t.same(new Set((bodyOf('presence') as { users: number[] }).users), new Set([2, 3]))
  second.client.close(2)
  await world.quiet()
  t.same((bodyOf('watch') as { chats: number[] }).chats, [1])
})

t.test(
  'a revoked session ends in every tab with the chats it held, and each tab may sign in anew',
  async t => {
    const { world, place, first, second } = await twoTabs()
    world.api = () => new Response('{}', { status: 401 })
    world.server.closeAll(4505)
    for (const tab of [first, second]) {
      await world.until(() => snapshot(tab).me === null)
      t.same(snapshot(tab).connection, { state: 'stopped', reason: 'signed_out' })
      t.same(snapshot(tab).chats, [])
    }
    await world.clock.advance(1_000)
    t.equal(await place.archive.read(), undefined)
    t.equal(world.server.connections, 0)
    for (const tab of [second, first])
      await world.drive(tab.client.signInWithTokens(world.server.tokens(1)))
    await world.quiet()
    t.equal(world.server.connections, 1)
  },
)

t.test('a tab that closes is no longer counted, and the next one is told everything', async t => {
  const { world, chat, second, place } = await twoTabs()
  await world.drive(second.client.stop())
  world.actors.splice(world.actors.indexOf(second), 1)
  for (let i = 0; i < 5; i++) world.server.post(chat, 2, `text ${i}`)
  await world.quiet()
  const third = await world.join('third', 1, { ...place, archive: memoryArchive() })
  await world.drive(third.client.open(1))
  t.same(seqs(third), [1, 2, 3, 4, 5])
  t.equal(world.server.connections, 1)
  t.same(await differences(world, third), [])
})
