import t from 'tap'
import { describeChat } from '#shared/actions/read-chats.ts'
import { limits } from '#shared/protocol/limits.ts'
import { openWorld } from '#test/helpers/world.ts'
import { markDelivered, markRead } from './read-marks.ts'

const world = await openWorld(t)

const markOf = async (chat: number, user: number) => {
  const [row] = await world.db.query<{ read: number; urev: number }>({
    text: 'select read_seq as read, urev from members where chat_id = $1 and user_id = $2',
    values: [chat, user],
  })
  return row
}

async function chatOf10(): Promise<{ alice: number; bob: number; chat: number }> {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  await world.send(...Array.from({ length: 10 }, () => ({ chat, sender: alice })))
  return { alice, bob, chat }
}

t.test('a mark moves forward, never back, never past the last message', async t => {
  const { bob, chat } = await chatOf10()
  const before = await world.urev(bob)
  const mark = async (seq: number) =>
    (await markRead(world.db, [{ user: bob, chat, seq }])).map(each => [each.seq, each.urev])
  t.same(await mark(4), [[4, before + 1]])
  t.same(await mark(4), [], 'the same again')
  t.same(await mark(3), [], 'a lower one')
  t.same(await mark(11), [[10, before + 2]])
  t.same(await mark(Number.MAX_SAFE_INTEGER), [])
  t.same(await markOf(chat, bob), { read: 10, urev: before + 2 })
  t.equal(await world.urev(bob), before + 2)
})

t.test('marks of people who are not in the chat, or of no chat, are ignored', async t => {
  const { alice, bob, chat } = await chatOf10()
  const [gone = 0, banned = 0, restricted = 0] = await world.people(3)
  await world.place(chat, gone, 'left')
  await world.place(chat, banned, 'banned')
  await world.place(chat, restricted, 'restricted')
  const marks = [gone, banned, restricted, 999_999].map(user => ({ user, chat, seq: 5 }))
  const moved = await markRead(world.db, [
    ...marks,
    { user: alice, chat: 888_888, seq: 5 },
    { user: bob, chat, seq: 6 },
  ])
  t.same(moved.map(each => each.user).sort(), [bob, restricted].sort())
  t.equal(await world.urev(gone), 0)
  t.match(await markOf(chat, gone), { read: 0 })
})

t.test('several chats of one user in a batch: a urev each, one outbox row for all', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chats = await Promise.all([1, 2, 3, 4].map(() => world.group(alice, [bob])))
  let seq = 0
  for (const chat of chats) seq = (await world.sent({ chat, sender: alice })).seq
  await world.db.query({ text: 'delete from outbox' })
  const before = { alice: await world.urev(alice), bob: await world.urev(bob) }
  const moved = await markRead(world.db, [
    ...chats.map(chat => ({ user: bob, chat, seq })),
    { user: alice, chat: chats[1] ?? 0, seq },
  ])
  t.same(
    moved
      .filter(each => each.user === bob)
      .map(each => each.urev)
      .sort((a, b) => a - b),
    [1, 2, 3, 4].map(n => before.bob + n),
  )
  t.equal(new Set(moved.map(each => each.outbox_id)).size, 1)
  for (const { user, chat, urev } of moved) t.match(await markOf(chat, user), { urev })
  const outbox = await world.db.query<{ users: number[]; urevs: number[]; chats: number[] }>({
    text: 'select users, urevs, chats from outbox',
  })
  t.equal(outbox.length, 1)
  t.same(outbox[0]?.chats, [])
  const noted = Object.fromEntries(
    (outbox[0]?.users ?? []).map((user, i) => [user, outbox[0]?.urevs[i]]),
  )
  t.same(noted, { [alice]: before.alice + 1, [bob]: before.bob + 4 })
  t.same(await markRead(world.db, [{ user: bob, chat: chats[0] ?? 0, seq }]), [])
  t.same(await markRead(world.db, []), [])
  const [{ n = 0 } = {}] = await world.db.query<{ n: number }>({
    text: 'select count(*)::int as n from outbox',
  })
  t.equal(n, 1, 'nothing moved, nothing noted')
})

t.test('many batches at once: urevs without a gap, marks at their highest', async t => {
  const people = await world.people(3)
  const [alice = 0] = people
  const chats = await Promise.all([1, 2, 3].map(() => world.group(alice, people.slice(1))))
  for (const chat of chats) {
    await world.send(...Array.from({ length: 30 }, () => ({ chat, sender: alice })))
  }
  const before = await Promise.all(people.map(world.urev))
  const all: { user: number; urev: number }[] = []
  const lanes = Array.from({ length: 5 }, () => world.db.lane())
  await Promise.all(
    lanes.map(async (lane, l) => {
      for (let round = 1; round <= 10; round++) {
        const marks = people.flatMap(user =>
          chats.map(chat => ({ user, chat, seq: ((round * (l + 3) + user) % 30) + 1 })),
        )
        if (l % 2) marks.reverse()
        all.push(...(await markRead(lane, marks)))
      }
      await markRead(
        lane,
        people.flatMap(user => chats.map(chat => ({ user, chat, seq: 30 }))),
      ).then(moved => all.push(...moved))
    }),
  )
  for (const [i, user] of people.entries()) {
    const urevs = all
      .filter(each => each.user === user)
      .map(each => each.urev)
      .sort((a, b) => a - b)
    const from = before[i] ?? 0
    t.same(
      urevs,
      Array.from({ length: urevs.length }, (_, k) => from + k + 1),
    )
    t.equal(await world.urev(user), from + urevs.length)
    for (const chat of chats) t.match(await markOf(chat, user), { read: 30 })
  }
})

