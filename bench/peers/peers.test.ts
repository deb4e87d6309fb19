import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { testDb } from '#test/helpers/pg.ts'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { type Dialect, type Reading, seen } from '../generator/dialect.ts'
import { ejabberd } from '../generator/dialects/ejabberd.ts'
import { rawUws } from '../generator/dialects/raw-uws.ts'
import { socketIo } from '../generator/dialects/socket-io.ts'
import { ws } from '../generator/dialects/ws.ts'
import { Wire } from '../generator/wire.ts'
import { differences, type PeerName, type PeerServer, startPeer } from './peer.ts'

const dialects: Record<PeerName, Dialect> = {
  'raw-uws': rawUws,
  ws,
  'socket.io': socketIo,
  ejabberd,
}
const names = Object.keys(dialects) as PeerName[]
const indexes = [0, 7, 8, 123_456, 9_876_543_210]

async function start(t: Test, name: PeerName): Promise<PeerServer | null> {
  const [db, redis, dir] = await Promise.all([
    testDb(t),
    testRedis(t),
    mkdtemp(join(tmpdir(), 'petrel-peer-')),
  ])
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const peer = await startPeer(name, {
    databaseUrl: db.url,
    redisUrl: redis.url,
    rooms: 2,
    membersPerRoom: 3,
    dir,
    env: process.env,
  })
  if ('absent' in peer) {
    // Only this one is no package of npm.
    if (name === 'ejabberd') t.pass('absent', { skip: peer.absent })
    else t.fail(peer.absent)
    return null
  }
  t.teardown(() => peer.stop())
  return peer
}

/** Numbers that a socket got, in order of arrival, and the bytes of the last message. */
interface Heard {
  wire: Wire
  messages: number[]
  acks: number[]
  others: string[]
  bytes: number
}

async function listen(peer: PeerServer, dialect: Dialect, token: string, room: number) {
  const wire = await Wire.open(peer.address, dialect)
  await dialect.enter(wire, { token, room })
  const heard: Heard = { wire, messages: [], acks: [], others: [], bytes: 0 }
  const reading: Reading = { kind: seen.other, index: -1 }
  wire.onFrame = (bytes, start, end) => {
    dialect.read(bytes, start, end, reading)
    if (reading.kind === seen.message) {
      heard.messages.push(reading.index)
      heard.bytes = end - start
    } else if (reading.kind === seen.ack) heard.acks.push(reading.index)
    else heard.others.push(bytes.toString('utf8', start, end))
  }
  return heard
}

for (const name of names) {
  t.test(`${name}: everybody in the room hears each message exactly once, others none`, async t => {
    const peer = await start(t, name)
    if (!peer) return
    const dialect = dialects[name]
    const say = dialect.speaker({ token: 'alice', room: 1 })
    const [alice, bob, carol] = await Promise.all(
      ['alice', 'bob', 'carol'].map(token => listen(peer, dialect, token, 1)),
    )
    const stranger = await listen(peer, dialect, 'stranger', 2)
    if (!alice || !bob || !carol) throw new Error('three entered')
    t.teardown(() => {
      for (const { wire } of [alice, bob, carol, stranger]) wire.destroy()
    })

    for (const index of indexes) alice.wire.write(say(index))
    const listeners = dialect.echoes ? [alice, bob, carol] : [bob, carol]
    await until(
      () =>
        listeners.every(each => each.messages.length >= indexes.length) &&
        (!dialect.acks || alice.acks.length >= indexes.length),
    )
    // A doubled delivery would come right behind.
    await new Promise(resolve => setTimeout(resolve, 100))
    for (const each of listeners) {
      t.same(each.messages.toSorted(byNumber), indexes)
      t.same(each.others, [])
    }
    t.same(alice.acks.toSorted(byNumber), dialect.acks ? indexes : [])
    t.same(stranger.messages, [])
    t.ok(peer.pids().every(({ pid }) => pid > 0))
    t.comment(`${peer.version}: ${bob.bytes} bytes a delivery`)
  })
}

t.test('a peer that cannot start is absent and says why', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-peer-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const nowhere = 'postgres://nobody@127.0.0.1:1/nothing'
  const peer = await startPeer('socket.io', {
    databaseUrl: nowhere,
    redisUrl: join(dir, 'no.sock'),
    rooms: 1,
    membersPerRoom: 1,
    dir,
    env: process.env,
  })
  t.match(peer, { absent: /ECONNREFUSED/ })
})

t.test('every peer has its sentence', async t => {
  for (const name of [...names, 'single-commit'] as const) t.match(differences[name], /\.$/)
})

function byNumber(a: number, b: number): number {
  return a - b
}
