// The bus on a real Redis that is killed, stopped and fed with rubbish.

import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Packr } from 'msgpackr'
import t from 'tap'
import { chatFrame, userFrame } from '#shared/protocol/frames.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { type TestRedis, testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { type Bus, type BusEvent, type Cast, openBus } from './bus.ts'
import { busEntriesMax, busShards, keys, shardOf } from './keys.ts'

interface Node {
  bus: Bus
  events: BusEvent[]
  casts: Cast[]
  doubts: number
}

async function openNode(t: Teardown, redis: TestRedis, name: string): Promise<Node> {
  const bus = openBus({ url: redis.url, node: name })
  t.teardown(() => bus.close())
  const node: Node = { bus, events: [], casts: [], doubts: 0 }
  await bus.read({
    onEvents: events => node.events.push(...events),
    onCast: cast => node.casts.push(cast),
    onDoubt: () => {
      node.doubts++
    },
  })
  await until(() => bus.ping())
  return node
}

const chatEvent = (chat: number, rev: number): BusEvent => ({
  type: 'chat',
  chat,
  rev,
  seq: rev,
  members: 2,
  frame: Buffer.from(
    chatFrame('message', chat, rev, { seq: rev, rev, from: 1, rid: rev, at: 1.5, text: `€${rev}` }),
  ),
})
const head = (chat: number, rev: number): BusEvent => ({ type: 'head', chat, rev })
const revsOf = (node: Node, chat: number) =>
  node.events.flatMap(event => ('rev' in event && event.chat === chat ? [event.rev] : []))

t.test(
  'every kind of event arrives as it was sent, at other nodes and not at the sender',
  async t => {
    const redis = await testRedis(t)
    const [one, other, third] = await Promise.all(
      ['a', 'b', 'c'].map(name => openNode(t, redis, name)),
    )
    if (!one || !other || !third) throw new Error('three nodes')
    const frame = Buffer.from(userFrame('joined', 4, { chat: 32 }))
    // All of one shard, so that their order is known.
    const events: BusEvent[] = [
      { ...chatEvent(16, 2 ** 40), origin: 'c1' } as BusEvent,
      { type: 'user', user: 32, urev: 5, frame },
      {
        type: 'joined',
        user: 47,
        urev: 4,
        chat: 32,
        kind: 'group',
        rev: 9,
        seq: 7,
        members: 3,
        frame,
      },
      { type: 'left', user: 47, urev: 5, chat: 32, frame },
      head(16, 12),
      { type: 'userHead', user: 16, urev: 6 },
      { type: 'sessionRevoked', user: 64, session: 3 },
    ]
    await one.bus.publish(events)
    await until(
      () => other.events.length === events.length && third.events.length === events.length,
    )
    for (const node of [other, third]) {
      t.strictSame(
        node.events.map(event => ({
          ...event,
          ...('frame' in event && { frame: Buffer.from(event.frame) }),
        })),
        events,
      )
    }
    await other.bus.publish([head(16, 13)])
    await until(() => one.events.length > 0)
    t.strictSame(one.events, [head(16, 13)], 'its own never came back')
    await one.bus.publish([])
  },
)

t.test('events of a chat keep their order, whatever else goes on', async t => {
  const redis = await testRedis(t)
  const [one, other, reader] = await Promise.all(
    ['a', 'b', 'c'].map(name => openNode(t, redis, name)),
  )
  if (!one || !other || !reader) throw new Error('three nodes')
  const chats = Array.from({ length: 40 }, (_, i) => i + 1)
  t.equal(new Set(chats.map(shardOf)).size, busShards)
  const all: Promise<void>[] = []
  for (let rev = 1; rev <= 50; rev++) {
    // Even chats speak through one node, odd ones through the other.
    all.push(
      one.bus.publish(chats.filter(chat => chat % 2 === 0).map(chat => chatEvent(chat, rev))),
    )
    all.push(other.bus.publish(chats.filter(chat => chat % 2 === 1).map(chat => head(chat, rev))))
  }
  await Promise.all(all)
  await until(() => reader.events.length === 40 * 50)
  const expected = Array.from({ length: 50 }, (_, i) => i + 1)
  for (const chat of chats) t.same(revsOf(reader, chat), expected)
})

t.test('a reader that rests between its reads hears everything, with fewer of them', async t => {
  const redis = await testRedis(t)
  const one = await openNode(t, redis, 'a')
  const bus = openBus({ url: redis.url, node: 'b' })
  t.teardown(() => bus.close())
  const restMs = 100
  const turns: BusEvent[][] = []
  let turn: BusEvent[] | undefined
  await bus.read({
    onEvents: events => {
      if (!turn) {
        turn = []
        turns.push(turn)
        setImmediate(() => {
          turn = undefined
        })
      }
      turn.push(...events)
    },
    onDoubt: () => undefined,
    restMs,
  })
  const revs = Array.from({ length: 600 }, (_, i) => i + 1)
  for (const rev of revs) await one.bus.publish([chatEvent(1, rev)])
  const heard = () => turns.flat().flatMap(event => (event.type === 'chat' ? [event.rev] : []))
  await until(() => heard().length >= revs.length)
  t.same(heard(), revs)
  // One that does not rest is woken by nearly every publication.
  t.ok(turns.length < revs.length / 4, `${turns.length} reads brought ${revs.length} events`)
})

