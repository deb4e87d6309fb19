// What a bump tells of a large chat, seen by somebody who is connected and does not look at it.

import { mock } from 'node:test'
import t from 'tap'
import { decodeAll, frameType } from '#shared/protocol/codec.ts'
import { type ChatEventBody, type ChatEventName, controls } from '#shared/protocol/events.ts'
import { chatFrame } from '#shared/protocol/frames.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message } from '#shared/protocol/models.ts'
import { fakeConnection } from '#test/helpers/fake-socket.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { Flusher } from './flusher.ts'
import { Hub, type Position } from './hub.ts'
import { type ChatEvent, Ring } from './ring.ts'

const chat = 7
const members = limits.fullFanOutMembersMax + 1
const at = (rev: number): Position => ({ chat, kind: 'channel', rev, seq: rev, members })

function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const told = { onChatBehind() {}, onUserBehind() {}, onUserHere() {}, onPerson() {} }
  const flusher = new Flusher()
  const ring = new Ring({ ageMsMax: 60_000, bytesMax: 1_000_000 })
  const hub = new Hub({ ring, flusher, events: told, nowMs: () => 0 })
  /** Somebody in the chat at rev 0; `bumps` takes those that came since it was called last. */
  const join = (user: number) => {
    const { connection, socket } = fakeConnection({ user, flusher })
    hub.addUser(connection, user)
    hub.subscribeAll(connection, [at(0)])
    const bumps = () => {
      flusher.flush()
      return socket.sent
        .splice(0)
        .flatMap(bytes => decodeAll(bytes))
        .map(([type, kind, body]) => {
          if (type !== frameType.control || kind !== controls.bump.kind) return 'an event'
          return controls.bump.body.strict().parse(body)
        })
    }
    return { connection, bumps }
  }
  const bob = join(2)
  const bumps = () => {
    flusher.flush()
    mock.timers.tick(limits.bumpEveryMs)
    return bob.bumps()
  }
  return { hub, join, bumps }
}

/** A change of the chat as its sender encodes it; `seq` is the chat's, after it. */
function change<Name extends ChatEventName>(
  name: Name,
  rev: number,
  seq: number,
  body: ChatEventBody<Name>,
): ChatEvent {
  const frame = Buffer.from(chatFrame(name, chat, rev, body))
  return { type: 'chat', chat, rev, seq, members, frame }
}

const message = (seq: number, rev: number, text = `text ${seq}`): Message => {
  return { seq, rev, from: 9, rid: seq, at: seq, text }
}
const posted = (seq: number, rev: number, text?: string) =>
  change('message', rev, seq, message(seq, rev, text))
const info = (title: string): ChatEventBody<'info'> => {
  return { kind: 'channel', title, rights: 0, members }
}
const promoted = (rev: number, seq: number) => {
  const place = { user: 3, role: 'admin', rights: 511, joinedAt: 0, by: 9, members } as const
  return change('member', rev, seq, { ...place, profile: { id: 3, name: 'Carol' } })
}

t.test('nothing older is told than a change that a bump cannot tell', async t => {
  const { hub, bumps } = setUp(t)
  hub.deliver(posted(1, 1))
  hub.deliver(change('info', 2, 1, info('Before')))
  hub.deliver(promoted(3, 1))
  t.strictSame(bumps(), [{ chat, rev: 3, seq: 1, since: 3 }], 'whoever is below 3 has to ask')
  hub.deliver(promoted(4, 1))
  hub.deliver(posted(2, 5))
  t.strictSame(bumps(), [{ chat, rev: 5, seq: 2, since: 4, last: message(2, 5) }])
  hub.deliver({ ...posted(3, 6), frame: new Uint8Array([0x95, 2, 99, 7, 6]) })
  t.strictSame(bumps(), [{ chat, rev: 6, seq: 3, since: 6 }], 'a kind of a later version')
})

t.test('what would be long, or nobody can read, is left out', async t => {
  const { hub, bumps } = setUp(t)
  hub.deliver(posted(1, 1, 'я'.repeat(1_000)))
  t.strictSame(bumps(), [{ chat, rev: 1, seq: 1 }])
  hub.deliver(posted(2, 2))
  t.strictSame(bumps(), [{ chat, rev: 2, seq: 2, since: 1, last: message(2, 2) }])
  hub.deliver({ ...posted(3, 3), frame: new Uint8Array([0x95, 2, 1, 7]) })
  t.strictSame(bumps(), [{ chat, rev: 3, seq: 3 }])
})

t.test('a repair knows the position only; what was gathered before it is not told', async t => {
  const { hub, join, bumps } = setUp(t)
  hub.deliver(posted(1, 1))
  hub.repairChat(at(5))
  const bare = { chat, rev: 5, seq: 5 }
  t.strictSame(bumps(), [bare, bare], 'at once, and when the bump of rev 1 was due')
  hub.deliver(posted(6, 6))
  const { bumps: carols } = join(3)
  t.match(bumps(), [{ since: 5, last: { seq: 6 } }])
  t.match(carols(), [{ since: 5 }], 'the same for who came meanwhile and is perhaps below it')
})

t.test('events of a time in which the chat was a small one are not passed over', async t => {
  const { hub, bumps } = setUp(t)
  hub.deliver(posted(1, 1))
  t.equal(bumps().length, 1)
  hub.deliver({ ...change('info', 2, 1, info('Small')), members: 2 })
  hub.deliver(posted(2, 3))
  t.strictSame(bumps(), ['an event', { chat, rev: 3, seq: 2, since: 2, last: message(2, 3) }])
})

