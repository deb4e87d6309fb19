import t from 'tap'
import { openWorld } from '#test/helpers/world.ts'
import { singleCommitRate } from './single-commit.ts'

t.test('the rate is what was written a second, and no outbox row is left', async t => {
  const world = await openWorld(t)
  const [one = 0, two = 0, three = 0] = await world.people(3)
  await world.direct(one, two)
  await world.direct(two, three)
  await world.db.query({ text: 'delete from outbox' })
  const rate = await singleCommitRate({ databaseUrl: world.url, seconds: 0.3, connections: 2 })
  const [row] = await world.db.query<{ messages: number; outbox: number }>({
    text: 'select (select count(*) from messages) as messages, (select count(*) from outbox) as outbox',
  })
  t.ok(rate > 0)
  // The last message of each connection begins before the end and ends after it.
  t.ok((row?.messages ?? 0) >= rate * 0.3)
  t.equal(row?.outbox, 0)
})

t.test('without enough chats there is no rate', async t => {
  const world = await openWorld(t)
  const options = { databaseUrl: world.url, seconds: 0.1, connections: 8 }
  await t.rejects(singleCommitRate(options), { message: 'fewer than 8 direct chats' })
})
