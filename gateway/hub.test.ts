import { mock } from 'node:test'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import type { Connection } from './connection.ts'
import { Flusher } from './flusher.ts'
import { Hub, type Position } from './hub.ts'
import { Ring } from './ring.ts'

const chat = 7
const bound = { ageMsMax: 60_000, bytesMax: 1_000_000 }

function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const behind: number[] = []
  const usersBehind: number[] = []
  const here: [number, boolean][] = []
  const flusher = new Flusher()
  const hub = new Hub({
    ring: new Ring(bound),
    flusher,
    events: {
      onChatBehind: id => behind.push(id),
      onUserBehind: id => usersBehind.push(id),
      onUserHere: (id, is) => here.push([id, is]),
      onPerson: () => undefined,
    },
    nowMs: () => 0,
  })
  /** Somebody's connection, subscribed to chats at these positions. */
  const join = (user: number, ...positions: Position[]) => {
    const fake = fakeConnection({ user, flusher })
    hub.connections.add(fake.connection)
    const entry = hub.addUser(fake.connection, user)
    entry.urev = Math.max(entry.urev, 0)
    hub.subscribeAll(fake.connection, positions)
    const seen = () => {
      fake.flusher.flush()
      return fake.socket.sent.flatMap(describe)
    }
    return { ...fake, seen }
  }
  return { hub, flusher, behind, usersBehind, here, join }
}

const at = (rev: number, members = 2, id = chat): Position => ({
  chat: id,
  kind: 'group',
  rev,
  seq: rev,
  members,
})

function event(rev: number, more: { members?: number; origin?: string; chat?: number } = {}) {
  const id = more.chat ?? chat
  const frame = new Uint8Array([id, rev])
  return { type: 'chat', chat: id, rev, seq: rev, members: 2, frame, ...more } as BusEvent
}

const userFrame = (urev: number) => new Uint8Array([0xff, urev])
const joined = (user: number, urev: number, position: Position): BusEvent => {
  return { type: 'joined', user, urev, ...position, frame: userFrame(urev) }
}
const left = (user: number, urev: number, id = chat): BusEvent => {
  return { type: 'left', user, urev, chat: id, frame: userFrame(urev) }
}

/** `7:3` for rev 3 of chat 7, `u2` for urev 2, `bump 5` for a bump to rev 5; events may come several in a message. */
function describe(frame: Uint8Array): string[] {
  if (frame[0] === 0xff) return [`u${frame[1]}`]
  if ((frame[0] as number) < 0x80) {
    return Array.from({ length: frame.length / 2 }, (_, i) => `${frame[2 * i]}:${frame[2 * i + 1]}`)
  }
  const [, kind, body] = decode(frame).frame as [number, number, { rev?: number; urev?: number }]
  return [kind === 4 ? `bump ${body.rev}` : `control ${kind}`]
}

t.test('events go out in the order of rev, whatever the order they came in', async t => {
  const { hub, join, behind } = setUp(t)
  const alice = join(1, at(0))
  for (const rev of [1, 3, 5, 4, 2, 6]) hub.deliver(event(rev))
  t.same(alice.seen(), ['7:1', '7:2', '7:3', '7:4', '7:5', '7:6'])
  mock.timers.tick(limits.gatewayHoldMs)
  t.same(behind, [], 'nothing is missing any more')
  t.equal(hub.chats.get(chat)?.held, null)
})

t.test('an event that came before is dropped, also while it is held', async t => {
  const { hub, join } = setUp(t)
  const alice = join(1, at(1))
  for (const rev of [1, 3, 3, 2, 2, 3]) hub.deliver(event(rev))
  t.same(alice.seen(), ['7:2', '7:3'])
})

t.test('a gap is held, then told; the repair bumps and what was held follows', async t => {
  const { hub, join, behind } = setUp(t)
  const alice = join(1, at(0))
  hub.deliver(event(2))
  mock.timers.tick(limits.gatewayHoldMs - 1)
  t.same(behind, [])
  t.same(alice.seen(), [])
  mock.timers.tick(1)
  t.same(behind, [chat])
  hub.deliver(event(4))
  hub.repairChat(at(3))
  t.same(alice.seen(), ['bump 3', '7:4'])
  hub.deliver(event(2))
  hub.deliver(event(5))
  t.same(alice.seen(), ['bump 3', '7:4', '7:5'])
})

