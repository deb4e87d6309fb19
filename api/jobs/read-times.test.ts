import t from 'tap'
import { createLog } from '#shared/runtime/log.ts'
import { until } from '#test/helpers/until.ts'
import { openWorld } from '#test/helpers/world.ts'
import { startReadTimes } from './read-times.ts'

t.test('rows older than a week go, however many; younger ones stay', async t => {
  const world = await openWorld(t)
  const insert = (from: number, to: number, age: string) =>
    world.db.query({
      text: `insert into read_times (chat_id, user_id, seq, at)
             select 1, 1, n, now() - $3::interval from generate_series($1::int, $2::int) n`,
      values: [from, to, age],
    })
  await insert(1, 12_000, '7 days 1 minute')
  await insert(12_001, 12_010, '6 days 23 hours')
  const kept = () =>
    world.db.query<{ seq: number }>({ text: 'select seq from read_times order by seq' })
  const log = createLog({ name: 'test', level: 'silent' })
  // Two processes at once.
  const stops = [startReadTimes({ ...world, log }), startReadTimes({ ...world, log })]
  t.teardown(() => Promise.all(stops.map(stop => stop())))
  await until(async () => (await kept()).length <= 10)
  t.equal((await kept())[0]?.seq, 12_001)
  t.equal((await kept()).length, 10)
})
