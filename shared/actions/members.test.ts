// Who comes, goes and rises. Every refusal leaves the chat as it was, and outsiders learn nothing.

import t from 'tap'
import { limits, plans } from '#shared/protocol/limits.ts'
import { allRights, defaultRights, right } from '#shared/protocol/permissions.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { editChat } from './edit-chat.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { createInvite, joinByInvite, listInvites, revokeInvite } from './invites.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { describeChat, listMembers, readHistory } from './read-chats.ts'
import { restrict } from './restrict.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t)
const roleOf = async (chat: number, user: number) => {
  const [row] = await world.db.query<{ role: string; rights: number }>({
    text: 'select role, rights from members where chat_id = $1 and user_id = $2',
    values: [chat, user],
  })
  return row
}

t.test('whoever is not in a chat gets not_found, whatever they ask', async t => {
  const [alice = 0, bob = 0, left = 0, banned = 0, outsider = 0] = await world.people(5)
  const chat = await world.group(alice, [bob, left])
  const { seq } = await world.sent({ chat, sender: left })
  await leaveChat(world, left, chat)
  await world.place(chat, banned, 'banned', allRights)
  const head = await world.head(chat)
  const asks: Record<string, (actor: number, chat: number) => Promise<unknown>> = {
    addMembers: (actor, chat) => addMembers(world, actor, chat, [outsider]),
    removeMember: (actor, chat) => removeMember(world, actor, chat, bob),
    leave: (actor, chat) => leaveChat(world, actor, chat),
    setRole: (actor, chat) => setRole(world, actor, { chat, user: bob, role: 'admin' }),
    editChat: (actor, chat) => editChat(world, actor, { chat, title: 'Mine' }),
    edit: (actor, chat) => editMessage(world, actor, { chat, seq, text: 'mine' }, 100),
    delete: (actor, chat) => deleteMessages(world, actor, chat, [seq]),
    history: (actor, chat) => readHistory(world, actor, chat, {}, 10),
    diff: (actor, chat) => readDiff(world, actor, chat, 0),
    chat: (actor, chat) => describeChat(world, actor, chat),
    members: (actor, chat) => listMembers(world, actor, chat, {}, 10),
    createInvite: (actor, chat) => createInvite(world, actor, { chat, rid: nextRid() }),
    invites: (actor, chat) => listInvites(world, actor, chat),
    revokeInvite: (actor, chat) => revokeInvite(world, actor, chat, 1),
    send: (actor, chat) => world.sent({ chat, sender: actor }),
  }
  const told = await world.announced(async () => {
    for (const [name, ask] of Object.entries(asks)) {
      for (const actor of [left, banned, outsider, 999_999]) {
        t.equal(await refusal(ask(actor, chat)), 'not_found', name)
      }
      t.equal(await refusal(ask(alice, 999_999)), 'not_found', `${name} of no chat`)
    }
  })
  t.same(told, { chats: {}, users: {} })
  t.same(await world.head(chat), head)
})

t.test('direct and saved chats have fixed members, titles and links', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.direct(alice, bob)
  t.equal(await refusal(addMembers(world, alice, chat, [carol])), 'conflict')
  t.equal(await refusal(removeMember(world, alice, chat, bob)), 'conflict')
  t.equal(await refusal(leaveChat(world, alice, chat)), 'conflict')
  t.equal(await refusal(setRole(world, alice, { chat, user: bob, role: 'admin' })), 'conflict')
  t.equal(await refusal(editChat(world, alice, { chat, title: 'Us' })), 'conflict')
  t.equal(await refusal(createInvite(world, alice, { chat, rid: 1 })), 'conflict')
})