t.test('the newest message and the chat’s own row are told as far as they changed', async t => {
  const { hub, bumps } = setUp(t)
  hub.deliver(posted(1, 1))
  hub.deliver(posted(2, 2))
  t.strictSame(bumps(), [{ chat, rev: 2, seq: 2, since: 0, last: message(2, 2) }])
  hub.deliver(change('info', 3, 2, info('Renamed')))
  hub.deliver(change('info', 4, 2, info('Renamed again')))
  t.strictSame(bumps(), [{ chat, rev: 4, seq: 2, since: 2, info: info('Renamed again') }])
  hub.deliver(change('edited', 5, 2, { ...message(1, 5, 'an older one'), edited: 1 }))
  t.strictSame(bumps(), [{ chat, rev: 5, seq: 2, since: 4 }], 'which no list shows')
  hub.deliver(change('edited', 6, 2, { ...message(2, 6, 'the newest'), edited: 1 }))
  t.match(bumps(), [{ since: 5, last: { text: 'the newest' } }])
  const reacted = { ...message(2, 7, 'the newest'), reacts: [{ e: '👍', n: 9 }] }
  hub.deliver(change('changed', 7, 2, reacted))
  t.strictSame(bumps(), [{ chat, rev: 7, seq: 2, since: 6, last: reacted }])
  hub.deliver(change('changed', 8, 2, { ...message(1, 8), reacts: [{ e: '👍', n: 9 }] }))
  t.strictSame(bumps(), [{ chat, rev: 8, seq: 2, since: 7 }], 'so a storm of reactions asks nobody')
  hub.deliver(posted(3, 9))
  hub.deliver(change('info', 10, 3, info('Both')))
  hub.deliver(change('deleted', 11, 3, { ...message(3, 11, ''), deleted: true }))
  t.match(bumps(), [
    { rev: 11, since: 8, last: { seq: 3, deleted: true }, info: { title: 'Both' } },
  ])
})

t.test('who opens the chat while a bump is due is told the same, and the others too', async t => {
  const { hub, join, bumps } = setUp(t)
  const carol = join(3)
  hub.deliver(posted(1, 1))
  hub.watch(carol.connection, [chat])
  const bump = { chat, rev: 1, seq: 1, since: 0, last: message(1, 1) }
  t.strictSame(carol.bumps(), [bump])
  t.strictSame(bumps(), [bump])
  t.strictSame(carol.bumps(), [])
  hub.watch(carol.connection, [])
  hub.deliver(posted(2, 2))
  const next = { chat, rev: 2, seq: 2, since: 1, last: message(2, 2) }
  t.strictSame(bumps(), [next])
  t.strictSame(carol.bumps(), [next])
})

/** A message that calls these users, as its event says too. */
const calling = (seq: number, rev: number, ...called: number[]): ChatEvent => {
  const body = { ...message(seq, rev), calls: called }
  return { ...change('message', rev, seq, body), called }
}

t.test('whom a message calls hears of it at once; the others by the next bump', async t => {
  const { hub, join, bumps } = setUp(t)
  const carol = join(3)
  const second = join(3)
  hub.deliver(posted(1, 1))
  hub.deliver(calling(2, 2, 3, 77))
  hub.deliver(posted(3, 3))
  const head = { chat, rev: 3, seq: 3, since: 0, last: message(3, 3) }
  const calls = [{ ...message(2, 2), calls: [3, 77] }]
  t.strictSame(carol.bumps(), [{ ...head, calls }], 'with all that the list shows')
  t.strictSame(second.bumps(), [{ ...head, calls }], 'on each of her devices')
  t.strictSame(bumps(), [head])
  t.strictSame(carol.bumps(), [head], 'which changes nothing for her')
  hub.deliver(calling(4, 4, 3))
  t.match(carol.bumps(), [{ rev: 4, since: 3, calls: [{ seq: 4 }] }])
})

t.test('who watches, or has sent it, gets no bump besides; in small chats nobody does', async t => {
  const { hub, join } = setUp(t)
  const carol = join(3)
  hub.watch(carol.connection, [chat])
  hub.deliver(calling(1, 1, 3))
  t.same(carol.bumps(), ['an event'])
  hub.watch(carol.connection, [])
  carol.bumps()
  hub.deliver({ ...calling(2, 2, 3), members: 2 })
  t.same(carol.bumps(), ['an event'])
})

t.test('more calls than a bump holds: it says less, so that the client asks', async t => {
  const { hub, join } = setUp(t)
  const carol = join(3)
  for (let n = 1; n <= 11; n++) hub.deliver(calling(n, n, 3))
  t.strictSame(carol.bumps(), [{ chat, rev: 11, seq: 11 }])
  const long = { ...message(12, 12, 'я'.repeat(20_000)), calls: [3] }
  hub.deliver({ ...change('message', 12, 12, long), called: [3] })
  t.strictSame(carol.bumps(), [{ chat, rev: 12, seq: 12 }])
  hub.deliver({ ...posted(13, 13), called: [3], frame: new Uint8Array([0x95, 2, 1, 7]) })
  t.strictSame(carol.bumps(), [{ chat, rev: 13, seq: 13 }], 'nor one that nobody can read')
})
