import { Packr } from 'msgpackr'
import t from 'tap'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { type BusEvent, type Cast, openBus } from './bus.ts'
import { isBusEvent, isCast } from './bus-shapes.ts'
import { keys } from './keys.ts'

const frame = Buffer.from([0x90])
const good: BusEvent[] = [
  { type: 'chat', chat: 16, rev: 1, seq: 1, members: 2, frame },
  { type: 'user', user: 1, urev: 1, frame },
  { type: 'joined', user: 1, urev: 1, chat: 16, kind: 'group', rev: 1, seq: 0, members: 2, frame },
  { type: 'left', user: 1, urev: 1, chat: 16, frame },
  { type: 'head', chat: 16, rev: 1 },
  { type: 'userHead', user: 1, urev: 1 },
  { type: 'sessionRevoked', user: 1, session: 1 },
  { type: 'quiet', chat: 16, quiet: true },
  { type: 'person', user: 1 },
]
const goodCasts: Cast[] = [
  { type: 'chat', chat: 16, from: 1, frame },
  { type: 'reads', chat: 16, marks: [[1, 2]] },
  { type: 'counts', chat: 16, counts: [{ seq: 1, views: 2, comments: 1, by: [1] }] },
  { type: 'presence', users: [1], online: true, lastSeen: 1 },
]
const rubbish = [null, 7, 'chat', [], {}, { type: 'nonsense' }, { type: 'toString' }]

t.test('what this version sends passes; without any one of its fields it does not', t => {
  const sent = [
    ...good.map(each => [each, isBusEvent] as const),
    ...goodCasts.map(each => [each, isCast] as const),
  ]
  for (const [value, check] of sent) {
    t.ok(check(value), value.type)
    for (const name of Object.keys(value)) {
      if (name === 'kind') continue
      t.notOk(check({ ...value, [name]: undefined }), `${value.type} without ${name}`)
      t.notOk(
        check({ ...value, [name]: name === 'frame' ? 'text' : Number.NaN }),
        `${value.type}, odd ${name}`,
      )
    }
  }
  for (const value of rubbish) t.notOk(isBusEvent(value) || isCast(value))
  for (const count of [null, 7, {}, { seq: -1 }, { seq: 1, views: '2' }, { seq: 1, by: [null] }])
    t.notOk(isCast({ type: 'counts', chat: 16, counts: [count] }), JSON.stringify(count))
  for (const mark of [null, [1], [1, 2, 3], [1, -2], ['1', 2]])
    t.notOk(isCast({ type: 'reads', chat: 16, marks: [mark] }), JSON.stringify(mark))
  const message = { type: 'chat', chat: 16, rev: 1, seq: 1, members: 2, frame }
  t.ok(isBusEvent({ ...message, called: [1, 2] }))
  for (const called of [7, 'all', {}, [null], ['1']])
    t.notOk(isBusEvent({ ...message, called }), `called ${JSON.stringify(called)}`)
  t.end()
})

t.test('an entry or a cast of another shape reaches nobody, and what follows does', async t => {
  const redis = await testRedis(t)
  const bus = openBus({ url: redis.url, node: 'reader' })
  t.teardown(() => bus.close())
  const events: unknown[] = []
  const got: unknown[] = []
  await bus.read({
    onEvents: batch => events.push(...batch),
    onCast: cast => got.push(cast),
    onDoubt: () => undefined,
  })
  await until(() => bus.ping())
  const packr = new Packr({ useRecords: false })
  const write = (value: unknown) => bus.redis.xadd(keys.bus(0), '*', 'e', packr.pack(value))
  const cast = (value: unknown) => bus.redis.publish(keys.cast(0), packr.pack(value))
  for (const value of rubbish) {
    await write(['writer', [value]])
    await write(['writer', value])
    await cast(['writer', value])
  }
  await write([
    'writer',
    [
      { type: 'chat', chat: 16, rev: 3 },
      { type: 'head', chat: 16, rev: 1 },
    ],
  ])
  await cast(['writer', { type: 'chat', chat: 16, from: 1 }])
  await write(['writer', [good[4]]])
  await until(() => events.length > 0)
  await until(async () => {
    await cast(['writer', goodCasts.at(-1)])
    return got.length > 0
  })
  t.same(events, [good[4]])
  t.same(got[0], goodCasts.at(-1))
})