t.test('who comes and goes stands in order with what is said in the chat', async t => {
  const redis = await testRedis(t)
  const one = await openNode(t, redis, 'a')
  const frame = Buffer.from(userFrame('left', 5, { chat: 33 }))
  // The reader takes the streams one after the other: in the user's own this could be read too late.
  await one.bus.publish([{ type: 'left', user: 47, urev: 5, chat: 33, frame }, chatEvent(33, 9)])
  t.equal(await one.bus.redis.xlen(keys.bus(shardOf(33))), 1)
  t.equal(await one.bus.redis.xlen(keys.bus(shardOf(47))), 0)
})

t.test('what was there before a node began to read is not read', async t => {
  const redis = await testRedis(t)
  const one = await openNode(t, redis, 'a')
  await one.bus.publish([head(1, 1), head(2, 1)])
  const late = await openNode(t, redis, 'b')
  t.equal(late.doubts, 1, 'it is asked to compare instead')
  await one.bus.publish([head(1, 2)])
  await until(() => late.events.length > 0)
  t.strictSame(late.events, [head(1, 2)])
})

t.test('casts reach the other nodes', async t => {
  const redis = await testRedis(t)
  const [one, other] = await Promise.all(['a', 'b'].map(name => openNode(t, redis, name)))
  if (!one || !other) throw new Error('two nodes')
  const casts: Cast[] = [
    { type: 'chat', chat: 5, from: 2, frame: Buffer.from([1, 2]) },
    { type: 'presence', users: [21], online: false, lastSeen: 1_767_225_600_000 },
  ]
  // Droppable: until the other node has subscribed, nobody hears it.
  await until(() => {
    for (const cast of casts) one.bus.cast(cast)
    return other.casts.length >= 2
  })
  const heard = (type: Cast['type']) => other.casts.find(cast => cast.type === type)
  t.match(heard('chat'), { chat: 5, from: 2 })
  t.match(heard('presence'), casts[1] as object)
  t.same(one.casts, [])
})

t.test(
  'Redis killed and back: publishing fails fast, reading goes on, positions are doubted',
  async t => {
    const redis = await testRedis(t)
    const [one, other] = await Promise.all(['a', 'b'].map(name => openNode(t, redis, name)))
    if (!one || !other) throw new Error('two nodes')
    await one.bus.publish([head(1, 1)])
    await until(() => other.events.length === 1)
    t.equal(other.doubts, 1)
    await redis.kill()
    await until(() => one.bus.redis.status !== 'ready')
    for (let i = 0; i < 100; i++) await t.rejects(one.bus.publish([head(1, 2), head(2, 2)]))
    one.bus.cast({ type: 'presence', users: [1], online: true, lastSeen: 1 })
    t.notOk(await one.bus.ping())
    await redis.restart()
    await until(() => other.doubts >= 2, { message: 'the reader doubts once it is back' })
    await until(() => one.bus.ping())
    await one.bus.publish([head(1, 3)])
    await until(() => other.events.length === 2)
    t.strictSame(other.events, [head(1, 1), head(1, 3)])
    await until(() => {
      one.bus.cast({ type: 'presence', users: [1], online: true, lastSeen: 2 })
      return other.casts.length > 0
    })
  },
)

t.test('a Redis that lost everything is read from its new beginning', async t => {
  const redis = await testRedis(t)
  const [one, other] = await Promise.all(['a', 'b'].map(name => openNode(t, redis, name)))
  if (!one || !other) throw new Error('two nodes')
  await one.bus.publish([head(1, 1), head(2, 1)])
  await until(() => other.events.length === 2)
  await one.bus.redis.flushall()
  await redis.kill()
  await redis.restart()
  await until(() => other.doubts >= 2)
  await until(() => one.bus.ping())
  await one.bus.publish([head(1, 2), head(2, 2)])
  await until(() => other.events.length === 4)
  t.same(revsOf(other, 1), [1, 2])
})

/** A relay in front of Redis that can stop forwarding without closing anything, as a network that swallows packets. */
async function relayTo(t: Teardown, target: string) {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-relay-'))
  const url = join(dir, 'redis.sock')
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(target)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>(resolve => server.listen(url, resolve))
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await rm(dir, { recursive: true })
  })
  return {
    url,
    /** Nothing more goes through the connections there are; new ones work. */
    swallow() {
      for (const socket of sockets) socket.unpipe().pause()
    },
  }
}