t.test('adding: those in already, banned, unknown or deleted are left out', async t => {
  const [alice = 0, bob = 0, back = 0, banned = 0, gone = 0, fresh = 0] = await world.people(6)
  const chat = await world.group(alice, [bob, back])
  await world.send({ chat, sender: back }, { chat, sender: back })
  await leaveChat(world, back, chat)
  await world.place(chat, banned, 'banned')
  await world.db.query({
    text: 'update users set deleted_at = now() where id = $1',
    values: [gone],
  })
  const { rev } = await world.head(chat)
  const before = { back: await world.urev(back), fresh: await world.urev(fresh) }
  const told = await world.announced(async () => {
    const answer = await addMembers(world, bob, chat, [
      fresh,
      bob,
      back,
      banned,
      gone,
      999_999,
      fresh,
    ])
    t.same(answer, { rev: rev + 3, added: [back, fresh].sort((a, b) => a - b) })
  })
  t.same(told, {
    chats: { [chat]: [rev + 1, rev + 2, rev + 3] },
    users: { [back]: [before.back + 1], [fresh]: [before.fresh + 1] },
  })
  const { seq } = await world.head(chat)
  t.match(await world.head(chat), { rev: rev + 3, members: 4 })
  // The message that says so is the one unread.
  for (const user of [fresh, back]) {
    const { chat: seen } = await describeChat(world, user, chat)
    t.match(seen, { seq, me: { role: 'member', read: seq - 1 } }, 'all before is read')
  }
  const again = await world.announced(async () => {
    t.same(await addMembers(world, bob, chat, [fresh]), { rev: rev + 3, added: [] })
  })
  t.same(again, { chats: {}, users: {} })
})

t.test('adding needs the right; a full group takes nobody, not even some of them', async t => {
  const people = await world.people(203)
  const [alice = 0, bob = 0] = people
  const chat = await world.group(alice, people.slice(1, 199))
  await world.place(chat, bob, 'restricted', right.post)
  t.equal(await refusal(addMembers(world, bob, chat, people.slice(199, 200))), 'forbidden')
  const head = await world.head(chat)
  t.equal(await refusal(addMembers(world, alice, chat, people.slice(199, 201))), 'group_full')
  t.same(await world.head(chat), head)
  t.equal(
    await refusal(addMembers(world, alice, chat, people.slice(190, 200))),
    'none',
    'the 200th',
  )
  t.match(await world.head(chat), { members: 200 })
  t.equal(await refusal(addMembers(world, alice, chat, people.slice(200, 201))), 'group_full')
  await world.db.query({
    text: "update users set premium_until = now() + interval '1 day' where id = $1",
    values: [alice],
  })
  t.equal(
    await refusal(addMembers(world, alice, chat, people.slice(200, 201))),
    'none',
    'the owner pays',
  )
})

t.test('many adders at once never overfill a group', async t => {
  const people = await world.people(230)
  const [alice = 0] = people
  const chat = await world.group(alice, people.slice(1, 190))
  await Promise.all(
    people.slice(190, 230).map(user => refusal(addMembers(world, alice, chat, [user]))),
  )
  t.match(await world.head(chat), { members: 200 })
  const [row] = await world.db.query<{ n: number }>({
    text: "select count(*)::int as n from members where chat_id = $1 and role in ('owner', 'member')",
    values: [chat],
  })
  t.equal(row?.n, 200)
})

t.test('removing: only those above, only with the right', async t => {
  const [owner = 0, admin = 0, second = 0, bob = 0, carol = 0] = await world.people(5)
  const chat = await world.group(owner, [admin, second, bob, carol])
  for (const user of [admin, second]) await setRole(world, owner, { chat, user, role: 'admin' })
  const remove = (actor: number, user: number) => refusal(removeMember(world, actor, chat, user))
  t.equal(await remove(bob, carol), 'forbidden')
  t.equal(await remove(admin, second), 'forbidden', 'an equal')
  t.equal(await remove(admin, owner), 'forbidden', 'a superior')
  t.equal(await remove(admin, admin), 'forbidden', 'oneself: that is leaving')
  t.equal(await remove(owner, owner), 'forbidden')
  t.equal(await remove(owner, 999_999), 'not_found')
  const { rev } = await world.head(chat)
  const urev = await world.urev(carol)
  const told = await world.announced(async () => t.equal(await remove(admin, carol), 'none'))
  t.same(told, { chats: { [chat]: [rev + 1, rev + 2] }, users: { [carol]: [urev + 1] } })
  t.same(
    world.published.at(-1)?.events.map(event => event.type),
    ['left', 'chat', 'chat'],
    'out before the chat goes on, or she would get what is said next',
  )
  t.equal(await remove(admin, carol), 'not_found', 'already gone')
  t.match(await roleOf(chat, carol), { role: 'left', rights: 0 })
  await setRole(world, owner, { chat, user: admin, role: 'admin', rights: allRights & ~right.ban })
  t.equal(await remove(admin, bob), 'forbidden', 'an admin without the right')
  t.equal(await remove(owner, admin), 'none')
  t.match(await world.head(chat), { members: 3 })
})

