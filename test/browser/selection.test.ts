// Which messages are selected: one by one, a range of them, never more than the server takes, and not without a word.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { notices } from '../../web/state/notices.ts'
import {
  selectedSeqs,
  selection,
  selectRange,
  stopSelecting,
  toggleSelected,
} from '../../web/state/selection.ts'

const max = Math.min(limits.seqsPerForwardMax, limits.seqsPerDeleteMax)
const seqs = () => selectedSeqs(selection.get())
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)
const said = () => notices.get().map(({ sentence }) => sentence)

t.beforeEach(() => {
  stopSelecting()
  notices.set([])
})

t.test('a press more than can be selected says so and changes nothing', async t => {
  for (const seq of upTo(max)) toggleSelected(1, seq)
  t.same(said(), [])
  toggleSelected(1, max + 1)
  t.same(seqs(), upTo(max))
  t.same(said(), [`At most ${max} messages can be selected at once.`])
  toggleSelected(1, 1)
  toggleSelected(1, max + 1)
  t.ok(seqs().includes(max + 1), 'there is room again')
})

t.test('a range goes from the one pressed last, in both directions, over what can be selected', async t => {
  const all = [1, 2, 4, 5, 8, 9]
  toggleSelected(1, 4)
  selectRange(1, 8, all)
  t.same(seqs(), [4, 5, 8])
  selectRange(1, 1, all)
  t.same(seqs(), [1, 2, 4, 5, 8])
  toggleSelected(1, 4)
  selectRange(1, 5, all)
  t.same(seqs(), [1, 2, 4, 5, 8], 'both ends belong to it')
})

t.test('a range that is too long ends where there is no room, and says so', async t => {
  toggleSelected(1, max + 50)
  selectRange(1, 1, upTo(max + 50))
  t.equal(seqs().length, max)
  t.equal(seqs()[0], 51)
  t.equal(said().length, 1)
})

t.test('what is selected in one chat begins anew in another one', async t => {
  toggleSelected(1, 4)
  selectRange(2, 8, [4, 8])
  t.same(seqs(), [8])
})
