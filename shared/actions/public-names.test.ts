// Public names: one name space for users and chats, and what a name opens.

import t from 'tap'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { findName } from '#shared/store/names.ts'
import { eraseUser, insertUser } from '#shared/store/users.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { linkDiscussion } from './discussions.ts'
import { addMembers, leaveChat, setRole } from './members.ts'
import { joinDiscussion, joinPublic, resolveName, setUsername } from './public-names.ts'
import { describeChat } from './read-chats.ts'
import { updateProfile } from './update-profile.ts'

const world = await openWorld(t)
const report = { profileChanged() {} } as unknown as Parameters<typeof updateProfile>[0]['report']

const rename = (user: UserId, username: string) =>
  updateProfile({ ...world, report }, user, { username })
const set = (user: UserId, chat: ChatId, username: string | null) =>
  setUsername(world, user, { chat, username })

t.test('a channel or group is found by its name, in any case of its letters', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const channel = await world.channel(alice)
  const group = await world.group(alice)
  const before = await world.head(channel)
  const { rev } = await set(alice, channel, 'Birds_Daily')
  t.equal(rev, before.rev + 1)
  t.same(await set(alice, channel, 'Birds_Daily'), { rev }, 'again changes nothing')
  await set(alice, group, 'bird_talk')
  t.equal((await describeChat(world, alice, channel)).chat.username, 'Birds_Daily')
  const found = await resolveName(world, bob, 'birds_daily')
  t.match(found.chat, { id: channel, kind: 'channel', title: 'Birds', members: 1 })
  t.equal(found.chat?.joined, undefined)
  t.equal((await resolveName(world, alice, 'BIRDS_DAILY')).chat?.joined, true)
  t.match((await resolveName(world, bob, 'Bird_Talk')).chat, { id: group, kind: 'group' })
})

t.test('a user is found too; a name that nobody has is nobody’s', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  await rename(alice, 'alice_found')
  t.match(await resolveName(world, bob, 'ALICE_found'), { user: { id: alice } })
  await rename(alice, 'alice_renamed')
  t.equal(await refusal(resolveName(world, bob, 'alice_found')), 'not_found', 'the name is free')
  t.match(await resolveName(world, bob, 'alice_renamed'), { user: { id: alice } })
  await eraseUser(world.db, alice)
  t.equal(await refusal(resolveName(world, bob, 'alice_renamed')), 'not_found')
})

t.test('users and chats cannot have the same name, whoever comes first', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const channel = await world.channel(alice)
  await rename(bob, 'one_name')
  t.equal(await refusal(set(alice, channel, 'One_Name')), 'username_taken')
  await set(alice, channel, 'other_name')
  t.equal(await refusal(rename(bob, 'OTHER_name')), 'username_taken')
  await t.rejects(
    insertUser(world.db, { username: 'Other_Name', name: 'Carol', passwordHash: null }),
    { code: '23505' },
  )
  const second = await world.channel(alice)
  t.equal(await refusal(set(alice, second, 'other_name')), 'username_taken')
  await set(alice, channel, 'OTHER_NAME')
  t.equal(
    (await resolveName(world, bob, 'other_name')).chat?.username,
    'OTHER_NAME',
    'its own case',
  )
  await set(alice, channel, null)
  t.equal((await describeChat(world, alice, channel)).chat.username, undefined)
  await rename(bob, 'other_name')
  await set(alice, second, 'one_name')
})

t.test('of many who want one name at the same moment one gets it', async t => {
  for (let round = 0; round < 5; round++) {
    const people = await world.people(6)
    const chats = await Promise.all(people.slice(0, 3).map(user => world.channel(user)))
    const name = `wanted_${round}`
    const codes = await Promise.all([
      ...chats.map((chat, i) => refusal(set(people[i] ?? 0, chat, name))),
      ...people.slice(3).map(user => refusal(rename(user, name))),
    ])
    t.equal(codes.filter(code => code === 'none').length, 1, codes.join())
    t.equal(codes.filter(code => code === 'username_taken').length, 5)
    t.ok(await findName(world.db, name))
  }
})

t.test('names are the owner’s to give, to groups and channels, and some nobody gets', async t => {
  const [alice = 0, admin = 0, bob = 0] = await world.people(3)
  const chat = await world.channel(alice, [admin])
  await setRole(world, alice, { chat, user: admin, role: 'admin' })
  t.equal(await refusal(set(admin, chat, 'not_mine')), 'forbidden')
  t.equal(await refusal(set(bob, chat, 'not_mine')), 'not_found')
  const direct = await world.direct(alice, bob)
  t.equal(await refusal(set(alice, direct, 'direct_chat')), 'conflict')
  for (const name of ['admin', 'Support', 'PETREL']) {
    t.equal(await refusal(set(alice, chat, name)), 'username_taken', name)
    t.equal(await refusal(rename(bob, name)), 'username_taken', name)
  }
})

