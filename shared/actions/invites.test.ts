import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { right } from '#shared/protocol/permissions.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { createInvite, joinByInvite, listInvites, previewInvite, revokeInvite } from './invites.ts'
import { leaveChat, removeMember } from './members.ts'
import { describeChat } from './read-chats.ts'

const world = await openWorld(t)
const make = (actor: number, chat: number, more = {}) =>
  createInvite(world, actor, { chat, rid: nextRid(), ...more })
const join = (user: number, token: string) => refusal(joinByInvite(world, user, token))
const expire = (id: number) =>
  world.db.query({
    text: "update invites set expires_at = now() - interval '1 ms' where id = $1",
    values: [id],
  })

t.test('a link leads in: a preview, then the chat, then the same chat again', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice)
  await world.sent({ chat, sender: alice })
  const { token, invite } = await make(alice, chat, { name: 'for friends' })
  t.match(token, /^[\w-]{22}$/)
  t.match(invite, { by: alice, name: 'for friends', uses: 0 })
  t.same(await previewInvite(world, bob, token), { kind: 'group', title: 'Birds', members: 1 })
  const { rev } = await world.head(chat)
  const told = await world.announced(async () =>
    t.same(await joinByInvite(world, bob, token), { chat }),
  )
  t.same(told, { chats: { [chat]: [rev + 1, rev + 2] }, users: { [bob]: [1] } })
  const { seq } = await world.head(chat)
  t.match((await describeChat(world, bob, chat)).chat, {
    members: 2,
    me: { role: 'member', read: seq },
  })
  t.equal((await previewInvite(world, bob, token)).joined, chat)
  const again = await world.announced(async () =>
    t.same(await joinByInvite(world, bob, token), { chat }),
  )
  t.same(again, { chats: {}, users: {} })
  t.match((await listInvites(world, alice, chat)).invites, [{ uses: 1 }], 'a member costs no use')
})

t.test('a token is kept as a hash only, and a wrong one leads nowhere', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  const { token } = await make(alice, chat)
  const [row] = await world.db.query<{ all: string }>({
    text: 'select string_agg(i::text, chr(10)) as all from invites i where chat_id = $1',
    values: [chat],
  })
  t.notOk(row?.all.includes(token))
  for (const wrong of [
    '',
    'x',
    token.slice(1),
    `${token}x`,
    token.toLowerCase() === token ? 'y' : token.toLowerCase(),
    '\0',
  ]) {
    t.equal(await join(alice, wrong), 'not_found')
    t.equal(await refusal(previewInvite(world, alice, wrong)), 'not_found')
  }
})

t.test('an expired, revoked or used-up link lets nobody in but says so', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice)
  const expired = await make(alice, chat, { expiresAt: Date.now() + 60_000 })
  t.equal(await refusal(previewInvite(world, bob, expired.token)), 'none')
  await expire(expired.invite.id)
  const revoked = await make(alice, chat)
  await revokeInvite(world, alice, chat, revoked.invite.id)
  await revokeInvite(world, alice, chat, revoked.invite.id)
  const used = await make(alice, chat, { usesMax: 1 })
  t.equal(await join(carol, used.token), 'none')
  for (const { token } of [expired, revoked, used]) {
    t.equal(await join(bob, token), 'invite_expired')
    t.equal(await refusal(previewInvite(world, bob, token)), 'invite_expired')
    t.equal(await join(carol, token), 'none', 'a member just gets the chat')
  }
  t.match(await world.head(chat), { members: 2 })
  const { invites } = await listInvites(world, alice, chat)
  t.same(
    invites.map(invite => [invite.id, invite.revoked, invite.uses]),
    [
      [used.invite.id, undefined, 1],
      [expired.invite.id, undefined, 0],
      [revoked.invite.id, true, 0],
    ],
  )
})

t.test('fifty at once through a link for seven: seven join', async t => {
  const people = await world.people(51)
  const [alice = 0, ...crowd] = people
  const chat = await world.group(alice)
  const { token } = await make(alice, chat, { usesMax: 7 })
  const before = await world.head(chat)
  let outcomes: string[] = []
  const told = await world.announced(async () => {
    outcomes = await Promise.all(crowd.map(user => join(user, token)))
  })
  t.equal(outcomes.filter(code => code === 'none').length, 7)
  t.equal(outcomes.filter(code => code === 'invite_expired').length, 43)
  // Each is a member more, and a message that says so.
  t.match(await world.head(chat), { members: 8, rev: before.rev + 14, seq: before.seq + 7 })
  t.same(
    [...(told.chats[chat] ?? [])].sort((a, b) => a - b),
    Array.from({ length: 14 }, (_, i) => before.rev + i + 1),
  )
  t.match((await listInvites(world, alice, chat)).invites, [{ uses: 7, usesMax: 7 }])
})

