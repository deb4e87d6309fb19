import { mock } from 'node:test'
import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import { createLog } from '#shared/runtime/log.ts'
import type { Cast } from '#shared/store/bus.ts'
import type { Statement } from '#shared/store/db.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { ViewCounts } from './view-counts.ts'

type Row = [chat: number, user: number, seqs: string]

function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const calls: Row[][] = []
  const casts: Cast[] = []
  const told: [number, readonly PostCounts[]][] = []
  const state: { failure: Error | null } = { failure: null }
  const query = async ({ values }: Statement) => {
    const [chats, users, seqs] = values as [number[], number[], string[]]
    calls.push(chats.map((chat, i) => [chat, users[i] ?? 0, seqs[i] ?? '']))
    if (state.failure) throw state.failure
    return chats.map(chat => ({ chat, seq: 1, views: 2 }))
  }
  const counts = new ViewCounts({
    db: { tx: work => work({ query } as never) },
    log: createLog({ name: 'test', level: 'silent' }),
    news: { put: (chat, counts) => told.push([chat, counts]) },
    cast: cast => casts.push(cast),
  })
  return { counts, calls, casts, told, state }
}

t.test('views of two seconds are counted together, then told here and elsewhere', async t => {
  const { counts, calls, casts, told } = setUp(t)
  counts.add(5, 1, [1, 2])
  counts.add(5, 1, [2, 3])
  counts.add(6, 1, [9])
  counts.add(5, 2, [])
  mock.timers.tick(limits.viewBatchMs - 1)
  t.same(calls, [])
  mock.timers.tick(1)
  await counts.flush()
  t.same(calls, [
    [
      [1, 5, '{[1,4)}'],
      [1, 6, '{[9,10)}'],
    ],
  ])
  t.equal(told[0]?.[0], 1)
  t.match(casts, [{ type: 'counts', chat: 1 }])
})

t.test('a batch that fails is counted with the next', async t => {
  const { counts, calls, casts, state } = setUp(t)
  state.failure = new Error('away')
  counts.add(5, 1, [1])
  await counts.flush()
  t.same(casts, [])
  state.failure = null
  counts.add(5, 1, [2])
  await counts.flush()
  t.same(calls.at(-1), [[1, 5, '{[1,3)}']])
})

t.test('what waits is bounded, for one person and for all', async t => {
  const { counts, calls } = setUp(t)
  const { viewsWaitingPerUserMax: max } = limits
  for (let at = 0; at <= max; at += 100) {
    counts.add(
      5,
      1,
      Array.from({ length: 100 }, (_, i) => at + i + 1),
    )
  }
  await counts.flush()
  t.same(calls, [[[1, 5, `{[1,${max + 1})}`]]])
  for (let user = 1; user <= 50_001; user++) counts.add(user, 1, [1])
  await counts.flush()
  const users = calls.slice(1).flatMap(call => call.map(row => row[1]))
  t.equal(users.length, 50_000)
  t.equal(Math.max(...calls.map(call => call.length)), 1_000)
})