t.test('roles: no equal or superior, no right that the giver lacks', async t => {
  const [owner = 0, admin = 0, second = 0, bob = 0] = await world.people(4)
  const chat = await world.group(owner, [admin, second, bob])
  const promote = (actor: number, user: number, rights?: number) =>
    refusal(setRole(world, actor, { chat, user, role: 'admin', rights }))
  const demote = (actor: number, user: number) =>
    refusal(setRole(world, actor, { chat, user, role: 'member' }))
  t.equal(await promote(bob, admin), 'forbidden')
  t.equal(await promote(owner, admin), 'none')
  t.match(await roleOf(chat, admin), { role: 'admin', rights: defaultRights.groupAdmin })
  t.equal(await promote(admin, bob), 'forbidden', 'the usual admin does not promote')
  const some = right.promote | right.pin
  t.equal(await promote(owner, admin, some), 'none')
  t.equal(await promote(admin, second, allRights), 'none')
  t.match(await roleOf(chat, second), { role: 'admin', rights: some | defaultRights.group })
  t.equal(await promote(admin, second, 0), 'forbidden', 'now an equal')
  t.equal(await demote(admin, second), 'forbidden')
  t.equal(await demote(admin, owner), 'forbidden')
  t.equal(await demote(admin, admin), 'forbidden', 'oneself')
  t.equal(await promote(admin, admin, allRights), 'forbidden', 'oneself, upwards')
  t.equal(await promote(owner, owner), 'forbidden')
  t.equal(await promote(owner, 999_999), 'not_found')
  t.equal(await promote(owner, bob, -1), 'none')
  t.match(await roleOf(chat, bob), { rights: allRights }, 'bits that are no rights fall away')
  t.equal(await promote(owner, bob, 2 ** 40 + right.pin), 'none')
  t.match(await roleOf(chat, bob), { rights: right.pin })
  t.equal(await demote(owner, bob), 'none')
  t.match(await roleOf(chat, bob), { role: 'member', rights: 0 })
  t.match(await world.head(chat), { members: 4 })
})

t.test('a change of role tells the member’s devices, the same role again tells nobody', async t => {
  const [owner = 0, bob = 0] = await world.people(2)
  const chat = await world.group(owner, [bob])
  const { rev } = await world.head(chat)
  const urev = await world.urev(bob)
  const make = () => setRole(world, owner, { chat, user: bob, role: 'admin' })
  t.same(await world.announced(make), {
    chats: { [chat]: [rev + 1] },
    users: { [bob]: [urev + 1] },
  })
  t.same(await world.announced(make), { chats: {}, users: {} })
})

t.test(
  'an owner who leaves hands over: the oldest admin, else the oldest member; with the last one the chat is gone',
  async t => {
    const [alice = 0, oldest = 0, admin = 0, limited = 0] = await world.people(4)
    const chat = await world.group(alice, [oldest])
    await addMembers(world, alice, chat, [admin])
    await addMembers(world, alice, chat, [limited])
    await setRole(world, alice, { chat, user: admin, role: 'admin' })
    await world.place(chat, limited, 'restricted')
    const leave = async (user: number) => {
      const { rev } = await world.head(chat)
      const told = await world.announced(() => leaveChat(world, user, chat))
      const after = await world.head(chat)
      t.same(
        told.chats[chat],
        Array.from({ length: after.rev - rev }, (_, i) => rev + i + 1),
      )
    }
    await leave(alice)
    t.match((await describeChat(world, oldest, chat)).chat, { owner: admin, members: 3 })
    t.match(await roleOf(chat, admin), { role: 'owner' })
    t.match(await roleOf(chat, alice), { role: 'left' })
    t.equal(await refusal(leaveChat(world, alice, chat)), 'not_found')
    await leave(admin)
    t.match(await roleOf(chat, oldest), { role: 'owner' })
    await leave(oldest)
    const { chat: left } = await describeChat(world, limited, chat)
    t.match(left, { members: 1, owner: limited, me: { role: 'owner' } })
    const { token } = await createInvite(world, limited, { chat, rid: nextRid() })
    await leave(limited)
    t.equal(await refusal(addMembers(world, limited, chat, [alice])), 'not_found')
    t.equal(
      await refusal(joinByInvite(world, alice, token)),
      'not_found',
      'nobody joins what is gone',
    )
  },
)

