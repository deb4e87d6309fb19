import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { ReadMark } from '#shared/store/read-marks.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { Marks } from './marks.ts'

function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const stored: [user: number, chat: number, seq: number][][] = []
  let failure: Error | null = null
  const marks = new Marks(async (batch: readonly ReadMark[]) => {
    stored.push(batch.map(({ user, chat, seq }) => [user, chat, seq]))
    if (failure) throw failure
  })
  const fail = (error: Error) => {
    failure = error
  }
  return { marks, stored, fail }
}

t.test('marks of a short while are stored together, the highest of each user and chat', async t => {
  const { marks, stored } = setUp(t)
  const done = [
    marks.mark({ user: 1, chat: 1, seq: 5 }),
    marks.mark({ user: 1, chat: 1, seq: 9 }),
    marks.mark({ user: 1, chat: 1, seq: 7 }),
    marks.mark({ user: 2, chat: 1, seq: 3 }),
    marks.mark({ user: 1, chat: 2, seq: 1 }),
  ]
  t.same(stored, [])
  mock.timers.tick(limits.readMarkBatchMs)
  await Promise.all(done)
  t.same(stored, [
    [
      [1, 1, 9],
      [2, 1, 3],
      [1, 2, 1],
    ],
  ])
})

t.test('a mark is answered only when it is stored', async t => {
  const { marks } = setUp(t)
  let answered = false
  const stored = marks.mark({ user: 1, chat: 1, seq: 5 }).then(() => {
    answered = true
  })
  await turn()
  t.equal(answered, false)
  mock.timers.tick(limits.readMarkBatchMs)
  await stored
})

t.test('when they cannot be stored everybody who waits is told', async t => {
  const { marks, fail } = setUp(t)
  fail(new AppError('overloaded'))
  const stored = [
    marks.mark({ user: 1, chat: 1, seq: 5 }),
    marks.mark({ user: 1, chat: 1, seq: 6 }),
    marks.mark({ user: 2, chat: 1, seq: 6 }),
  ].map(each => t.rejects(each, { code: 'overloaded' }))
  mock.timers.tick(limits.readMarkBatchMs)
  await Promise.all(stored)
})

t.test('a flush stores what waits at once, and the next mark starts anew', async t => {
  const { marks, stored } = setUp(t)
  const first = marks.mark({ user: 1, chat: 1, seq: 5 })
  await marks.flush()
  await first
  const second = marks.mark({ user: 1, chat: 1, seq: 6 })
  mock.timers.tick(limits.readMarkBatchMs)
  await second
  t.equal(stored.length, 2)
})

t.test('the number that waits is bounded', async t => {
  const { marks, stored } = setUp(t)
  const waiting = Array.from({ length: 50_000 }, (_, i) =>
    marks.mark({ user: i + 1, chat: 1, seq: 1 }),
  )
  await t.rejects(marks.mark({ user: 0, chat: 1, seq: 1 }), { code: 'overloaded' })
  await marks.flush()
  await Promise.all(waiting)
  t.equal(stored.length, 50)
})
