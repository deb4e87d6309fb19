// Handing a chat over: with the password, to somebody who is in it and whose plan has room for it.

import t from 'tap'
import { createRoom } from '#shared/actions/create-chat.ts'
import { addMembers, leaveChat, setRole } from '#shared/actions/members.ts'
import { readHistory } from '#shared/actions/read-chats.ts'
import { restrict } from '#shared/actions/restrict.ts'
import { plans } from '#shared/protocol/limits.ts'
import { allRights } from '#shared/protocol/permissions.ts'
import { readActs } from '#shared/store/audit-log.ts'
import { readMember } from '#shared/store/members.ts'
import { appUnderTest, goodPassword, type Registered } from '#test/helpers/api.ts'

const rates = { loginPerIpUser: { points: 5, perS: 600 } }
const { call, register, events, db, services } = await appUnderTest(t, { rates })

let rids = 0
const room = async (
  owner: Registered,
  users: Registered[] = [],
  kind: 'group' | 'channel' = 'group',
) => {
  const input = { kind, rid: ++rids, title: 'Birds', users: users.map(({ user }) => user.id) }
  const chat = await createRoom(services, owner.user.id, 'free', input)
  if (kind === 'channel') await addMembers(services, owner.user.id, chat, input.users)
  return chat
}
const people = async (count: number) => {
  const made: Registered[] = []
  while (made.length < count) made.push(await register('alice'))
  // People who share a chat may be added by each other.
  return made as [Registered, Registered, Registered, Registered]
}
const transfer = (by: Registered, chat: number, to: number, password = goodPassword, ip?: string) =>
  call('POST', `/api/v1/chats/${chat}/owner`, {
    token: by.accessToken,
    json: { user: to, password },
    ...(ip !== undefined && { ip }),
  })
const role = async (chat: number, { user }: Registered) => {
  const row = await readMember(db, chat, user.id)
  return [row?.role, row?.rights]
}
const owner = async (chat: number) => {
  const [row] = await db.query<{ owner: number }>({
    text: 'select owner_id as owner from chats where id = $1',
    values: [chat],
  })
  return row?.owner
}

t.test('refused: without the password, without owning, to somebody who is not there', async t => {
  const [alice, bob, carol, dora] = await people(4)
  const chat = await room(alice, [bob, carol])
  await setRole(services, alice.user.id, {
    chat,
    user: bob.user.id,
    role: 'admin',
    rights: allRights,
  })
  await restrict(services, alice.user.id, { chat, user: carol.user.id, role: 'banned' })
  const codes = async (...asks: ReturnType<typeof transfer>[]) =>
    (await Promise.all(asks)).map(({ status, body }) => `${status} ${body.code}`)
  t.same(
    await codes(
      transfer(alice, chat, bob.user.id, 'a wrong password'),
      transfer(bob, chat, bob.user.id),
      transfer(dora, chat, bob.user.id),
      transfer(alice, 999_999, bob.user.id),
      transfer(alice, chat, alice.user.id),
      transfer(alice, chat, carol.user.id),
      transfer(alice, chat, dora.user.id),
      transfer(alice, chat, 999_999),
    ),
    [
      '401 bad_credentials',
      '403 forbidden',
      '404 not_found',
      '404 not_found',
      '409 conflict',
      '404 not_found',
      '404 not_found',
      '404 not_found',
    ],
  )
  const path = `/api/v1/chats/${chat}/owner`
  t.equal((await call('POST', path, { json: {} })).status, 401)
  t.equal((await call('POST', path, { token: alice.accessToken, json: {} })).status, 400)
  t.equal(
    (await call('POST', '/api/v1/chats/1e3/owner', { token: alice.accessToken, json: {} })).status,
    400,
  )
  t.equal(await owner(chat), alice.user.id)
})

t.test('handed over: the rows, the message, the event, the log', async t => {
  const [alice, bob] = await people(2)
  const chat = await room(alice, [bob])
  events.length = 0
  t.equal((await transfer(alice, chat, bob.user.id)).status, 204)
  t.equal(await owner(chat), bob.user.id)
  t.same(await role(chat, bob), ['owner', 0])
  t.same(await role(chat, alice), ['admin', allRights])
  t.same(
    events.map(event => event.type),
    ['chat', 'chat', 'joined', 'chat', 'joined', 'chat', 'user'],
    'the row, two members, the message, and that who did it has read it',
  )
  const { messages } = await readHistory(services, bob.user.id, chat, {}, 1)
  t.match(messages, [{ from: alice.user.id, svc: { t: 'owner', users: [bob.user.id] } }])
  const asked = { before: 1e15, actor: null, actions: ['owner'], sinceMs: 0 }
  t.match(await readActs(db, chat, asked, 10), [{ by: alice.user.id, user: bob.user.id }])
  t.equal((await transfer(alice, chat, bob.user.id)).status, 403, 'not hers any more')
  t.equal((await transfer(bob, chat, alice.user.id)).status, 204, 'and back')
})

