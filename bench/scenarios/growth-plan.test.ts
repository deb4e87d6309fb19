import t from 'tap'
import { type Chat, fillings, longChats } from './growth-plan.ts'

const chats = (from: number, count: number): Chat[] =>
  Array.from({ length: count }, (_, i) => ({ room: from + i, one: 1, other: 2 }))
const used = chats(0, 500)
const silent = chats(500, 4_500)

function perRoom(calls: ReturnType<typeof fillings>): Map<number, number> {
  const sums = new Map<number, number>()
  for (const { room, count } of calls.flat()) sums.set(room, (sums.get(room) ?? 0) + count)
  return sums
}

t.test('exactly as many messages as asked for are planned, in calls of bounded size', async t => {
  for (const count of [10_000, 289_999, 990_000]) {
    const calls = fillings(used, silent, count, 40_000)
    const sizes = calls.map(call => call.reduce((sum, each) => sum + each.count, 0))
    t.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      count,
    )
    t.ok(Math.max(...sizes) <= 40_000)
    t.ok(calls.flat().every(each => each.count > 0))
  }
})

t.test('ten million make long chats of 100,000, used ones and silent ones', async t => {
  const sums = perRoom(fillings(used, silent, 10_000_000, 40_000))
  t.equal(sums.size, 5_000)
  const long = [...sums].filter(([, count]) => count >= 100_000).map(([room]) => room)
  t.same(
    long.sort((a, b) => a - b),
    [...used.slice(0, longChats), ...silent.slice(0, longChats)].map(({ room }) => room),
  )
})

t.test('no chat is twice in one call, whose statement could not update it twice', async t => {
  for (const call of fillings(used, silent, 10_000_000, 40_000))
    t.equal(new Set(call.map(({ room }) => room)).size, call.length)
})