t.test('reading ends “marked unread”, also where the mark does not move', async t => {
  const { bob, chat } = await chatOf10()
  const setUnread = () =>
    world.db.query({
      text: 'update members set unread = true where chat_id = $1 and user_id = $2',
      values: [chat, bob],
    })
  const unread = async () => (await describeChat(world, bob, chat)).chat.me.unread
  const mark = async (seq: number) =>
    (await markRead(world.db, [{ user: bob, chat, seq }])).map(each => [each.seq, each.moved])
  await setUnread()
  t.equal(await unread(), true)
  t.same(await mark(7), [[7, true]])
  t.equal(await unread(), undefined)
  await setUnread()
  const before = await world.urev(bob)
  t.same(await mark(3), [[7, false]], 'the mark stays where it is')
  t.equal(await unread(), undefined)
  t.equal(await world.urev(bob), before + 1)
  t.match(await markOf(chat, bob), { read: 7, urev: before + 1 })
})

const timesOf = async (chat: number) => {
  const rows = await world.db.query<{ user: number; seq: number; at: number }>({
    text: 'select user_id as "user", seq, at from read_times where chat_id = $1 order by at, seq',
    values: [chat],
  })
  return rows
}

t.test('when marks moved is noted in small chats only, in a row a mark', async t => {
  const { alice, bob, chat } = await chatOf10()
  const from = Date.now() - 1
  await markRead(world.db, [{ user: bob, chat, seq: 4 }])
  await markRead(world.db, [{ user: bob, chat, seq: 4 }])
  await markRead(world.db, [{ user: bob, chat, seq: 9 }])
  const times = await timesOf(chat)
  t.same(
    times.map(({ user, seq }) => [user, seq]),
    [
      [bob, 4],
      [bob, 9],
    ],
  )
  t.ok(times.every(({ at }) => at >= from && at <= Date.now()))
  const channel = await world.channel(alice, [bob])
  const group = await world.group(alice, [bob])
  const large = await world.group(alice, [bob])
  const sized = (id: number, members: number) =>
    world.db.query({
      text: 'update chats set member_count = $2 where id = $1',
      values: [id, members],
    })
  await sized(group, limits.readMarksMembersMax)
  await sized(large, limits.readMarksMembersMax + 1)
  for (const each of [channel, group, large]) {
    const { seq } = await world.sent({ chat: each, sender: alice })
    await markRead(world.db, [{ user: bob, chat: each, seq }])
  }
  t.equal((await timesOf(group)).length, 1)
  t.same([...(await timesOf(channel)), ...(await timesOf(large))], [])
})

t.test('delivered marks: direct chats only, forward only, never past the last message', async t => {
  const { alice, bob, chat } = await chatOf10()
  const mark = async (seq: number, user = bob, id = chat) =>
    (await markDelivered(world.db, [{ user, chat: id, seq }])).map(each => [each.user, each.seq])
  const shown = async () => (await describeChat(world, alice, chat)).chat.peerDelivered
  t.equal(await shown(), 0)
  t.same(await mark(4), [[bob, 4]])
  t.same(await mark(4), [])
  t.same(await mark(2), [])
  t.equal(await shown(), 4)
  await markRead(world.db, [{ user: bob, chat, seq: 6 }])
  t.equal(await shown(), 6, 'what is read has arrived')
  t.same(await mark(6), [])
  t.same(await mark(99), [[bob, 10]])
  t.equal(await shown(), 10)
  t.same(await mark(5, 999_999), [])
  const [dora = 0] = await world.people(1)
  t.same(await mark(5, dora), [], 'who is not in the chat')
  const group = await world.group(alice, [bob])
  const before = await world.urev(bob)
  const { seq } = await world.sent({ chat: group, sender: alice })
  t.same(await mark(seq, bob, group), [])
  await world.sent({ chat, sender: alice })
  t.same(await mark(11), [[bob, 11]])
  t.equal((await describeChat(world, alice, group)).chat.peerDelivered, undefined)
  t.equal(await world.urev(bob), before, 'own devices need not know')
})

t.test(
  'read and delivered marks of the same people at once never wait for each other in a ring',
  async t => {
    const people = await world.people(4)
    const [alice = 0] = people
    const chats = await Promise.all(people.slice(1).map(other => world.direct(alice, other)))
    for (const chat of chats)
      await world.send(...Array.from({ length: 20 }, () => ({ chat, sender: alice })))
    const lanes = Array.from({ length: 6 }, () => world.db.lane())
    await Promise.all(
      lanes.map(async (lane, l) => {
        for (let round = 1; round <= 20; round++) {
          const marks = chats.map((chat, i) => ({ user: people[i + 1] ?? 0, chat, seq: round }))
          if (l % 2) marks.reverse()
          await (l % 3 ? markDelivered(lane, marks) : markRead(lane, marks))
        }
      }),
    )
    for (const chat of chats)
      t.equal((await describeChat(world, alice, chat)).chat.peerDelivered, 20)
  },
)
