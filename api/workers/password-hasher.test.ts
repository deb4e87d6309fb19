import { randomBytes } from 'node:crypto'
import { getRounds, getSalt, hashSync } from 'bcryptjs'
import t from 'tap'
import { createMetrics } from '#shared/runtime/metrics.ts'
import { createHasher, hashOfNobody } from './password-hasher.ts'

const pepper = randomBytes(32)
const metrics = createMetrics()
const hasher = createHasher({ pepper, cost: 4, workers: 2, metrics })
t.teardown(() => hasher[Symbol.asyncDispose]())

t.test('a hash fits its password and no other, and is different each time', async t => {
  const [one, two] = await Promise.all([hasher.hash('storm'), hasher.hash('storm')])
  t.not(one, two)
  t.match(one, /^\$2b\$04\$/)
  t.equal(await hasher.matches('storm', one), true)
  t.equal(await hasher.matches('storm ', one), false)
  t.equal(await hasher.matches('storm', null), false)
})

t.test('the hash of nobody is one that bcrypt works on, with the cost of the others', t => {
  const hash = hashOfNobody(4)
  const real = hashSync('storm', 4)
  t.equal(hash.length, real.length)
  t.equal(getRounds(hash), getRounds(real))
  t.equal(getRounds(hashOfNobody(12)), 12)
  // A salt that bcrypt would refuse, or write differently, is work not done.
  t.equal(getSalt(hashSync('storm', getSalt(hash))), getSalt(hash))
  t.not(hashSync('storm', getSalt(hash)), hash)
  t.end()
})

t.test('without the pepper a hash fits nothing', async t => {
  const other = createHasher({ pepper: randomBytes(32), cost: 4, workers: 1 })
  t.teardown(() => other[Symbol.asyncDispose]())
  t.equal(await other.matches('storm', await hasher.hash('storm')), false)
})

t.test('two ways to type the same letter are the same password', async t => {
  t.equal(await hasher.matches('caf\u00e9', await hasher.hash('cafe\u0301')), true)
})

t.test('the queue is bounded: what does not fit is refused at once, the rest is done', async t => {
  const answers = await Promise.allSettled(Array.from({ length: 70 }, () => hasher.hash('storm')))
  const refused = answers.filter(answer => answer.status === 'rejected')
  t.equal(refused.length, 70 - 52)
  for (const { reason } of refused as PromiseRejectedResult[])
    t.match(reason, { code: 'overloaded', retryMs: 2000 })
  t.equal(hasher.busy, 0)
  t.match(await metrics.registry.metrics(), 'petrel_password_hashes_waiting 0')
})

t.test('hashing is done by threads: this one spends next to nothing on it', async t => {
  const slow = createHasher({ pepper, cost: 10, workers: 2 })
  t.teardown(() => slow[Symbol.asyncDispose]())
  await Promise.all([slow.hash('warm'), slow.hash('warm')])
  const before = performance.eventLoopUtilization()
  await Promise.all(Array.from({ length: 10 }, () => slow.hash('storm')))
  const { active, idle } = performance.eventLoopUtilization(before)
  t.ok(active < idle, `busy ${active} ms, idle ${idle} ms`)
})
