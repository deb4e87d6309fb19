// How often the page is told of the client's changes. Pure, with frames and timers of the test.

import t from 'tap'
import { Beat } from '../../web/state/beat.ts'

/** A beat whose frames and timers come when the test says so. */
function beating() {
  let due: (() => void)[] = []
  let timers: { run: () => void; ms: number }[] = []
  let told = 0
  const beat = new Beat({
    nextFrame: run => due.push(run),
    later: (run, ms) => timers.push({ run, ms }),
  })
  beat.listeners.add(() => told++)
  return {
    change: () => beat.changed(),
    told: () => told,
    frame() {
      const runs = due
      due = []
      for (const run of runs) run()
    },
    waits: () => timers.map(({ ms }) => ms),
    pass() {
      const runs = timers
      timers = []
      for (const { run } of runs) run()
    },
  }
}

t.test(
  'the first change is told at once, those of the same frame together with the next one',
  async t => {
    const { change, told, frame } = beating()
    change()
    t.equal(told(), 1)
    change()
    change()
    t.equal(told(), 1)
    frame()
    t.equal(told(), 2)
    frame()
    t.equal(told(), 2, 'nothing changed since')
    change()
    t.equal(told(), 3, 'at once again')
  },
)

t.test('a flood is told a few times a second, its last change too', async t => {
  const { change, told, frame, pass, waits } = beating()
  for (let i = 0; i < 12; i++) {
    change()
    change()
    frame()
  }
  const before = told()
  t.equal(before, 13, 'with each frame at first')
  for (let i = 0; i < 5; i++) {
    change()
    frame()
  }
  t.equal(told(), before)
  t.same(waits(), [150])
  pass()
  t.equal(told(), before + 1)
  change()
  pass()
  t.equal(told(), before + 2, 'the last one')
  pass()
  change()
  t.equal(told(), before + 3, 'the flood is over')
  change()
  frame()
  t.equal(told(), before + 4, 'and frames count again')
})
