// Running a group, as people on different processes see it: restrictions that end by themselves, requests to join,
// rules, handing over. Everything here crosses gateways, the api's jobs or its routes.

import t from 'tap'
import { frameType } from '#shared/protocol/codec.ts'
import { chatEvents, userEvents } from '#shared/protocol/events.ts'
import { allRights, right } from '#shared/protocol/permissions.ts'
import { type Frame, isMessage, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

const isUserEvent =
  (name: keyof typeof userEvents, chat: number, fits: (body: never) => boolean = () => true) =>
  ([type, kind, , body]: Frame) =>
    type === frameType.userEvent &&
    kind === userEvents[name].kind &&
    (body as { chat: number }).chat === chat &&
    fits(body as never)

const isMember =
  (chat: number, user: number, role: string) =>
  ([type, kind, of, , body]: Frame) =>
    type === frameType.chatEvent &&
    kind === chatEvents.member.kind &&
    of === chat &&
    (body as { user: number }).user === user &&
    (body as { role: string }).role === role

let rids = 0
const rid = () => ++rids

t.test('running a group across processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const [alice, bob, carol] = await Promise.all(
    ['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !carol) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const there = (node: string) => node !== a.node
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, there)
  const c = await joinWhere(t, stack.wsUrl, carol.accessToken, there)
  const ids = { alice: alice.user.id, bob: bob.user.id, carol: carol.user.id }
  /** A group of Alice with the others, who came by a link: their privacy does not matter here. */
  const group = async (...others: RawClient[]) => {
    const { chat } = await a.call('createGroup', { rid: rid(), title: 'Birds' })
    const { token } = await a.call('createInvite', { chat: chat.id, rid: rid() })
    for (const other of others) {
      await other.call('join', { token })
      await other.waitFor(isUserEvent('joined', chat.id))
    }
    return { chat: chat.id, token }
  }
  /** Does something that ends soon; again where asking for it took longer than that. @returns when it ends */
  const soon = (ask: (untilAt: number) => Promise<unknown>) =>
    until(async () => {
      const untilAt = Date.now() + 1_000
      await ask(untilAt)
      return untilAt
    })
  const inAnHour = () => Date.now() + 3_600_000
  const code = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: { code: string }) => error.code,
    )

  t.test('a restriction holds at once and ends by itself', async t => {
    const { chat } = await group(b, c)
    const restrict = (untilAt: number) =>
      a.call('restrict', { chat, user: ids.bob, role: 'restricted', untilAt })
    const later = inAnHour()
    await restrict(later)
    await b.waitFor(isMember(chat, ids.bob, 'restricted'))
    t.equal(await code(b.send(chat, 'may I?')), 'forbidden')
    const { chat: seen } = await b.call('chat', { chat })
    t.match(seen.me, { role: 'restricted', rights: 0, until: later })
    const untilAt = await soon(restrict)
    for (const client of [a, b, c]) await client.waitFor(isMember(chat, ids.bob, 'member'))
    t.ok(Date.now() >= untilAt, 'not before its time')
    t.equal(await code(b.send(chat, 'now I may')), null)
  })

  t.test('a banned member hears no more of the chat, until the ban ends', async t => {
    const { chat, token } = await group(b, c)
    const ban = (untilAt: number) =>
      a.call('restrict', { chat, user: ids.bob, role: 'banned', untilAt })
    const later = inAnHour()
    await ban(later)
    await b.waitFor(isUserEvent('left', chat))
    await a.send(chat, 'he is gone')
    await c.waitFor(isMessage(chat, 'he is gone'))
    t.equal(await code(b.call('join', { token })), 'forbidden')
    t.notOk(b.texts(chat).includes('he is gone'))
    const banned = await a.call('members', { chat, roles: ['banned'] })
    t.match(banned.members, [{ user: ids.bob, role: 'banned', until: later }])
    await soon(ban)
    await c.waitFor(isMember(chat, ids.bob, 'left'))
    t.equal(await code(b.call('join', { token })), null)
    await a.waitFor(isMember(chat, ids.bob, 'member'))
  })

  t.test('admins learn at once who asks to join; who is let in hears the chat', async t => {
    const { chat } = await group(b)
    await a.call('setRole', { chat, user: ids.bob, role: 'admin', rights: right.invite })
    const made = await a.call('createInvite', { chat, rid: rid(), approval: true })
    const asked = await c.call('join', { token: made.token })
    t.same(asked, { users: [], requested: true })
    type Place = { me: { requests?: number } }
    const one = isUserEvent('place', chat, ({ me }: Place) => me.requests === 1)
    for (const client of [a, b]) await client.waitFor(one)
    const { requests, users, count } = await b.call('joinRequests', { chat })
    t.match(requests, [{ user: ids.carol, invite: made.invite.id }])
    t.match(users, [{ id: ids.carol, name: 'Carol' }], 'with a face to it')
    t.equal(count, 1)
    await b.call('answerJoinRequest', { chat, user: ids.carol, accept: true })
    await c.waitFor(isUserEvent('joined', chat))
    await a.waitFor(isUserEvent('place', chat, ({ me }: Place) => me.requests === undefined))
    await a.send(chat, 'welcome')
    await c.waitFor(isMessage(chat, 'welcome'))
    t.equal((await a.call('joinRequests', { chat })).count, 0)
  })

  t.test('rules and default rights are told and kept everywhere', async t => {
    const { chat } = await group(b)
    await a.call('setRules', { chat, slowModeS: 900 })
    await a.call('setDefaultRights', { chat, rights: right.post })
    await b.waitFor(
      ([type, kind, of, , body]) =>
        type === frameType.chatEvent &&
        kind === chatEvents.info.kind &&
        of === chat &&
        (body as { rights: number }).rights === right.post,
    )
    const { chat: seen } = await b.call('chat', { chat })
    t.match(seen, { slowModeS: 900, rights: right.post })
    await b.send(chat, 'once')
    const refused = await b.send(chat, 'twice').catch(error => error)
    t.equal(refused.code, 'slow_mode')
    t.ok(refused.retryMs > 0 && refused.retryMs <= 900_000)
    const { acts } = await a.call('adminLog', { chat, actions: ['rules', 'rights'] })
    t.match(acts, [
      { action: 'rights', n: right.post },
      { action: 'rules', rule: 'slowModeS' },
    ])
    t.equal(await code(b.call('adminLog', { chat })), 'forbidden')
    t.equal(await code(a.ask(82, { chat, slowModeS: 7 })), 'bad_request')
  })

  t.test('a group is handed over by REST, and everybody’s devices know it', async t => {
    const { chat } = await group(b)
    const response = await fetch(`${stack.apiUrl}/chats/${chat}/owner`, {
      method: 'POST',
      headers: { authorization: `Bearer ${alice.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ user: ids.bob, password: alice.password }),
    })
    t.equal(response.status, 204)
    for (const client of [a, b]) {
      await client.waitFor(isMember(chat, ids.bob, 'owner'))
      await client.waitFor(isMember(chat, ids.alice, 'admin'))
    }
    const { chat: seen } = await b.call('chat', { chat })
    t.match(seen, { owner: ids.bob, me: { role: 'owner' } })
    t.match((await a.call('chat', { chat })).chat.me, { role: 'admin', rights: allRights })
    t.equal(await code(a.call('removeMember', { chat, user: ids.bob })), 'forbidden')
    t.equal(await code(b.call('removeMember', { chat, user: ids.alice })), null)
  })
})
