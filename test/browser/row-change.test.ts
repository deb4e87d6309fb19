// However a window of messages changes, the virtual list gets steps that it can follow: rows come or go at one end at a time.

import fc from 'fast-check'
import t from 'tap'
import { type Laid, nextStep, nothingLaid } from '../../web/state/row-change.ts'
import type { Row } from '../../web/state/rows.ts'

const rowsOf = (keys: readonly number[]): Row[] => keys.map(key => ({ key: `k${key}` }) as Row)
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** All steps from one list to another. */
function stepsOf(from: readonly number[], to: readonly number[]): Laid[] {
  const wanted = rowsOf(to)
  const steps: Laid[] = []
  let laid: Laid = { ...nothingLaid, rows: rowsOf(from), generation: 1 }
  do {
    laid = nextStep(laid, wanted)
    steps.push(laid)
  } while (laid.rows !== wanted && steps.length < 5)
  return steps
}

const shape = (steps: readonly Laid[]) =>
  steps.map(({ rows, shift, generation }) => [rows.length, shift, generation])

t.test('older messages shift, newer ones do not', async t => {
  t.same(shape(stepsOf(range(50, 100), range(0, 100))), [[100, true, 1]])
  t.same(shape(stepsOf(range(0, 50), range(0, 60))), [[60, false, 1]])
})

t.test('a page at one end and a cut at the other are two steps', async t => {
  t.same(shape(stepsOf(range(50, 150), range(0, 120))), [
    [70, false, 1],
    [120, true, 1],
  ])
  t.same(shape(stepsOf(range(0, 100), range(30, 150))), [
    [150, false, 1],
    [120, true, 1],
  ])
})

t.test('another part of the history begins anew', async t => {
  t.same(shape(stepsOf(range(0, 50), range(500, 550))), [[50, false, 2]])
})

t.test('rows that come or go in between are told, so that the place is looked for', async t => {
  const steps = stepsOf(range(0, 10), [0, 1, 2, 4, 5, 6, 7, 8, 9])
  t.same(
    steps.map(step => step.torn),
    [true],
  )
})

t.test('any change arrives, and each step but one of a torn list changes one end', async t => {
  const list = fc.uniqueArray(fc.nat(60), { maxLength: 40 }).map(keys => keys.sort((a, b) => a - b))
  fc.assert(
    fc.property(list, list, (from, to) => {
      const steps = stepsOf(from, to)
      t.ok(steps.length <= 2, `${steps.length} steps`)
      t.same(
        steps.at(-1)?.rows.map(row => row.key),
        to.map(key => `k${key}`),
      )
    }),
  )
})