t.test(
  'a hole that has only just opened is waited for, though another one was before it',
  async t => {
    const { hub, join, behind } = setUp(t)
    const alice = join(1, at(0))
    hub.deliver(event(2))
    mock.timers.tick(limits.gatewayHoldMs - 10)
    hub.deliver(event(1))
    hub.deliver(event(4))
    mock.timers.tick(10)
    t.same(behind, [], 'rev 3 is missing for 10 ms only')
    hub.deliver(event(3))
    t.same(alice.seen(), ['7:1', '7:2', '7:3', '7:4'])
    hub.deliver(event(6))
    mock.timers.tick(limits.gatewayHoldMs)
    mock.timers.tick(limits.gatewayHoldMs)
    t.same(behind, [chat], 'rev 5 is missing for good')
  },
)

t.test('a head that PostgreSQL has reached is waited for, then told', async t => {
  const { hub, join, behind } = setUp(t)
  const alice = join(1, at(0))
  hub.deliver({ type: 'head', chat, rev: 2 })
  hub.deliver(event(1))
  hub.deliver(event(2))
  mock.timers.tick(limits.gatewayHoldMs)
  t.same(behind, [], 'it came in time')
  hub.deliver({ type: 'head', chat, rev: 3 })
  mock.timers.tick(limits.gatewayHoldMs)
  t.same(behind, [chat])
  hub.repairChat(at(2))
  t.same(alice.seen(), ['7:1', '7:2'], 'a repair to where it stands tells nobody')
})

t.test('a chat nobody here is in keeps nothing but its frames in the ring', async t => {
  const { hub, behind } = setUp(t)
  hub.deliver(event(5))
  hub.deliver({ type: 'head', chat, rev: 9 })
  mock.timers.tick(60_000)
  t.equal(hub.chats.size, 0)
  t.same(behind, [])
})

t.test(
  'the origin gets the answer instead of the event; its other devices get the event',
  async t => {
    const { hub, join } = setUp(t)
    const phone = join(1, at(0))
    const laptop = join(1, at(0))
    hub.deliver(event(1, { origin: phone.connection.id }))
    hub.deliver(event(2))
    t.same(phone.seen(), ['7:2'])
    t.same(laptop.seen(), ['7:1', '7:2'])
  },
)

t.test('events between the read of a position and the subscription are caught up', async t => {
  const { hub, join, behind } = setUp(t)
  for (const rev of [4, 5, 7]) hub.deliver(event(rev))
  const alice = join(1, at(4))
  const entry = hub.chats.get(chat)
  t.equal(entry?.rev, 5, 'rev 5 was seen by this process; the sync reads it after subscribing')
  hub.deliver(event(6))
  t.same(alice.seen(), ['7:6', '7:7'])
  mock.timers.tick(limits.gatewayHoldMs)
  t.same(behind, [])
})

t.test('a second subscriber does not move the chat for the first', async t => {
  const { hub, join } = setUp(t)
  const alice = join(1, at(1))
  const bob = join(2, at(3))
  for (const rev of [2, 3, 4]) hub.deliver(event(rev))
  t.same(alice.seen(), ['7:2', '7:3', '7:4'])
  t.same(bob.seen(), ['7:2', '7:3', '7:4'], 'what bob had already, his client drops')
})

t.test('joined starts and left ends the delivery, on every device', async t => {
  const { hub, join } = setUp(t)
  const owner = join(9, at(0))
  const phone = join(1)
  const laptop = join(1)
  hub.deliver(event(1))
  hub.deliver(joined(1, 1, at(1)))
  hub.deliver(event(2))
  hub.deliver(left(1, 2))
  hub.deliver(event(3))
  t.same(phone.seen(), ['u1', '7:2', 'u2'])
  t.same(laptop.seen(), ['u1', '7:2', 'u2'])
  t.same(owner.seen(), ['7:1', '7:2', '7:3'])
})

t.test('a chat left during HELLO is not subscribed by memberships read before', async t => {
  const { hub, flusher } = setUp(t)
  const { connection, socket } = fakeConnection({ user: 1, state: 'greeting', flusher })
  hub.addUser(connection, 1)
  hub.deliver(left(1, 5))
  hub.subscribeAll(connection, [at(3), at(3, 2, 8)])
  connection.goLive()
  hub.deliver(event(4))
  hub.deliver(event(4, { chat: 8 }))
  flusher.flush()
  t.same(socket.sent.flatMap(describe), ['u5', '8:4'])
})

t.test('a chat joined during HELLO is subscribed once', async t => {
  const { hub, flusher } = setUp(t)
  const { connection, socket } = fakeConnection({ user: 1, state: 'greeting', flusher })
  hub.addUser(connection, 1)
  hub.deliver(left(1, 4))
  hub.deliver(joined(1, 5, at(3)))
  hub.subscribeAll(connection, [at(3)])
  connection.goLive()
  hub.deliver(event(4))
  flusher.flush()
  t.same(socket.sent.flatMap(describe), ['u4', 'u5', '7:4'])
})

