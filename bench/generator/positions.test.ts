import t from 'tap'
import { Positions } from './positions.ts'

t.test('the next rev is applied, a lower one is known', async t => {
  const positions = new Positions()
  positions.learn(7, 3)
  t.equal(positions.apply(7, 4), 'applied')
  t.equal(positions.apply(7, 4), 'known')
  t.equal(positions.apply(7, 1), 'known')
  t.same(positions.all, [[7, 4]])
})

t.test('a higher rev waits until the missing one has come', async t => {
  const positions = new Positions()
  positions.learn(7, 3)
  t.equal(positions.apply(7, 6), 'early')
  t.equal(positions.apply(7, 5), 'early')
  t.equal(positions.rev(7), 3)
  t.ok(positions.isBehind(7))
  t.equal(positions.apply(7, 4), 'applied')
  t.equal(positions.rev(7), 6)
  t.notOk(positions.isBehind(7))
})

t.test('a summary passes a hole, and what it covers no longer waits', async t => {
  const positions = new Positions()
  positions.learn(7, 3)
  positions.apply(7, 6)
  positions.learn(7, 5)
  t.equal(positions.rev(7), 6)
  t.notOk(positions.isBehind(7))
})

t.test('an older summary changes nothing', async t => {
  const positions = new Positions()
  positions.learn(7, 3)
  positions.learn(7, 2)
  t.equal(positions.rev(7), 3)
})

t.test('a chat that is gone is not spoken of any more', async t => {
  const positions = new Positions()
  positions.learn(7, 3)
  positions.learn(8, 1)
  positions.forget(7)
  t.same(positions.all, [[8, 1]])
  t.equal(positions.size, 1)
  positions.clear()
  t.equal(positions.size, 0)
})
