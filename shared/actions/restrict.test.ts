// Restrictions and bans: who may, what follows, how they end. Nobody escapes by leaving or by another door.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { memberRights, right } from '#shared/protocol/permissions.ts'
import type { Statement } from '#shared/store/db.ts'
import { readSeqsBy } from '#shared/store/messages.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { readAdminLog } from './admin-log.ts'
import { createInvite, joinByInvite } from './invites.ts'
import { answerJoinRequests, listJoinRequests } from './join-requests.ts'
import { addMembers, leaveChat, removeMember, setRole } from './members.ts'
import { describeChat, listMembers, readHistory } from './read-chats.ts'
import { liftExpired, type Restriction, restrict } from './restrict.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t, { poolMax: 20 })

const ban = (actor: UserId, chat: ChatId, user: UserId, more: Partial<Restriction> = {}) =>
  restrict(world, actor, { chat, user, role: 'banned', ...more })
const place = async (chat: ChatId, user: UserId) => {
  const [row] = await world.db.query<{ role: string; rights: number; until_at: number | null }>({
    text: 'select role, rights, until_at from members where chat_id = $1 and user_id = $2',
    values: [chat, user],
  })
  return row
}
/** What was to last until then is over by now. */
const passTime = (chat: ChatId) =>
  world.db.query({
    text: "update members set until_at = clock_timestamp() - interval '1 second' where chat_id = $1 and until_at is not null",
    values: [chat],
  })
const link = async (actor: UserId, chat: ChatId, more = {}) =>
  (await createInvite(world, actor, { chat, rid: nextRid(), ...more })).token
const soon = () => Date.now() + 60_000

t.test('only with the right, only those below, only what makes sense', async t => {
  const [owner = 0, admin = 0, second = 0, bob = 0, carol = 0, outsider = 0] = await world.people(6)
  const chat = await world.group(owner, [admin, second, bob, carol])
  const direct = await world.direct(owner, bob)
  const channel = await world.channel(owner, [bob])
  await setRole(world, owner, { chat, user: admin, role: 'admin', rights: right.ban })
  await setRole(world, owner, { chat, user: second, role: 'admin', rights: right.pin })
  const before = await world.head(chat)
  const told = await world.announced(async () => {
    t.equal(await refusal(ban(bob, chat, carol)), 'forbidden', 'a member')
    t.equal(await refusal(ban(second, chat, carol)), 'forbidden', 'an admin without the right')
    t.equal(await refusal(ban(admin, chat, second)), 'forbidden', 'an equal')
    t.equal(await refusal(ban(admin, chat, owner)), 'forbidden', 'the owner')
    t.equal(await refusal(ban(owner, chat, owner)), 'forbidden', 'oneself')
    t.equal(await refusal(ban(outsider, chat, bob)), 'not_found', 'an outsider')
    t.equal(await refusal(ban(owner, chat, outsider)), 'not_found', 'who never was here')
    t.equal(await refusal(ban(owner, direct, bob)), 'conflict', 'a direct chat')
    const past = { untilAt: Date.now() - 1 }
    t.equal(await refusal(ban(owner, chat, bob, past)), 'bad_request', 'an end in the past')
    const history = { deleteHistory: true } as const
    t.equal(await refusal(ban(admin, chat, bob, history)), 'forbidden', 'no right to delete')
    const subscriber = { chat: channel, user: bob, role: 'restricted' } as const
    t.equal(await refusal(restrict(world, owner, subscriber)), 'conflict')
  })
  t.same(told, { chats: {}, users: {} })
  t.same(await world.head(chat), before)
  t.equal(await refusal(ban(admin, chat, bob)), 'none')
  t.equal(await refusal(ban(owner, channel, bob)), 'none', 'subscribers can be banned')
})

