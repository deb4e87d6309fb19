import { setImmediate as turn } from 'node:timers/promises'
import type pg from 'pg'
import t from 'tap'
import type { Outgoing } from '#shared/actions/send-messages.ts'
import type { Batch } from '#shared/actions/services.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { silentLog } from '#shared/runtime/log.ts'
import { PgError, type Queryable, type Statement } from '#shared/store/db.ts'
import type { SendRow } from '#shared/store/messages.ts'
import { Lanes } from './lanes.ts'

/** A call of send_messages that waits for its answer. */
interface Call {
  rids: number[]
  /** Writes the rows one after another from `seq`; `statuses` by rid where it is not 0. */
  commit(seq: number, statuses?: Record<number, number>): void
  fail(error: unknown): void
}

function setUp(lanes = 1) {
  const calls: Call[] = []
  const published: Batch[] = []
  const connection = (): Queryable => ({
    query: ({ values = [] }: Statement) =>
      new Promise((resolve, reject) => {
        const [, , rids] = values as number[][]
        calls.push({
          rids: rids ?? [],
          commit(seq, statuses = {}) {
            let next = seq
            const rows = (rids ?? []).map((rid, i): SendRow => {
              const status = statuses[rid] ?? 0
              const place = status > 1 ? null : next++
              const rest = {
                as_chat: false,
                thread: null,
                expires_at: null,
                called: null,
                wait_ms: null,
              }
              return { ord: i + 1, status, seq: place, rev: place, at: 5, outbox_id: 77, ...rest }
            })
            resolve(rows as never)
          },
          fail: reject,
        })
      }),
  })
  const pool = new Lanes({
    connections: Array.from({ length: lanes }, connection),
    publish: batch => published.push(batch),
    log: silentLog,
  })
  return { lanes: pool, calls, published }
}

const outgoing = (rid: number, more: Partial<Outgoing> = {}): Outgoing => ({
  chat: 2,
  sender: 1,
  rid,
  text: 'hello',
  ents: undefined,
  reply: undefined,
  silent: false,
  origin: 'c1',
  members: 2,
  ...more,
})

const pgError = () => new PgError({ message: 'refused', code: '22021' } as pg.DatabaseError)
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    value => (value instanceof AppError ? value.code : 'sent'),
    error => error.code as string,
  )

t.test('a quiet lane writes at once', async t => {
  const { lanes, calls } = setUp()
  const sent = lanes.send(outgoing(1))
  t.same(calls[0]?.rids, [1], 'within the same turn')
  calls[0]?.commit(9)
  t.same(await sent, { seq: 9, rev: 9, at: 5 })
})

t.test('a busy lane gathers, and has one batch in flight', async t => {
  const { lanes, calls } = setUp()
  const sent = [1, 2, 3, 4].map(rid => lanes.send(outgoing(rid)))
  await turn()
  t.same(
    calls.map(call => call.rids),
    [[1]],
  )
  t.equal(lanes.depth, 4)
  calls[0]?.commit(1)
  await turn()
  t.same(
    calls.map(call => call.rids),
    [[1], [2, 3, 4]],
  )
  calls[1]?.commit(2)
  t.same(
    (await Promise.all(sent)).map(result => (result as { seq: number }).seq),
    [1, 2, 3, 4],
  )
  t.equal(lanes.depth, 0)
})

t.test('a batch is bounded in rows and in bytes', async t => {
  const { lanes, calls } = setUp()
  void lanes.send(outgoing(1))
  for (let rid = 2; rid <= limits.laneRowsMax + 3; rid++) void lanes.send(outgoing(rid))
  calls[0]?.commit(1)
  await turn()
  t.equal(calls[1]?.rids.length, limits.laneRowsMax)

  const large = setUp()
  const text = 'x'.repeat(8_192)
  for (let rid = 1; rid <= 40; rid++) void large.lanes.send(outgoing(rid, { text }))
  large.calls[0]?.commit(1)
  await turn()
  const rows = large.calls[1]?.rids.length ?? 0
  t.ok(rows >= 14 && rows * text.length * 2 <= limits.laneBytesMax, `${rows} rows`)
})

t.test('a full lane refuses, and takes again when it has room', async t => {
  const { lanes, calls } = setUp()
  const text = 'x'.repeat(8_192)
  const fits = Math.floor(limits.laneQueueBytesMax / (100 + text.length * 2))
  const waiting: Promise<unknown>[] = []
  for (let rid = 1; rid <= fits + 1; rid++) waiting.push(lanes.send(outgoing(rid, { text })))
  await t.rejects(lanes.send(outgoing(999_999, { text })), { code: 'overloaded', retryMs: 1_000 })
  for (let i = 0; lanes.depth > 0; i++) {
    calls[i]?.commit(1)
    await turn()
  }
  await Promise.all(waiting)
  const again = lanes.send(outgoing(999_999, { text }))
  calls.at(-1)?.commit(1)
  await again
})

