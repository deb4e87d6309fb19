// What people at the edge may not do: flood for ever, make us keep answers that they never read, hold a socket
// without reading, count through ids, change chats faster than they may send.

import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { decode, encode } from '#shared/protocol/codec.ts'
import type { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type OpName, ops } from '#shared/protocol/ops.ts'
import { silentLog } from '#shared/runtime/log.ts'
import { type FakeConnection, fakeConnection } from '#test/helpers/fake-socket.ts'
import { openWorld } from '#test/helpers/world.ts'
import { Budget } from './budget.ts'
import { Dispatch } from './dispatch.ts'
import type { Context } from './handlers/context.ts'

function setUp(context: Partial<Context>, framesPerS = 40) {
  const fake = fakeConnection({ user: 1, frameBurst: 120, framesPerS })
  const dispatch = new Dispatch({
    context: context as Context,
    userFrames: { take: () => undefined },
    log: silentLog,
    hello: async () => undefined,
    onRequest: () => undefined,
    draining: () => false,
  })
  const give = (name: OpName, ref: number, body: unknown) =>
    dispatch.onFrame(fake.connection, Buffer.from(encode([ops[name].op, ref, body])))
  const codes = () =>
    fake.socket.sent.map(bytes => {
      const [, , body] = decode(bytes, { depthMax: 16, itemsMax: 100_000 }).frame
      return (body as AppError).code ?? 'ok'
    })
  return { ...fake, give, codes }
}

t.test('who floods is closed, although the bucket lets a frame through now and then', t => {
  let nowMs = 0
  const { give, socket } = setUp({ clock: { now: () => 1, monotonic: () => nowMs } })
  let sent = 0
  for (; socket.ended === null && sent < 200_000; sent++) {
    // 10,000 frames a second.
    nowMs += 0.1
    give('ping', sent, {})
  }
  t.equal(socket.ended?.code, 4008)
  t.end()
})

t.test('bursts with pauses between are no flood', t => {
  let nowMs = 0
  const { give, socket } = setUp({ clock: { now: () => 1, monotonic: () => nowMs } })
  for (let burst = 0; burst < 50; burst++) {
    for (let frame = 0; frame < 200; frame++) give('ping', frame, {})
    nowMs += 60_000
  }
  t.equal(socket.ended, null)
  t.end()
})

t.test('answers that nobody reads are kept up to a bound, then refused', async t => {
  const name = 'x'.repeat(200 * 1024)
  const row = { id: 2, name, username: null, about: '', deleted_at: null }
  const clock = { now: () => 1, monotonic: () => 0 }
  const { give, socket, connection, codes } = setUp({
    clock,
    db: { query: async () => [row] } as unknown as Context['db'],
  })
  socket.reads = false
  connection.queue(Buffer.from(encode([5, 99, 'x'.repeat(limits.softBufferBytes)])))
  await turn()
  for (let ref = 1; ref <= limits.inFlightRequestsMax; ref++) give('users', ref, { users: [2] })
  await turn()
  await turn()
  const kept = Math.floor(limits.heldAnswersBytesMax / name.length)
  t.equal(connection.inFlight, kept)
  t.same(codes().slice(1), Array(limits.inFlightRequestsMax - kept).fill('overloaded'))
  connection.onClosed()
  await turn()
  t.equal(connection.heldBytes, 0)
})

t.test(
  'a peer that reads nothing at all is closed after a while, one that reads slowly is not',
  async t => {
    const at = (ms: number) => performance.now() + ms
    const stuck = fakeConnection()
    const slow = fakeConnection()
    for (const { socket, connection } of [stuck, slow]) {
      socket.reads = false
      connection.queue(new Uint8Array(1_000))
    }
    await turn()
    stuck.connection.endIfStuckFor(limits.stuckReaderMs, at(limits.stuckReaderMs - 1_000))
    t.equal(stuck.socket.ended, null)
    stuck.connection.endIfStuckFor(limits.stuckReaderMs, at(limits.stuckReaderMs + 1_000))
    t.equal(stuck.socket.ended?.code, 4009)
    slow.socket.drainTo(0)
    slow.connection.onDrain()
    slow.connection.endIfStuckFor(limits.stuckReaderMs, at(limits.stuckReaderMs + 1_000))
    t.equal(slow.socket.ended, null)
  },
)

