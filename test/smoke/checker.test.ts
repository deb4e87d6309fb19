// The checker is worth something only if it catches what it is for.

import t from 'tap'
import { type Evidence, holds, judge, Record, type Row } from './checker.ts'

const row = (seq: number): Row => ({ seq, from: 1, rid: seq * 10, text: `m${seq}` })
const rows = [1, 2, 3].map(row)

function evidence(change: Partial<Evidence> = {}): Evidence {
  return {
    sent: 3,
    acked: rows.map(({ seq, from, rid }) => ({ chat: 7, seq, from, rid })),
    stored: new Map([[7, rows]]),
    views: [{ client: 'a', chat: 7, shown: rows }],
    records: [],
    ...change,
  }
}

t.test('an honest run holds', async t => {
  t.ok(holds(judge(evidence())))
})

t.test('an acknowledged message that is not stored is lost', async t => {
  const verdict = judge(evidence({ stored: new Map([[7, rows.slice(0, 2)]]), views: [] }))
  t.equal(verdict.lost, 1)
  t.notOk(holds(verdict))
})

t.test('a message stored at another place than acknowledged is lost', async t => {
  const moved = [row(1), { ...row(2), rid: 30 }, { ...row(3), rid: 20 }]
  t.equal(judge(evidence({ stored: new Map([[7, moved]]), views: [] })).lost, 2)
})

t.test('a stored message that a member is not shown is lost', async t => {
  const views = [{ client: 'a', chat: 7, shown: [row(1), row(3)] }]
  t.equal(judge(evidence({ views })).lost, 1)
})

t.test('the same rid stored or shown twice is a duplicate', async t => {
  const twice = [...rows, { ...row(4), rid: 30 }]
  t.equal(judge(evidence({ stored: new Map([[7, twice]]), views: [] })).duplicates, 1)
  const views = [{ client: 'a', chat: 7, shown: [...rows, row(3)] }]
  t.equal(judge(evidence({ views })).duplicates, 1)
})

t.test('a hole in seq is a gap', async t => {
  const holed = [row(1), row(3)]
  t.ok(judge(evidence({ acked: [], stored: new Map([[7, holed]]), views: [] })).gaps > 0)
})

t.test('a view out of order is an order violation', async t => {
  const views = [{ client: 'a', chat: 7, shown: [row(2), row(1), row(3)] }]
  t.equal(judge(evidence({ views })).orderViolations, 1)
})

t.test('positions that skip or go back are seen although the final view is right', async t => {
  const applied = (rev: number) =>
    ({ type: 'applied', chat: 7, rev, by: 'event', name: 'message' }) as const
  const skipping = new Record()
  for (const rev of [1, 2, 4]) skipping.observe(applied(rev))
  t.match(skipping, { gaps: 1, orderViolations: 0 })
  const repeating = new Record()
  for (const rev of [1, 2, 2]) repeating.observe(applied(rev))
  t.match(repeating, { gaps: 0, orderViolations: 1 })
  const healed = new Record()
  healed.observe(applied(1))
  healed.observe({ type: 'moved', chat: 7, from: 1, to: 5, by: 'diff', messages: [] })
  healed.observe(applied(6))
  t.match(healed, { gaps: 0, orderViolations: 0 })
})
