// Comments of a post stay without a hole, however many come while somebody reads.

import t from 'tap'
import type { Message } from '#client/types.ts'
import { mayHaveOlder, noThread, withNewest, withOlder } from '../../web/state/comments.ts'

const some = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ seq: from + i }) as Message)
const seqs = ({ messages }: { messages: readonly Message[] }) => messages.map(({ seq }) => seq)

t.test('a new comment joins those that were loaded above', async t => {
  const read = withOlder(withNewest(noThread, some(101, 200)), some(1, 100))
  const grown = withNewest(read, some(102, 201))
  t.equal(seqs(grown).length, 201)
  t.same(seqs(grown), seqs({ messages: some(1, 201) }))
})

t.test('more than a page of new ones lets the older ones go instead of leaving a hole', async t => {
  const read = withOlder(withNewest(noThread, some(101, 200)), some(1, 100))
  const later = withNewest(read, some(301, 400))
  t.same(seqs(later), seqs({ messages: some(301, 400) }))
  t.equal(mayHaveOlder(later, 400), true)
})

t.test('what was deleted among the newest goes', async t => {
  const read = withNewest(noThread, some(1, 4))
  t.same(seqs(withNewest(read, [...some(1, 2), ...some(4, 4)])), [1, 2, 4])
  t.same(seqs(withNewest(read, [])), [])
})

t.test('older ones are offered until none came, whatever the count says', async t => {
  const read = withNewest(noThread, some(11, 20))
  t.equal(mayHaveOlder(read, 20), true)
  t.equal(mayHaveOlder(read, 10), false)
  const whole = withOlder(read, [])
  t.equal(mayHaveOlder(whole, 20), false)
  t.equal(mayHaveOlder(withNewest(whole, some(12, 21)), 21), false)
  t.equal(mayHaveOlder(noThread, 5), false)
})