t.test('a banned member is out: no sends, no reads, no door back in', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const own = await link(bob, chat)
  const open = await link(alice, chat)
  const { rev, seq } = await world.head(chat)
  const urev = await world.urev(bob)
  const told = await world.announced(() => ban(alice, chat, bob, { untilAt: soon() }))
  t.same(told.chats, { [chat]: [rev + 1, rev + 2] })
  t.same(told.users[bob], [urev + 1])
  t.notOk(told.users[carol])
  t.match(await world.head(chat), { members: 2, seq: seq + 1 })
  t.equal(await refusal(world.sent({ chat, sender: bob })), 'not_found')
  t.equal(await refusal(readHistory(world, bob, chat, {}, 10)), 'not_found')
  t.equal(await refusal(joinByInvite(world, bob, open)), 'forbidden')
  t.equal(await refusal(joinByInvite(world, carol, own)), 'none', 'a member just gets the chat')
  const [stranger = 0] = await world.people(1)
  t.equal(await refusal(joinByInvite(world, stranger, own)), 'invite_expired', 'their links ended')
  t.same((await addMembers(world, carol, chat, [bob])).added, [])
  t.same((await addMembers(world, alice, chat, [bob])).added, [])
  const again = await world.announced(() =>
    ban(alice, chat, bob, { untilAt: 8.64e15 }).then(() =>
      ban(alice, chat, bob, { untilAt: 8.64e15 }),
    ),
  )
  t.equal(again.chats[chat]?.length, 1, 'another end is a change, the same again is none')
  const [last] = (await readHistory(world, carol, chat, { before: seq + 2 }, 1)).messages
  t.match(last, { svc: { t: 'removed', users: [bob] }, from: alice })
})

t.test('a lifted ban lets back in, but does not bring back', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const token = await link(alice, chat)
  await ban(alice, chat, bob)
  const lift = () => restrict(world, alice, { chat, user: bob, role: 'member' })
  await lift()
  t.match(await place(chat, bob), { role: 'left' })
  t.same(await world.announced(lift), { chats: {}, users: {} }, 'nothing to lift any more')
  await joinByInvite(world, bob, token)
  t.match(await place(chat, bob), { role: 'member', rights: 0 })
})

t.test(
  'restricted: only the rights that are left, and never more than the others have',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const limit = (rights?: number) =>
      restrict(world, alice, { chat, user: bob, role: 'restricted', rights, untilAt: soon() })
    await limit()
    t.equal(await refusal(world.sent({ chat, sender: bob })), 'forbidden')
    t.ok((await readHistory(world, bob, chat, {}, 10)).messages.length > 0, 'reading goes on')
    const { chat: seen } = await describeChat(world, bob, chat)
    t.match(seen.me, { role: 'restricted', rights: 0 })
    t.ok((seen.me.until ?? 0) > Date.now(), 'they see how long')
    await limit(right.post)
    t.equal(await refusal(world.sent({ chat, sender: bob })), 'none')
    t.equal(await refusal(world.sent({ chat, sender: bob, need: right.media })), 'forbidden')
    await limit(-1 >>> 1)
    t.match(await place(chat, bob), { rights: memberRights }, 'no rights of an admin')
    t.same(
      await world
        .announced(() => limit(-1 >>> 1).catch(() => undefined))
        .then(told => told.users[bob]?.length),
      1,
    )
    await restrict(world, alice, { chat, user: bob, role: 'member' })
    t.match(await place(chat, bob), { role: 'member', rights: 0, until_at: null })
  },
)

t.test(
  'an admin who is restricted is none any more; restricting an admin takes an owner',
  async t => {
    const [alice = 0, admin = 0] = await world.people(2)
    const chat = await world.group(alice, [admin])
    await setRole(world, alice, { chat, user: admin, role: 'admin' })
    await restrict(world, alice, { chat, user: admin, role: 'restricted', rights: right.post })
    t.match(await place(chat, admin), { role: 'restricted', rights: right.post })
  },
)