t.test('a channel is handed over without a message; its owner may use the rid again', async t => {
  const [alice, bob] = await people(2)
  const chat = await room(alice, [bob], 'channel')
  t.equal((await transfer(alice, chat, bob.user.id)).status, 204)
  t.equal(await owner(chat), bob.user.id)
  const { messages } = await readHistory(services, bob.user.id, chat, {}, 10)
  t.same(messages, [])
})

t.test('the plan of the new owner: rooms owned, at the bound and above', async t => {
  const [alice, bob] = await people(2)
  const max = plans.free.groupsOwnedMax
  const owned: number[] = []
  while (owned.length < max - 1) owned.push(await room(bob))
  const [first, second] = [await room(alice, [bob]), await room(alice, [bob])]
  const channel = await room(alice, [bob], 'channel')
  t.equal((await transfer(alice, first, bob.user.id)).status, 204, 'the last that fits')
  const refused = await transfer(alice, second, bob.user.id)
  t.same([refused.status, refused.body.code], [409, 'quota_reached'])
  t.equal(await owner(second), alice.user.id)
  t.equal((await transfer(alice, channel, bob.user.id)).status, 204, 'channels count apart')
  await leaveChat(services, bob.user.id, owned[0] ?? 0)
  t.equal((await transfer(alice, second, bob.user.id)).status, 204)
})

t.test('the plan of the new owner: a group that is too large for it', async t => {
  const [alice, bob] = await people(2)
  const chat = await room(alice, [bob])
  const grow = (members: number) =>
    db.query({ text: 'update chats set member_count = $2 where id = $1', values: [chat, members] })
  await grow(plans.free.groupMembersMax + 1)
  t.same((await transfer(alice, chat, bob.user.id)).body.code, 'quota_reached')
  await db.query({
    text: "update users set premium_until = now() + interval '1 day' where id = $1",
    values: [bob.user.id],
  })
  t.equal((await transfer(alice, chat, bob.user.id)).status, 204)
  await grow(plans.free.groupMembersMax)
  t.equal((await transfer(bob, chat, alice.user.id)).status, 204)
})

t.test(
  'wrong passwords are counted as those of the sign-in are; who owns nothing cannot try',
  async t => {
    const [alice, bob] = await people(2)
    const chat = await room(alice, [bob])
    const ip = '198.51.100.7'
    for (let i = 0; i < 5; i++) {
      t.equal((await transfer(alice, chat, bob.user.id, 'a wrong password', ip)).status, 401)
    }
    const refused = await transfer(alice, chat, bob.user.id, goodPassword, ip)
    t.same([refused.status, refused.body.code], [429, 'rate_limited'])
    t.equal((await transfer(bob, chat, alice.user.id, 'a wrong password', ip)).status, 403)
  },
)

t.test('two transfers at the same moment: one owner, and the other is refused', async t => {
  for (let round = 0; round < 5; round++) {
    const [alice, bob, carol] = await people(3)
    const chat = await room(alice, [bob, carol])
    const answers = await Promise.all([
      transfer(alice, chat, bob.user.id),
      transfer(alice, chat, carol.user.id),
    ])
    t.same(answers.map(answer => answer.status).sort(), [204, 403])
    const heir = answers[0].status === 204 ? bob : carol
    t.equal(await owner(chat), heir.user.id)
    const rows = await db.query({
      text: "select user_id as user from members where chat_id = $1 and role = 'owner'",
      values: [chat],
    })
    t.same(rows, [{ user: heir.user.id }])
  }
})

t.test('two groups for the last place in somebody’s plan: one of them', async t => {
  const [alice, bob, carol] = await people(3)
  for (let i = 1; i < plans.free.groupsOwnedMax; i++) await room(carol)
  const chats = [await room(alice, [carol]), await room(bob, [carol])] as const
  const answers = await Promise.all([
    transfer(alice, chats[0], carol.user.id),
    transfer(bob, chats[1], carol.user.id),
  ])
  t.same(answers.map(answer => answer.status).sort(), [204, 409])
})

t.test('handing over while the heir leaves: never an owner who is gone', async t => {
  for (let round = 0; round < 5; round++) {
    const [alice, bob] = await people(2)
    const chat = await room(alice, [bob])
    const [answer] = await Promise.all([
      transfer(alice, chat, bob.user.id),
      leaveChat(services, bob.user.id, chat),
    ])
    t.ok([204, 404].includes(answer.status))
    t.equal(await owner(chat), alice.user.id, 'kept, or inherited back')
    t.same((await role(chat, bob))[0], 'left')
  }
})