t.test('user events are delivered once, in order; a gap asks for a repair', async t => {
  const { hub, join, usersBehind } = setUp(t)
  const alice = join(1, at(0))
  for (const urev of [1, 1, 2]) {
    hub.deliver({ type: 'user', user: 1, urev, frame: userFrame(urev) })
  }
  t.same(usersBehind, [])
  hub.deliver({ type: 'user', user: 1, urev: 4, frame: userFrame(4) })
  t.same(usersBehind, [1])
  t.same(alice.seen(), ['u1', 'u2', 'u4'])
})

t.test('a gap is noticed from the very first event of a new user', async t => {
  const { hub, join, usersBehind } = setUp(t)
  join(1)
  hub.deliver(joined(1, 2, at(1, 2, 8)))
  t.same(usersBehind, [1], 'urev 1, perhaps a chat joined, did not come')
})

t.test('before the urev of a user is known, none is taken for a gap', async t => {
  const { hub, usersBehind } = setUp(t)
  const { connection } = fakeConnection({ user: 1, state: 'greeting' })
  hub.addUser(connection, 1)
  hub.deliver({ type: 'user', user: 1, urev: 40, frame: userFrame(40) })
  t.same(usersBehind, [])
})

t.test('a urev that PostgreSQL has reached is waited for, then told', async t => {
  const { hub, join, usersBehind } = setUp(t)
  join(1)
  hub.deliver({ type: 'userHead', user: 1, urev: 1 })
  hub.deliver({ type: 'user', user: 1, urev: 1, frame: userFrame(1) })
  mock.timers.tick(limits.gatewayHoldMs)
  t.same(usersBehind, [])
  hub.deliver({ type: 'userHead', user: 1, urev: 3 })
  hub.deliver({ type: 'userHead', user: 2, urev: 3 })
  mock.timers.tick(limits.gatewayHoldMs)
  t.same(usersBehind, [1])
})

t.test('large chats: watchers get everything, others one bump in a while', async t => {
  const { hub, join } = setUp(t)
  const members = limits.fullFanOutMembersMax + 1
  const alice = join(1, at(0, members))
  const bob = join(2, at(0, members))
  hub.watch(alice.connection, [chat])
  for (let rev = 1; rev <= 50; rev++) hub.deliver(event(rev, { members }))
  t.equal(alice.seen().length, 50)
  t.same(bob.seen(), [])
  mock.timers.tick(limits.bumpEveryMs)
  t.same(bob.seen(), ['bump 50'])
  t.equal(alice.seen().length, 50)
  mock.timers.tick(limits.bumpEveryMs * 5)
  t.same(bob.seen(), ['bump 50'], 'silence is not bumped')
})

t.test('at the bound of members everybody gets everything', async t => {
  const { hub, join } = setUp(t)
  const members = limits.fullFanOutMembersMax
  const bob = join(2, at(0, members))
  hub.deliver(event(1, { members }))
  t.same(bob.seen(), ['7:1'])
})

t.test('who opens a large chat while a bump is due gets it at once', async t => {
  const { hub, join } = setUp(t)
  const members = limits.fullFanOutMembersMax + 1
  const alice = join(1, at(0, members))
  hub.deliver(event(1, { members }))
  hub.watch(alice.connection, [chat])
  t.same(alice.seen(), ['bump 1'], 'else rev 1 would be missed until something else happens')
  hub.deliver(event(2, { members }))
  t.same(alice.seen(), ['bump 1', '7:2'])
  hub.watch(alice.connection, [chat])
  t.same(alice.seen(), ['bump 1', '7:2'], 'it watched already')
})

t.test('an event whose sender did not know the member count changes no fan-out', async t => {
  const { hub, join } = setUp(t)
  const members = limits.fullFanOutMembersMax + 1
  const alice = join(1, at(0, members))
  hub.deliver(event(1, { members: 0 }))
  t.equal(hub.chats.get(chat)?.members, members)
  t.same(alice.seen(), [])
})

t.test('a session’s sockets are closed, the user’s other sessions stay', async t => {
  const { hub, join } = setUp(t)
  const one = join(1)
  const two = join(1)
  const other = join(1)
  other.connection.identity = { user: 1, session: 2, plan: 'free' }
  for (const { socket, connection } of [one, two]) {
    socket.onClose = () => {
      connection.onClosed()
      hub.remove(connection)
    }
  }
  hub.deliver({ type: 'sessionRevoked', user: 1, session: 1 })
  t.equal(one.socket.ended?.code, 4505)
  t.equal(two.socket.ended?.code, 4505)
  t.equal(other.socket.ended, null)
})

