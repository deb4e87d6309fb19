// How messages group into rows: days, senders, and where the unread line stands.

import t from 'tap'
import type { ChatWindow, MessageView } from '#client/types.ts'
import { goalOf, type HeldRows, messageAt, toRows } from '../../web/state/rows.ts'

const noon = new Date(2026, 2, 4, 12).getTime()
const minute = 60_000
const me = 1

function messages(...list: [from: number, atMinute: number][]): MessageView[] {
  return list.map(([from, at], index) => ({
    key: `k${index + 1}`,
    rid: index + 1,
    seq: index + 1,
    from,
    at: noon + at * minute,
    text: 'x',
    state: 'sent',
  }))
}

t.test('messages of one sender group until somebody else speaks or time passes', async t => {
  const rows = toRows(messages([2, 0], [2, 1], [3, 2], [3, 20]), me, null)
  t.same(
    rows.map(row => [row.first, row.last]),
    [
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ],
  )
})

t.test('each day begins once', async t => {
  const rows = toRows(messages([2, 0], [2, 1], [2, 24 * 60], [2, 24 * 60 + 1]), me, null)
  t.same(
    rows.map(row => row.day),
    [true, false, true, false],
  )
})

t.test('the unread line stands before the first unread message of somebody else', async t => {
  const list = messages([2, 0], [1, 1], [2, 2], [2, 3])
  const dividers = (readUpTo: number | null) =>
    toRows(list, me, readUpTo).flatMap(row => (row.divider ? [row.message.seq] : []))
  t.same(dividers(1), [3], 'own messages are never unread')
  t.same(dividers(3), [4])
  t.same(dividers(4), [], 'all is read')
  t.same(dividers(null), [])
})

t.test('a message that waits in the outbox is never unread', async t => {
  const { seq: _, ...waiting } = messages([2, 0])[0] as MessageView
  t.notOk(toRows([waiting], me, 0)[0]?.divider)
})

t.test('what is deleted, and what this page does not know, leaves no row', async t => {
  const [first, second, third, fourth] = messages([2, 0], [2, 1], [2, 2], [2, 3])
  if (!first || !second || !third || !fourth) throw new Error('four messages')
  const list: MessageView[] = [
    first,
    { ...second, text: '', deleted: true },
    { ...third, text: '', svc: { t: 'of-a-later-version' } },
    { ...fourth, text: '', svc: { t: 'joined' } },
  ]
  t.same(
    toRows(list, me, null).map(row => row.message.seq),
    [1, 4],
  )
})

t.test('a row stays the same object until something of it changes', async t => {
  const held: HeldRows = new WeakMap()
  const list = messages([2, 0], [2, 1], [3, 2])
  const before = toRows(list, me, null, held)
  const more = [...list, ...messages([3, 3]).map(each => ({ ...each, key: 'k4', seq: 4 }))]
  const after = toRows(more, me, null, held)
  t.equal(after[0], before[0])
  t.equal(after[1], before[1])
  t.not(after[2], before[2], 'it is not the last of its group any more')
})

t.test('a message is found by its seq, but not one that waits to be sent', async t => {
  const list = messages([2, 0], [2, 1], [3, 2])
  const { seq: _, ...waiting } = messages([1, 3])[0] as MessageView
  const all = [...list, waiting]
  t.equal(messageAt(all, 2), list[1])
  t.equal(messageAt(all, 3), list[2])
  t.equal(messageAt(all, 9), undefined)
})

t.test(
  'the way to a message that left no row leads to the next one, as far as the window reaches',
  async t => {
    const [third, fourth, fifth, sixth] = messages([2, 0], [2, 1], [2, 2], [2, 3]).map(each => ({
      ...each,
      seq: (each.seq ?? 0) + 2,
    }))
    if (!third || !fourth || !fifth || !sixth) throw new Error('four messages')
    const { seq: _, ...waiting } = messages([1, 3])[0] as MessageView
    const gone = { ...fourth, text: '', deleted: true as const }
    const window = (more: Partial<ChatWindow>): ChatWindow => ({
      chat: 1,
      messages: [third, gone, fifth, { ...sixth, text: '', deleted: true as const }],
      moreBefore: true,
      moreAfter: true,
      loading: false,
      ...more,
    })
    t.equal(goalOf(window({}), 3), third)
    t.equal(goalOf(window({}), 4), fifth, 'deleted')
    t.equal(goalOf(window({}), 6), fifth, 'none follows')
    t.equal(goalOf(window({}), 2), undefined, 'before the window')
    t.equal(goalOf(window({ moreBefore: false }), 2), third)
    t.equal(goalOf(window({}), 7), undefined, 'behind the window')
    t.equal(goalOf(window({ moreAfter: false }), 7), fifth)
    t.equal(goalOf(window({ messages: [] }), 7), undefined, 'nothing is loaded')
    t.equal(goalOf(window({ messages: [waiting] }), 7), undefined)
    t.equal(goalOf(window({ messages: [third, gone, waiting] }), 4), waiting)
  },
)
