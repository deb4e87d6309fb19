// Which messages are selected: one by one, a range of them, never more than the server takes.

import t from 'tap'
import {
  selectedMax as max,
  selectedSeqs,
  selection,
  selectRange,
  stopSelecting,
  toggleSelected,
} from '../../web/state/selection.ts'

const seqs = () => selectedSeqs(selection.get())
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

t.beforeEach(stopSelecting)

t.test('one more than can be selected changes nothing', async t => {
  for (const seq of upTo(max)) t.equal(toggleSelected(1, seq), true)
  t.equal(toggleSelected(1, max + 1), false)
  t.same(seqs(), upTo(max))
  t.equal(toggleSelected(1, 1), true)
  t.equal(toggleSelected(1, max + 1), true, 'there is room again')
})

t.test('a range goes from the one pressed last, both ways, over what can be selected', async t => {
  const all = [1, 2, 4, 5, 8, 9]
  toggleSelected(1, 4)
  t.equal(selectRange(1, 8, all), true)
  t.same(seqs(), [4, 5, 8])
  selectRange(1, 1, all)
  t.same(seqs(), [1, 2, 4, 5, 8])
  toggleSelected(1, 4)
  selectRange(1, 5, all)
  t.same(seqs(), [1, 2, 4, 5, 8], 'both ends belong to it')
})

t.test('a range that is too long ends where there is no room', async t => {
  toggleSelected(1, max + 50)
  t.equal(selectRange(1, 1, upTo(max + 50)), false)
  t.equal(seqs().length, max)
  t.equal(seqs()[0], 51)
})

t.test('what is selected in one chat begins anew in another one', async t => {
  toggleSelected(1, 4)
  selectRange(2, 8, [4, 8])
  t.same(seqs(), [8])
})