t.test('a name is free again when its chat is gone', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const gone = await world.channel(alice)
  await set(alice, gone, 'short_lived')
  await leaveChat(world, alice, gone)
  t.equal(await refusal(resolveName(world, bob, 'short_lived')), 'not_found')
  const next = await world.channel(bob)
  await set(bob, next, 'short_lived')
  t.equal((await resolveName(world, alice, 'short_lived')).chat?.id, next)
})

t.test(
  'who has not joined sees the last posts of a public channel, and none of a group',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const channel = await world.channel(alice)
    const group = await world.group(alice)
    await set(alice, channel, 'peek_channel')
    await set(alice, group, 'peek_group')
    const posts = limits.previewMessagesMax + 5
    await world.send(...Array.from({ length: posts }, () => ({ chat: channel, sender: alice })))
    await world.sent({ chat: group, sender: alice })
    const { messages = [], users } = await resolveName(world, bob, 'peek_channel')
    t.same(
      messages.map(message => message.seq),
      Array.from({ length: limits.previewMessagesMax }, (_, i) => i + 6),
    )
    t.ok(messages.every(message => message.from === 0))
    t.same(users, [], 'nor who wrote them')
    t.equal((await resolveName(world, bob, 'peek_group')).messages, undefined)
  },
)

t.test('joining by a name: once, as they left, and not when banned', async t => {
  const [alice = 0, bob = 0, carol = 0, dora = 0] = await world.people(4)
  const chat = await world.group(alice)
  await set(alice, chat, 'open_group')
  t.equal(await joinPublic(world, bob, 'OPEN_group'), chat)
  const { members } = await world.head(chat)
  t.equal(await joinPublic(world, bob, 'open_group'), chat, 'a member just gets it')
  t.equal((await world.head(chat)).members, members)
  await world.place(chat, carol, 'banned')
  t.equal(await refusal(joinPublic(world, carol, 'open_group')), 'not_found')
  t.equal(await refusal(resolveName(world, carol, 'open_group')), 'not_found')
  t.equal(await refusal(joinPublic(world, carol, 'nobody_has_it')), 'not_found')
  await world.db.query({
    text: `insert into members (chat_id, user_id, role, rights, restricted) values ($1, $2, 'left', 1, true)`,
    values: [chat, dora],
  })
  await joinPublic(world, dora, 'open_group')
  t.equal((await describeChat(world, dora, chat)).chat.me.role, 'restricted')
  await set(alice, chat, null)
  const [eve = 0] = await world.people(1)
  t.equal(await refusal(joinPublic(world, eve, 'open_group')), 'not_found', 'private again')
})

t.test('joining by a name keeps to the group’s size and to its brake', async t => {
  const [alice = 0, ...people] = await world.people(9)
  const chat = await world.group(alice)
  await set(alice, chat, 'braked_group')
  await world.db.query({
    text: 'update chats set joins_per_minute = 5 where id = $1',
    values: [chat],
  })
  const codes: string[] = []
  for (const user of people.slice(0, 6)) {
    codes.push(await refusal(joinPublic(world, user, 'braked_group')))
  }
  t.same(codes, ['none', 'none', 'none', 'none', 'none', 'rate_limited'])
  await world.db.query({
    text: 'update chats set joins_per_minute = 0, member_count = 200 where id = $1',
    values: [chat],
  })
  t.equal(await refusal(joinPublic(world, people[6] ?? 0, 'braked_group')), 'group_full')
})

t.test('subscribers come into the discussion group by their channel', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const channel = await world.channel(alice, [bob])
  const group = await world.group(alice)
  t.equal(await refusal(joinDiscussion(world, bob, channel)), 'not_found', 'there is none yet')
  await linkDiscussion(world, alice, { channel, group })
  t.equal(await refusal(joinDiscussion(world, carol, channel)), 'not_found', 'not in the channel')
  t.equal(await joinDiscussion(world, bob, channel), group)
  await addMembers(world, alice, channel, [carol])
  await world.place(group, carol, 'banned')
  t.equal(await refusal(joinDiscussion(world, carol, channel)), 'not_found', 'banned there')
})
