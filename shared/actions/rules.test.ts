// Default rights and rules of a chat: who sets them, and that every part of the server keeps to them.

import t from 'tap'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { choices } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import { allRights, memberRights, right } from '#shared/protocol/permissions.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { readAdminLog } from './admin-log.ts'
import { editChat } from './edit-chat.ts'
import { createInvite } from './invites.ts'
import { setRole } from './members.ts'
import { describeChat } from './read-chats.ts'
import { setDefaultRights, setRules } from './rules.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t)
const give = (actor: UserId, chat: ChatId, rights: number) =>
  setDefaultRights(world, actor, { chat, rights })
const nextPost = async (chat: ChatId, user: UserId) => {
  const [row] = await world.db.query<{ s: number }>({
    text: `select extract(epoch from next_post_at - clock_timestamp())::float8 as s from members
           where chat_id = $1 and user_id = $2`,
    values: [chat, user],
  })
  return row?.s ?? 0
}

t.test(
  'default rights: only with the right, only what members may have, only what one has',
  async t => {
    const [alice = 0, admin = 0, bob = 0] = await world.people(3)
    const chat = await world.group(alice, [admin, bob])
    await setRole(world, alice, { chat, user: admin, role: 'admin', rights: right.ban | right.pin })
    t.equal(await refusal(give(bob, chat, 0)), 'forbidden')
    const { rev } = await world.head(chat)
    const told = await world.announced(async () => {
      await give(alice, chat, right.post)
      await give(alice, chat, right.post)
    })
    t.same(told, { chats: { [chat]: [rev + 1] }, users: {} }, 'the same again is no change')
    t.equal(await refusal(world.sent({ chat, sender: bob })), 'none')
    t.equal(await refusal(world.sent({ chat, sender: bob, need: right.links })), 'forbidden')
    t.equal(await refusal(createInvite(world, bob, { chat, rid: 1 })), 'forbidden')
    t.equal(await refusal(give(admin, chat, right.post | right.pin)), 'none', 'the admin has it')
    t.equal(await refusal(give(admin, chat, right.post | right.changeInfo)), 'forbidden')
    t.equal(await refusal(give(admin, chat, 0)), 'none', 'taking away is free')
    t.equal(await refusal(world.sent({ chat, sender: bob })), 'forbidden')
    t.equal(await refusal(world.sent({ chat, sender: alice })), 'none')
    await give(alice, chat, allRights)
    t.equal((await describeChat(world, bob, chat)).chat.rights, memberRights)
    t.equal(memberRights & (right.ban | right.promote | right.deleteOthers), 0)
    t.equal(await refusal(editChat(world, bob, { chat, title: 'Ours' })), 'none', 'members may now')
    t.equal(await refusal(give(alice, await world.channel(alice), right.post)), 'conflict')
    t.equal(await refusal(give(alice, await world.direct(alice, bob), right.post)), 'conflict')
  },
)

t.test('rules: told, kept, logged; only the values to choose from', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  t.equal(await refusal(setRules(world, bob, { chat, slowModeS: 10 })), 'forbidden')
  const { rev } = await world.head(chat)
  const told = await world.announced(async () => {
    await setRules(world, alice, { chat, slowModeS: 30, quarantineS: 300, joinsPerMinute: 5 })
    await setRules(world, alice, { chat, slowModeS: 30 })
    await setRules(world, alice, { chat })
  })
  t.same(told, { chats: { [chat]: [rev + 1] }, users: {} })
  const rules = { slowModeS: 30, quarantineS: 300, joinsPerMinute: 5 }
  t.match((await describeChat(world, bob, chat)).chat, rules)
  t.match((await readDiff(world, bob, chat, rev)).info, rules)
  const { acts } = await readAdminLog(world, alice, { chat, actions: ['rules'] }, 10)
  t.same(
    acts.map(({ by, rule, n, wasN }) => [by, rule, n, wasN]),
    [
      [alice, 'joinsPerMinute', 5, 0],
      [alice, 'quarantineS', 300, 0],
      [alice, 'slowModeS', 30, 0],
    ],
  )
  await setRules(world, alice, { chat, slowModeS: 0, quarantineS: 0, joinsPerMinute: 0 })
  const { chat: seen } = await describeChat(world, bob, chat)
  for (const rule of ['slowModeS', 'quarantineS', 'joinsPerMinute'] as const) {
    t.equal(seen[rule], undefined)
    for (const n of choices[rule]) t.ok(ops.setRules.in.safeParse({ chat, [rule]: n }).success)
    for (const n of [-1, 1, 0.5, Math.max(...choices[rule]) + 1, '10', null]) {
      t.notOk(ops.setRules.in.safeParse({ chat, [rule]: n }).success, `${rule} ${n}`)
    }
  }
})

t.test('a channel has a brake for joins, but neither slow mode nor quarantine', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.channel(alice)
  t.equal(await refusal(setRules(world, alice, { chat, slowModeS: 10 })), 'conflict')
  t.equal(await refusal(setRules(world, alice, { chat, quarantineS: 300 })), 'conflict')
  t.equal(await refusal(setRules(world, alice, { chat, joinsPerMinute: 10 })), 'none')
  const direct = await world.direct(alice, bob)
  t.equal(await refusal(setRules(world, alice, { chat: direct, joinsPerMinute: 10 })), 'conflict')
})

t.test('slow mode made shorter or ended: nobody goes on waiting for the old time', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await setRules(world, alice, { chat, slowModeS: 3_600 })
  await world.sent({ chat, sender: bob })
  t.equal(await refusal(world.sent({ chat, sender: bob })), 'slow_mode')
  t.ok((await nextPost(chat, bob)) > 3_000)
  await setRules(world, alice, { chat, slowModeS: 30 })
  const wait = await nextPost(chat, bob)
  t.ok(wait > 0 && wait <= 30, `${wait} s`)
  t.equal(await refusal(world.sent({ chat, sender: bob })), 'slow_mode')
  await setRules(world, alice, { chat, slowModeS: 0 })
  t.equal(await refusal(world.sent({ chat, sender: bob })), 'none')
  await setRules(world, alice, { chat, slowModeS: 10 })
  t.equal(await refusal(world.sent({ chat, sender: bob })), 'none', 'nothing is left of it')
})

t.test('quarantine holds for who joined lately, whatever rights members have', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await setRules(world, alice, { chat, quarantineS: 300 })
  t.equal(await refusal(world.sent({ chat, sender: bob })), 'none')
  t.equal(await refusal(world.sent({ chat, sender: bob, need: right.media })), 'forbidden')
  await world.db.query({
    text: "update members set joined_at = joined_at - interval '300 seconds' where user_id = $1",
    values: [bob],
  })
  t.equal(await refusal(world.sent({ chat, sender: bob, need: right.media })), 'none')
})
