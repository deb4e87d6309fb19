import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { silentLog } from '#shared/runtime/log.ts'
import type { Db, Statement } from '#shared/store/db.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import type { Connection } from './connection.ts'
import { Flusher } from './flusher.ts'
import { Hub, type Position } from './hub.ts'
import { Repair } from './repair.ts'
import { Ring } from './ring.ts'

const chat = 7
const at = (rev: number, id = chat): Position => {
  return { chat: id, kind: 'group', rev, seq: rev, members: 2 }
}

/** What PostgreSQL would answer, and whether it is there. */
class Truth {
  heads: Position[] = []
  urevs: { user: UserId; urev: number }[] = []
  positions: Position[] = []
  revoked: { id: number }[] = []
  epoch = 1
  away = false
  asked: string[] = []
  /** Runs while a statement is under way, after it took its snapshot. */
  during: (name: string) => void | Promise<void> = () => undefined

  query = async ({ name = 'epoch', values = [] }: Statement): Promise<unknown[]> => {
    this.asked.push(name)
    if (this.away) throw new Error('PostgreSQL is away')
    const ids = (values[0] ?? []) as number[]
    const snapshot: Record<string, unknown[]> = {
      heads: this.heads.filter(head => ids.includes?.(head.chat)),
      urevs: this.urevs.filter(row => ids.includes?.(row.user)),
      positions: this.positions.map(position => ({ ...position, user: ids[0] })),
      'sessions-revoked': this.revoked,
      epoch: [{ epoch: this.epoch }],
    }
    const rows = snapshot[name]
    if (!rows) throw new Error(`no answer for ${name}`)
    await this.during(name)
    return rows
  }
}

function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const truth = new Truth()
  let redis = true
  let epochs = 0
  const ring = new Ring({ ageMsMax: 60_000, bytesMax: 1_000_000 })
  const flusher = new Flusher()
  const hub: Hub = new Hub({
    ring,
    flusher,
    events: {
      onChatBehind: id => repair.chat(id),
      onUserBehind: id => void repair.user(id),
      onUserHere: () => undefined,
      onPerson: () => undefined,
    },
    nowMs: () => 0,
  })
  const repair: Repair = new Repair({
    hub,
    db: truth as unknown as Db,
    bus: { ping: async () => redis },
    log: silentLog,
    clock: { monotonic: () => passedMs },
    onNewEpoch: () => {
      epochs++
    },
  })
  t.teardown(() => {
    repair.stop()
    mock.timers.reset()
  })
  const join = (user: number, positions: Position[], state: Connection['state'] = 'live') => {
    const fake = fakeConnection({ user, state, flusher })
    hub.connections.add(fake.connection)
    const entry = hub.addUser(fake.connection, user)
    entry.urev = Math.max(entry.urev, 1)
    if (state !== 'greeting') hub.subscribeAll(fake.connection, positions)
    const seen = () => {
      fake.flusher.flush()
      return fake.socket.sent.flatMap(describe)
    }
    return { ...fake, entry, seen }
  }
  return {
    truth,
    hub,
    repair,
    join,
    epochs: () => epochs,
    redisGoes: () => {
      redis = false
    },
  }
}

/** Events of two bytes may come several in a message. */
function describe(frame: Uint8Array): string[] {
  if ((frame[0] as number) < 0x80) {
    return Array.from({ length: frame.length / 2 }, (_, i) => `${frame[2 * i]}:${frame[2 * i + 1]}`)
  }
  const [, kind, body] = decode(frame).frame as [number, number, { rev?: number; urev?: number }]
  return [kind === 4 ? `bump ${body.rev}` : `userBump ${body.urev}`]
}

const event = (rev: number, id = chat) => {
  const frame = new Uint8Array([id, rev])
  return { type: 'chat', chat: id, rev, seq: rev, members: 2, frame } as const
}

/** Lets everything run that waits for no timer. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await turn()
}

let passedMs = 0

/** So many seconds go by. */
async function seconds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    passedMs += 1_000
    mock.timers.tick(1_000)
    await settle()
  }
}

t.test('a chat that stays behind is read from PostgreSQL and bumped', async t => {
  const { truth, hub, join } = setUp(t)
  const alice = join(1, [at(1), at(1, 8)])
  truth.heads = [at(4), at(2, 8)]
  hub.deliver(event(3))
  hub.deliver({ type: 'head', chat: 8, rev: 2 })
  mock.timers.tick(limits.gatewayHoldMs)
  await settle()
  t.same(alice.seen(), ['bump 4', 'bump 2'])
  t.equal(truth.asked.filter(name => name === 'heads').length, 1, 'both in one query')
})

t.test('a head that could not be read is read again soon, without another event', async t => {
  const { truth, hub, join } = setUp(t)
  const alice = join(1, [at(1)])
  truth.away = true
  truth.heads = [at(2)]
  hub.deliver({ type: 'head', chat, rev: 2 })
  mock.timers.tick(limits.gatewayHoldMs)
  await settle()
  t.same(alice.seen(), [])
  truth.away = false
  await seconds(2)
  t.same(alice.seen(), ['bump 2'])
})

