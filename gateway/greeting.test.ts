import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { AppError, ProtocolError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import {
  generateKeyRing,
  parsePrivateRing,
  publicRing,
  signAccessToken,
} from '#shared/runtime/tokens.ts'
import type { ChatPosition } from '#shared/store/chats.ts'
import type { Db, Statement } from '#shared/store/db.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import { until } from '#test/helpers/until.ts'
import { Flusher } from './flusher.ts'
import { Greeting } from './greeting.ts'
import { Hub } from './hub.ts'
import { Ring } from './ring.ts'

const keys = parsePrivateRing(generateKeyRing().privateJwks)

/** A gateway's greeting over a PostgreSQL that answers when it is told to. */
function setUp({ helloPerS = 1_000_000 } = {}) {
  const ring = new Ring({ ageMsMax: 1_000, bytesMax: 1_000 })
  const events = { onChatBehind() {}, onUserBehind() {}, onUserHere() {}, onPerson() {} }
  const hub = new Hub({ ring, flusher: new Flusher(), events, nowMs: () => 0 })
  const reads: { name: string; users: number[]; answer(): void; fail(): void }[] = []
  /** Users of every read of welcomes and positions so far. */
  const asked: number[][] = []
  const revoked = new Set<number>()
  const places: (ChatPosition & { user: number })[] = []
  /** Addresses that showed a token which nobody made. */
  const wrongTokensOf: string[] = []
  const db = {
    query: ({ name = '', values = [] }: Statement) =>
      new Promise<unknown[]>((resolve, reject) => {
        const users = (name === 'welcomes' ? values[1] : values[0]) as number[]
        if (name === 'welcomes' || name === 'positions') asked.push(users)
        const rows =
          name === 'welcomes'
            ? users
                .filter(user => !revoked.has(user))
                .map(user => ({ session: user, id: user, name: 'Alice', urev: 0, epoch: 1 }))
            : places.filter(place => name === 'positions' && users.includes(place.user))
        const fail = () => reject(new AppError('overloaded'))
        reads.push({ name, users, answer: () => resolve(rows), fail })
      }),
  }
  const greeting = new Greeting({
    db: db as unknown as Db,
    hub,
    ring,
    clock: { now: () => Date.now(), monotonic: () => 0 },
    keys: publicRing(keys),
    node: 'test',
    helloPerS,
    helloPerUser: { points: 3, perS: 60 },
    onUserBehind() {},
    onWrongToken: ip => wrongTokensOf.push(ip),
    onResume() {},
  })
  const greet = (user: number) => {
    const fake = fakeConnection({ user, state: 'greeting' })
    const token = signAccessToken(keys, { user, session: user })
    const done = greeting
      .greet(fake.connection, () => ({ token, device: 'test' }))
      .then(
        () => 'greeted',
        error => (error instanceof ProtocolError ? error.close : (error as AppError).code),
      )
    return { ...fake, done }
  }
  /** Answers reads, also those that follow from answers, until `promise` is settled. */
  const serve = async <Value>(promise: Promise<Value>) => {
    let settled = false
    void promise.finally(() => {
      settled = true
    })
    await until(() => {
      for (const read of reads.splice(0)) read.answer()
      return settled
    })
    return promise
  }
  return { greeting, greet, hub, places, reads, asked, serve, revoked, wrongTokensOf }
}

t.test('many who come at once are read together, a bounded number at a time', async t => {
  const { greeting, greet, reads, asked, serve } = setUp()
  const count = 3 * limits.helloBatchConnectionsMax
  const guests = Array.from({ length: count }, (_, i) => greet(i + 1))
  t.equal(greeting.waiting, count)
  await until(() => reads.length === limits.helloBatchesMax)
  const underWay = reads.reduce((sum, read) => sum + read.users.length, 0)
  t.equal(underWay + greeting.waiting, count)
  t.ok(greeting.waiting > 0)
  const all = Promise.all(guests.map(guest => guest.done))
  t.same(new Set(await serve(all)), new Set(['greeted']))
  t.ok(asked.length < count / 4, `${asked.length} statements`)
  t.equal(greeting.waiting, 0)
  for (const { connection } of guests) t.equal(connection.state, 'live')
})

t.test('one whose session was revoked is refused, the others of the batch are not', async t => {
  const { greet, serve, revoked } = setUp()
  revoked.add(2)
  const guests = [1, 2, 3].map(greet)
  t.same(await serve(Promise.all(guests.map(guest => guest.done))), [
    'greeted',
    'session_revoked',
    'greeted',
  ])
})

t.test(
  'when PostgreSQL is away those under way are told, and the next ones are still read',
  async t => {
    const { greet, reads, serve } = setUp()
    const first = greet(1)
    await until(() => reads.length > 0)
    reads.splice(0)[0]?.fail()
    t.equal(await first.done, 'overloaded')
    t.equal(await serve(greet(2).done), 'greeted')
  },
)

t.test('who has gone while waiting costs no read', async t => {
  const { greet, asked, serve } = setUp()
  const busy = Array.from({ length: limits.helloBatchesMax }, (_, i) => greet(i + 1))
  const gone = greet(50)
  gone.connection.onClosed()
  const last = greet(51)
  const all = Promise.all([...busy, gone, last].map(guest => guest.done))
  t.same(new Set(await serve(all)), new Set(['greeted']))
  t.ok(asked.flat().includes(51))
  t.notOk(asked.flat().includes(50))
})

t.test('a full queue refuses with a hint when to come again', async t => {
  const { greeting, greet } = setUp()
  const { connection, socket } = fakeConnection({ state: 'greeting' })
  for (let i = 1; greeting.waiting < limits.helloQueueConnectionsMax; i++) greet(i)
  const token = signAccessToken(keys, { user: 1, session: 1 })
  await greeting.greet(connection, () => ({ token, device: 'test' }))
  t.equal(connection.open, false)
  t.equal(socket.sent.length, 1, 'a reconnect frame')
})

t.test('so many are admitted in a second, the next one is told to come later', async t => {
  const { greeting, greet } = setUp({ helloPerS: limits.helloPerS })
  const guests = Array.from({ length: limits.helloPerS + 1 }, (_, i) => greet(i + 1))
  t.equal(greeting.waiting, limits.helloPerS)
  t.same(
    guests.flatMap(({ connection }, i) => (connection.open ? [] : [i])),
    [limits.helloPerS],
  )
})

t.test('signatures are checked a few each turn', async t => {
  const { greeting, wrongTokensOf } = setUp()
  for (let i = 0; i <= limits.helloChecksPerTurn; i++) {
    const { connection } = fakeConnection({ state: 'greeting' })
    greeting.greet(connection, () => ({ token: 'x', device: 'test' })).catch(() => undefined)
  }
  await turn()
  t.equal(wrongTokensOf.length, limits.helloChecksPerTurn)
  await turn()
  t.equal(wrongTokensOf.length, limits.helloChecksPerTurn + 1)
})

t.test('one user who comes again and again is told to come later', async t => {
  const { greet, serve } = setUp()
  for (let i = 0; i < 3; i++) t.equal(await serve(greet(7).done), 'greeted')
  t.equal(await greet(7).done, 'rate_limited')
  t.equal(await serve(greet(8).done), 'greeted', 'others are not touched')
})

t.test('a wrong token does not wait in the queue', async t => {
  const { greeting, wrongTokensOf } = setUp()
  const { connection } = fakeConnection({ state: 'greeting', ip: '192.0.2.7' })
  const refused = await greeting
    .greet(connection, () => ({ token: 'nonsense', device: 'test' }))
    .catch((error: ProtocolError) => error.close)
  t.equal(refused, 'auth_failed')
  t.equal(greeting.waiting, 0)
  t.same(wrongTokensOf, ['192.0.2.7'], 'its address pays for it')
})

t.test('an expired token is nobody’s guess: its address does not pay', async t => {
  const { greeting, wrongTokensOf } = setUp()
  const { connection } = fakeConnection({ state: 'greeting' })
  const longAgo = { now: () => Date.now() - 2 * limits.accessTokenS * 1_000, monotonic: () => 0 }
  const token = signAccessToken(keys, { user: 1, session: 1 }, longAgo)
  const refused = await greeting
    .greet(connection, () => ({ token, device: 'test' }))
    .catch((error: ProtocolError) => error.close)
  t.equal(refused, 'token_expired')
  t.same(wrongTokensOf, [])
})

t.test('one whose greeting throws fails alone', async t => {
  for (const step of ['addUser', 'subscribeAll'] as const) {
    const { greet, hub, serve } = setUp()
    const works = hub[step].bind(hub) as (...given: unknown[]) => never
    const guests = [1, 2, 3].map(greet)
    hub[step] = (...given: unknown[]) => {
      if (given[0] === guests[1]?.connection) throw new TypeError('a bug of ours')
      return works(...given)
    }
    const results = await serve(Promise.all(guests.map(guest => guest.done)))
    t.same(results, ['greeted', undefined, 'greeted'], step)
    // Nothing of the failed batch stays behind that would keep the next ones out.
    for (let i = 4; i < 4 + limits.helloBatchesMax; i++)
      t.equal(await serve(greet(i).done), 'greeted')
  }
})

t.test('the answer to HELLO is one write, although the chats are read in between', async t => {
  const { greet, serve, reads, places } = setUp()
  places.push({
    user: 1,
    chat: 7,
    kind: 'group',
    rev: 1,
    seq: 1,
    members: 2,
    urev: 0,
    at: 0,
    quiet: false,
  })
  const guest = greet(1)
  await until(() => {
    for (const read of reads) if (read.name !== 'chats-of-many') read.answer()
    return reads.at(-1)?.name === 'chats-of-many'
  })
  guest.flusher.flush()
  t.same(guest.socket.sent, [], 'nothing leaves before it is complete')
  t.equal(await serve(guest.done), 'greeted')
  guest.flusher.flush()
  t.same(guest.socket.corks, [3], 'helloOk, sync, syncEnd')
})