t.test('who leaves restricted comes back restricted, by whatever door', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const open = await link(alice, chat)
  const asking = await link(alice, chat, { approval: true })
  const untilAt = soon()
  const doors = {
    link: () => joinByInvite(world, bob, open),
    added: () => addMembers(world, carol, chat, [bob]),
    accepted: async () => {
      await joinByInvite(world, bob, asking)
      await answerJoinRequests(world, alice, { chat, user: bob, accept: true })
    },
  }
  for (const [name, enter] of Object.entries(doors)) {
    await restrict(world, alice, {
      chat,
      user: bob,
      role: 'restricted',
      rights: right.post,
      untilAt,
    })
    const how =
      name === 'added' ? removeMember(world, alice, chat, bob) : leaveChat(world, bob, chat)
    await how
    t.match(await place(chat, bob), { role: 'left' })
    const { members } = await readDiff(world, alice, chat, (await world.head(chat)).rev - 3)
    t.same(
      members.filter(each => each.user === bob).map(each => [each.role, each.rights, each.until]),
      [['left', 0, undefined]],
      'nobody sees what waits for them',
    )
    await enter()
    t.match(await place(chat, bob), { role: 'restricted', rights: right.post }, name)
  }
  await leaveChat(world, bob, chat)
  await passTime(chat)
  await joinByInvite(world, bob, open)
  t.match(await place(chat, bob), { role: 'member', until_at: null }, 'its time is over')
})

t.test(
  'somebody who left can be restricted and banned; a ban can become a restriction',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const token = await link(alice, chat)
    await leaveChat(world, bob, chat)
    await restrict(world, alice, { chat, user: bob, role: 'restricted' })
    await joinByInvite(world, bob, token)
    t.match(await place(chat, bob), { role: 'restricted', rights: 0 })
    await leaveChat(world, bob, chat)
    await ban(alice, chat, bob)
    t.equal(await refusal(joinByInvite(world, bob, token)), 'forbidden')
    await restrict(world, alice, { chat, user: bob, role: 'restricted', rights: right.post })
    t.match(await place(chat, bob), { role: 'left' })
    await joinByInvite(world, bob, token)
    t.match(await place(chat, bob), { role: 'restricted', rights: right.post })
    await leaveChat(world, bob, chat)
    await restrict(world, alice, { chat, user: bob, role: 'member' })
    await joinByInvite(world, bob, token)
    t.match(await place(chat, bob), { role: 'member' })
  },
)

t.test('who waits to be let in can be banned, and waits no longer', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice)
  const token = await link(alice, chat, { approval: true })
  await joinByInvite(world, bob, token)
  t.equal((await listJoinRequests(world, alice, chat, 0, 10)).count, 1)
  await ban(alice, chat, bob)
  t.match(await listJoinRequests(world, alice, chat, 0, 10), { count: 0, requests: [] })
  t.equal(await refusal(joinByInvite(world, bob, token)), 'forbidden')
  t.match(await world.head(chat), { members: 1 })
})

t.test('what has an end ends by itself and is told; what has none stays', async t => {
  const [alice = 0, bob = 0, carol = 0, dora = 0] = await world.people(4)
  const chat = await world.group(alice, [bob, carol, dora])
  await restrict(world, alice, { chat, user: bob, role: 'restricted', untilAt: soon() })
  await ban(alice, chat, carol, { untilAt: soon() })
  await ban(alice, chat, dora)
  t.equal(await liftExpired(world), 0, 'too early')
  await passTime(chat)
  const { rev } = await world.head(chat)
  let counts: number[] = []
  const told = await world.announced(async () => {
    counts = await Promise.all([1, 2, 3].map(() => liftExpired(world)))
  })
  t.equal(
    counts.reduce((sum, n) => sum + n, 0),
    2,
    'several jobs at once end each of them once',
  )
  t.same(told.chats, { [chat]: [rev + 1, rev + 2] })
  t.same(
    Object.keys(told.users).map(Number),
    [bob, carol].sort((a, b) => a - b),
  )
  t.match(await place(chat, bob), { role: 'member', rights: 0, until_at: null })
  t.match(await place(chat, carol), { role: 'left', until_at: null })
  t.match(await place(chat, dora), { role: 'banned' })
  t.equal(await liftExpired(world), 0)
})

