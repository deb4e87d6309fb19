// What a group tells of coming and going, as messages of its own; and what large groups and channels leave out.

import t from 'tap'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { nextRid, openWorld } from '#test/helpers/world.ts'
import { editChat } from './edit-chat.ts'
import { createInvite, joinByInvite } from './invites.ts'
import { addMembers, leaveChat, removeMember } from './members.ts'
import { describeChat, readHistory } from './read-chats.ts'
import { restrict } from './restrict.ts'

const world = await openWorld(t)

/** The service messages after `seq`: who wrote them and what they tell. */
const told = async (reader: UserId, chat: ChatId, after = 0) => {
  const { messages } = await readHistory(world, reader, chat, { after }, 100)
  return messages.map(({ from, svc }) => [from, svc])
}
const unread = async (user: UserId, chat: ChatId) => {
  const { chat: seen } = await describeChat(world, user, chat)
  return seen.seq - seen.me.read
}
const token = async (actor: UserId, chat: ChatId) =>
  (await createInvite(world, actor, { chat, rid: nextRid() })).token

t.test('each way in and out has its message, from who did it', async t => {
  const [alice = 0, bob = 0, carol = 0, dora = 0] = await world.people(4)
  const chat = await world.group(alice, [bob])
  await addMembers(world, bob, chat, [carol])
  await joinByInvite(world, dora, await token(alice, chat))
  await leaveChat(world, carol, chat)
  await removeMember(world, alice, chat, dora)
  await restrict(world, alice, { chat, user: dora, role: 'banned' })
  t.same(await told(alice, chat), [
    [alice, { t: 'created', text: 'Birds', users: [bob] }],
    [bob, { t: 'added', users: [carol] }],
    [dora, { t: 'joined' }],
    [carol, { t: 'left' }],
    [alice, { t: 'removed', users: [dora] }],
  ])
  await restrict(world, alice, { chat, user: bob, role: 'banned' })
  t.same((await told(alice, chat)).at(-1), [alice, { t: 'removed', users: [bob] }])
  const empty = await addMembers(world, alice, chat, [bob, 999_999])
  t.same(empty.added, [])
  t.equal((await told(alice, chat)).length, 6, 'nobody came, nothing is told')
})

t.test('news for the others, and none for who did it', async t => {
  const [alice = 0, bob = 0, carol = 0, dora = 0] = await world.people(4)
  const chat = await world.group(alice, [bob])
  t.equal(await unread(alice, chat), 0)
  t.equal(await unread(bob, chat), 1, 'a new group shows itself')
  await addMembers(world, alice, chat, [carol])
  t.equal(await unread(alice, chat), 0)
  t.equal(await unread(carol, chat), 1)
  t.equal(await unread(bob, chat), 2)
  await joinByInvite(world, dora, await token(alice, chat))
  t.equal(await unread(dora, chat), 0, 'who joins knows that they did')
  t.equal(await unread(alice, chat), 1)
  await addMembers(world, alice, chat, [bob])
  await removeMember(world, alice, chat, dora)
  t.equal(await unread(alice, chat), 2, 'what was unread before stays so')
})

t.test('an owner who leaves: who owns the group now', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await leaveChat(world, alice, chat)
  t.same((await told(bob, chat)).slice(1), [
    [alice, { t: 'left' }],
    [alice, { t: 'owner', users: [bob] }],
  ])
  const { seq } = await world.head(chat)
  await leaveChat(world, bob, chat)
  t.match(await world.head(chat), { seq, members: 0 }, 'the last one tells nobody')
})

t.test('channels tell nothing of it', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.channel(alice)
  await addMembers(world, alice, chat, [bob])
  await joinByInvite(world, carol, await token(alice, chat))
  await leaveChat(world, carol, chat)
  await removeMember(world, alice, chat, bob)
  await leaveChat(world, alice, chat)
  t.match(await world.head(chat), { seq: 0, members: 0 })
})

t.test('groups tell it up to the bound, and not one above', async t => {
  const max = limits.membershipMessagesMembersMax
  const people = await world.people(max + 3)
  const [alice = 0] = people
  await world.db.query({
    text: "update users set premium_until = now() + interval '1 day' where id = $1",
    values: [alice],
  })
  const chat = await world.group(alice, people.slice(1, max - 1))
  const link = await token(alice, chat)
  const last = (i: number) => people[max + i] ?? 0
  const counted = async (work: Promise<unknown>) => {
    await work
    return world.head(chat)
  }
  t.match(await counted(joinByInvite(world, last(0), link)), { members: max, seq: 2 })
  t.match(await counted(joinByInvite(world, last(1), link)), { members: max + 1, seq: 2 })
  t.match(await counted(addMembers(world, alice, chat, [last(2)])), { members: max + 2, seq: 2 })
  t.match(await counted(leaveChat(world, last(1), chat)), { members: max + 1, seq: 2 })
  t.match(await counted(removeMember(world, alice, chat, last(2))), { members: max, seq: 3 })
  t.match(await counted(leaveChat(world, alice, chat)), { members: max - 1, seq: 5 })
})

t.test('what an admin does in a channel is read on all their devices', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.channel(alice, [bob])
  const announced = await world.announced(() => editChat(world, alice, { chat, title: 'News' }))
  t.equal(await unread(alice, chat), 0)
  t.equal(announced.users[alice]?.length, 1, 'her devices are told')
  t.notOk(announced.users[bob])
  t.ok((await unread(bob, chat)) > 0)
})
