import t from 'tap'
import { openWorld } from '#test/helpers/world.ts'
import { markRead } from './members.ts'

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
  for (const chat of chats) await world.sent({ chat, sender: alice })
  await world.db.query({ text: 'delete from outbox' })
  const before = { alice: await world.urev(alice), bob: await world.urev(bob) }
  const moved = await markRead(world.db, [
    ...chats.map(chat => ({ user: bob, chat, seq: 1 })),
    { user: alice, chat: chats[1] ?? 0, seq: 1 },
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
  t.same(await markRead(world.db, [{ user: bob, chat: chats[0] ?? 0, seq: 1 }]), [])
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
