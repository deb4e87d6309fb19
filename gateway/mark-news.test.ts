// What the others hear of marks: counted as frames that leave for each of their sockets.

import { mock } from 'node:test'
import t from 'tap'
import { decodeAll, frameType } from '#shared/protocol/codec.ts'
import { type EphemeralBody, ephemerals } from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Cast } from '#shared/store/bus.ts'
import type { Db, Statement } from '#shared/store/db.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { Flusher } from './flusher.ts'
import { Hub } from './hub.ts'
import { storeDelivered, storeReads } from './mark-news.ts'
import { ReadNews } from './read-news.ts'
import { Ring } from './ring.ts'

const chat = 7
type Kind = 'direct' | 'group' | 'channel'

/** A process with the sockets of these users in one chat; every mark moves. */
function setUp(
  t: Teardown,
  users: number[],
  { kind = 'group' as Kind, members = users.length } = {},
) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const events = { onChatBehind() {}, onUserBehind() {}, onUserHere() {}, onPerson() {} }
  const flusher = new Flusher()
  const ring = new Ring({ ageMsMax: 60_000, bytesMax: 1_000_000 })
  const hub = new Hub({ ring, flusher, events, nowMs: () => 0 })
  const sockets = users.map(user => {
    const { connection, socket } = fakeConnection({ user, flusher })
    hub.addUser(connection, user)
    hub.subscribeAll(connection, [{ chat, kind, rev: 0, seq: 0, members }])
    return { user, socket }
  })
  const readNews = new ReadNews(hub)
  const casts: Cast[] = []
  const db = {
    query: async ({ values }: Statement) => {
      const [users, chats, seqs] = values as [number[], number[], number[]]
      return users.map((user, i) => {
        const mark = { user, chat: chats[i], seq: seqs[i] }
        return { ...mark, urev: 1, top: 99, mentions: 0, moved: user !== 13, outbox_id: 1 }
      })
    },
  } as unknown as Db
  const cast = (cast: Cast) => casts.push(cast)
  const services = { db, clock: { now: () => 0, monotonic: () => 0 }, publish() {} }
  const deps = { ...services, hub, readNews, cast }
  /** The ephemeral events that left for somebody since the last call. */
  const told = <Name extends 'reads' | 'delivered'>(user: number, name: Name) => {
    flusher.flush()
    const { socket } = sockets.find(each => each.user === user) ?? {}
    return (socket?.sent.splice(0) ?? [])
      .flatMap(bytes => decodeAll(bytes))
      .filter(([type, kind]) => type === frameType.ephemeral && kind === ephemerals[name].kind)
      .map(([, , body]) => body as EphemeralBody<Name>)
  }
  return { deps, readNews, casts, told }
}

const mark = (user: number, seq: number) => ({ user, chat, seq })

t.test('a storm of reads: one frame a chat and interval to each socket', async t => {
  const users = Array.from({ length: limits.readMarksMembersMax }, (_, i) => i + 100)
  const { deps, readNews, casts, told } = setUp(t, users)
  await storeReads(deps, [mark(100, 1), mark(101, 1)])
  t.same(
    told(150, 'reads'),
    [
      {
        chat,
        marks: [
          [100, 1],
          [101, 1],
        ],
      },
    ],
    'the first at once',
  )
  // Everybody reads ten times, here and at another process, in one interval.
  for (let seq = 2; seq <= 11; seq++) {
    await storeReads(
      deps,
      users.map(user => mark(user, seq)),
    )
    readNews.put(
      chat,
      users.map(user => [user, seq - 1]),
    )
  }
  t.same(told(150, 'reads'), [], 'nothing more in this interval')
  mock.timers.tick(limits.readsEveryMs - 1)
  t.same(told(150, 'reads'), [])
  mock.timers.tick(1)
  const [frame, ...more] = told(150, 'reads')
  t.same(more, [])
  t.equal(frame?.marks.length, users.length)
  t.ok(
    frame?.marks.every(([, seq]) => seq === 11),
    'the highest of each',
  )
  mock.timers.tick(limits.readsEveryMs)
  t.same(told(150, 'reads'), [])
  t.equal(casts.length, 11, 'other processes get one piece a batch')
})

t.test('who alone has read is not told of it', async t => {
  const { deps, told } = setUp(t, [1, 2])
  await storeReads(deps, [mark(1, 5)])
  t.same(told(1, 'reads'), [])
  t.same(told(2, 'reads'), [{ chat, marks: [[1, 5]] }])
})

t.test('in large chats and channels nobody is told, nor of a mark that did not move', async t => {
  const cases = [
    [{ kind: 'group', members: limits.readMarksMembersMax }, 1],
    [{ kind: 'group', members: limits.readMarksMembersMax + 1 }, 0],
    [{ kind: 'channel', members: 3 }, 0],
  ] as const
  for (const [options, count] of cases) {
    const { deps, casts, told } = setUp(t, [1, 2, 13], options)
    await storeReads(deps, [mark(1, 5)])
    t.equal(told(2, 'reads').length, count, `${options.kind} of ${options.members}`)
    t.equal(casts.length, count)
    mock.timers.reset()
  }
  const { deps, casts } = setUp(t, [1, 13])
  await storeReads(deps, [mark(13, 5)])
  t.same(casts, [])
})

t.test('what nobody here is in needs no frame and no timer', async t => {
  const { readNews, told } = setUp(t, [1])
  readNews.put(8, [[2, 5]])
  t.same(told(1, 'reads'), [])
})

t.test('a delivered mark reaches the other person, here and elsewhere', async t => {
  const { deps, casts, told } = setUp(t, [1, 2], { kind: 'direct' })
  await storeDelivered(deps, [mark(2, 5)])
  t.same(told(1, 'delivered'), [{ chat, seq: 5 }])
  t.same(told(2, 'delivered'), [])
  t.match(casts, [{ type: 'chat', chat, from: 2 }])
})
