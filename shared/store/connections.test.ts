import t from 'tap'
import { until } from '#test/helpers/until.ts'
import { openWorld } from '#test/helpers/world.ts'
import { readLastSeen, storeLastSeen } from './connections.ts'

t.test('last seen of many locks users in id order, as everybody does: no deadlock', async t => {
  const { db, people } = await openWorld(t)
  const crowd = (await people(500)).sort((a, b) => a - b)
  const [alice = 0, bob = 0] = crowd
  // A changed row moves behind the others: in the order of the table, in which so many are read, Alice now is last.
  await db.query({ text: "update users set username = 'alice' where id = $1", values: [alice] })
  await db.query({ text: 'analyze users' })
  const other = db.lane()
  const lock = (user: number) =>
    other.query({ text: 'select 1 from users where id = $1 for no key update', values: [user] })
  await other.query({ text: 'begin' })
  await lock(alice)
  const nowMs = 1_767_225_600_000
  const stored = storeLastSeen(db, crowd, nowMs)
  await until(async () => {
    const [row] = await db.query<{ waiting: boolean }>({
      text: `select exists (select from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock') as waiting`,
    })
    return row?.waiting
  })
  await lock(bob)
  await other.query({ text: 'commit' })
  await stored
  const seen = await readLastSeen(db, crowd)
  t.same(new Set(seen.map(({ user }) => user)), new Set(crowd))
  t.ok(seen.every(({ lastSeen }) => lastSeen === nowMs))
})
