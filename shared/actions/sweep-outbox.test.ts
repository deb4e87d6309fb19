// What died between commit and publish is announced again, and nothing is forgotten before the bus has it.

import t from 'tap'
import { type BusEvent, openBus } from '#shared/store/bus.ts'
import { clearOutbox } from '#shared/store/outbox.ts'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { nextRid, openWorld } from '#test/helpers/world.ts'
import { sendBatch } from './send-messages.ts'
import { sweepOutbox } from './sweep-outbox.ts'

const world = await openWorld(t)
const { db } = world
t.beforeEach(() => db.query({ text: 'delete from outbox' }))

const age = () =>
  db.query({ text: "update outbox set created_at = created_at - interval '1 minute'" })
const rows = () => db.query<{ id: number }>({ text: 'select id from outbox order by id' })
async function commits(count: number): Promise<{ chat: number; user: number }> {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  await db.query({ text: 'delete from outbox' })
  for (let i = 0; i < count; i++) await world.sent({ chat, sender: alice })
  return { chat, user: alice }
}

function collector() {
  const events: BusEvent[] = []
  const bus = { publish: async (more: readonly BusEvent[]) => void events.push(...more) }
  return { events, bus }
}

t.test('old rows are announced as heads and deleted; young ones wait', async t => {
  const { chat } = await commits(3)
  const young = collector()
  t.equal(await sweepOutbox({ db, bus: young.bus }), 0)
  t.same(young.events, [])
  t.equal((await rows()).length, 3)
  await age()
  await world.group((await world.people(1))[0] ?? 0)
  const { events, bus } = collector()
  t.equal(await sweepOutbox({ db, bus }), 3)
  t.same(
    events,
    [3, 4, 5].map(rev => ({ type: 'head', chat, rev })),
  )
  t.equal((await rows()).length, 1, 'the fresh one stays')
})

t.test('positions of users are announced too', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  await age()
  const { events, bus } = collector()
  await sweepOutbox({ db, bus })
  t.same(events, [
    { type: 'head', chat, rev: 2 },
    { type: 'userHead', user: alice, urev: 1 },
    { type: 'userHead', user: bob, urev: 1 },
  ])
})

t.test('two sweepers at once announce each row once', async t => {
  await commits(40)
  await age()
  const { events, bus } = collector()
  const counts = await Promise.all(Array.from({ length: 4 }, () => sweepOutbox({ db, bus })))
  t.equal(
    counts.reduce((sum, count) => sum + count),
    40,
  )
  t.equal(events.length, 40)
  t.same(await rows(), [])
})

t.test('while one sweeper waits for the bus another takes other rows, and sends go on', async t => {
  const { chat, user } = await commits(5)
  await age()
  const held = (await rows()).map(row => row.id)
  let release: () => void = () => undefined
  let waiting = false
  const slow = {
    publish: () =>
      new Promise<void>(resolve => {
        waiting = true
        release = resolve
      }),
  }
  const sweep = sweepOutbox({ db, bus: slow })
  await until(() => waiting)
  const other = collector()
  t.equal(await sweepOutbox({ db, bus: other.bus }), 0, 'rows under work are left alone')
  const message = {
    chat,
    sender: user,
    rid: nextRid(),
    text: 'Hello',
    ents: undefined,
    reply: undefined,
    silent: false,
    origin: undefined,
    members: 1,
  }
  // Their gateway says that these rows, which are locked just now, are done.
  await clearOutbox(db, held)
  const { results } = await sendBatch(db, [message])
  t.match(results, [{ seq: 7 }])
  release()
  t.equal(await sweep, 5)
  t.equal((await rows()).length, 1, 'only that of the send')
})

t.test('Redis away: the rows stay, and go when it is back', async t => {
  const redis = await testRedis(t)
  const bus = openBus({ url: redis.url, node: 'api' })
  const reader = openBus({ url: redis.url, node: 'gateway' })
  t.teardown(() => Promise.all([bus.close(), reader.close()]))
  const heard: BusEvent[] = []
  await reader.read({
    onEvents: events => heard.push(...events),
    onCast: () => undefined,
    onDoubt: () => undefined,
  })
  await until(() => bus.ping())
  const { chat } = await commits(2)
  await age()
  await redis.kill()
  await until(() => bus.redis.status !== 'ready')
  await t.rejects(sweepOutbox({ db, bus }))
  t.equal((await rows()).length, 2)
  await redis.restart()
  await until(() => bus.ping())
  await until(() => reader.ping())
  t.equal(await sweepOutbox({ db, bus }), 2)
  t.same(await rows(), [])
  t.ok(heard.every(event => event.type === 'head' && event.chat === chat))
})