t.test('a user whose events are missing gets the memberships that PostgreSQL has', async t => {
  const { truth, hub, repair, join } = setUp(t)
  const alice = join(1, [at(1), at(1, 8)])
  truth.urevs = [{ user: 1, urev: 5 }]
  truth.positions = [at(1, 8), at(3, 9)]
  await repair.user(1)
  t.equal(alice.entry.urev, 5)
  hub.deliver(event(2))
  hub.deliver(event(2, 8))
  hub.deliver(event(4, 9))
  t.same(alice.seen(), ['userBump 5', '8:2', '9:4'])
})

t.test('a user that could not be read is read again soon', async t => {
  const { truth, hub, join } = setUp(t)
  const alice = join(1, [])
  truth.away = true
  truth.urevs = [{ user: 1, urev: 3 }]
  truth.positions = [at(1)]
  hub.deliver({ type: 'user', user: 1, urev: 3, frame: new Uint8Array([0, 3]) })
  await settle()
  t.equal(hub.chats.size, 0)
  truth.away = false
  await seconds(2)
  t.equal(hub.chats.size, 1)
  t.same(alice.seen(), ['0:3', 'userBump 3'])
})

t.test('memberships read before a removal do not undo it', async t => {
  const { truth, hub, repair, join } = setUp(t)
  const alice = join(1, [at(1)])
  truth.urevs = [{ user: 1, urev: 2 }]
  truth.positions = [at(1)]
  let first = true
  truth.during = name => {
    if (name !== 'positions' || !first) return
    first = false
    truth.urevs = [{ user: 1, urev: 3 }]
    truth.positions = []
    alice.entry.urev = 2
    hub.deliver({ type: 'left', user: 1, urev: 3, chat, frame: new Uint8Array([0, 3]) })
  }
  await repair.user(1)
  hub.deliver(event(2))
  t.equal(hub.subscription(alice.connection, chat), undefined)
  t.notMatch(alice.seen(), ['7:2'])
  t.notOk(alice.seen().includes('7:2'))
})

t.test('one that is still greeting reads its memberships itself', async t => {
  const { truth, repair, join } = setUp(t)
  const alice = join(1, [], 'greeting')
  truth.urevs = [{ user: 1, urev: 5 }]
  truth.positions = [at(1)]
  await repair.user(1)
  t.same(alice.connection.chats, [])
  t.ok(alice.connection.leftEarly, 'what it leaves meanwhile is still noted')
})

t.test('everything is compared now and then while Redis is up', async t => {
  const { truth, join } = setUp(t)
  const alice = join(1, [at(1)])
  truth.heads = [at(2)]
  truth.urevs = [{ user: 1, urev: 1 }]
  await seconds(1)
  t.same(alice.seen(), [])
  await seconds(limits.positionsEveryMs / 1_000)
  t.same(alice.seen(), ['bump 2'])
})

t.test('while Redis is away everything is compared each second, at once', async t => {
  const { truth, join, redisGoes, repair } = setUp(t)
  const alice = join(1, [at(1)])
  truth.heads = [at(1)]
  truth.urevs = [{ user: 1, urev: 1 }]
  redisGoes()
  for (const rev of [2, 3, 4]) {
    truth.heads = [at(rev)]
    await seconds(limits.positionsDegradedMs / 1_000)
  }
  t.same(alice.seen(), ['bump 2', 'bump 3', 'bump 4'])
  t.equal(repair.busUp, false)
})

t.test('a revoked session is found without the bus', async t => {
  const { truth, repair, join } = setUp(t)
  const alice = join(1, [])
  const bob = join(2, [])
  truth.urevs = []
  truth.revoked = [{ id: 1 }]
  await repair.compare()
  t.equal(alice.socket.ended?.code, 4505)
  t.equal(bob.socket.ended, null)
})

t.test('a new epoch is told once', async t => {
  const { truth, repair, epochs } = setUp(t)
  await repair.compare()
  t.equal(epochs(), 0)
  truth.epoch = 2
  await repair.compare()
  await repair.compare()
  t.equal(epochs(), 1)
})

t.test('a doubt that comes during a comparison is compared again', async t => {
  const { truth, repair, join } = setUp(t)
  const alice = join(1, [at(1)])
  truth.heads = [at(1)]
  let doubted = false
  truth.during = name => {
    if (doubted || name !== 'urevs') return
    doubted = true
    // The heads were read already; this one was published before the reader of the bus was back.
    truth.heads = [at(2)]
    void repair.compare()
  }
  await repair.compare()
  await settle()
  mock.timers.tick(limits.gatewayHoldMs)
  await settle()
  t.same(alice.seen(), ['bump 2'])
})

t.test('a comparison that PostgreSQL did not answer is made again soon', async t => {
  const { truth, repair, join } = setUp(t)
  const alice = join(1, [at(1)])
  truth.heads = [at(2)]
  truth.away = true
  await repair.compare()
  truth.away = false
  await seconds(2)
  t.same(alice.seen(), ['bump 2'])
  const asked = truth.asked.length
  await seconds(5)
  t.equal(truth.asked.length, asked, 'and then at its usual pace')
})

t.test('more chats than fit into a query are asked page by page', async t => {
  const { truth, repair, join } = setUp(t)
  const positions = Array.from({ length: 4_500 }, (_, i) => at(1, i + 1))
  join(1, positions)
  truth.heads = positions
  await repair.compare()
  t.equal(truth.asked.filter(name => name === 'heads').length, 3)
})