t.test('ids cannot be counted through by adding people or writing to them', async t => {
  const world = await openWorld(t)
  const [me = 0, ...people] = await world.people(8)
  await world.direct(me, people[0] ?? 0)
  const nowMs = () => 0
  const plenty = new Budget({ burst: 1_000, perS: 1, nowMs })
  const { give, socket, codes, connection } = setUp({
    ...world,
    sendBudget: plenty,
    createBudget: plenty,
    strangerBudget: new Budget({ burst: 4, perS: 0.001, nowMs }),
    clock: { now: Date.now, monotonic: () => 0 },
  })
  connection.identity = { user: me, session: 1, plan: 'free' }
  const ask = async (name: OpName, body: unknown) => {
    const before = socket.sent.length
    give(name, before, body)
    while (socket.sent.length === before) await turn()
    return codes().at(-1)
  }
  const room = (users: number[]) => ({ rid: socket.sent.length + 1, title: 'Birds', users })
  t.equal(
    await ask('createGroup', room(people.slice(0, 3))),
    'ok',
    'one is known, two are strangers',
  )
  t.equal(await ask('createGroup', room(people.slice(0, 3))), 'ok', 'now all of them are known')
  t.equal(await ask('createGroup', room(people.slice(3, 6))), 'rate_limited')
  t.equal(await ask('createDirect', { user: people[3] }), 'ok')
  const chat = await world.channel(me)
  t.equal(await ask('addMembers', { chat, users: people.slice(3, 6) }), 'rate_limited')
  const written = { chat, users: people.slice(3, 5) }
  t.equal(await ask('addMembers', written), 'rate_limited', 'who did not answer is a stranger')
  t.equal(await ask('addMembers', { chat, users: people.slice(4, 5) }), 'ok')
  t.equal(await ask('createDirect', { user: people[5] }), 'rate_limited')
  t.equal(await ask('createDirect', { user: people[0] }), 'ok')
})

t.test('every change of a chat counts like a message', async t => {
  const { give, codes } = setUp({
    sendBudget: new Budget({ burst: 0, perS: 1, nowMs: () => 0 }),
    clock: { now: () => 1, monotonic: () => 0 },
  })
  const chat = 1
  const changes: [OpName, unknown][] = [
    ['send', { chat, rid: 1, text: 'x' }],
    ['edit', { chat, seq: 1, text: 'x' }],
    ['delete', { chat, seqs: [1] }],
    ['editChat', { chat, title: 'x' }],
    ['addMembers', { chat, users: [2] }],
    ['removeMember', { chat, user: 2 }],
    ['leave', { chat }],
    ['setRole', { chat, user: 2, role: 'admin' }],
    ['join', { token: 'x' }],
  ]
  for (const [ref, [name, body]] of changes.entries()) give(name, ref, body)
  await turn()
  await turn()
  t.same(
    codes(),
    changes.map(() => 'rate_limited'),
  )
})

t.test('many connections of one person get no more than a few of them could', async t => {
  const nowMs = () => 0
  const ends: (() => void)[] = []
  const context = {
    clock: { now: () => 1, monotonic: nowMs },
    db: { query: () => new Promise(resolve => ends.push(() => resolve([]))) },
  } as unknown as Context
  const dispatch = new Dispatch({
    context,
    userFrames: new Budget({ burst: 500, perS: 1, nowMs }),
    log: silentLog,
    hello: async () => undefined,
    onRequest: () => undefined,
    draining: () => false,
  })
  const person = (user: number, count: number) =>
    Array.from({ length: count }, () => fakeConnection({ user, frameBurst: 1_000, framesPerS: 1 }))
  const mallory = person(1, limits.connectionsPerUserMax)
  const bob = fakeConnection({ user: 2 })
  const ask = (on: FakeConnection, name: OpName, body: unknown) =>
    dispatch.onFrame(on.connection, Buffer.from(encode([ops[name].op, 1, body])))
  /** The answer that comes next. */
  const answer = async (on: FakeConnection, name: OpName, body: unknown) => {
    on.socket.sent.splice(0)
    ask(on, name, body)
    while (on.socket.sent.length === 0) await turn()
    const [, , result] = decode(on.socket.sent[0] as Uint8Array).frame
    return (result as AppError).code ?? 'ok'
  }
  for (const each of mallory)
    for (let i = 0; i < limits.inFlightRequestsMax / 4; i++) ask(each, 'privacy', {})
  await turn()
  t.equal(ends.length, limits.inFlightRequestsPerUserMax)
  ask(bob, 'privacy', {})
  t.equal(ends.length, limits.inFlightRequestsPerUserMax + 1, 'others are not in their way')
  for (const end of ends.splice(0)) end()
  await turn()
  // 256 frames are spent. What is dear takes several at once.
  const [first, last] = [mallory[0], mallory.at(-1)] as [FakeConnection, FakeConnection]
  t.equal(await answer(last, 'ping', {}), 'ok')
  for (const each of mallory.slice(0, 30)) ask(each, 'userDiff', { since: 0 })
  t.equal(ends.length, 30)
  t.equal(await answer(first, 'userDiff', { since: 0 }), 'rate_limited')
  ask(bob, 'userDiff', { since: 0 })
  t.equal(ends.length, 31)
  for (const end of ends) end()
})

