// Looks one after another, each waiting once.

import t from 'tap'
import type { Look } from '#shared/store/privacy.ts'
import { LookQueue, looksPerQuery } from './look-queue.ts'

/** A queue whose looks end when the test says so. */
function setUp() {
  const made: (readonly Look[])[] = []
  const ends: (() => void)[] = []
  const queue = new LookQueue(looks => {
    made.push(looks)
    return new Promise<void>(resolve => ends.push(resolve))
  })
  const end = async () => {
    ends.shift()?.()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { queue, made, end }
}

const watchers = (owner: number, count: number): Look[] =>
  Array.from({ length: count }, (_, i) => ({ viewer: i + 10, owner }))

t.test('settings changed a thousand times before many watchers are two looks each', async t => {
  const { queue, made, end } = setUp()
  for (let i = 0; i < 1_000; i++) queue.add(watchers(1, 200))
  t.same(made, [watchers(1, 200)])
  t.equal(queue.waiting, 200, 'the one under way may have read what was before')
  await end()
  t.same(made, [watchers(1, 200), watchers(1, 200)])
  await end()
  await queue.idle()
  t.equal(made.length, 2)
})

t.test(
  'many looks are made some at a time, others come in between, and it starts again',
  async t => {
    const { queue, made, end } = setUp()
    queue.add(watchers(1, looksPerQuery + 1))
    queue.add(watchers(2, 1))
    while (queue.waiting > 0) await end()
    await end()
    t.same(made.flat(), [...watchers(1, looksPerQuery + 1), ...watchers(2, 1)])
    t.ok(made.every(looks => looks.length <= looksPerQuery))
    await queue.idle()
    queue.add([])
    queue.add(watchers(3, 1))
    t.same(made.at(-1), watchers(3, 1))
    await end()
    await queue.idle()
  },
)
