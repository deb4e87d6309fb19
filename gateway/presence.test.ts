// Who is told of whose presence when what they may see changes, while PostgreSQL answers late or not at all.
// Redis is away all the time: then the process's own people count as online.

import { mock } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { decodeAll, frameType } from '#shared/protocol/codec.ts'
import { ephemerals } from '#shared/protocol/events.ts'
import { silentLog } from '#shared/runtime/log.ts'
import type { Db, Statement } from '#shared/store/db.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { Flusher } from './flusher.ts'
import { Hub } from './hub.ts'
import { Presence, type PresenceOptions } from './presence.ts'
import { Ring } from './ring.ts'

const [alice, bob, carol] = [1, 2, 3]

/** A process with Alice, Bob and Carol on it, who know each other; `hidden` has `viewer>owner` of whom may not see whom. */
function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const flusher = new Flusher()
  const hidden = new Set<string>()
  const state = { down: false }
  /** Reads of sights that wait to be answered, while `slow` is set. */
  const waiting: (() => void)[] = []
  const slow = { on: false }
  const db = {
    async query({ name, values }: Statement) {
      if (name !== 'sights') return []
      const [viewers, owners] = values as [number[], number[]]
      const down = state.down
      const rows = viewers.map((viewer, i) => {
        const owner = owners[i]
        return { viewer, owner, known: true, present: !hidden.has(`${viewer}>${owner}`) }
      })
      if (slow.on) await new Promise<void>(resolve => waiting.push(resolve))
      if (down) throw new Error('away')
      return rows
    },
  } as unknown as Db
  const redis = { zrange: () => Promise.reject(new Error('away')) }
  const bus = { redis, cast() {} } as unknown as PresenceOptions['bus']
  const clock = { now: () => 1_000, monotonic: () => 0 }
  const events = {
    onChatBehind() {},
    onUserBehind() {},
    onUserHere: (user: number, here: boolean) => presence.onUserHere(user, here),
    onPerson() {},
  }
  const ring = new Ring({ ageMsMax: 60_000, bytesMax: 1_000_000 })
  const hub = new Hub({ ring, flusher, events, nowMs: () => 0 })
  const presence = new Presence({ hub, db, bus, node: 'n', clock, log: silentLog })
  const people = new Map(
    [alice, bob, carol].map(user => {
      const { connection, socket } = fakeConnection({ user, flusher })
      hub.connections.add(connection)
      hub.addUser(connection, user)
      return [user, { connection, socket }]
    }),
  )
  const of = (user: number) => people.get(user) as NonNullable<ReturnType<typeof people.get>>
  /** Ephemeral events that left for somebody since the last call: [user, online], or the user of a `profile`. */
  const told = async (user: number) => {
    for (let i = 0; i < 20; i++) await turn()
    flusher.flush()
    return of(user)
      .socket.sent.splice(0)
      .flatMap(bytes => decodeAll(bytes))
      .filter(([type]) => type === frameType.ephemeral)
      .map(([, kind, body]) => {
        const { user, online } = body as { user: number; online: boolean }
        return kind === ephemerals.profile.kind ? user : [user, online]
      })
  }
  const watch = (user: number, users: number[]) => presence.watch(of(user).connection, user, users)
  return { presence, hidden, state, slow, waiting, told, watch, of }
}

t.test('who may not look is told that somebody is away, and nothing after that', async t => {
  const { hidden, watch, told, presence } = setUp(t)
  hidden.add(`${bob}>${alice}`)
  t.same(await watch(bob, [alice, carol]), [
    { user: alice, online: false },
    { user: carol, online: true },
  ])
  presence.onUserHere(alice, false)
  presence.onUserHere(alice, true)
  presence.onCast({ type: 'presence', users: [alice], online: true, lastSeen: 5 })
  t.same(await told(bob), [])
})

t.test('a change is told to those whom it concerns, each as it is for them', async t => {
  const { presence, hidden, watch, told } = setUp(t)
  await Promise.all([watch(alice, [bob, carol]), watch(bob, [alice]), watch(carol, [alice])])
  hidden.add(`${bob}>${alice}`).add(`${alice}>${bob}`)
  presence.onPerson(alice, bob)
  t.same(await told(bob), [[alice, false]])
  t.same(await told(alice), [[bob, false]], 'it goes both ways')
  t.same(await told(carol), [], 'and nobody else is told')
  hidden.clear()
  presence.onPerson(alice, undefined)
  t.same(await told(bob), [alice, [alice, true]], 'the profile, then the presence')
  t.same(await told(alice), [[bob, true]])
  t.same(await told(carol), [alice])
})

t.test('a change while somebody begins to watch is not missed', async t => {
  const { presence, hidden, watch, told, slow, waiting } = setUp(t)
  slow.on = true
  const watching = watch(bob, [alice])
  await turn()
  hidden.add(`${bob}>${alice}`)
  presence.onPerson(alice, bob)
  slow.on = false
  for (const answer of waiting.splice(0)) answer()
  t.same(await watching, [{ user: alice, online: true }], 'as it was when it was read')
  t.same(await told(bob), [[alice, false]])
})

t.test('an older look never undoes a newer one', async t => {
  const { presence, hidden, watch, told, slow, waiting } = setUp(t)
  await watch(bob, [alice])
  slow.on = true
  hidden.add(`${bob}>${alice}`)
  presence.onPerson(alice, bob)
  await turn()
  hidden.clear()
  presence.onPerson(alice, bob)
  for (let i = 0; i < 3; i++) {
    await turn()
    for (const answer of waiting.splice(0).reverse()) answer()
  }
  t.same(await told(bob), [
    [alice, false],
    [alice, true],
  ])
})

t.test('while nobody can say who may look, nothing is shown; afterwards it is again', async t => {
  const { presence, state, watch, told } = setUp(t)
  await watch(bob, [alice])
  state.down = true
  presence.onPerson(alice, bob)
  t.same(await told(bob), [[alice, false]])
  mock.timers.tick(5_000)
  t.same(await told(bob), [], 'still away')
  state.down = false
  mock.timers.tick(5_000)
  t.same(await told(bob), [[alice, true]])
})

t.test('after a doubt everything that is shown is looked at again', async t => {
  const { presence, hidden, watch, told } = setUp(t)
  await Promise.all([watch(bob, [alice, carol]), watch(carol, [alice])])
  hidden.add(`${bob}>${alice}`)
  await presence.onDoubt()
  t.same(await told(bob), [[alice, false]])
  t.same(await told(carol), [])
})

t.test('whoever goes is forgotten', async t => {
  const { presence, hidden, watch, told, of } = setUp(t)
  await watch(bob, [alice])
  presence.forget(of(bob).connection)
  hidden.add(`${bob}>${alice}`)
  presence.onPerson(alice, undefined)
  t.same(await told(bob), [])
})

t.test('of two wishes the later one counts, whichever is answered first', async t => {
  const { watch, slow, waiting, of } = setUp(t)
  slow.on = true
  const older = watch(bob, [alice])
  const newer = watch(bob, [carol])
  await turn()
  const [first, second] = waiting.splice(0)
  second?.()
  t.same(await newer, [{ user: carol, online: true }])
  first?.()
  t.same(await older, [])
  t.same(of(bob).connection.presenceOf, [carol])
})