t.test('title and about: only with the right, and only a change is told', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const { rev } = await world.head(chat)
  t.equal(await refusal(editChat(world, bob, { chat, title: 'Mine' })), 'forbidden')
  t.equal(await refusal(editChat(world, alice, { chat, title: 'a\0' })), 'bad_text')
  const told = await world.announced(async () => {
    t.same(await editChat(world, alice, { chat, title: 'Sea birds', about: 'of storms' }), {
      rev: rev + 3,
    })
    t.same(await editChat(world, alice, { chat, title: 'Sea birds' }), { rev: rev + 3 })
    t.same(await editChat(world, alice, { chat }), { rev: rev + 3 })
    t.same(await editChat(world, alice, { chat, about: '' }), { rev: rev + 5 })
  })
  // The chat's own row, and a message for each thing that changed.
  t.same(told.chats, { [chat]: [1, 2, 3, 4, 5].map(n => rev + n) })
  t.same(Object.keys(told.users), [String(alice)], 'what she did is read on her devices')
  const { chat: seen } = await describeChat(world, bob, chat)
  t.match(seen, { title: 'Sea birds', rev: rev + 5 })
  t.equal(seen.about, undefined)
})

t.test('a channel’s members are for its admins; in groups pages follow each other', async t => {
  const people = await world.people(6)
  const [alice = 0, bob = 0] = people
  const channel = await world.channel(alice)
  await addMembers(world, alice, channel, people.slice(1))
  t.equal(await refusal(listMembers(world, bob, channel, {}, 10)), 'forbidden')
  await setRole(world, alice, { chat: channel, user: bob, role: 'admin' })
  t.equal((await listMembers(world, bob, channel, {}, 10)).members.length, 6)
  t.equal((await listMembers(world, bob, channel, {}, 10)).members[0]?.read, undefined)
  t.equal(
    await refusal(addMembers(world, people[2] ?? 0, channel, [])),
    'forbidden',
    'a reader invites nobody',
  )
  const chat = await world.group(alice, people.slice(1))
  const first = await listMembers(world, bob, chat, {}, 4)
  const second = await listMembers(world, bob, chat, { after: first.next }, 4)
  t.same(
    [...first.members, ...second.members].map(member => member.user),
    people.toSorted((a, b) => a - b),
  )
  t.equal(second.next, undefined)
  t.equal(first.users.length, 4)
})

t.test('read marks of others are shown in small chats only', async t => {
  const people = await world.people(limits.readMarksMembersMax + 1)
  const [alice = 0, bob = 0] = people
  const chat = await world.group(alice, people.slice(1, -1))
  const markOfBob = async () => {
    const { members } = await listMembers(world, alice, chat, {}, people.length)
    return members.find(each => each.user === bob)?.read
  }
  t.equal(await markOfBob(), 0)
  t.equal((await describeChat(world, alice, chat)).chat.peerRead, 0)
  await addMembers(world, alice, chat, people.slice(-1))
  t.equal(await markOfBob(), undefined)
  t.equal((await describeChat(world, alice, chat)).chat.peerRead, undefined)
})

