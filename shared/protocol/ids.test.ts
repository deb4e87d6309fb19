import t from 'tap'
import { id, randomRid } from './ids.ts'
import { limits, planOf, plans } from './limits.ts'

t.test('an id is a whole number in 1…2^53−1, a counter in 0…2^53−1', async t => {
  const bad = [
    -1,
    0.5,
    2 ** 53,
    -(2 ** 53),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1',
    1n,
    null,
    [1],
  ]
  for (const [name, check] of Object.entries(id)) {
    const schema = check()
    const counter = ['author', 'readSeq', 'rev', 'urev'].includes(name)
    t.equal(schema.safeParse(0).success, counter, `${name} 0`)
    t.ok(schema.safeParse(1).success, name)
    t.ok(schema.safeParse(Number.MAX_SAFE_INTEGER).success, name)
    for (const value of bad) t.notOk(schema.safeParse(value).success, `${name} ${String(value)}`)
  }
})

t.test('a random rid is an id, uses all 53 bits and is not 0 for a generator of zeros', async t => {
  const seen = new Set<number>()
  let ones = 0n
  for (let i = 0; i < 1_000; i++) {
    const rid = randomRid()
    if (!id.rid().safeParse(rid).success) t.fail(`${rid}`)
    ones |= BigInt(rid)
    seen.add(rid)
  }
  t.equal(seen.size, 1_000)
  t.equal(ones, 2n ** 53n - 1n)
  t.intercept(crypto, 'getRandomValues', { value: () => new Uint32Array(2) })
  t.equal(randomRid(), 1)
})

t.test('premium holds until its last millisecond', async t => {
  t.equal(planOf(null, 5), 'free')
  t.equal(planOf(4, 5), 'free')
  t.equal(planOf(5, 5), 'free')
  t.equal(planOf(6, 5), 'premium')
})

t.test('premium never allows less than free', async t => {
  for (const name of Object.keys(plans.free) as (keyof typeof plans.free)[]) {
    const [free, premium] = [plans.free[name], plans.premium[name]]
    t.ok(premium === null || (free !== null && premium >= free), name)
  }
})

t.test('limits that lean on each other', async t => {
  const textBytes = plans.premium.messageCharsMax * 3
  t.ok(textBytes < limits.frameBytesMax, 'the longest text fits into a frame')
  t.ok(textBytes * 4 < limits.laneBytesMax, 'several of them fit into a batch')
  t.ok(limits.addMembersMax < limits.frameItemsMax)
  // Each position is an array and two numbers.
  t.ok(limits.resumeChatsMax * 3 + 100 < limits.frameItemsMax, 'the longest resume fits a frame')
  t.ok(limits.seqsPerDeleteMax < limits.frameItemsMax)
  t.ok(limits.entitiesMax * 13 + 20 < limits.frameItemsMax, 'a send with all its entities fits')
  t.ok(limits.ringMs > limits.positionsEveryMs)
  for (const [name, value] of Object.entries(limits)) {
    const isRate = name.endsWith('PerS')
    t.ok(value > 0 && (isRate || Number.isSafeInteger(value)), `${name} is ${value}`)
  }
})
