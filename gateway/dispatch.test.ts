import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { decode, encode } from '#shared/protocol/codec.ts'
import { AppError, ProtocolError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import { silentLog } from '#shared/runtime/log.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import type { Connection } from './connection.ts'
import { Dispatch, type DispatchOptions } from './dispatch.ts'
import type { Context } from './handlers/context.ts'

interface SetUp {
  hello?: DispatchOptions['hello']
  state?: Connection['state']
  burst?: number
}

function setUp({
  hello = async (_, read) => void read(),
  state = 'live',
  burst = 100,
}: SetUp = {}) {
  let draining = false
  const slow: (() => void)[] = []
  const clock = { now: () => 1_234, monotonic: () => 0 }
  const context = {
    clock,
    lanes: {
      send: () => new Promise(resolve => slow.push(() => resolve({ seq: 1, rev: 1, at: 1 }))),
    },
    sendBudget: { take: () => undefined },
    hub: { chats: new Map(), subscription: () => undefined },
    db: {
      query: async ({ values }: { values: unknown[] }) => {
        if (values.flat().includes(404)) throw new TypeError('a bug of ours')
        return [{ id: 2, name: 'x'.repeat(32 * 1024), username: null, about: '', deleted: false }]
      },
    },
  } as unknown as Context
  const requests: [string, boolean][] = []
  const dispatch = new Dispatch({
    context,
    userFrames: { take: () => undefined },
    log: silentLog,
    hello,
    onRequest: (op, ok) => requests.push([op, ok]),
    draining: () => draining,
  })
  const fake = fakeConnection({ state, user: 1, frameBurst: burst, framesPerS: 10 })
  const give = (frame: unknown) =>
    dispatch.onFrame(fake.connection, Buffer.from(encode(frame as unknown[])))
  const answers = async () => {
    await turn()
    await turn()
    return fake.socket.sent.map(bytes => decode(bytes).frame)
  }
  return {
    ...fake,
    dispatch,
    give,
    answers,
    requests,
    slow,
    drain: () => {
      draining = true
    },
  }
}

const send = (ref: number, text = 'hello') => [ops.send.op, ref, { chat: 1, rid: ref, text }]
const hello = [ops.hello.op, 1, { token: 'x', device: 'test' }]

t.test('a request is answered under its ref', async t => {
  const { give, answers, requests } = setUp()
  give([ops.ping.op, 77, {}])
  t.same(await answers(), [[0, 77, { now: 1_234 }]])
  t.same(requests, [['ping', true]])
})

t.test('an error that is our own shows nothing of itself', async t => {
  const { give, answers, requests } = setUp()
  give([ops.users.op, 5, { users: [404] }])
  const [[type, ref, body]] = (await answers()) as [unknown[]]
  t.same([type, ref], [1, 5])
  t.match(body, { code: 'internal' })
  t.notMatch(JSON.stringify(body), /bug/)
  t.same(requests, [['users', false]])
})

t.test('requests are served once HELLO is answered, never while it is checked', async t => {
  const { give, socket, slow, connection } = setUp({ state: 'opening' })
  give(hello)
  t.equal(connection.state, 'greeting')
  // greeting.ts knows the user from the token before it knows whether the session still stands.
  connection.identity = { user: 1, session: 1, plan: 'free' }
  give(send(2))
  t.equal(socket.ended?.code, 4503)
  t.equal(slow.length, 0, 'nothing was sent in the name of a session that may be revoked')
})

t.test('HELLO first and once', async t => {
  const early = setUp({ state: 'opening' })
  early.give([ops.ping.op, 1, {}])
  await turn()
  t.equal(early.socket.ended?.code, 4503)
  const shapeless = setUp({ state: 'opening' })
  shapeless.give([ops.hello.op, 1, { token: 1 }])
  await turn()
  t.equal(shapeless.socket.ended?.code, 4501)
  const twice = setUp()
  twice.give(hello)
  t.equal(twice.socket.ended?.code, 4503)
})

t.test('HELLO that fails closes with the code of its error', async t => {
  const cases: [Error, number][] = [
    [new ProtocolError('token_expired'), 4004],
    [new ProtocolError('session_revoked'), 4505],
    [new AppError('overloaded', { retryMs: 700 }), 4013],
    [new TypeError('a bug of ours'), 4013],
  ]
  for (const [error, code] of cases) {
    const { give, socket, answers } = setUp({
      state: 'opening',
      hello: () => Promise.reject(error),
    })
    give(hello)
    const [hint] = await answers()
    t.equal(socket.ended?.code, code, error.message)
    if (code === 4013) t.match(hint, [5, 6, { afterMs: Number }])
  }
})

t.test('over the rate, every kind of frame counts, also those that are wrong', async t => {
  const { give, answers } = setUp({ burst: 4 })
  give([ops.ping.op, 1, {}])
  give([999, 2, {}])
  give([ops.ping.op, 3, 'no map'])
  give([ops.send.op, 4, {}])
  give([ops.ping.op, 5, {}])
  give([999, 6, {}])
  const codes = new Map((await answers()).map(([, ref, body]) => [ref, (body as AppError).code]))
  t.same(
    [...codes].sort(([a], [b]) => Number(a) - Number(b)),
    [
      [1, undefined],
      [2, 'unknown_op'],
      [3, 'bad_request'],
      [4, 'bad_request'],
      [5, 'rate_limited'],
      [6, 'rate_limited'],
    ],
  )
})

t.test('rate_limited says when to come back; who goes on and on is closed', async t => {
  const { give, answers, socket } = setUp({ burst: 1 })
  for (let ref = 1; ref <= limits.floodFramesMax + 1; ref++) give([ops.ping.op, ref, {}])
  t.equal(socket.ended, null)
  t.match((await answers())[0], [1, 2, { code: 'rate_limited', retryMs: 100 }])
  give([ops.ping.op, 1, {}])
  t.equal(socket.ended?.code, 4008)
})

t.test('one more than the requests in flight is refused; an answer makes room', async t => {
  const { give, answers, slow } = setUp()
  for (let ref = 1; ref <= limits.inFlightRequestsMax + 1; ref++) give(send(ref))
  t.match(await answers(), [
    [1, limits.inFlightRequestsMax + 1, { code: 'rate_limited', retryMs: 100 }],
  ])
  t.equal(slow.length, limits.inFlightRequestsMax)
  slow[0]?.()
  await answers()
  give(send(99))
  t.equal(slow.length, limits.inFlightRequestsMax + 1)
})

t.test('while draining, requests are refused so that they are retried elsewhere', async t => {
  const { give, answers, drain } = setUp()
  drain()
  give(send(1))
  t.match(await answers(), [[1, 1, { code: 'overloaded', retryMs: Number }]])
})

t.test('a large answer waits until a slow reader has room, a small one does not', async t => {
  const { connection, socket, give, answers } = setUp({ state: 'live' })
  const frame = Buffer.from(encode([5, 99, { pad: 'x'.repeat(limits.softBufferBytes) }]))
  socket.reads = false
  connection.queue(frame)
  await turn()
  give([ops.users.op, 1, { users: [2] }])
  give([ops.ping.op, 2, {}])
  t.same((await answers()).slice(1), [[0, 2, { now: 1_234 }]])
  socket.drainTo(0)
  connection.onDrain()
  t.match((await answers()).slice(2), [[0, 1, { users: [{ id: 2 }] }]])
})

t.test('nothing is done for a connection that is ending', async t => {
  const { give, slow, connection, socket } = setUp()
  socket.onClose = () => undefined
  connection.end('draining')
  give(send(1))
  t.equal(slow.length, 0)
})

t.test('the largest frames that are read', async t => {
  const padded = (frame: (pad: string) => unknown[], bytes: number) => {
    const size = (pad: number) => encode(frame('x'.repeat(pad))).length
    let pad = bytes - size(0)
    while (size(pad) > bytes) pad--
    t.equal(size(pad), bytes)
    return Buffer.from(encode(frame('x'.repeat(pad))))
  }
  const ping = (pad: string) => [ops.ping.op, 1, { pad }]
  const greeting = (pad: string) => [ops.hello.op, 1, { token: 'x', device: 'test', pad }]
  for (const over of [0, 1]) {
    const live = setUp()
    live.dispatch.onFrame(live.connection, padded(ping, limits.frameBytesMax + over))
    t.equal((await live.answers()).length, 1 - over)
    t.equal(live.socket.ended?.code, over ? 4508 : undefined)
    const early = setUp({ state: 'opening' })
    early.dispatch.onFrame(early.connection, padded(greeting, limits.helloBytesMax + over))
    t.equal(early.connection.state === 'greeting', over === 0)
    t.equal(early.socket.ended?.code, over ? 4508 : undefined)
  }
})

t.test('frames that no client sends close the socket', async t => {
  const bytes = (...values: number[]) => Uint8Array.from(values)
  const cases: [string, Uint8Array, number][] = [
    ['empty', bytes(), 4501],
    ['no array', bytes(0x80), 4501],
    ['two elements', bytes(0x92, 2, 1), 4501],
    ['four elements', bytes(0x94, 2, 1, 0x80, 0), 4501],
    ['a text as op', bytes(0x93, 0xa1, 0x61, 1, 0x80), 4501],
    ['a negative ref', bytes(0x93, 2, 0xff, 0x80), 4501],
    ['a fraction as ref', bytes(0x93, 2, 0xca, 0x3f, 0, 0, 0, 0x80), 4501],
    ['a ref over 32 bits', Buffer.from(encode([2, 2 ** 32, {}])), 4501],
    ['trailing bytes', bytes(0x93, 2, 1, 0x80, 0), 4501],
    ['truncated', bytes(0x93, 2, 1), 4501],
    ['over 64 KB', new Uint8Array(limits.frameBytesMax + 1), 4508],
  ]
  for (const [what, frame, code] of cases) {
    const { dispatch, connection, socket } = setUp()
    dispatch.onFrame(connection, frame)
    t.equal(socket.ended?.code, code, what)
  }
})
