import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Batch, Services } from '#shared/actions/services.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Cast } from '#shared/store/bus.ts'
import type { Statement } from '#shared/store/db.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import type { Hub } from './hub.ts'
import { ReadMarks } from './read-marks.ts'

type Call = { marks: [user: number, chat: number, seq: number][] }

function setUp(
  t: Teardown,
  chat: { kind: string; members: number } = { kind: 'group', members: 3 },
) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const calls: Call[] = []
  const casts: Cast[] = []
  const published: Batch[] = []
  let failure: Error | null = null
  const services = {
    db: {
      query: async ({ values }: Statement) => {
        const [users, chats, seqs] = values as [number[], number[], number[]]
        calls.push({ marks: users.map((user, i) => [user, chats[i] ?? 0, seqs[i] ?? 0]) })
        if (failure) throw failure
        return users.map((user, i) => {
          return { user, chat: chats[i], seq: seqs[i], urev: 1, outbox_id: 9 }
        })
      },
    },
    publish: (batch: Batch) => published.push(batch),
  } as unknown as Services
  const hub = {
    chats: new Map([[1, chat]]),
    castChat: () => undefined,
  } as unknown as Hub
  const marks = new ReadMarks(services, hub, cast => casts.push(cast))
  const fail = (error: Error) => {
    failure = error
  }
  return { marks, calls, casts, published, fail }
}

t.test('marks of a short while are stored together, the highest of each user and chat', async t => {
  const { marks, calls, published } = setUp(t)
  const stored = [
    marks.mark({ user: 1, chat: 1, seq: 5 }),
    marks.mark({ user: 1, chat: 1, seq: 9 }),
    marks.mark({ user: 1, chat: 1, seq: 7 }),
    marks.mark({ user: 2, chat: 1, seq: 3 }),
    marks.mark({ user: 1, chat: 2, seq: 1 }),
  ]
  t.same(calls, [])
  mock.timers.tick(limits.readMarkBatchMs)
  await Promise.all(stored)
  t.same(calls, [
    {
      marks: [
        [1, 1, 9],
        [2, 1, 3],
        [1, 2, 1],
      ],
    },
  ])
  t.equal(published[0]?.events.length, 3)
  t.equal(published[0]?.outbox, 9)
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

t.test('others are told in small chats only', async t => {
  const cases = [
    [{ kind: 'group', members: limits.readMarksMembersMax }, 1],
    [{ kind: 'group', members: limits.readMarksMembersMax + 1 }, 0],
    [{ kind: 'channel', members: 3 }, 0],
  ] as const
  for (const [chat, told] of cases) {
    const { marks, casts } = setUp(t, chat)
    const stored = marks.mark({ user: 1, chat: 1, seq: 5 })
    mock.timers.tick(limits.readMarkBatchMs)
    await stored
    t.equal(casts.length, told, `${chat.kind} of ${chat.members}`)
    mock.timers.reset()
  }
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
  const { marks, calls } = setUp(t)
  const first = marks.mark({ user: 1, chat: 1, seq: 5 })
  await marks.flush()
  await first
  const second = marks.mark({ user: 1, chat: 1, seq: 6 })
  mock.timers.tick(limits.readMarkBatchMs)
  await second
  t.equal(calls.length, 2)
})

t.test('the number that waits is bounded', async t => {
  const { marks, calls } = setUp(t)
  const waiting = Array.from({ length: 50_000 }, (_, i) =>
    marks.mark({ user: i + 1, chat: 1, seq: 1 }),
  )
  await t.rejects(marks.mark({ user: 0, chat: 1, seq: 1 }), { code: 'overloaded' })
  await marks.flush()
  await Promise.all(waiting)
  t.equal(calls.length, 50)
})
