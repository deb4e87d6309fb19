import t from 'tap'
import { plans } from '#shared/protocol/limits.ts'
import { defaultRights } from '#shared/protocol/permissions.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { createRoom, openSaved } from './create-chat.ts'
import { createDirect } from './direct-chats.ts'
import { leaveChat } from './members.ts'
import { describeChat, listChats, listMembers } from './read-chats.ts'

const world = await openWorld(t)
const group = (owner: number, more = {}) =>
  createRoom(world, owner, 'free', { kind: 'group', rid: nextRid(), title: 'Birds', ...more })

t.test('a direct chat is made once, also when both ask many times at the same moment', async t => {
  for (let round = 0; round < 5; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const from = world.published.length
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        i % 2 ? world.direct(alice, bob) : world.direct(bob, alice),
      ),
    )
    t.equal(new Set(ids).size, 1)
    const told = world.published.slice(from).filter(batch => batch.events.length > 0)
    t.equal(told.length, 1, 'one of them announced it')
    t.match(await world.head(ids[0] ?? 0), { rev: 2, seq: 0, members: 2 })
    t.equal(await world.direct(alice, bob), ids[0])
  }
})

t.test('both people see a direct chat with the other in it', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  await world.acquaint(alice, bob)
  let id = 0
  const told = await world.announced(async () => {
    id = await createDirect(world, alice, bob)
  })
  t.same(told, { chats: { [id]: [1, 2] }, users: { [alice]: [1], [bob]: [1] } })
  for (const [me, peer] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const { chat, users } = await describeChat(world, me, id)
    t.match(chat, {
      kind: 'direct',
      peer,
      members: 2,
      me: { role: 'member', read: 0 },
      rights: defaultRights.direct,
    })
    t.same(users.map(user => user.id).sort(), [alice, bob].sort())
  }
})

t.test('no direct chat with oneself, with nobody, or with somebody who is gone', async t => {
  const [alice = 0, gone = 0] = await world.people(2)
  await world.db.query({
    text: 'update users set deleted_at = now() where id = $1',
    values: [gone],
  })
  t.equal(await refusal(createDirect(world, alice, alice)), 'bad_request')
  t.equal(await refusal(createDirect(world, alice, 999_999)), 'not_found')
  t.equal(await refusal(createDirect(world, alice, gone)), 'not_found')
})

t.test('saved is one chat, with its owner alone', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const ids = await Promise.all(Array.from({ length: 6 }, () => openSaved(world, alice)))
  t.equal(new Set(ids).size, 1)
  t.not(await openSaved(world, bob), ids[0])
  const { chat } = await describeChat(world, alice, ids[0] ?? 0)
  t.match(chat, { kind: 'saved', members: 1, me: { role: 'owner' }, peer: undefined })
  t.match(await world.sent({ chat: chat.id, sender: alice }), { seq: 1 })
  t.equal(await refusal(describeChat(world, bob, chat.id)), 'not_found')
})

t.test(
  'the same rid gives the same room, also at the same moment; another creator has his own',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const rid = nextRid()
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => group(alice, { rid, users: [bob] })),
    )
    t.equal(new Set(ids).size, 1)
    t.match(await world.head(ids[0] ?? 0), { rev: 3, seq: 1, members: 2 })
    t.equal(await group(alice, { rid, title: 'Another title' }), ids[0])
    t.not(await group(bob, { rid }), ids[0])
  },
)

t.test('members: unknown, doubled and deleted people and the creator are left out', async t => {
  const [alice = 0, bob = 0, gone = 0] = await world.people(3)
  await world.db.query({
    text: 'update users set deleted_at = now() where id = $1',
    values: [gone],
  })
  let id = 0
  const told = await world.announced(async () => {
    id = await group(alice, { users: [bob, alice, bob, 999_999, gone] })
  })
  const { members } = await listMembers(world, alice, id, {}, 10)
  t.same(
    new Map(members.map(member => [member.user, member.role])),
    new Map([
      [alice, 'owner'],
      [bob, 'member'],
    ]),
  )
  t.same(told.chats, { [id]: [1, 2, 3] })
  t.match((await describeChat(world, bob, id)).chat, {
    owner: alice,
    title: 'Birds',
    rights: defaultRights.group,
  })
})