t.test('the same rid while the first waits shares its answer and its row', async t => {
  const { lanes, calls } = setUp()
  void lanes.send(outgoing(1))
  const twice = [lanes.send(outgoing(2)), lanes.send(outgoing(2, { origin: 'c2' }))]
  const others = [lanes.send(outgoing(2, { sender: 9 })), lanes.send(outgoing(2, { chat: 4 }))]
  calls[0]?.commit(1)
  await turn()
  t.same(calls[1]?.rids, [2, 2, 2], 'another sender’s and another chat’s are messages of their own')
  calls[1]?.commit(2)
  const [one, two] = await Promise.all(twice)
  t.same(one, two)
  await Promise.all(others)
})

t.test('the same rid while the first is in flight goes into the next batch', async t => {
  const { lanes, calls, published } = setUp()
  const first = lanes.send(outgoing(1))
  const second = lanes.send(outgoing(1))
  calls[0]?.commit(5)
  await turn()
  t.same(calls[1]?.rids, [1])
  calls[1]?.commit(5, { 1: 1 })
  t.same(await first, await second)
  await turn()
  t.same(
    published.map(batch => batch.events.length),
    [1, 0],
    'a duplicate is announced to nobody',
  )
})

t.test('each row has its own answer: a refused one does not touch its neighbours', async t => {
  const { lanes, calls, published } = setUp()
  void lanes.send(outgoing(1))
  const sent = [2, 3, 4, 5, 6].map(rid => codeOf(lanes.send(outgoing(rid))))
  calls[0]?.commit(1)
  await turn()
  calls[1]?.commit(2, { 3: 2, 4: 3, 5: 4 })
  t.same(await Promise.all(sent), ['sent', 'not_found', 'forbidden', 'bad_reply', 'sent'])
  await turn()
  t.same(published[1]?.events.length, 2)
})

t.test('a batch that PostgreSQL refuses is written row by row', async t => {
  const { lanes, calls } = setUp()
  void lanes.send(outgoing(1))
  const sent = [2, 3, 4].map(rid => codeOf(lanes.send(outgoing(rid))))
  calls[0]?.commit(1)
  await turn()
  calls[1]?.fail(pgError())
  await turn()
  t.same(calls[2]?.rids, [2])
  calls[2]?.commit(2)
  await turn()
  calls[3]?.fail(pgError())
  await turn()
  calls[4]?.commit(3)
  t.same(await Promise.all(sent), ['sent', '22021', 'sent'])
  t.same(
    calls.map(call => call.rids),
    [[1], [2, 3, 4], [2], [3], [4]],
  )
})

t.test('when PostgreSQL is away the whole batch is told so, and the lane goes on', async t => {
  const { lanes, calls } = setUp()
  void lanes.send(outgoing(1))
  const sent = [2, 3].map(rid => codeOf(lanes.send(outgoing(rid))))
  calls[0]?.commit(1)
  await turn()
  calls[1]?.fail(new AppError('overloaded', { retryMs: 1_000 }))
  t.same(await Promise.all(sent), ['overloaded', 'overloaded'])
  await turn()
  const again = codeOf(lanes.send(outgoing(2)))
  t.same(calls[2]?.rids, [2], 'nothing of the failed batch stands in its way')
  calls[2]?.commit(2)
  t.equal(await again, 'sent')
})

t.test('the answers come before the events of the batch are published', async t => {
  const { lanes, calls, published } = setUp()
  let before = -1
  const sent = lanes.send(outgoing(1)).then(() => {
    before = published.length
  })
  calls[0]?.commit(1)
  await sent
  t.equal(before, 0)
  await turn()
  t.equal(published[0]?.outbox, 77)
  t.match(published[0]?.events, [
    { type: 'chat', chat: 2, rev: 1, seq: 1, members: 2, origin: 'c1' },
  ])
})

t.test('chats spread over the lanes, one chat stays on one', async t => {
  const { lanes, calls } = setUp(2)
  void lanes.send(outgoing(1, { chat: 2 }))
  void lanes.send(outgoing(2, { chat: 3 }))
  void lanes.send(outgoing(3, { chat: 2 }))
  void lanes.send(outgoing(4, { chat: 3 }))
  await turn()
  t.same(
    calls.map(call => call.rids),
    [[1], [2]],
  )
})

t.test('idle resolves when every lane has run empty', async t => {
  const { lanes, calls } = setUp(2)
  await lanes.idle()
  void lanes.send(outgoing(1, { chat: 2 }))
  void lanes.send(outgoing(2, { chat: 3 }))
  void lanes.send(outgoing(3, { chat: 3 }))
  let idle = false
  const waited = lanes.idle().then(() => {
    idle = true
  })
  calls[0]?.commit(1)
  calls[1]?.commit(1)
  await turn()
  t.equal(idle, false)
  calls[2]?.commit(2)
  await waited
})
