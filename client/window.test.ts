import t from 'tap'
import type { Message } from '#shared/protocol/models.ts'
import { append, cutUpTo, mergeRow, prepend, type Rows, rowAt, rowsOf } from './window.ts'

const row = (seq: number, rev = seq, text = `text ${seq}`): Message => ({
  seq,
  rev,
  from: 1,
  rid: seq,
  at: seq,
  text,
})
const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => row(from + index))
const seqs = ({ messages }: Rows) => messages.map(message => message.seq)

t.test('a page becomes a window that knows whether it touches start and end', async t => {
  t.match(rowsOf(rows(1, 3), 3), { from: 1, to: 3, atStart: true, atEnd: true })
  t.match(rowsOf(rows(4, 6), 9), { from: 4, to: 6, atStart: false, atEnd: false })
  t.match(rowsOf([], 0), { messages: [], from: 1, to: 0, atStart: true, atEnd: true })
})

t.test(
  'a message right behind the window extends it, one further off only ends its being at the end',
  async t => {
    const held = rowsOf(rows(4, 6), 6)
    t.same(seqs(mergeRow(held, row(7))), [4, 5, 6, 7])
    const beyond = mergeRow(held, row(9))
    t.same(seqs(beyond), [4, 5, 6])
    t.equal(beyond.atEnd, false)
    t.equal(mergeRow(beyond, row(9)), beyond, 'nothing changes any more')
    t.equal(mergeRow(held, row(2)), held, 'before the window')
    t.same(seqs(mergeRow(rowsOf([], 0), row(1))), [1], 'the first of all')
  },
)

t.test('a row gives way to a higher rev only', async t => {
  const held = rowsOf(rows(1, 3), 3)
  const edited = mergeRow(held, row(2, 10, 'edited'))
  t.equal(rowAt(edited, 2)?.text, 'edited')
  t.equal(mergeRow(edited, row(2, 9, 'older')), edited)
  t.equal(mergeRow(edited, row(2, 10, 'same')), edited)
  t.equal(edited.messages[0], held.messages[0], 'other rows keep their identity')
})

t.test('a row that the server left out at first finds its place', async t => {
  t.same(seqs(mergeRow(rowsOf([row(1), row(3)], 3), row(2))), [1, 2, 3])
})

t.test('pages join at both ends; what overlaps is taken once', async t => {
  const held = rowsOf(rows(10, 12), 20)
  t.match(prepend(held, rows(7, 10)), { from: 7, to: 12, atStart: false })
  t.match(prepend(held, rows(1, 9)), { from: 1, atStart: true })
  t.match(prepend(held, []), { from: 10, atStart: true }, 'nothing older exists')
  t.match(append(held, rows(12, 15), 20), { to: 15, atEnd: false })
  t.match(append(held, rows(13, 20), 20), { to: 20, atEnd: true })
  t.match(append(held, [], 12), { to: 12, atEnd: true })
  t.match(append(held, [], 20), { to: 12, atEnd: false }, 'an answer that fits nothing')
})

t.test('a window that grows too long loses its far end and says so', async t => {
  const long = rowsOf(rows(1, 2_500), 2_500)
  t.match(mergeRow(long, row(2_501)), { from: 502, to: 2_501, atStart: false, atEnd: true })
  const older = { ...long, from: 1 + 50, messages: long.messages.slice(50) }
  t.match(prepend({ ...older, atStart: false }, rows(1, 50)), { from: 1, to: 2_500 })
  const longer = rowsOf(rows(100, 2_600), 2_600)
  t.match(prepend(longer, rows(50, 99)), { from: 50, to: 2_049, atEnd: false })
})

t.test(
  'what somebody reads is not cut off by what comes, wherever in the window it is',
  async t => {
    const long = rowsOf(rows(1, 2_500), 2_500)
    for (const reading of [1, 40, 1_200]) {
      const cut = mergeRow(long, row(2_501), reading)
      t.match(cut, { from: 1, to: 2_000, atStart: true, atEnd: false }, `at ${reading}`)
      t.equal(mergeRow(cut, row(2_502), reading), cut, 'no longer at the end')
    }
    for (const reading of [1_300, 2_490, null]) {
      const cut = mergeRow(long, row(2_501), reading)
      t.match(cut, { from: 502, to: 2_501, atStart: false, atEnd: true }, `at ${reading}`)
    }
  },
)

t.test('a row is found by its seq, or not', async t => {
  const held = rowsOf([row(2), row(4)], 4)
  t.equal(rowAt(held, 4)?.seq, 4)
  t.equal(rowAt(held, 3), undefined)
  t.equal(rowAt(held, 9), undefined)
  t.equal(rowAt(undefined, 1), undefined)
})

t.test('a window without what is cleared begins where the history does', async t => {
  const held = rowsOf(rows(4, 6), 9)
  t.match(cutUpTo(held, 2), held, 'nothing of it')
  t.match(cutUpTo(held, 3), { from: 4, to: 6, atStart: true })
  const cut = cutUpTo(held, 5)
  t.same([seqs(cut), cut.from, cut.to, cut.atStart, cut.atEnd], [[6], 6, 6, true, false])
  const all = cutUpTo(rowsOf(rows(4, 6), 6), 8)
  t.same([seqs(all), all.from, all.to, all.atEnd], [[], 9, 8, true])
  t.same(seqs(mergeRow(all, row(9))), [9])
})