t.test('connections that went silent are made anew', async t => {
  const redis = await testRedis(t)
  const relay = await relayTo(t, redis.url)
  const one = await openNode(t, redis, 'a')
  const other = await openNode(t, { ...redis, url: relay.url }, 'b')
  await one.bus.publish([head(1, 1)])
  await until(() => other.events.length === 1)
  relay.swallow()
  await t.rejects(other.bus.publish([head(2, 1)]), 'the writer does not wait for ever')
  await one.bus.publish([head(1, 2)])
  await until(() => other.doubts >= 2, { message: 'the reader is back and doubts' })
  await one.bus.publish([head(1, 3)])
  await until(() => revsOf(other, 1).includes(3))
  await until(() => other.bus.ping())
  await other.bus.publish([head(2, 2)])
  await until(() => revsOf(one, 2).includes(2))
})

t.test('a node that starts while Redis is away reads when it comes', async t => {
  const redis = await testRedis(t)
  await redis.kill()
  const bus = openBus({ url: redis.url, node: 'b' })
  t.teardown(() => bus.close())
  const events: BusEvent[] = []
  let doubts = 0
  await bus.read({
    onEvents: more => events.push(...more),
    onCast: () => undefined,
    onDoubt: () => {
      doubts++
    },
  })
  t.equal(doubts, 0)
  await redis.restart()
  await until(() => doubts === 1)
  const one = await openNode(t, redis, 'a')
  await one.bus.publish([head(1, 1)])
  await until(() => events.length === 1)
})

t.test('an entry that nobody can read is doubted and passed over', async t => {
  const redis = await testRedis(t)
  const [one, other] = await Promise.all(['a', 'b'].map(name => openNode(t, redis, name)))
  if (!one || !other) throw new Error('two nodes')
  const foreign: [field: string, value: Buffer][] = [
    ['e', Buffer.from([0xc1])],
    ['e', Buffer.from([0x93, 0x01])],
    ['e', Buffer.from(new Packr({ useRecords: false }).pack(42))],
    ['e', Buffer.alloc(0)],
    ['x', Buffer.from('what')],
  ]
  for (const [field, value] of foreign) await one.bus.redis.xadd(keys.bus(1), '*', field, value)
  await one.bus.redis.publish(keys.cast(1), Buffer.from([0xc1]))
  await one.bus.publish([head(1, 1)])
  await until(() => other.events.length === 1)
  t.strictSame(other.events, [head(1, 1)])
  t.ok(other.doubts > 1)
})

t.test('a reader that throws does not go deaf', async t => {
  const redis = await testRedis(t)
  const one = await openNode(t, redis, 'a')
  const errors: Error[] = []
  const bus = openBus({ url: redis.url, node: 'b', onError: error => errors.push(error) })
  t.teardown(() => bus.close())
  const events: BusEvent[] = []
  await bus.read({
    onEvents: more => {
      events.push(...more)
      if (events.length === 1) throw new Error('a bug of ours')
    },
    onCast: () => undefined,
    onDoubt: () => undefined,
  })
  await one.bus.publish([head(1, 1)])
  await until(() => events.length === 1)
  await one.bus.publish([head(1, 2)])
  await until(() => events.length === 2)
  t.match(errors, [{ message: 'a bug of ours' }])
})

t.test('a stream that Redis refuses to read is tried again until it can be read', async t => {
  const redis = await testRedis(t)
  const [one, other] = await Promise.all(['a', 'b'].map(name => openNode(t, redis, name)))
  if (!one || !other) throw new Error('two nodes')
  await one.bus.redis.set(keys.bus(3), 'not a stream')
  await one.bus.publish([head(1, 1)])
  await until(() => other.events.length === 1)
  // The next read names the wrong key again; publishing to other shards wakes the reader.
  await until(async () => (await one.bus.redis.info('errorstats')).includes('errorstat_WRONGTYPE'))
  await one.bus.redis.del(keys.bus(3))
  await until(() => other.doubts > 1)
  await one.bus.publish([head(3, 1)])
  await until(() => other.events.length === 2)
  t.same(revsOf(other, 3), [1])
})

t.test('streams are trimmed', async t => {
  const redis = await testRedis(t)
  const one = await openNode(t, redis, 'a')
  const pipeline = one.bus.redis.pipeline()
  for (let i = 0; i < busEntriesMax + 500; i++) pipeline.xadd(keys.bus(0), '*', 'e', 'x')
  await pipeline.exec()
  await one.bus.publish([head(16, 1)])
  const length = await one.bus.redis.xlen(keys.bus(0))
  t.ok(length < busEntriesMax + 200, `${length} entries`)
  t.ok(length >= busEntriesMax)
})