t.test('an expired ban keeps nobody out while the job is late', async t => {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const token = await link(alice, chat)
  for (const user of [bob, carol]) await ban(alice, chat, user, { untilAt: soon() })
  t.equal(await refusal(joinByInvite(world, bob, token)), 'forbidden')
  await passTime(chat)
  t.equal(await refusal(joinByInvite(world, bob, token)), 'none')
  t.same((await addMembers(world, alice, chat, [carol])).added, [carol])
  t.match(await place(chat, bob), { role: 'member', until_at: null })
  t.match(await place(chat, carol), { role: 'member', until_at: null })
  t.equal(await liftExpired(world), 0)
})

t.test('a chat that is gone stops nobody from being lifted elsewhere', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const gone = await world.group(alice, [bob])
  const chat = await world.group(alice, [bob])
  for (const each of [gone, chat]) await ban(alice, each, bob, { untilAt: soon() })
  await leaveChat(world, alice, gone)
  for (const each of [gone, chat]) await passTime(each)
  t.equal(await liftExpired(world), 1)
  const due = await world.db.query({
    text: "select 1 from members where until_at <= clock_timestamp() and role in ('restricted', 'banned')",
  })
  t.equal(due.length, 0, 'nothing is looked at again and again')
})

t.test(
  'with deleteHistory everything they wrote goes, in steps that others send between',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const other = await world.group(alice, [bob])
    await world.sent({ chat: other, sender: bob })
    for (let i = 0; i < 5; i++) {
      const batch = Array.from({ length: 50 }, () => ({ chat, sender: bob }))
      await world.send(...batch, { chat, sender: alice })
    }
    const before = await world.head(chat)
    const told = await world.announced(() => ban(alice, chat, bob, { deleteHistory: true }))
    const { rev } = await world.head(chat)
    t.equal(rev, before.rev + 2 + 250)
    t.equal(told.chats[chat]?.length, rev - before.rev)
    const counts = await world.db.query<{ sender: UserId; n: number }>({
      text: `select sender_id as sender, count(*)::int as n from messages
           where chat_id = any ($1) and deleted_at is null and kind = 0 group by 1`,
      values: [[chat, other]],
    })
    t.same(
      counts.toSorted((a, b) => a.n - b.n),
      [
        { sender: bob, n: 1 },
        { sender: alice, n: 5 },
      ],
    )
    const { acts } = await readAdminLog(world, alice, { chat, actions: ['deleted', 'banned'] }, 10)
    t.same(
      acts.map(({ action, user, n }) => [action, user, n]),
      [
        ['deleted', bob, 50],
        ['deleted', bob, 200],
        ['banned', bob, undefined],
      ],
    )
  },
)

t.test(
  'with deleteHistory: as many as the bound at once, the rest the next time, found by one index',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const max = limits.deleteHistoryMessagesMax
    await world.db.query({
      text: `insert into messages (chat_id, seq, rev, sender_id, rid, text, created_at)
           select $1, 1 + n, 3 + n, $2, n, 'spam', now() from generate_series(1, $3::int) n`,
      values: [chat, bob, max + 1],
    })
    await world.db.query({
      text: 'update chats set last_seq = last_seq + $2, last_rev = last_rev + $2 where id = $1',
      values: [chat, max + 1],
    })
    const left = async () => {
      const [row] = await world.db.query<{ n: number }>({
        text: 'select count(*)::int as n from messages where sender_id = $1 and deleted_at is null',
        values: [bob],
      })
      return row?.n
    }
    await ban(alice, chat, bob, { deleteHistory: true })
    t.equal(await left(), 1)
    await ban(alice, chat, bob, { deleteHistory: true })
    t.equal(await left(), 0)
    let text = ''
    const db = {
      query: async <Row>(statement: Statement) => {
        text = statement.text
        return [] as Row[]
      },
    }
    await readSeqsBy(db, chat, bob, 1)
    const plan = JSON.stringify(
      await world.db.query({ text: `explain (generic_plan, costs off) ${text}` }),
    )
    t.match(plan, /messages_rid/)
    t.notMatch(plan, /messages_pkey|messages_rev/)
  },
)