t.test('a group ends at the members of the plan, at its making', async t => {
  const people = await world.people(201)
  const [alice = 0] = people
  const max = plans.free.groupMembersMax
  t.equal(people.length, max + 1)
  t.equal(await refusal(group(alice, { users: people })), 'group_full')
  const id = await group(alice, { users: people.slice(0, max) })
  t.match(await world.head(id), { members: max })
})

t.test(
  'a plan allows so many groups and so many channels, also when all are made at once',
  async t => {
    const [alice = 0] = await world.people(1)
    const max = plans.free.groupsOwnedMax
    const outcomes = await Promise.all(Array.from({ length: max + 5 }, () => refusal(group(alice))))
    t.equal(outcomes.filter(code => code === 'none').length, max)
    t.equal(outcomes.filter(code => code === 'quota_reached').length, 5)
    const channel = () => refusal(group(alice, { kind: 'channel' }))
    for (let made = 0; made < plans.free.channelsOwnedMax; made++)
      t.equal(await channel(), 'none', 'channels count apart')
    t.equal(await channel(), 'quota_reached')
    t.equal(
      await refusal(
        createRoom(world, alice, 'premium', { kind: 'group', rid: nextRid(), title: 'More' }),
      ),
      'none',
      'premium allows more',
    )
  },
)

t.test('the last room of a plan, asked for several times with one rid, is one room', async t => {
  const [alice = 0] = await world.people(1)
  for (let i = 1; i < plans.free.groupsOwnedMax; i++) await group(alice)
  const rid = nextRid()
  const ids = await Promise.all(Array.from({ length: 5 }, () => group(alice, { rid })))
  t.equal(new Set(ids).size, 1)
})

t.test('two people may use the same rid: handing a group over does not mind', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const own = await group(bob, { rid: 1 })
  const given = await group(alice, { rid: 1, users: [bob] })
  await leaveChat(world, alice, given)
  t.match((await describeChat(world, bob, given)).chat, { owner: bob, me: { role: 'owner' } })
  t.equal(await group(bob, { rid: 1 }), own, 'his own is still what his rid made')
  t.not(await group(alice, { rid: 1 }), given, 'what she gave away is no answer to her any more')
})

t.test('titles that PostgreSQL cannot store are refused', async t => {
  const [alice = 0] = await world.people(1)
  t.equal(await refusal(group(alice, { title: 'a\0' })), 'bad_text')
  t.equal(await refusal(group(alice, { about: '\ud800' })), 'bad_text')
})

t.test('the chat list: latest activity first, in pages that neither skip nor repeat', async t => {
  const [alice = 0] = await world.people(1)
  const chats: number[] = []
  for (let i = 0; i < 7; i++) chats.push(await group(alice))
  // Equal times must not confuse the pages.
  await world.db.query({
    text: "update chats set last_at = '2026-01-01 00:00:00.1234' where id = any ($1)",
    values: [chats.slice(0, 4)],
  })
  await world.sent({ chat: chats[2] ?? 0, sender: alice })
  const seen: number[] = []
  let after: { at: number; chat: number } | undefined
  do {
    const page = await listChats(world, alice, after, 2)
    seen.push(...page.chats.map(chat => chat.id))
    after = page.next
  } while (after)
  t.equal(seen[0], chats[2])
  t.same([...seen].sort(), [...chats].sort())
  t.equal(new Set(seen).size, 7)
  t.same(
    (await listChats(world, alice, undefined, 100)).chats.map(chat => chat.id),
    seen,
  )
})