t.test('after a rewritten history nothing of the old one is delivered', async t => {
  const { hub, join, behind } = setUp(t)
  const alice = join(1, at(3))
  alice.socket.onClose = () => {
    alice.connection.onClosed()
    hub.remove(alice.connection)
  }
  // One whose close has not come through yet.
  const bob = join(2, at(3))
  const user = hub.users.get(2)
  hub.deliver({ type: 'user', user: 2, urev: 9, frame: userFrame(9) })
  for (const rev of [4, 5, 7]) hub.deliver(event(rev))
  hub.startOver()
  t.equal(alice.socket.ended?.code, 4010)
  t.equal(bob.socket.ended?.code, 4010)
  const carol = join(3, at(4))
  hub.addUser(carol.connection, 2)
  for (const rev of [5, 6]) {
    const frame = new Uint8Array([chat, 100 + rev])
    hub.deliver({ type: 'chat', chat, rev, seq: rev, members: 2, frame })
  }
  hub.deliver({ type: 'user', user: 2, urev: 8, frame: userFrame(8) })
  t.same(carol.seen(), ['7:105', '7:106', 'u8'])
  t.equal(user?.urev, 8)
  mock.timers.tick(60_000)
  t.same(behind, [])
})

t.test('nothing is left of connections that went', async t => {
  const { hub, join, here, behind } = setUp(t)
  const people: Connection[] = []
  for (let user = 1; user <= 20; user++) {
    people.push(join(user, at(0, 300), at(0, 2, user + 100)).connection)
  }
  people.push(join(1, at(0, 300)).connection)
  hub.deliver(event(1, { members: 300 }))
  hub.deliver(event(3, { members: 300 }))
  for (const connection of people) {
    connection.onClosed()
    hub.remove(connection)
    hub.remove(connection)
  }
  t.equal(hub.chats.size + hub.users.size + hub.connections.size, 0)
  mock.timers.tick(60_000)
  t.same(behind, [], 'no timer speaks for a chat that is gone')
  t.same(
    here.filter(([user]) => user === 1),
    [
      [1, true],
      [1, false],
    ],
  )
  t.equal(here.length, 40)
})

t.test('a cast reaches everybody in the chat but the user it is from', async t => {
  const { hub, join } = setUp(t)
  const phone = join(1, at(0))
  const laptop = join(1, at(0))
  const bob = join(2, at(0))
  const carol = join(3)
  hub.castChat(chat, 1, new Uint8Array([chat, 99]))
  t.same(
    [phone, laptop, bob, carol].map(each => each.seen()),
    [[], [], ['7:99'], []],
  )
})

t.test(
  'the events of a turn leave as one message; who sent one of them gets the others',
  async t => {
    const { hub, flusher, join } = setUp(t)
    const alice = join(1, at(0))
    const bob = join(2, at(0))
    hub.deliver(event(1, { origin: bob.connection.id }))
    hub.deliver(event(2))
    hub.deliver(event(3))
    flusher.flush()
    t.same(
      alice.socket.sent.map(bytes => [...bytes]),
      [[7, 1, 7, 2, 7, 3]],
    )
    t.same(
      bob.socket.sent.map(bytes => [...bytes]),
      [
        [7, 2],
        [7, 3],
      ],
    )
    t.equal(hub.delivered, 5)
    flusher.flush()
    t.equal(alice.socket.sent.length, 1, 'once')
  },
)

t.test('a message of many events is bounded', async t => {
  const { hub, flusher, join } = setUp(t)
  const alice = join(1, at(0))
  const frame = new Uint8Array(limits.bundleBytesMax / 2 - 1)
  for (let rev = 1; rev <= 5; rev++) {
    hub.deliver({ type: 'chat', chat, rev, seq: rev, members: 2, frame })
  }
  flusher.flush()
  t.same(
    alice.socket.sent.map(bytes => bytes.length / frame.length),
    [2, 2, 1],
  )
})

t.test('what happens in a turn keeps its order on every socket', async t => {
  const { hub, join } = setUp(t)
  const alice = join(1, at(0), at(0, 2, 8))
  const bob = join(2, at(0))
  hub.deliver(event(1))
  hub.deliver(left(2, 1))
  hub.deliver(event(2))
  hub.castChat(chat, 3, new Uint8Array([9, 9]))
  hub.deliver(event(3))
  hub.repairChat(at(5))
  hub.deliver(event(6))
  t.same(alice.seen(), ['7:1', '7:2', '9:9', '7:3', 'bump 5', '7:6'])
  t.same(bob.seen(), ['7:1', 'u1'])
})