t.test(
  'premium: a thousand members and not one more; after its end nobody new, and nobody out',
  async t => {
    const people = await world.people(1_002)
    const [alice = 0] = people
    const premium = (interval: string) =>
      world.db.query({
        text: 'update users set premium_until = now() + $2::interval where id = $1',
        values: [alice, interval],
      })
    await premium('1 day')
    const chat = await world.group(alice, people.slice(1, 201))
    for (let from = 201; from < 1_000; from += limits.addMembersMax) {
      const users = people.slice(from, Math.min(from + limits.addMembersMax, 999))
      await addMembers(world, alice, chat, users)
    }
    t.match(await world.head(chat), { members: 999 })
    const { token } = await createInvite(world, alice, { chat, rid: nextRid() })
    const [last = 0, over = 0, other = 0] = people.slice(999)
    t.equal(await refusal(addMembers(world, alice, chat, [last, over])), 'group_full')
    t.equal(await refusal(joinByInvite(world, last, token)), 'none', 'the thousandth')
    t.equal(await refusal(joinByInvite(world, over, token)), 'group_full')
    t.equal(await refusal(addMembers(world, alice, chat, [over])), 'group_full')
    await leaveChat(world, last, chat)
    await premium('-1 second')
    t.equal(await refusal(addMembers(world, alice, chat, [other])), 'group_full', 'premium is over')
    t.equal(await refusal(joinByInvite(world, last, token)), 'group_full')
    t.match(await world.head(chat), { members: 999 }, 'who is in stays')
    t.equal(await refusal(world.sent({ chat, sender: people[500] ?? 0 })), 'none')
    await premium('1 day')
    t.equal(await refusal(joinByInvite(world, last, token)), 'none')
  },
)

t.test('a channel takes everybody', async t => {
  t.same([plans.free.channelMembersMax, plans.premium.channelMembersMax], [null, null])
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.channel(alice)
  await world.db.query({
    text: 'update chats set member_count = 1000000 where id = $1',
    values: [chat],
  })
  t.equal(await refusal(addMembers(world, alice, chat, [bob])), 'none')
})

t.test('as many admins as the bound and not one more; changing one is no new one', async t => {
  const people = await world.people(limits.adminsPerChatMax + 1)
  const [alice = 0] = people
  const chat = await world.group(alice, people.slice(1))
  const promote = (user: number, rights?: number) =>
    refusal(setRole(world, alice, { chat, user, role: 'admin', rights }))
  for (const user of people.slice(1, -1)) t.equal(await promote(user), 'none')
  const [first = 0, last = 0] = [people[1], people.at(-1)]
  t.equal(await promote(last), 'quota_reached')
  t.equal(await promote(first, right.pin), 'none')
  t.equal(await refusal(setRole(world, alice, { chat, user: first, role: 'member' })), 'none')
  t.equal(await promote(last), 'none')
})

t.test(
  'promote lifts no restriction: a member’s is lifted by restrict, an admin needs the right ban',
  async t => {
    const [alice = 0, admin = 0, bob = 0] = await world.people(3)
    const chat = await world.group(alice, [admin, bob])
    await setRole(world, alice, { chat, user: admin, role: 'admin', rights: right.promote })
    await restrict(world, alice, { chat, user: bob, role: 'restricted' })
    const set = (actor: number, role: 'admin' | 'member') =>
      refusal(setRole(world, actor, { chat, user: bob, role, rights: 0 }))
    t.equal(await set(alice, 'member'), 'conflict')
    t.equal(await set(admin, 'member'), 'conflict')
    t.equal(await set(admin, 'admin'), 'forbidden')
    t.match(await roleOf(chat, bob), { role: 'restricted' })
    t.equal(await set(alice, 'admin'), 'none')
    t.match(await roleOf(chat, bob), { role: 'admin' })
  },
)

t.test('promoting against demoting at the same moment: one of both is what stays', async t => {
  for (let round = 0; round < 10; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const { rev } = await world.head(chat)
    const told = await world.announced(() =>
      Promise.all([
        setRole(world, alice, { chat, user: bob, role: 'admin', rights: right.pin }),
        setRole(world, alice, { chat, user: bob, role: 'member' }),
        setRole(world, alice, { chat, user: bob, role: 'admin', rights: right.ban }),
      ]),
    )
    const row = await roleOf(chat, bob)
    const isAdmin = row?.role === 'admin' && (row.rights === right.pin || row.rights === right.ban)
    t.ok(isAdmin || (row?.role === 'member' && row.rights === 0), JSON.stringify(row))
    const after = await world.head(chat)
    t.equal(told.chats[chat]?.length, after.rev - rev)
    const { members } = await readDiff(world, alice, chat, rev)
    t.match(
      members.find(each => each.user === bob),
      { role: row?.role, rights: row?.rights },
    )
  }
})
