// Views: each post once for each person, whoever tells it and however often.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { openWorld } from '#test/helpers/world.ts'
import { countViews, forgetViews, multirange, readPostCounts, type Seen } from './post-counts.ts'

const world = await openWorld(t)

async function channel(subscribers: number, posts: number) {
  const [owner = 0, ...others] = await world.people(subscribers + 1)
  const chat = await world.channel(owner, others)
  const batch = Array.from({ length: posts }, () => ({ chat, sender: owner }))
  for (let at = 0; at < posts; at += 200) await world.send(...batch.slice(at, at + 200))
  return { chat, owner, others }
}

const viewsOf = async (chat: number, ...seqs: number[]) =>
  (await readPostCounts(world.db, chat, seqs)).map(({ seq, views }) => [seq, views])

t.test('numbers become ranges', async t => {
  t.equal(multirange([]), '{}')
  t.equal(multirange([7]), '{[7,8)}')
  t.equal(multirange([3, 1, 2, 9, 2]), '{[1,4),[9,10)}')
  t.equal(multirange([1, 3, 5, 6]), '{[1,2),[3,4),[5,7)}')
})

t.test('a post counts once for each person, in one batch or in several', async t => {
  const { chat, others } = await channel(3, 5)
  const [a = 0, b = 0, c = 0] = others
  const first = await countViews(world.db, [
    { chat, user: a, seqs: [1, 2, 3] },
    { chat, user: b, seqs: [3] },
  ])
  const told = first.map(({ seq, views }) => [seq, views]).sort()
  t.same(told, [
    [1, 1],
    [2, 1],
    [3, 2],
  ])
  t.same(await countViews(world.db, [{ chat, user: a, seqs: [1, 2, 3] }]), [], 'again: no news')
  const more = await countViews(world.db, [
    { chat, user: a, seqs: [2, 3, 4] },
    { chat, user: c, seqs: [4] },
  ])
  t.same(
    more.map(({ seq, views }) => [seq, views]),
    [[4, 2]],
  )
  t.same(await viewsOf(chat, 1, 2, 3, 4, 5), [
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
  ])
})

t.test('processes that count at once lose nothing and do not lock each other out', async t => {
  const { chat, others } = await channel(20, 10)
  const other = await channel(0, 10)
  const all = Array.from({ length: 10 }, (_, i) => i + 1)
  const mixed = (user: number): Seen[] => [
    { chat, user, seqs: all },
    { chat: other.chat, user, seqs: all },
  ]
  // The same people on several processes, in the order in which they came there.
  const shuffled = () => others.toSorted(() => Math.random() - 0.5).flatMap(mixed)
  await Promise.all(Array.from({ length: 8 }, () => countViews(world.db, shuffled())))
  const expected = all.map(seq => [seq, others.length])
  t.same(await viewsOf(chat, ...all), expected)
  t.same(await viewsOf(other.chat, ...all), expected)
})

t.test('what somebody has seen stays small, however they jump about', async t => {
  const { chat, owner } = await channel(0, 300)
  const odd = Array.from({ length: 150 }, (_, i) => 2 * i + 1)
  const sizeOf = async () => {
    const [row] = await world.db.query<{ n: number }>({
      text: 'select (select count(*)::int from unnest(seqs)) as n from viewers where chat_id = $1',
      values: [chat],
    })
    return row?.n
  }
  await countViews(world.db, [{ chat, user: owner, seqs: odd.slice(0, 64) }])
  t.equal(await sizeOf(), 64)
  await countViews(world.db, [{ chat, user: owner, seqs: odd.slice(64, 65) }])
  t.equal(await sizeOf(), 1, 'one more hole, and all of them are filled')
  t.same(await viewsOf(chat, 1, 2, 129), [
    [1, 1],
    [129, 1],
  ])
  await countViews(world.db, [{ chat, user: owner, seqs: [2] }])
  t.same(await viewsOf(chat, 2), [], 'a filled hole no longer counts')
})

t.test('the day knows how much was seen; a chat that is gone does no harm', async t => {
  const { chat, others } = await channel(2, 3)
  const seen = others.map(user => ({ chat, user, seqs: [1, 2, 3] }))
  await countViews(world.db, [...seen, { chat: 1e12, user: 1, seqs: [1] }])
  const days = await world.db.query<{ views: number }>({
    text: 'select views from chat_days where chat_id = $1',
    values: [chat],
  })
  t.same(days, [{ views: 6 }])
})

t.test('a full batch is one call', async t => {
  const { chat } = await channel(0, 100)
  const people = await world.people(1_000)
  const seqs = Array.from({ length: limits.seqsPerViewMax }, (_, i) => i + 1)
  const told = await countViews(
    world.db,
    people.map(user => ({ chat, user, seqs })),
  )
  t.equal(told.length, 100)
  t.ok(told.every(({ views }) => views === 1_000))
})

t.test('what somebody has seen can be forgotten, and the counts stay', async t => {
  const { chat, others } = await channel(2, 2)
  await countViews(
    world.db,
    others.map(user => ({ chat, user, seqs: [1, 2] })),
  )
  await forgetViews(world.db, others[0] ?? 0)
  const left = await world.db.query<{ user: number }>({
    text: 'select user_id as "user" from viewers where chat_id = $1',
    values: [chat],
  })
  t.same(left, [{ user: others[1] }])
  t.same(await viewsOf(chat, 1, 2), [
    [1, 2],
    [2, 2],
  ])
})
