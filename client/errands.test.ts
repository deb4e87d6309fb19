import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { Errands } from './errands.ts'
import { FakeClock, settle } from './test/fake-clock.ts'

/** Errands whose runs are recorded and end when the test says so. */
function recorded() {
  const clock = new FakeClock()
  const runs: { key: string; at: number; end(error?: unknown): Promise<void> }[] = []
  const failed: string[] = []
  const errands = new Errands<string>({
    clock: clock.fork(),
    run: key =>
      new Promise((resolve, reject) => {
        const end = (error?: unknown) => {
          if (error === undefined) resolve()
          else reject(error)
          return settle()
        }
        runs.push({ key, at: clock.now(), end })
      }),
    failed: key => failed.push(key),
  })
  return { clock, runs, failed, errands }
}

t.test('nothing runs before the connection is there, then everything that waits', async t => {
  const { errands, runs, clock } = recorded()
  errands.flag('a')
  errands.flag('b', 60_000)
  await clock.advance(100_000)
  t.equal(runs.length, 0)
  errands.up()
  t.same(
    runs.map(run => run.key),
    ['a', 'b'],
  )
})

t.test('a delay is kept, and shortened by a more urgent wish', async t => {
  const { errands, runs, clock } = recorded()
  errands.up()
  errands.flag('a', 300)
  await clock.advance(299)
  t.equal(runs.length, 0)
  await clock.advance(1)
  t.equal(runs.length, 1)
  errands.flag('b', 300)
  errands.flag('b', 10)
  errands.flag('b', 500)
  await clock.advance(10)
  t.equal(runs.length, 2)
})

t.test('one key never runs twice at once, but again when asked for meanwhile', async t => {
  const { errands, runs, clock } = recorded()
  errands.up()
  errands.flag('a')
  errands.flag('a')
  errands.flag('a')
  await clock.advance(1_000)
  t.equal(runs.length, 1)
  await runs[0]?.end()
  t.equal(runs.length, 2)
  await runs[1]?.end()
  await clock.advance(60_000)
  t.equal(runs.length, 2)
  t.equal(errands.has('a'), false)
})

t.test('what may pass is tried again, not before the server allows it', async t => {
  const { errands, runs, clock, failed } = recorded()
  errands.up()
  errands.flag('a')
  await runs[0]?.end(new AppError('rate_limited', { retryMs: 5_000 }))
  errands.flag('a')
  await clock.advance(4_999)
  t.equal(runs.length, 1, 'not even for a new wish')
  errands.down()
  errands.up()
  t.equal(runs.length, 1, 'not even on a new connection')
  await clock.advance(1)
  t.equal(runs.length, 2)
  await runs[1]?.end(new AppError('timeout'))
  await clock.advance(30_000)
  t.equal(runs.length, 3)
  t.same(failed, [])
})

t.test('what will not pass ends it', async t => {
  const { errands, runs, clock, failed } = recorded()
  errands.up()
  errands.flag('a')
  await runs[0]?.end(new AppError('forbidden'))
  await clock.advance(60_000)
  t.equal(runs.length, 1)
  t.same(failed, ['a'])
  errands.flag('b')
  await runs[1]?.end(new TypeError('our own bug'))
  t.same(failed, ['a', 'b'])
})

t.test('a dropped errand is not repeated, nor is its failure told', async t => {
  const { errands, runs, clock, failed } = recorded()
  errands.up()
  errands.flag('a')
  errands.drop('a')
  await runs[0]?.end(new AppError('forbidden'))
  errands.flag('b', 100)
  errands.clear()
  await clock.advance(60_000)
  t.equal(runs.length, 1)
  t.same(failed, [])
})

t.test('while the connection is down a failure waits for the next one', async t => {
  const { errands, runs, clock } = recorded()
  errands.up()
  errands.flag('a')
  errands.down()
  await runs[0]?.end(new AppError('timeout'))
  await clock.advance(100_000)
  t.equal(runs.length, 1)
  errands.up()
  t.equal(runs.length, 2)
})
