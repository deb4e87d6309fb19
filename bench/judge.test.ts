import t from 'tap'
import { judge } from './judge.ts'

const good = {
  cost: { seconds: 2, cpuMs: {}, rssMiB: {}, serverCpuMs: 900, generatorCpuMs: 800 },
  late: { p99: 0.2 },
  lost: 0,
  expected: 100,
  duplicates: 0,
  refused: 0,
  refusals: [],
  closes: {},
} as unknown as Parameters<typeof judge>[0]
const judged = (more: Partial<typeof good>, kind: 'open' | 'closed' = 'open') =>
  judge({ ...good, ...more }, kind, 5)

t.test('a load without losses on an idle generator needs no words', async t => {
  t.same(judged({}), { notes: [], faults: [] })
})

t.test('losses, doubles, refusals and closes are faults', async t => {
  t.same(judged({ lost: 3 }).faults, ['3 of 100 deliveries did not arrive in 5 s'])
  t.same(judged({ lost: 1, duplicates: 1 }).faults.length, 2)
  t.match(judged({ refused: 2, refusals: ['\u0093\u0001busy\u0000'] }).faults, [/like busy$/])
  t.match(judged({ lost: 3, closes: { 4009: 1 } }).faults, [/closed sockets: \{"4009":1\}/])
})

t.test('a generator at its end is told, a late one only where times are intended', async t => {
  t.match(judged({ cost: { ...good.cost, generatorCpuMs: 1_900 } }).notes, [/saturated \(95 %/])
  const late = { late: { ...good.late, p99: 9 } }
  t.match(judged(late).notes, [/sent late \(p99 9\.0 ms\)/])
  t.same(judged(late, 'closed').notes, [])
})
