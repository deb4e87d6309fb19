import fc from 'fast-check'
import t from 'tap'
import { Position } from './position.ts'

const revs = (applied: [number, string][]) => applied.map(([rev]) => rev)

t.test(
  'the next change is applied, an old one dropped, a later one held until the gap closes',
  async t => {
    const position = new Position<string>(5)
    t.same(position.offer(6, 'a'), [[6, 'a']])
    t.same(position.offer(6, 'a'), [], 'twice')
    t.same(position.offer(3, 'x'), [], 'long ago')
    t.equal(position.behind, false)
    t.same(position.offer(9, 'd'), [])
    t.same(position.offer(8, 'c'), [])
    t.equal(position.at, 6)
    t.equal(position.behind, true)
    t.same(position.offer(7, 'b'), [
      [7, 'b'],
      [8, 'c'],
      [9, 'd'],
    ])
    t.equal(position.behind, false)
  },
)

t.test('hearing of a higher position leaves it behind until something brings it there', async t => {
  const position = new Position<string>(1)
  position.learn(3)
  t.equal(position.behind, true)
  t.same(position.offer(2, 'a'), [[2, 'a']])
  t.equal(position.behind, true)
  t.same(position.moveTo(3), [])
  t.equal(position.behind, false)
})

t.test('a move drops what it covers, releases what follows, and never goes back', async t => {
  const position = new Position<string>(1)
  for (const [rev, change] of [
    [3, 'c'],
    [5, 'e'],
    [6, 'f'],
    [9, 'i'],
  ] as const) {
    t.same(position.offer(rev, change), [])
  }
  t.same(position.moveTo(4), [
    [5, 'e'],
    [6, 'f'],
  ])
  t.same(position.moveTo(2), [])
  t.equal(position.at, 6)
  t.equal(position.behind, true, 'the change 9 still waits for 7 and 8')
})

t.test('what is held is bounded; what did not fit keeps it behind', async t => {
  const position = new Position<string>(0)
  for (let rev = 2; rev <= 2_000; rev++) position.offer(rev, 'x')
  const applied = position.offer(1, 'x')
  t.equal(applied.length, 513, 'the one that closes the gap and the 512 that were held')
  t.equal(position.at, 513)
  t.equal(position.behind, true)
})

t.test('in any order, with any doubles, each change is applied once and in order', async () => {
  const arrivals = fc.integer({ min: 1, max: 30 }).chain(last => {
    const all = Array.from({ length: last }, (_, index) => index + 1)
    const doubled = fc.array(fc.integer({ min: 1, max: last }), { maxLength: 20 })
    return doubled.chain(more =>
      fc.shuffledSubarray([...all, ...more], { minLength: last + more.length }),
    )
  })
  fc.assert(
    fc.property(arrivals, order => {
      const position = new Position<string>(0)
      const applied = order.flatMap(rev => revs(position.offer(rev, 'x')))
      return applied.join() === [...new Set(order)].sort((a, b) => a - b).join()
    }),
  )
})