t.test('long texts cost like several short ones, also those that are forwarded', async t => {
  const world = await openWorld(t)
  const [me = 0] = await world.people(1)
  const chat = await world.group(me)
  const text = 'x'.repeat(4 * limits.charsPerMessage)
  const { seq } = await world.sent({ chat, sender: me, text })
  const { give, socket, codes, connection } = setUp({
    ...world,
    sendBudget: new Budget({ burst: 9, perS: 0.001, nowMs: () => 0 }),
    clock: { now: Date.now, monotonic: () => 0 },
  })
  connection.identity = { user: me, session: 1, plan: 'free' }
  const ask = async (name: OpName, body: unknown) => {
    const before = socket.sent.length
    give(name, before, body)
    while (socket.sent.length === before) await turn()
    return codes().at(-1)
  }
  t.equal(await ask('send', { chat, rid: 1, text: text.repeat(2) }), 'text_too_long')
  t.equal(await ask('clearHistory', { chat, upTo: 1 }), 'rate_limited', 'nine of nine')
  const later = setUp({
    ...world,
    sendBudget: new Budget({ burst: 6, perS: 0.001, nowMs: () => 0 }),
    clock: { now: Date.now, monotonic: () => 0 },
  })
  later.connection.identity = { user: me, session: 1, plan: 'free' }
  const bodies: [OpName, unknown][] = [
    ['forward', { chat, from: chat, seqs: [seq], rids: [2] }],
    ['hide', { chat, seqs: [1] }],
    ['hide', { chat, seqs: [1] }],
  ]
  for (const [ref, [name, body]] of bodies.entries()) {
    later.give(name, ref, body)
    while (later.socket.sent.length === ref) await turn()
  }
  t.same(later.codes(), ['ok', 'ok', 'rate_limited'], 'one and four of six')
})

t.test('what is told to many costs more than a word', async t => {
  const budget = (burst: number) => new Budget({ burst, perS: 1, nowMs: () => 0 })
  const ask = async (context: Partial<Context>, name: OpName, body: unknown) => {
    const { give, socket, codes } = setUp({
      clock: { now: () => 1, monotonic: () => 0 },
      sendBudget: budget(limits.deleteHistoryMessages - 1),
      ...context,
    })
    give(name, 1, body)
    while (socket.sent.length === 0) await turn()
    return codes()[0]
  }
  const none = budget(0)
  t.equal(await ask({ joinBudget: none }, 'join', { token: 'x' }), 'rate_limited')
  t.equal(await ask({ joinBudget: none }, 'joinPublic', { username: 'birds' }), 'rate_limited')
  const lastSeen = { who: 'nobody' }
  t.equal(await ask({ privacyBudget: none }, 'setPrivacy', { lastSeen }), 'rate_limited')
  t.equal(await ask({ searchBudget: none }, 'members', { chat: 1, query: 'a' }), 'rate_limited')
  const banned = { chat: 1, user: 2, role: 'banned', deleteHistory: true }
  t.equal(await ask({}, 'restrict', banned), 'rate_limited')
  const users = Array.from({ length: limits.addMembersMax }, (_, i) => i + 2)
  const few = budget(users.length / limits.addedPerMessage - 1)
  t.equal(await ask({ sendBudget: few }, 'addMembers', { chat: 1, users }), 'rate_limited')
  t.equal(await ask({ sendBudget: none }, 'revokeInvite', { chat: 1, invite: 1 }), 'rate_limited')
})
