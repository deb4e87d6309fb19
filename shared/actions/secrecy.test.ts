// What people must not learn or do although they are members: subscribers of each other, members with the links
// of others; and that nobody can fill answers beyond what a socket takes.

import t from 'tap'
import { decode, encode } from '#shared/protocol/codec.ts'
import { chatEvents } from '#shared/protocol/events.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { limits, plans } from '#shared/protocol/limits.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { createRoom } from './create-chat.ts'
import { createInvite, joinByInvite, listInvites, revokeInvite } from './invites.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { listChats, readHistory } from './read-chats.ts'
import { readDiff, readUserDiff } from './sync.ts'

const world = await openWorld(t)

/** Names of the events that the members of a chat got for `work`, and everything in them as text. */
async function eventsOf(chat: ChatId, work: () => Promise<unknown>) {
  const from = world.published.length
  await work()
  const frames = world.published
    .slice(from)
    .flatMap(batch => batch.events)
    .flatMap(event => (event.type === 'chat' && event.chat === chat ? [event.frame] : []))
    .map(frame => decode(frame).frame)
  const names = Object.entries(chatEvents)
  return {
    names: frames.map(([, kind]) => names.find(([, each]) => each.kind === kind)?.[0]),
    bodies: frames.map(frame => frame[4] as Record<string, unknown>),
  }
}

t.test('subscribers of a channel learn how many they are, but never who', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const channel = await world.channel(alice, [bob])
  const joining = await eventsOf(channel, () => addMembers(world, alice, channel, [carol]))
  t.same(joining.names, ['info'])
  t.match(joining.bodies, [{ members: 3 }])
  const leaving = await eventsOf(channel, () => leaveChat(world, carol, channel))
  t.same(leaving.names, ['info'])
  t.match(leaving.bodies, [{ members: 2 }])
  await addMembers(world, alice, channel, [carol])
  const removing = await eventsOf(channel, () => removeMember(world, alice, channel, carol))
  t.same(removing.names, ['info'])
  await addMembers(world, alice, channel, [carol])

  const seen = await readDiff(world, bob, channel, 0)
  t.same(seen.members.map(member => member.user).sort(), [alice, bob].sort())
  t.notOk(seen.users.some(user => user.id === carol))
  t.equal(seen.info?.members, 3)
  const run = await readDiff(world, alice, channel, 0)
  t.same(run.members.map(member => member.user).sort(), [alice, bob, carol].sort())
})

t.test('who runs a channel is known to all of it; in groups everybody is', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const channel = await world.channel(alice, [bob, carol])
  const made = await eventsOf(channel, () =>
    setRole(world, alice, { chat: channel, user: bob, role: 'admin' }),
  )
  t.match(made.bodies, [{ user: bob, role: 'admin' }])
  const seen = await readDiff(world, carol, channel, 0)
  t.same(seen.members.map(member => member.user).sort(), [alice, bob, carol].sort())
  const group = await world.group(alice, [bob])
  const joining = await eventsOf(group, () => addMembers(world, alice, group, [carol]))
  t.match(joining.bodies, [{ user: carol, profile: { id: carol } }])
})

t.test(
  'a member sees and ends only their own links, those who run the group all of them',
  async t => {
    const [alice = 0, bob = 0, carol = 0] = await world.people(3)
    const chat = await world.group(alice, [bob, carol])
    const of = (user: number) => createInvite(world, user, { chat, rid: nextRid() })
    const [hers, his] = await Promise.all([of(alice), of(bob)])
    t.same(
      (await listInvites(world, bob, chat)).invites.map(invite => invite.id),
      [his.invite.id],
    )
    t.equal(await refusal(revokeInvite(world, bob, chat, hers.invite.id)), 'not_found')
    t.equal(await refusal(revokeInvite(world, carol, chat, his.invite.id)), 'not_found')
    t.equal((await listInvites(world, alice, chat)).invites.length, 2)
    t.equal(await refusal(revokeInvite(world, alice, chat, his.invite.id)), 'none')
  },
)

t.test('one member cannot use up the links of all', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  for (let made = 0; made < limits.invitesPerMemberMax; made++)
    await createInvite(world, bob, { chat, rid: nextRid() })
  t.equal(await refusal(createInvite(world, bob, { chat, rid: nextRid() })), 'quota_reached')
  t.equal(await refusal(createInvite(world, alice, { chat, rid: nextRid() })), 'none')
})

t.test('links end with the membership of who made them, when that is taken away', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob])
  const { token } = await createInvite(world, bob, { chat, rid: nextRid() })
  await removeMember(world, alice, chat, bob)
  t.equal(await refusal(joinByInvite(world, bob, token)), 'invite_expired')
  t.equal(await refusal(joinByInvite(world, carol, token)), 'invite_expired')
})

t.test(
  'messages of long link addresses do not make answers larger than a socket takes',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const bytesMax = limits.hardBufferBytes * 0.8
    const url = `https://${'ж'.repeat(1_000)}`
    const ents = Array.from({ length: 18 }, () => ({ t: 'link' as const, o: 0, l: 1, url }))
    const chats = await Promise.all(Array.from({ length: 20 }, () => world.group(alice, [bob])))
    await world.send(...chats.map(chat => ({ chat, sender: alice, text: 'x', ents })))
    const [chat = 0] = chats
    for (let round = 0; round < 2; round++) {
      const batch = Array.from({ length: 10 }, () => ({ chat, sender: alice, text: 'x', ents }))
      await world.send(...batch)
    }
    const bytesOf = (answer: unknown) => encode([0, 1, answer]).length
    const history = await readHistory(world, bob, chat, {}, 100)
    t.ok(history.messages.length > 1 && bytesOf(history) < bytesMax)
    const diff = await readDiff(world, bob, chat, 0)
    t.ok(diff.more && bytesOf(diff) < bytesMax)
    const own = await readUserDiff(world, bob, 0)
    t.equal(own.chats.length, chats.length)
    t.ok(bytesOf(own) < bytesMax, `${bytesOf(own)} bytes`)

    const seen = new Set<ChatId>()
    let after: Parameters<typeof listChats>[2]
    do {
      const page = await listChats(world, bob, after, 100)
      t.ok(bytesOf(page) < bytesMax)
      for (const each of page.chats) seen.add(each.id)
      after = page.next
    } while (after)
    t.equal(seen.size, chats.length, 'every chat is on one of the pages')
  },
)

t.test('groups made at the same moment do not pass the plan’s number', async t => {
  const [alice = 0] = await world.people(1)
  const made = await Promise.all(
    Array.from({ length: plans.free.groupsOwnedMax + 5 }, () =>
      refusal(createRoom(world, alice, 'free', { kind: 'group', rid: nextRid(), title: 'Birds' })),
    ),
  )
  t.equal(made.filter(answer => answer === 'none').length, plans.free.groupsOwnedMax)
  t.equal(made.filter(answer => answer === 'quota_reached').length, 5)
})
