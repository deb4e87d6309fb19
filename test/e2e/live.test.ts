import t from 'tap'
import { bumped } from '#client/bump.ts'
import { frameType } from '#shared/protocol/codec.ts'
import {
  chatEvents,
  type EphemeralBody,
  ephemerals,
  type UserEventBody,
  userEvents,
} from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import { type Frame, isControl, isMessage, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { ask, isGapFree, RawView, storedTexts } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

const isEphemeral =
  (name: keyof typeof ephemerals, fits: (body: Record<string, unknown>) => boolean) =>
  ([type, kind, body]: Frame) =>
    type === frameType.ephemeral && kind === ephemerals[name].kind && fits(body as never)

const isUserEvent =
  (name: keyof typeof userEvents, chat: number) =>
  ([type, kind, , body]: Frame) =>
    type === frameType.userEvent &&
    kind === userEvents[name].kind &&
    (body as { chat: number }).chat === chat

const isAscending = (numbers: number[]) =>
  numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0))

function pick<Item>(items: readonly Item[], at: number): Item {
  const item = items[at]
  if (item === undefined) throw new Error(`there is no item ${at}`)
  return item
}

let rids = 0
const rid = () => ++rids

t.test('live events, with members on different processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const [alice, bob, carol, dora] = await Promise.all(
    ['Alice', 'Bob', 'Carol', 'Bob'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !carol || !dora) return
  const on = (token: string, wanted: (node: string) => boolean) =>
    joinWhere(t, stack.wsUrl, token, wanted)
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const here = (node: string) => node === a.node
  const there = (node: string) => node !== a.node
  const a2 = await on(alice.accessToken, here)
  const b = await on(bob.accessToken, there)
  const b2 = await on(bob.accessToken, here)
  const c = await on(carol.accessToken, there)
  const users = [bob.user.id, carol.user.id]

  t.test('a message reaches every device of every member but the socket it came from', async t => {
    const { chat } = await a.call('createGroup', { rid: rid(), title: 'all devices', users })
    await Promise.all([a2, b, b2, c].map(each => each.waitFor(isUserEvent('joined', chat.id))))
    const sent = await a.send(chat.id, 'hello')
    for (const client of [a2, b, b2, c]) {
      const [, , , rev, body] = await client.waitFor(isMessage(chat.id, 'hello'))
      t.equal(rev, sent.rev)
      t.match(body, { ...sent, from: alice.user.id, text: 'hello' })
    }
    await a.settle()
    t.same(a.texts(chat.id), [])
  })

  t.test('edits, deletions, member and title changes arrive with the next rev each', async t => {
    const { chat } = await a.call('createGroup', { rid: rid(), title: 'changes', users })
    await Promise.all([b, c].map(each => each.waitFor(isUserEvent('joined', chat.id))))
    const { seq: one } = await a.send(chat.id, 'one')
    const { seq: two } = await a.send(chat.id, 'two')
    await a.call('edit', { chat: chat.id, seq: one, text: 'edited' })
    await a.call('delete', { chat: chat.id, seqs: [one, two] })
    await a.call('editChat', { chat: chat.id, title: 'new title' })
    const admin = { chat: chat.id, user: bob.user.id, role: 'admin' as const }
    const { rev } = await a.call('setRole', admin)
    // The new title is told by the chat's row and by a message.
    const kinds = [1, 1, 2, 3, 3, 5, 1, 4]
    for (const client of [a, b, c]) {
      await until(() => client.events(chat.id).some(event => event.rev === rev))
      const events = client.events(chat.id).filter(event => event.rev > chat.rev)
      // The origin socket got answers for its sends; everything else comes to it as well.
      t.same(
        events.map(event => event.kind),
        client === a ? kinds.slice(2) : kinds,
      )
      t.same(
        events.map(event => event.rev - (events[0]?.rev ?? 0)),
        events.map((_, i) => i),
      )
      t.match(events.at(-3)?.body, { title: 'new title' })
      t.match(events.at(-1)?.body, { user: bob.user.id, role: 'admin', by: alice.user.id })
      const deleted = events.filter(event => event.kind === chatEvents.deleted.kind)
      t.match(
        deleted.map(event => event.body),
        [{ seq: one, text: '', deleted: true }, { seq: two }],
      )
    }
  })

  t.test('joining starts the delivery, on both processes; leaving and removal end it', async t => {
    const { chat } = await a.call('createGroup', { rid: rid(), title: 'come and go' })
    await a.send(chat.id, 'before')
    await a.call('addMembers', { chat: chat.id, users: [bob.user.id] })
    const { token } = await a.call('createInvite', { chat: chat.id, rid: rid() })
    await c.call('join', { token })
    await Promise.all([b, b2, c].map(each => each.waitFor(isUserEvent('joined', chat.id))))
    await a.send(chat.id, 'between')
    await Promise.all([b, b2, c].map(each => each.waitFor(isMessage(chat.id, 'between'))))
    await a.call('removeMember', { chat: chat.id, user: bob.user.id })
    await c.call('leave', { chat: chat.id })
    await Promise.all([b, b2, c].map(each => each.waitFor(isUserEvent('left', chat.id))))
    await a.send(chat.id, 'after')
    await a.call('editChat', { chat: chat.id, title: 'after' })
    await a.call('typing', { chat: chat.id })
    // Whatever would come comes before what is sent later in a chat of the same shards.
    const { chat: other } = await a.call('createGroup', { rid: rid(), title: 'later', users })
    await a.send(other.id, 'later')
    await Promise.all([b, b2, c].map(each => each.waitFor(isMessage(other.id, 'later'))))
    for (const client of [b, b2, c]) {
      await client.settle()
      t.same(client.texts(chat.id), ['between'])
      t.equal(await client.refusal(10, { chat: chat.id, rid: 1, text: 'x' }), 'not_found')
    }
    await a.call('addMembers', { chat: chat.id, users: [bob.user.id] })
    await until(() => b.frames.filter(isUserEvent('joined', chat.id)).length === 2)
    await until(() => b2.frames.filter(isUserEvent('joined', chat.id)).length === 2)
    await a.send(chat.id, 'again')
    await Promise.all([b, b2].map(each => each.waitFor(isMessage(chat.id, 'again'))))
  })

  t.test('typing reaches the others in a group, nobody in a channel, no stranger', async t => {
    const { chat } = await b.call('createGroup', {
      rid: rid(),
      title: 'typing',
      users: [alice.user.id],
    })
    const { chat: news } = await b.call('createChannel', { rid: rid(), title: 'news' })
    await b.call('addMembers', { chat: news.id, users: [alice.user.id] })
    await Promise.all([a, a2].map(each => each.waitFor(isUserEvent('joined', news.id))))
    // Two memberships made at once may come to a process in either order: then it reads them anew, and typing is not repeated.
    await b.send(chat.id, 'here?')
    await Promise.all([a, a2].map(each => each.waitFor(isMessage(chat.id, 'here?'))))
    await b.call('typing', { chat: news.id })
    await Promise.all([1, 2].map(() => b.call('typing', { chat: chat.id })))
    const typing = isEphemeral('typing', body => body.chat === chat.id && body.user === bob.user.id)
    await Promise.all([a, a2].map(each => each.waitFor(typing)))
    // Whatever else would come comes before it.
    await b.send(chat.id, 'there')
    await Promise.all([a, a2, b2].map(each => each.waitFor(isMessage(chat.id, 'there'))))
    for (const client of [b, c]) await client.settle()
    t.same(a.frames.filter(isEphemeral('typing', body => body.chat === news.id)), [])
    for (const client of [b, b2, c]) t.same(client.frames.filter(typing), [])
    t.equal(a.frames.filter(typing).length, 1, 'not more often than it is shown')
    t.equal(await c.refusal(15, { chat: chat.id }), 'not_found')
  })

  t.test('read marks are durable, never go back, and are shown in small chats only', async t => {
    const { chat } = await a.call('createGroup', { rid: rid(), title: 'reading', users })
    const { chat: news } = await a.call('createChannel', { rid: rid(), title: 'news' })
    await a.call('addMembers', { chat: news.id, users })
    await Promise.all([b, b2].map(each => each.waitFor(isUserEvent('joined', news.id))))
    // The first message says that the group was made.
    for (let i = 2; i <= 5; i++) await a.send(chat.id, `${i}`)
    await a.send(news.id, 'news')
    await b.call('read', { chat: news.id, seq: 1 })
    await Promise.all([3, 4, 2].map(seq => b.call('read', { chat: chat.id, seq })))
    await b.call('read', { chat: chat.id, seq: 1 })
    const read = isEphemeral('reads', body => body.chat === chat.id)
    // Those that do not come together may be told apart, but none after a higher one.
    const marks = (client: RawClient) =>
      client.frames.filter(read).flatMap(frame => (frame[2] as EphemeralBody<'reads'>).marks)
    for (const client of [a, a2, c]) await until(() => marks(client).at(-1)?.[1] === 4)
    const own = () =>
      b2.frames
        .filter(isUserEvent('read', chat.id))
        .map(frame => (frame[3] as UserEventBody<'read'>).seq)
    await until(() => own().at(-1) === 4, { message: 'own devices are told durably' })
    await Promise.all([a.settle(), b2.settle()])
    t.same(a.frames.filter(isEphemeral('reads', body => body.chat === news.id)), [])
    t.ok(marks(a).every(([user]) => user === bob.user.id))
    t.ok(isAscending(marks(a).map(([, seq]) => seq)))
    t.ok(isAscending(own()))
    const stored = await ask<{ chat_id: string; read_seq: string }>(
      stack.databaseUrl,
      'select chat_id, read_seq from members where user_id = $1 and chat_id = any ($2) order by chat_id',
      [bob.user.id, [chat.id, news.id]],
    )
    t.same(
      stored.map(row => [Number(row.chat_id), Number(row.read_seq)]),
      [
        [chat.id, 4],
        [news.id, 1],
      ],
    )
    await b.call('read', { chat: chat.id, seq: 1_000_000 })
    const after = await b.call('chat', { chat: chat.id })
    t.equal(after.chat.me.read, 5, 'not past the last message')
  })

  t.test('presence of acquaintances comes and goes, once, over processes', async t => {
    const { chat } = await a.call('createGroup', {
      rid: rid(),
      title: 'two',
      users: [dora.user.id],
    })
    t.ok(chat)
    const strangers = [carol.user.id, 999_999]
    const state = await a.call('presence', { users: [dora.user.id, bob.user.id, ...strangers] })
    t.match(
      state.users.filter(({ user }) => user === dora.user.id),
      [{ online: false }],
    )
    t.notOk(state.users.some(({ user }) => user === 999_999))
    const about = (online: boolean) =>
      isEphemeral('presence', body => body.user === dora.user.id && body.online === online)
    const d = await on(dora.accessToken, there)
    await a.waitFor(about(true))
    const d2 = await on(dora.accessToken, here)
    d.cut()
    await d.untilClosed()
    const asked = await b.call('presence', { users: [dora.user.id] })
    t.same(asked.users, [], 'bob shares no chat with her')
    d2.cut()
    const d3 = await on(dora.accessToken, there)
    await d3.settle()
    t.equal(a.frames.filter(about(true)).length, 1, 'changing the process is not seen')
    t.same(a.frames.filter(about(false)), [])
    d3.cut()
    await a.waitFor(about(false), limits.presenceDebounceMs * 4)
    t.same(b.frames.filter(about(true)), [])
    const last = await a.call('presence', { users: [dora.user.id] })
    t.match(last.users, [{ online: false, lastSeen: Number }])
    await a.call('presence', { users: [] })
    const count = a.frames.filter(about(true)).length
    const d4 = await on(dora.accessToken, here)
    await d4.settle()
    await a.settle()
    t.equal(a.frames.filter(about(true)).length, count, 'no longer subscribed')
  })

  t.test('in large chats who watches gets everything, the others a bump', async t => {
    const { chat } = await a.call('createChannel', { rid: rid(), title: 'large' })
    await a.call('addMembers', { chat: chat.id, users })
    await ask(
      stack.databaseUrl,
      `with made as (insert into users (name) select 'Bob' from generate_series(1, 300) returning id),
            joined as (insert into members (chat_id, user_id, role) select $1, id, 'member' from made)
       update chats set member_count = member_count + 300 where id = $1`,
      [chat.id],
    )
    await a.call('editChat', { chat: chat.id, about: 'now everybody knows how many' })
    await Promise.all([b, b2, c].map(each => each.waitFor(isUserEvent('joined', chat.id))))
    await b.call('watch', { chats: [chat.id] })
    await b2.call('watch', { chats: [chat.id] })
    let { chat: held } = await c.call('chat', { chat: chat.id })
    let seq = 0
    for (let i = 0; i < 30; i++) seq = (await a.send(chat.id, `${i}`)).seq
    await a.call('editChat', { chat: chat.id, title: 'larger' })
    const { rev } = await a.call('edit', { chat: chat.id, seq, text: 'the last' })
    await Promise.all([b, b2].map(each => each.waitFor(isMessage(chat.id, '29'))))
    t.equal(b.texts(chat.id).length, 30)
    t.equal(b2.texts(chat.id).length, 30)
    await until(() => c.controls('bump').some(bump => bump.chat === chat.id && bump.rev === rev))
    t.same(c.texts(chat.id), [])
    t.ok(c.controls('bump').filter(bump => bump.chat === chat.id).length <= 10)
    for (const bump of c.controls('bump').filter(bump => bump.chat === chat.id))
      held = bumped(held, bump) ?? held
    const { at: _, ...list } = held
    t.match(
      (await c.call('chat', { chat: chat.id })).chat,
      list,
      'the list is right without asking',
    )
    const diff = await c.call('diff', { chat: chat.id, since: chat.rev })
    t.equal(diff.messages.filter(message => !message.svc).length, 30)
  })

  t.test('thousands of messages from both sides: one order, equal to PostgreSQL', async t => {
    const people = [a, b, c]
    const groups = await Promise.all(
      [1, 2, 3, 4].map(async i => {
        return (await a.call('createGroup', { rid: rid(), title: `storm ${i}`, users })).chat
      }),
    )
    for (const chat of groups) {
      await Promise.all([a2, b, b2, c].map(each => each.waitFor(isUserEvent('joined', chat.id))))
    }
    const views = people.flatMap((client, who) =>
      groups.map(chat => {
        const view = new RawView(chat.id, chat.rev)
        view.follow(client)
        return { view, client, who, chat }
      }),
    )
    const perChat = 175
    await Promise.all(
      views.map(async ({ view, client, who, chat }) => {
        for (let i = 0; i < perChat; i += 7) {
          const texts = Array.from({ length: 7 }, (_, n) => `${who}:${i + n}`)
          const answers = await Promise.all(texts.map(text => client.send(chat.id, text)))
          for (const [n, text] of texts.entries()) view.ack({ ...pick(answers, n), text })
        }
      }),
    )
    for (const chat of groups) {
      const stored = await storedTexts(stack.databaseUrl, chat.id)
      t.equal(stored.size, people.length * perChat)
      t.ok(isGapFree(stored))
      for (const { view, client } of views.filter(each => each.chat === chat)) {
        // On a machine that stalls for long, a process may be told of a position before the events come.
        await until(async () => {
          await view.catchUp(client)
          return view.texts.size >= stored.size
        })
        t.strictSame(view.texts.size, stored.size)
        t.ok([...stored].every(([seq, text]) => view.texts.get(seq) === text))
        if (view.diffs === 0) t.equal(view.duplicates, 0)
      }
      for (const client of [a, a2, b, b2, c]) {
        const revs = client.events(chat.id).map(event => event.rev)
        t.ok(isAscending(revs), 'in order on the socket')
      }
    }
  })

  t.test('nothing was called an error, and nobody was sent away', async t => {
    t.same(stack.trouble, [])
    for (const client of [a, a2, b, b2, c]) t.equal(client.closed, null)
    t.same(a.frames.filter(isControl('reconnect')), [])
  })
})
