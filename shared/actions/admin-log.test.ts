// The log of acts: every administrative act is in it once, in order, for those who run the chat.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { forgetOld, readAdminLog } from './admin-log.ts'
import { editChat } from './edit-chat.ts'
import { deleteMessages } from './edit-message.ts'
import { createInvite, joinByInvite, revokeInvite } from './invites.ts'
import { answerJoinRequests } from './join-requests.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { restrict } from './restrict.ts'
import { setDefaultRights, setRules } from './rules.ts'

const world = await openWorld(t)

t.test(
  'every act is there with what it was done to, and what fails or changes nothing is not',
  async t => {
    const [alice = 0, bob = 0, carol = 0, dora = 0] = await world.people(4)
    const chat = await world.group(alice, [bob])
    const until = Date.now() + 60_000
    const { seq } = await world.sent({ chat, sender: bob })
    const own = await world.sent({ chat, sender: bob })
    await editChat(world, alice, { chat, title: 'Sea birds', about: 'of storms' })
    await setDefaultRights(world, alice, { chat, rights: 47 & ~4 })
    await setRules(world, alice, { chat, slowModeS: 10 })
    await addMembers(world, alice, chat, [carol])
    await setRole(world, alice, { chat, user: carol, role: 'admin', rights: 256 })
    await setRole(world, alice, { chat, user: carol, role: 'member' })
    const input = { chat, rid: nextRid(), name: 'for friends', approval: true } as const
    const { token } = await createInvite(world, alice, input)
    const { invite, token: second } = await createInvite(world, alice, input)
    t.equal(await refusal(joinByInvite(world, dora, token)), 'not_found')
    await joinByInvite(world, dora, second)
    await answerJoinRequests(world, alice, { chat, user: dora, accept: true })
    await restrict(world, alice, {
      chat,
      user: dora,
      role: 'restricted',
      rights: 1,
      untilAt: until,
    })
    await restrict(world, alice, { chat, user: dora, role: 'member' })
    await removeMember(world, alice, chat, carol)
    await restrict(world, alice, { chat, user: carol, role: 'banned' })
    await revokeInvite(world, alice, chat, invite.id)
    await revokeInvite(world, alice, chat, invite.id)
    await deleteMessages(world, bob, chat, [own.seq])
    await deleteMessages(world, alice, chat, [seq])
    await deleteMessages(world, alice, chat, [seq])
    t.equal(await refusal(removeMember(world, bob, chat, dora)), 'forbidden')
    const { acts, users } = await readAdminLog(world, alice, { chat }, 100)
    t.ok(acts.every(act => act.by === alice && Math.abs(act.at - Date.now()) < 60_000))
    t.same(
      acts.reverse().map(({ id: _, at: __, by: ___, ...act }) => act),
      [
        { action: 'title', text: 'Sea birds', was: 'Birds' },
        { action: 'about', text: 'of storms', was: '' },
        { action: 'rights', n: 43, wasN: 47 },
        { action: 'rules', rule: 'slowModeS', n: 10, wasN: 0 },
        { action: 'added', users: [carol] },
        { action: 'admin', user: carol, n: 256, wasN: 0 },
        { action: 'demoted', user: carol, wasN: 256 },
        { action: 'inviteMade', invite: invite.id, text: 'for friends' },
        { action: 'requestAccepted', users: [dora] },
        { action: 'restricted', user: dora, n: 1, until },
        { action: 'lifted', user: dora },
        { action: 'removed', user: carol },
        { action: 'banned', user: carol },
        { action: 'inviteRevoked', invite: invite.id },
        { action: 'deleted', seqs: [seq] },
      ],
    )
    t.same(
      users.map(user => user.id),
      [alice, carol, dora].sort((a, b) => a - b),
    )
  },
)

t.test('for those who run the chat only; by actor and action; in pages', async t => {
  const [alice = 0, admin = 0, bob = 0, outsider = 0] = await world.people(4)
  const chat = await world.group(alice, [admin, bob])
  const other = await world.group(alice)
  await setRole(world, alice, { chat, user: admin, role: 'admin' })
  await editChat(world, alice, { chat: other, title: 'Elsewhere' })
  for (let i = 0; i < 6; i++) await editChat(world, i % 2 ? alice : admin, { chat, title: `${i}` })
  t.equal(await refusal(readAdminLog(world, bob, { chat }, 10)), 'forbidden')
  t.equal(await refusal(readAdminLog(world, outsider, { chat }, 10)), 'not_found')
  const texts = async (asked: object, limit = 100) => {
    const { acts, more } = await readAdminLog(world, admin, { chat, ...asked }, limit)
    return [acts.map(act => act.text ?? act.action), more]
  }
  t.same(await texts({}), [['5', '4', '3', '2', '1', '0', 'admin'], undefined])
  t.same(await texts({ actor: admin }), [['4', '2', '0'], undefined])
  t.same(await texts({ actor: alice, actions: ['title'] }), [['5', '3', '1'], undefined])
  t.same(await texts({ actions: ['admin', 'owner'] }), [['admin'], undefined])
  const first = await readAdminLog(world, admin, { chat }, 4)
  t.equal(first.more, true)
  t.same(await texts({ before: first.acts.at(-1)?.id }, 4), [['1', '0', 'admin'], undefined])
  const page = (limit: number) => ops.adminLog.in.safeParse({ chat, limit }).success
  t.same([limits.pageActsMax, limits.pageActsMax + 1].map(page), [true, false])
})

t.test('kept for 30 days, then neither shown nor stored', async t => {
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  for (const title of ['first', 'second']) await editChat(world, alice, { chat, title })
  const age = (title: string, ms: number) =>
    world.db.query({
      text: `update audit_log set at = clock_timestamp() - make_interval(secs => $3)
             where chat_id = $1 and detail ->> 'text' = $2`,
      values: [chat, title, ms / 1000],
    })
  await age('first', limits.actsKeptMs - 60_000)
  t.equal((await readAdminLog(world, alice, { chat }, 10)).acts.length, 2)
  t.equal(await forgetOld(world), 0)
  await age('first', limits.actsKeptMs + 1_000)
  t.equal((await readAdminLog(world, alice, { chat }, 10)).acts.length, 1)
  t.equal(await forgetOld(world), 1)
  t.match((await readAdminLog(world, alice, { chat }, 10)).acts, [{ text: 'second' }])
})

t.test('an owner who leaves is in the log of those who stay', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await leaveChat(world, alice, chat)
  t.match((await readAdminLog(world, bob, { chat }, 10)).acts, [
    { action: 'owner', by: alice, user: bob },
  ])
})
