// The client as an application sees it: snapshots, requests, marks, people, signing in and out.

import t from 'tap'
import { encode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { ephemeralFrame } from '#shared/protocol/frames.ts'
import { limits } from '#shared/protocol/limits.ts'
import { settle } from './test/fake-clock.ts'
import { asked, pair, snapshot, viewOf, windowOf } from './test/pair.ts'
import { differences, World } from './test/world.ts'

t.test('the snapshot changes only when something does, and then only there', async t => {
  const { world, alice, bob } = await pair()
  world.server.addChat(2, [1, 2])
  await world.quiet()
  await world.drive(alice.client.open(1))
  world.send(bob, 1, 'one')
  await world.quiet()
  const before = snapshot(alice)
  t.equal(snapshot(alice), before)
  let calls = 0
  const end = alice.client.subscribe(() => calls++)
  world.send(bob, 1, 'two')
  await world.quiet()
  t.ok(calls > 0)
  const after = snapshot(alice)
  t.not(after, before)
  t.not(after.chats, before.chats)
  t.equal(after.users, before.users)
  t.equal(after.presence, before.presence)
  t.equal(
    viewOf(alice, 2),
    before.chats.find(view => view.chat.id === 2),
  )
  t.equal(after.windows.get(1)?.messages[0], before.windows.get(1)?.messages[0])
  end()
  const counted = calls
  world.send(bob, 1, 'three')
  await world.quiet()
  t.equal(calls, counted)
})

t.test('many changes in one turn are one notification', async t => {
  const { world, alice } = await pair()
  await world.quiet()
  let calls = 0
  alice.client.subscribe(() => calls++)
  for (let i = 0; i < 50; i++) alice.client.send(1, `text ${i}`)
  t.equal(calls, 0, 'not in the middle of the turn')
  await Promise.resolve()
  t.equal(calls, 1)
})

t.test('messages, edits and deletions reach the other side in their order', async t => {
  const { world, alice, bob } = await pair()
  await world.drive(bob.client.open(1))
  world.send(alice, 1, 'first')
  world.send(alice, 1, 'second')
  await world.quiet()
  t.equal(viewOf(bob)?.unread, 2)
  t.match(viewOf(bob), { last: { text: 'second' } })
  await world.drive(alice.client.edit(1, 1, 'edited'))
  await world.drive(alice.client.delete(1, [2]))
  await world.quiet()
  t.match(windowOf(bob).messages, [{ text: 'edited' }, { deleted: true, text: '' }])
  t.ok(windowOf(bob).messages[0]?.edited)
  for (const actor of world.actors) t.same(await differences(world, actor), [])
})

t.test('an edit that is refused changes nothing', async t => {
  const { world, alice, bob } = await pair()
  world.send(alice, 1, 'mine')
  await world.quiet()
  await t.rejects(world.drive(bob.client.edit(1, 1, 'not mine')), { code: 'forbidden' })
  await t.rejects(world.drive(bob.client.delete(1, [9])), { code: 'not_found' })
  t.same(await differences(world, bob), [])
})

t.test(
  'a request under way when the connection is lost fails, is repeated, or times out',
  async t => {
    const { world, alice } = await pair()
    world.send(alice, 1, 'x')
    await world.quiet()
    world.server.mute = true
    const edit = alice.client.edit(1, 1, 'y')
    const history = alice.client.call('history', { chat: 1 })
    edit.catch(() => {})
    await world.network.pump()
    world.network.break('alice')
    await t.rejects(edit, { code: 'timeout' }, 'it may have happened: not to be repeated unasked')
    world.server.mute = false
    t.match(await world.drive(history), { seq: 1 })
    world.server.mute = true
    const at = world.clock.now()
    await t.rejects(world.drive(alice.client.call('chat', { chat: 1 })), { code: 'timeout' })
    t.ok(world.clock.now() - at >= 15_000)
  },
)

t.test('requests without a connection wait for one, at most 15 s', async t => {
  const { world, alice } = await pair()
  world.network.reachable = false
  world.network.break('alice')
  const late = alice.client.call('chat', { chat: 1 })
  await t.rejects(world.drive(late), { code: 'timeout' })
  const soon = alice.client.call('chat', { chat: 1 })
  world.network.reachable = true
  alice.client.wake()
  t.match(await world.drive(soon), { chat: { id: 1 } })
})

t.test('at most 30 requests fly at once', async t => {
  const { world, alice } = await pair()
  const before = asked(world, 'chat')
  world.server.mute = true
  const calls = Array.from({ length: 100 }, () => alice.client.call('chat', { chat: 1 }))
  for (const call of calls) call.catch(() => {})
  await world.network.pump()
  t.equal(asked(world, 'chat') - before, 30)
  world.server.mute = false
  world.network.break('alice')
  const answers = await world.drive(Promise.all(calls))
  t.equal(answers.length, 100)
  t.equal(asked(world, 'chat') - before, 130, 'those that flew are sent again')
})

t.test('an answer of another shape is an error, not a crash', async t => {
  const { world, alice } = await pair()
  world.server.mute = true
  const call = alice.client.call('chat', { chat: 1 })
  await world.network.pump()
  // The first request after HELLO and the open chats has some small number: all of them are answered.
  for (let ref = 1; ref < 20; ref++) world.server.sendAll(encode([0, ref, { chat: 'none' }]))
  await t.rejects(world.drive(call), { code: 'internal' })
  t.ok(alice.client.dev.counters().badFrames > 0)
})

t.test('an operation that there is not is refused here, and others go on', async t => {
  const { world, alice } = await pair()
  const { client } = alice
  await t.rejects(client.call('frobnicate' as 'pins', { chat: 1 }), {
    code: 'unknown_op',
    detail: 'There is no operation "frobnicate".',
  })
  t.match(await world.drive(client.send(1, 'hello').sent), { chat: 1 })
})

t.test('a frame that is too large is refused here', async t => {
  const { alice } = await pair()
  const token = 'x'.repeat(70_000)
  await t.rejects(alice.client.call('join', { token }), { code: 'too_large' })
})

t.test('read marks: shown at once, told once, never back, seen by the other side', async t => {
  const { world, chat, alice, bob } = await pair()
  await world.drive(alice.client.open(1))
  world.send(alice, 1, 'one')
  world.send(alice, 1, 'two')
  await world.quiet()
  const before = asked(world, 'read')
  bob.client.markRead(1, 1)
  t.equal(viewOf(bob)?.unread, 1)
  bob.client.markRead(1, 2)
  bob.client.markRead(1, 1)
  t.equal(viewOf(bob)?.unread, 0)
  t.equal(chat.places.get(2)?.read, 0)
  await world.quiet()
  t.equal(asked(world, 'read') - before, 1)
  t.equal(chat.places.get(2)?.read, 2)
  t.same(
    windowOf(alice).messages.map(({ state }) => state),
    ['read', 'read'],
  )
})

t.test(
  'a read mark survives a lost connection, and one that is refused leaves no trace',
  async t => {
    const { world, chat, bob } = await pair()
    world.server.post(chat, 1, 'one')
    await world.quiet()
    world.network.reachable = false
    bob.client.markRead(1, 1)
    world.network.break('bob')
    await world.clock.advance(60_000)
    t.equal(viewOf(bob)?.unread, 0)
    await world.quiet()
    t.equal(chat.places.get(2)?.read, 1)
    world.server.post(chat, 1, 'two')
    await world.quiet()
    world.server.refusals = [new AppError('not_found')]
    bob.client.markRead(1, 2)
    await world.clock.advance(500)
    await world.network.pump()
    t.equal(viewOf(bob)?.unread, 1)
  },
)

t.test('the own mark moves on another device too', async t => {
  const { world, chat, alice } = await pair()
  const desk = await world.join('desk', 1)
  world.server.post(chat, 2, 'x')
  await world.quiet()
  alice.client.markRead(1, 1)
  await world.quiet()
  t.equal(viewOf(desk)?.unread, 0)
})

t.test('typing: told at most every five seconds, shown for six, ended by the message', async t => {
  const { world, alice, bob } = await pair()
  await world.quiet()
  for (let i = 0; i < 5; i++) alice.client.typing(1)
  await world.network.pump()
  t.equal(asked(world, 'typing'), 1)
  t.same(viewOf(bob)?.typing, [1])
  await world.clock.advance(limits.typingEveryMs - 1)
  alice.client.typing(1)
  await world.network.pump()
  t.equal(asked(world, 'typing'), 1)
  await world.clock.advance(1)
  alice.client.typing(1)
  await world.network.pump()
  await world.clock.advance(limits.typingShownMs - 100)
  t.same(viewOf(bob)?.typing, [1], 'renewed')
  await world.clock.advance(200)
  t.same(viewOf(bob)?.typing, [])
  alice.client.typing(1)
  await world.network.pump()
  world.send(alice, 1, 'done')
  await world.network.pump()
  t.same(viewOf(bob)?.typing, [])
  world.network.reachable = false
  world.network.break('alice')
  await world.clock.advance(10_000)
  alice.client.typing(1)
  await world.quiet()
  t.equal(asked(world, 'typing'), 3, 'not remembered while offline')
})

t.test('presence: of exactly those asked for, anew after each connection', async t => {
  const { world, alice } = await pair()
  alice.client.watchPresence([2, 3, 3])
  await world.quiet()
  t.same(
    [...snapshot(alice).presence],
    [
      [2, { online: true }],
      [3, { online: false }],
    ],
  )
  world.server.sendAll(ephemeralFrame('presence', { user: 3, online: true }))
  await world.network.pump()
  t.equal(snapshot(alice).presence.get(3)?.online, true)
  world.network.break('alice')
  await world.quiet()
  t.equal(asked(world, 'presence'), 2)
  t.equal(snapshot(alice).presence.get(3)?.online, false)
  alice.client.watchPresence([])
  await world.quiet()
  t.equal(snapshot(alice).presence.size, 0)
})

t.test('unknown people are asked for together, and only once', async t => {
  const { world, chat, alice } = await pair()
  for (const from of [11, 12, 13, 5_000]) world.server.post(chat, from, 'x')
  await world.quiet()
  await world.drive(alice.client.open(1))
  await world.quiet()
  t.match(snapshot(alice).users.get(12), { name: 'User 12' })
  t.equal(asked(world, 'users'), 2, 'one for each of the two clients')
  world.server.post(chat, 5_000, 'nobody knows them')
  await world.quiet()
  t.equal(asked(world, 'users'), 2)
})

t.test('signing out ends everything here, even when the server is not reached', async t => {
  const { world, alice } = await pair()
  await world.drive(alice.client.open(1))
  await alice.client.api.logout()
  t.same(snapshot(alice).connection, { state: 'offline' })
  t.equal(snapshot(alice).me, null)
  t.same(snapshot(alice).chats, [])
  t.equal(snapshot(alice).windows.size, 0)
  t.equal(await alice.storage.get('tokens'), undefined)
  t.equal(world.server.connections, 1, "only Bob's")
  await world.clock.advance(120_000)
  t.same(snapshot(alice).connection, { state: 'offline' })
})

t.test(
  'signing out waits for no server: all is gone at once, and it is told for ten seconds',
  async t => {
    const { world, alice } = await pair()
    const paths: string[] = []
    world.api = path => {
      paths.push(path)
      return new Promise(() => {})
    }
    const at = world.clock.now()
    const leaving = alice.client.api.logout()
    t.equal(snapshot(alice).me, null)
    t.same(snapshot(alice).connection, { state: 'offline' })
    await settle()
    t.equal(await alice.storage.get('tokens'), undefined)
    t.same(paths, ['/api/v1/auth/logout'])
    t.equal(world.clock.now(), at)
    await world.drive(leaving)
    t.equal(world.clock.now() - at, 10_000)
  },
)

t.test(
  'a token that is too old to sign out with is replaced, and the new one kept nowhere',
  async t => {
    const { world, alice } = await pair()
    const paths: string[] = []
    world.api = path => {
      paths.push(path)
      if (path.endsWith('/refresh'))
        return Response.json({ ...world.server.tokens(1), accessToken: 'token-1-new' })
      return new Response(paths.length === 1 ? '{}' : null, {
        status: paths.length === 1 ? 401 : 204,
      })
    }
    await alice.client.api.logout()
    t.same(
      paths.map(path => path.split('/').at(-1)),
      ['logout', 'refresh', 'logout'],
    )
    t.equal(await alice.storage.get('tokens'), undefined)
    await alice.client.start()
    t.equal(snapshot(alice).me, null)
  },
)

t.test(
  'rest calls: signing in connects; a refused token is replaced and the call repeated',
  async t => {
    const world = new World()
    world.server.addChat(1, [1, 2])
    const alice = world.device('alice', 1)
    const me = { ...world.server.tokens(1).user, name: 'New name' }
    const paths: string[] = []
    const answers: Record<string, () => Response> = {
      '/api/v1/auth/login': () => Response.json(world.server.tokens(1)),
      '/api/v1/auth/refresh': () =>
        Response.json({ ...world.server.tokens(1), accessToken: 'token-1-new' }),
    }
    let refused = false
    world.api = path => {
      paths.push(path)
      const answer = answers[path]
      if (answer) return answer()
      if (refused) return Response.json({ user: me })
      refused = true
      return Response.json(
        { type: 'x', title: 'x', status: 401, code: 'unauthorized' },
        { status: 401 },
      )
    }
    t.match(await alice.client.api.login({ username: 'alice', password: 'p' }), { id: 1 })
    await world.quiet()
    t.match(await alice.client.api.updateMe({ name: 'New name' }), { name: 'New name' })
    t.match(snapshot(alice), { me: { name: 'New name' } })
    t.equal(snapshot(alice).users.get(1)?.name, 'New name')
    t.same(paths.slice(1), ['/api/v1/me', '/api/v1/auth/refresh', '/api/v1/me'])
  },
)