t.test('the banned are listed for those who may ban, page by page', async t => {
  const people = await world.people(9)
  const [alice = 0, admin = 0, bob = 0] = people
  const chat = await world.group(alice, people.slice(1))
  await setRole(world, alice, { chat, user: admin, role: 'admin', rights: right.ban })
  const out = people.slice(3).sort((a, b) => a - b)
  for (const user of out.slice(0, 5)) await ban(alice, chat, user, { untilAt: soon() })
  await restrict(world, alice, { chat, user: out[5] ?? 0, role: 'restricted' })
  const roles = ['banned', 'restricted'] as const
  t.equal(await refusal(listMembers(world, bob, chat, { roles }, 10)), 'forbidden')
  const first = await listMembers(world, admin, chat, { roles }, 4)
  const second = await listMembers(world, admin, chat, { roles, after: first.next }, 4)
  const all = [...first.members, ...second.members]
  t.same(
    all.map(each => each.user),
    out,
  )
  t.same(
    all.map(each => each.role),
    [...Array(5).fill('banned'), 'restricted'],
  )
  t.ok(all.slice(0, 5).every(each => (each.until ?? 0) > Date.now()))
  t.equal(second.next, undefined)
  const open = await listMembers(world, bob, chat, {}, 10)
  t.notOk(
    open.members.some(each => each.role === 'banned'),
    'the list of all has none of them',
  )
})

t.test('a ban and sends at the same moment: no message after the ban', async t => {
  let [kept, refused] = [0, 0]
  for (let round = 0; round < 10; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const send = () => world.send({ chat, sender: bob }, { chat, sender: alice })
    const before = Array.from({ length: 5 }, send)
    const banned = ban(alice, chat, bob)
    const answers = await Promise.all([...before, ...Array.from({ length: 5 }, send)])
    const { rev } = await banned
    for (const [his] of answers) {
      if (his instanceof AppError) refused++
      else {
        t.ok((his?.rev ?? 0) < rev)
        kept++
      }
    }
  }
  t.ok(kept > 0 && refused > 0, `${kept} written, ${refused} refused`)
})

t.test('restricting and leaving at the same moment: gone, and restricted on return', async t => {
  for (let round = 0; round < 10; round++) {
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const token = await link(alice, chat)
    const tasks = [
      () => leaveChat(world, bob, chat),
      () => restrict(world, alice, { chat, user: bob, role: 'restricted' }),
    ]
    await Promise.all((round % 2 ? tasks : tasks.reverse()).map(task => task()))
    t.match(await world.head(chat), { members: 1 })
    await joinByInvite(world, bob, token)
    t.match(await place(chat, bob), { role: 'restricted', rights: 0 })
  }
})

t.test('promoting against banning: never an admin who is banned, never a ban undone', async t => {
  for (let round = 0; round < 10; round++) {
    const [alice = 0, admin = 0, bob = 0] = await world.people(3)
    const chat = await world.group(alice, [admin, bob])
    await setRole(world, alice, { chat, user: admin, role: 'admin', rights: 1023 })
    const [promoted, banned] = await Promise.all([
      refusal(setRole(world, alice, { chat, user: bob, role: 'admin' })),
      refusal(ban(admin, chat, bob)),
    ])
    const role = (await place(chat, bob))?.role
    if (banned === 'none') t.same([promoted, role], ['not_found', 'banned'])
    else t.same([banned, promoted, role], ['forbidden', 'none', 'admin'])
  }
})