t.test('one person through a link on ten devices at once: one use, one join', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice)
  const { token } = await make(alice, chat, { usesMax: 1 })
  t.same(
    new Set(await Promise.all(Array.from({ length: 10 }, () => join(bob, token)))),
    new Set(['none']),
  )
  t.match(await world.head(chat), { members: 2 })
})

t.test('a full group and a banned person', async t => {
  const people = await world.people(202)
  const [alice = 0, banned = 0] = people
  const chat = await world.group(alice, people.slice(2, 201))
  const { token, invite } = await make(alice, chat, { usesMax: 5 })
  t.equal(await join(people[201] ?? 0, token), 'group_full')
  await removeMember(world, alice, chat, people[5] ?? 0)
  await world.place(chat, banned, 'banned')
  t.equal(await join(banned, token), 'forbidden')
  t.match(
    (await listInvites(world, alice, chat)).invites,
    [{ id: invite.id, uses: 0 }],
    'refusals cost no use',
  )
  t.equal(await join(people[5] ?? 0, token), 'none', 'somebody who was removed may come back')
})

t.test(
  'only those who may invite make, see and end links; a link of another chat is not theirs',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const channel = await world.channel(alice)
    await world.place(channel, bob, 'member')
    const { invite } = await make(alice, channel)
    t.equal(await refusal(make(bob, channel)), 'forbidden')
    t.equal(await refusal(listInvites(world, bob, channel)), 'forbidden')
    t.equal(await refusal(revokeInvite(world, bob, channel, invite.id)), 'forbidden')
    await world.place(channel, bob, 'admin', right.invite)
    t.equal(await refusal(make(bob, channel)), 'none')
    const other = await world.group(bob)
    t.equal(await refusal(revokeInvite(world, bob, other, invite.id)), 'not_found')
    t.equal(await refusal(revokeInvite(world, alice, channel, 999_999)), 'not_found')
    t.same(
      (await listInvites(world, alice, channel)).users.map(user => user.id).sort(),
      [alice, bob].sort(),
    )
  },
)

t.test('revoked links hide none that leads in, and do not pile up', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const { invite: open } = await make(bob, chat)
  for (let i = 0; i < limits.invitesPerChatMax + 3; i++) {
    const { invite } = await make(bob, chat)
    await revokeInvite(world, bob, chat, invite.id)
  }
  const { invites } = await listInvites(world, alice, chat)
  t.equal(invites[0]?.id, open.id)
  t.equal(invites.length, limits.invitesPerChatMax)
  const [row] = await world.db.query<{ n: number }>({
    text: 'select count(*)::int as n from invites where chat_id = $1',
    values: [chat],
  })
  t.ok((row?.n ?? 0) <= limits.invitesPerChatMax + 2, `${row?.n} rows`)
})

t.test('bad input', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  t.equal(await refusal(make(alice, chat, { expiresAt: Date.now() - 1 })), 'bad_request')
  t.equal(await refusal(make(alice, chat, { name: 'a\0' })), 'bad_text')
  const far = await make(alice, chat, { expiresAt: 8.64e15 })
  t.equal(far.invite.expiresAt, 8.64e15, 'the end of time can be stored and read')
})

t.test(
  'the same rid is the same link with a new token, also for the last link of a chat',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice)
    for (let i = 1; i < limits.invitesPerChatMax; i++) await make(alice, chat)
    const rid = nextRid()
    const first = await make(alice, chat, { rid })
    t.equal(await refusal(make(alice, chat)), 'quota_reached')
    const second = await make(alice, chat, { rid })
    t.equal(second.invite.id, first.invite.id)
    t.not(second.token, first.token)
    t.equal(await join(bob, first.token), 'not_found')
    t.equal(await join(bob, second.token), 'none')
    await revokeInvite(world, alice, chat, first.invite.id)
    t.equal(await refusal(make(alice, chat)), 'none', 'a revoked one makes room')
  },
)

t.test('a join and a revoke at the same moment: either order, nothing between', async t => {
  for (let round = 0; round < 10; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice)
    const { token, invite } = await make(alice, chat)
    const [joined] = await Promise.all([
      join(bob, token),
      revokeInvite(world, alice, chat, invite.id),
    ])
    const { members } = await world.head(chat)
    t.equal(members, joined === 'none' ? 2 : 1)
    t.match((await listInvites(world, alice, chat)).invites, [{ revoked: true, uses: members - 1 }])
    if (joined !== 'none') t.equal(joined, 'invite_expired')
  }
})

t.test('who left comes back by a link and has read what was before', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await leaveChat(world, bob, chat)
  await world.send({ chat, sender: alice }, { chat, sender: alice })
  const { token } = await make(alice, chat)
  t.equal(await join(bob, token), 'none')
  const { seq } = await world.head(chat)
  t.match((await describeChat(world, bob, chat)).chat.me, { role: 'member', read: seq })
})
