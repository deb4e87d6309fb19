// What one has read, what calls one, what has arrived, and how one keeps one's chats: over two processes and reconnects.

import t from 'tap'
import { bumped } from '#client/bump.ts'
import { frameType } from '#shared/protocol/codec.ts'
import {
  type EphemeralBody,
  ephemerals,
  type UserEventBody,
  userEvents,
} from '#shared/protocol/events.ts'
import { mutedForEver } from '#shared/protocol/limits.ts'
import { type Frame, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { ask } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

type EphemeralName = 'reads' | 'delivered'
type UserEventName = 'read' | 'place' | 'section' | 'joined'

const isEphemeral =
  (name: EphemeralName, chat: number) =>
  ([type, kind, body]: Frame) =>
    type === frameType.ephemeral &&
    kind === ephemerals[name].kind &&
    (body as { chat: number }).chat === chat

const isUserEvent =
  (name: UserEventName, chat?: number) =>
  ([type, kind, , body]: Frame) =>
    type === frameType.userEvent &&
    kind === userEvents[name].kind &&
    (chat === undefined || (body as { chat: number }).chat === chat)

/** Bodies of the ephemeral events of a chat that came to this client. */
function told<Name extends EphemeralName>(client: RawClient, name: Name, chat: number) {
  return client.frames.filter(isEphemeral(name, chat)).map(frame => frame[2] as EphemeralBody<Name>)
}

/** Bodies of the user events of a chat that came to this client. */
function changes<Name extends UserEventName>(client: RawClient, name: Name, chat: number) {
  return client.frames.filter(isUserEvent(name, chat)).map(frame => frame[3] as UserEventBody<Name>)
}

let rids = 0
const rid = () => ++rids

t.test('reading, with devices on different processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const [alice, bob, carol] = await Promise.all(
    ['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !carol) return
  const on = (token: string, wanted: (node: string) => boolean) =>
    joinWhere(t, stack.wsUrl, token, wanted)
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const here = (node: string) => node === a.node
  const there = (node: string) => node !== a.node
  const a2 = await on(alice.accessToken, there)
  const b = await on(bob.accessToken, there)
  const b2 = await on(bob.accessToken, here)
  const c = await on(carol.accessToken, there)
  const users = [bob.user.id, carol.user.id]
  const group = async (title: string) => {
    const { chat } = await a.call('createGroup', { rid: rid(), title, users })
    await Promise.all([a2, b, b2, c].map(each => each.waitFor(isUserEvent('joined', chat.id))))
    return chat.id
  }
  /** Comes back with what `client` had heard of its own state. */
  const resume = async (client: RawClient, token: string) => {
    const { epoch = 0, urev = 0 } = client.welcome ?? {}
    const last = client.frames.filter(([type]) => type === frameType.userEvent).at(-1)
    const chats: [number, number][] = []
    return RawClient.join(t, stack.wsUrl, token, {
      epoch,
      urev: (last?.[2] as number) ?? urev,
      chats,
    })
  }

  t.test('strangers get nothing of it', async t => {
    const chat = await group('ours')
    const eve = await stack.newUser('Bob')
    const e = await RawClient.join(t, stack.wsUrl, eve.accessToken)
    for (const op of [14, 55, 56, 58, 73, 74])
      t.equal(await e.refusal(op, { chat, seq: 1 }), 'not_found', `op ${op}`)
  })

  t.test('a draft and a pin are on every device, and on one that comes back', async t => {
    const chat = await group('kept')
    const gone = await on(alice.accessToken, there)
    gone.cut()
    await gone.untilClosed()
    const { me } = await a.call('draft', { chat, text: 'Hi Bob' })
    const placed = await a2.call('setPlace', { chat, pinned: true, mutedUntil: 0 })
    for (const client of [a, a2]) {
      await until(() => changes(client, 'place', chat).length === 2)
      t.same(changes(client, 'place', chat), [
        { chat, me },
        { chat, me: placed.me },
      ])
    }
    t.match(placed.me, { draft: { text: 'Hi Bob' }, pinned: true, mutedUntil: mutedForEver })
    await b.settle()
    t.same(changes(b, 'place', chat), [], 'nobody else’s concern')
    const back = await resume(gone, alice.accessToken)
    const seen = back
      .controls('sync')
      .flatMap(each => each.chats)
      .find(each => each.id === chat)
    t.same(seen?.me, placed.me)
  })

  t.test('drafts from two processes at once: every device ends with the same one', async t => {
    const chat = await group('raced')
    const texts = Array.from({ length: 20 }, (_, i) => `draft ${i}`)
    await Promise.all(texts.map((text, i) => (i % 2 ? a : a2).call('draft', { chat, text })))
    const { chat: stored } = await a.call('chat', { chat })
    for (const client of [a, a2]) {
      const last = () => changes(client, 'place', chat).at(-1)
      await until(() => (last()?.me.urev ?? 0) >= (stored.me.urev ?? 0))
      t.same(last()?.me.draft, stored.me.draft)
    }
  })

  t.test('folders: the section says that they changed', async t => {
    await a.call('setFolders', {
      folders: [{ id: 1, title: 'People', rule: { kinds: ['direct'] } }],
    })
    await a2.waitFor(isUserEvent('section'))
    const { folders } = await a2.call('folders', {})
    t.same(folders, [{ id: 1, title: 'People', rule: { kinds: ['direct'] } }])
  })

  t.test('mentions are counted, listed, and gone when they are read, on all devices', async t => {
    const chat = await group('calls')
    const { seq: bobs } = await b.send(chat, 'who?')
    const call = async (body: object) =>
      (await a.call('send', { chat, rid: rid(), text: '@Bob you', ...body })).seq
    const user = bob.user.id
    const byName = await call({ ents: [{ t: 'userMention', o: 0, l: 4, user }] })
    const answer = await call({ reply: bobs })
    const other = await call({})
    const third = await call({ reply: bobs })
    t.same((await b.call('mentions', { chat })).seqs, [byName, answer, third])
    t.same(await b.call('mentions', { chat, after: byName, limit: 1 }), {
      seqs: [answer],
      more: true,
    })
    t.same((await c.call('mentions', { chat })).seqs, [])
    t.equal((await b.call('chat', { chat })).chat.me.mentions, 3)
    await a.call('delete', { chat, seqs: [third] })
    t.equal((await b.call('chat', { chat })).chat.me.mentions, 2)
    await b.call('read', { chat, seq: byName })
    for (const client of [b, b2]) {
      await client.waitFor(isUserEvent('read', chat))
      t.same(changes(client, 'read', chat), [{ chat, seq: byName, top: third, mentions: 1 }])
    }
    await b2.call('read', { chat, seq: other })
    await until(() => changes(b, 'read', chat).length === 2)
    t.same(changes(b, 'read', chat).at(-1), { chat, seq: other, top: third })
  })

  t.test('in a large group whom a message calls hears of it at once, everywhere', async t => {
    const chat = await group('large')
    await ask(
      stack.databaseUrl,
      `with made as (insert into users (name) select 'Bob' from generate_series(1, 300) returning id),
            joined as (insert into members (chat_id, user_id, role) select $1, id, 'member' from made)
       update chats set member_count = member_count + 300 where id = $1`,
      [chat],
    )
    await a.call('editChat', { chat, about: 'now everybody knows how many' })
    const { seq: bobs } = await b.send(chat, 'who?')
    let { chat: held } = await b.call('chat', { chat })
    const sent = await a.call('send', { chat, rid: rid(), text: 'you', reply: bobs })
    const callsOf = (client: RawClient) =>
      client.controls('bump').filter(bump => bump.chat === chat && bump.calls)
    for (const client of [b, b2]) {
      await until(() => callsOf(client).length === 1)
      const [bump] = callsOf(client)
      t.match(bump?.calls, [{ seq: sent.seq, text: 'you', calls: [bob.user.id] }])
      t.notOk(client.texts(chat).includes('you'), 'no event, which would lie beyond what they know')
    }
    for (const bump of b.controls('bump').filter(each => each.chat === chat))
      held = bumped(held, bump) ?? held
    t.equal(held.seq, sent.seq, 'and with it the list is current, without asking')
    await c.waitFor(frame => frame[0] === frameType.control && frame[1] === 4)
    t.same(callsOf(c), [])
  })

  t.test('delivered: told to the other person, and in the summary', async t => {
    const { chat } = await a.call('createDirect', { user: bob.user.id })
    for (const text of ['one', 'two', 'three']) await a.send(chat.id, text)
    await b.waitFor(isUserEvent('joined', chat.id))
    await b.call('delivered', { chat: chat.id, seq: 1 })
    t.match(
      (await a.call('chat', { chat: chat.id })).chat,
      { peerDelivered: 0 },
      'not answered yet',
    )
    await b.send(chat.id, 'which answers the stranger')
    await Promise.all([2, 1].map(seq => b.call('delivered', { chat: chat.id, seq })))
    for (const client of [a, a2]) {
      await client.waitFor(isEphemeral('delivered', chat.id))
      t.same(told(client, 'delivered', chat.id), [{ chat: chat.id, seq: 2 }])
    }
    await b2.settle()
    t.same(told(b2, 'delivered', chat.id), [])
    const peer = async () => (await a.call('chat', { chat: chat.id })).chat
    t.match(await peer(), { peerDelivered: 2, peerRead: 0 })
    await b2.call('read', { chat: chat.id, seq: 3 })
    t.match(await peer(), { peerDelivered: 3, peerRead: 3 })
    const others = await group('no marks')
    await a.send(others, 'hello')
    await b.call('delivered', { chat: others, seq: 2 })
    await a.settle()
    t.same(told(a, 'delivered', others), [])
  })

  t.test('who has read an own message', async t => {
    const chat = await group('readers')
    const { seq } = await a.send(chat, 'seen?')
    await b.call('read', { chat, seq })
    await c.call('read', { chat, seq })
    const { readers, users: people } = await a.call('readBy', { chat, seq })
    t.match(readers, [
      { user: bob.user.id, at: Number },
      { user: carol.user.id, at: Number },
    ])
    t.same(people.map(each => each.id).sort(), [...users].sort())
    t.equal(await b.refusal(73, { chat, seq }), 'forbidden')
  })

  t.test('marked unread by hand, and ended by reading on the other device', async t => {
    const chat = await group('unread')
    const { seq } = await a.send(chat, 'later')
    await b.call('read', { chat, seq })
    t.match(await b.call('setPlace', { chat, unread: true }), { me: { unread: true, read: seq } })
    await b2.waitFor(isUserEvent('place', chat))
    await b2.call('read', { chat, seq })
    await until(() => changes(b, 'read', chat).length === 2)
    t.equal((await b.call('chat', { chat })).chat.me.unread, undefined)
  })

  t.test('with oneself all of it works as well', async t => {
    const { chat } = await a.call('saved', {})
    await a.send(chat.id, 'milk')
    await a.call('read', { chat: chat.id, seq: 1 })
    await a.call('delivered', { chat: chat.id, seq: 1 })
    t.same((await a.call('readBy', { chat: chat.id, seq: 1 })).readers, [])
    t.same((await a.call('mentions', { chat: chat.id })).seqs, [])
    await a.call('draft', { chat: chat.id, text: 'eggs' })
    const { me } = await a2.call('setPlace', { chat: chat.id, pinned: true, archived: false })
    t.match(me, { pinned: true, draft: { text: 'eggs' }, read: 1 })
  })

  t.test('a storm of reads is a few frames, and every mark arrives', async t => {
    const readers = await Promise.all(Array.from({ length: 30 }, () => stack.newUser('Bob')))
    const { chat } = await a.call('createGroup', {
      rid: rid(),
      title: 'storm',
      users: readers.map(reader => reader.user.id),
    })
    const clients = await Promise.all(
      readers.map((reader, i) => on(reader.accessToken, i % 2 ? here : there)),
    )
    const rounds = 6
    let seq = 0
    for (let i = 0; i < rounds; i++) {
      seq = (await a.send(chat.id, `${i}`)).seq
      await Promise.all(clients.map(client => client.call('read', { chat: chat.id, seq })))
    }
    const highest = () => {
      const marks = new Map<number, number>()
      for (const { marks: each } of told(a, 'reads', chat.id))
        for (const [user, mark] of each) marks.set(user, Math.max(mark, marks.get(user) ?? 0))
      return marks
    }
    await until(() => readers.every(({ user }) => highest().get(user.id) === seq))
    const frames = told(a, 'reads', chat.id).length
    const marked = readers.length * rounds
    t.ok(frames < marked / 4, `${frames} frames of ${marked} marks`)
    t.same(stack.trouble, [])
  })
})
