import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { limits } from '#shared/protocol/limits.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'

const bytes = (size: number, fill = 0) => new Uint8Array(size).fill(fill)
const firsts = (frames: Uint8Array[]) => frames.map(frame => frame[0])

t.test('frames of one turn leave together, in the order of queueing', async t => {
  const { connection, socket } = fakeConnection()
  for (const n of [1, 2, 3]) connection.queue(bytes(1, n))
  connection.queueEvent(bytes(1, 4))
  connection.queueEphemeral(bytes(1, 5))
  t.same(socket.sent, [], 'nothing leaves within the turn')
  await turn()
  t.same(firsts(socket.sent), [1, 2, 3, 4, 5])
  t.same(socket.corks, [5])
})

t.test('events during the sync wait and follow it; replies do not', async t => {
  const { connection, socket } = fakeConnection({ state: 'syncing' })
  connection.queueEvent(bytes(1, 2))
  connection.queue(bytes(1, 1))
  connection.queueEvent(bytes(1, 3))
  await turn()
  t.same(firsts(socket.sent), [1])
  connection.goLive()
  connection.queueEvent(bytes(1, 4))
  await turn()
  t.same(firsts(socket.sent), [1, 2, 3, 4])
})

t.test('events over the bound during the sync close the socket, after the turn', async t => {
  const { connection, socket } = fakeConnection({ state: 'syncing' })
  const frame = bytes(limits.hardBufferBytes / 4)
  for (let i = 0; i < 100; i++) connection.queueEvent(frame)
  t.equal(socket.ended, null, 'not within the caller’s loop over connections')
  t.ok(connection.waitingBytes <= limits.hardBufferBytes + frame.length, 'and nothing more is kept')
  await turn()
  t.same(socket.ended, { code: 4009, reason: 'slow_consumer' })
})

t.test('a peer that does not read is closed once the hard bound is passed', async t => {
  const fake = fakeConnection()
  fake.socket.reads = false
  fake.connection.queue(bytes(limits.hardBufferBytes))
  await turn()
  t.equal(fake.socket.ended, null)
  fake.connection.queue(bytes(1))
  await turn()
  t.same(fake.socket.ended, { code: 4009, reason: 'slow_consumer' })
  t.same(fake.closes, ['slow_consumer'])
  fake.connection.queue(bytes(1))
  await turn()
  t.equal(fake.socket.sent.length, 2, 'nothing more is sent')
  t.equal(fake.connection.waitingBytes, 0)
})

t.test(
  'droppable frames are dropped for a slow reader and during the sync, others are not',
  async t => {
    const fake = fakeConnection()
    fake.socket.reads = false
    fake.connection.queue(bytes(limits.softBufferBytes + 1))
    await turn()
    fake.connection.queueEphemeral(bytes(1, 9))
    fake.connection.queueEvent(bytes(1, 1))
    await turn()
    t.equal(fake.dropped, 1)
    t.same(firsts(fake.socket.sent), [0, 1])
    fake.socket.drainTo(0)
    fake.connection.onDrain()
    fake.connection.queueEphemeral(bytes(1, 8))
    await turn()
    t.same(firsts(fake.socket.sent), [0, 1, 8])
    const syncing = fakeConnection({ state: 'syncing' })
    syncing.connection.queueEphemeral(bytes(1))
    t.equal(syncing.dropped, 1)
  },
)

t.test('writable waits for the drain of a slow reader', async t => {
  const { connection, socket } = fakeConnection()
  socket.reads = false
  connection.queue(bytes(limits.softBufferBytes + 1))
  await turn()
  let writable = false
  const waited = connection.writable().then(() => {
    writable = true
  })
  connection.onDrain()
  await turn()
  t.equal(writable, false)
  socket.drainTo(limits.softBufferBytes)
  connection.onDrain()
  await waited
})

t.test(
  'writable also comes when the socket took everything at once: then no drain follows',
  async t => {
    const { connection } = fakeConnection({ state: 'syncing' })
    connection.queue(bytes(limits.softBufferBytes * 2))
    await connection.writable()
    t.equal(connection.waitingBytes, 0)
  },
)

t.test('writable does not wait for events that only the end of the sync will send', async t => {
  const { connection } = fakeConnection({ state: 'syncing' })
  connection.queueEvent(bytes(limits.softBufferBytes * 2))
  await connection.writable()
  t.pass()
})

t.test('of many that wait to write, each finds room when its turn comes', async t => {
  const { connection, socket } = fakeConnection()
  socket.reads = false
  connection.queue(bytes(limits.softBufferBytes + 1))
  await turn()
  let wrote = 0
  const writers = [1, 2, 3].map(async () => {
    await connection.writable()
    wrote++
    connection.queue(bytes(limits.softBufferBytes + 1))
  })
  socket.drainTo(0)
  connection.onDrain()
  await turn()
  t.equal(wrote, 1, 'the first has filled the room again')
  connection.end('draining')
  await Promise.all(writers)
})

t.test('an end wakes whoever waits to write, and what is queued leaves first', async t => {
  const { connection, socket } = fakeConnection()
  socket.reads = false
  connection.queue(bytes(limits.softBufferBytes + 1, 1))
  const waited = connection.writable()
  connection.end('draining', 1_234)
  await waited
  t.equal(connection.open, false)
  t.equal(socket.sent[0]?.[0], 1)
  t.same(decode(socket.sent[1] as Uint8Array).frame, [5, 6, { afterMs: 1_234, reason: 'draining' }])
  t.same(socket.ended, { code: 4010, reason: 'draining' })
})

t.test('only the first end counts', async t => {
  const fake = fakeConnection()
  fake.socket.onClose = () => undefined
  fake.connection.end('draining')
  fake.connection.end('session_revoked')
  t.same(fake.closes, ['draining'])
  t.equal(fake.socket.ended?.code, 4010)
})

t.test('a close that does not come through is cut after its time', async t => {
  const fake = fakeConnection()
  fake.socket.onClose = () => undefined
  fake.connection.cutIfDeadFor(0, Number.MAX_SAFE_INTEGER)
  t.equal(fake.socket.cut, false, 'a living one is left alone')
  fake.connection.end('draining')
  fake.connection.cutIfDeadFor(60_000, performance.now())
  t.equal(fake.socket.cut, false)
  fake.connection.cutIfDeadFor(60_000, performance.now() + 60_001)
  t.equal(fake.socket.cut, true)
})

t.test('a socket that closes in the middle of a flush is never touched again', async t => {
  const fake = fakeConnection()
  const { socket, connection } = fake
  const send = socket.send.bind(socket)
  socket.send = frame => {
    const status = send(frame)
    socket.close()
    return status
  }
  connection.queue(bytes(1, 1))
  connection.queue(bytes(1, 2))
  await turn()
  t.same(firsts(socket.sent), [1])
  t.equal(connection.closed, true)
  connection.queue(bytes(1, 3))
  connection.queueEvent(bytes(1, 3))
  connection.queueEphemeral(bytes(1, 3))
  connection.end('draining')
  await turn()
  t.same(firsts(socket.sent), [1])
  t.equal(socket.ended, null)
})
