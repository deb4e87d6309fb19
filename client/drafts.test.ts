// Drafts where several windows have the same storage, and where storage fails: what was written last is what stays.

import t from 'tap'
import { memoryArchive } from './keeping/memory-archive.ts'
import { memoryStorage } from './storage.ts'
import { FakeBrowser } from './test/fake-tabs.ts'
import { asked, pair, snapshot, viewOf } from './test/pair.ts'
import { type Actor, World } from './test/world.ts'

/**
 * Two windows of Alice's that cannot reach the server.
 * @param browser in which they are tabs of one connection; without it each has its own
 */
async function twoOffline(browser?: FakeBrowser) {
  const world = new World()
  world.server.addChat(1, [1, 2])
  const place = { storage: memoryStorage(), ...(browser && { browser }) }
  const first = await world.join('first', 1, { ...place, archive: memoryArchive() })
  const second = await world.join('second', 1, { ...place, archive: memoryArchive() })
  world.network.reachable = false
  for (const name of ['first', 'second']) world.network.break(name)
  await world.clock.advance(2_000)
  return { world, first, second }
}

const bothWays = [
  ['that share a connection', () => new FakeBrowser()],
  ['without locks', () => undefined],
] as const

const textOf = (actor: Actor) => viewOf(actor)?.draft?.text
const onServer = (world: World) => world.server.placeOf(1, 1).own.draft?.text

t.test('what is sent from elsewhere than the composer leaves what was begun there', async t => {
  const { world, alice } = await pair()
  alice.client.draft(1, { text: 'half a thought' })
  const { sent } = alice.client.send(1, 'a comment', { keepDraft: true })
  await world.quiet()
  await t.resolves(sent)
  t.equal(textOf(alice), 'half a thought')
  t.equal(onServer(world), 'half a thought')
  world.send(alice, 1, 'half a thought')
  await world.quiet()
  t.equal(onServer(world), undefined)
})

for (const [which, browser] of bothWays) {
  t.test(`windows ${which}: an old copy replaces nothing that was typed since`, async t => {
    const { world, first, second } = await twoOffline(browser())
    first.client.draft(1, { text: 'hello' })
    await world.clock.advance(2_000)
    await world.restart(second)
    first.client.draft(1, { text: 'hello, and more' })
    await world.clock.advance(2_000)
    await world.quiet()
    t.equal(onServer(world), 'hello, and more')
    for (const tab of [first, second]) t.equal(textOf(tab), 'hello, and more')
    t.same(await first.storage.list('draft.'), [])
  })

  t.test(`windows ${which}: what was sent does not stand in the composer again`, async t => {
    const { world, first, second } = await twoOffline(browser())
    first.client.draft(1, { text: 'hello' })
    await world.clock.advance(2_000)
    await world.restart(second)
    world.send(first, 1, 'hello')
    await world.clock.advance(2_000)
    await world.quiet()
    t.equal(onServer(world), undefined)
    for (const tab of [first, second]) t.equal(textOf(tab), undefined)
    t.same(await first.storage.list('draft.'), [])
  })
}

t.test(
  'what a closed tab could not tell another one tells, and a living one tells itself',
  async t => {
    const { world, first, second } = await twoOffline(new FakeBrowser())
    second.client.draft(1, { text: 'from the second' })
    await world.until(() => snapshot(second).connection.state === 'waiting')
    await world.restart(first)
    t.equal(textOf(first), undefined, 'it belongs to the second one')
    second.kill()
    world.actors.splice(world.actors.indexOf(second), 1)
    await world.quiet()
    await world.quiet()
    t.equal(onServer(world), 'from the second')
    t.equal(textOf(first), 'from the second')
    t.equal(asked(world, 'draft'), 1)
    t.same(await first.storage.list('draft.'), [])
  },
)

t.test('a text that was told takes no newer one of another tab from the device', async t => {
  const { world, first, second } = await twoOffline(new FakeBrowser())
  await world.quiet()
  first.client.draft(1, { text: 'older' })
  await world.clock.advance(500)
  second.client.draft(1, { text: 'newer' })
  await world.clock.advance(600)
  await world.network.pump()
  t.equal(onServer(world), 'older')
  second.kill()
  world.actors.splice(world.actors.indexOf(second), 1)
  await world.quiet()
  await world.quiet()
  t.equal(onServer(world), 'newer')
})

t.test('what cannot be stored leaves nothing older that a start would take for it', async t => {
  const { world, alice } = await pair()
  const { storage } = alice
  world.network.reachable = false
  world.network.break('alice')
  alice.client.draft(1, { text: 'older' })
  await world.network.pump()
  t.equal((await storage.list('draft.')).length, 1)
  alice.storage = { ...storage, set: () => Promise.reject(new Error('full')) }
  alice.client.draft(1, { text: 'newer' })
  await world.network.pump()
  t.equal(textOf(alice), 'newer')
  t.same(await storage.list('draft.'), [])
})
