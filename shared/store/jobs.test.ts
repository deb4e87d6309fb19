// Jobs are done, also when their process dies, and those that nobody can do end as dead letters.

import t from 'tap'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { addJob, JobReader, type JobReaderOptions } from './jobs.ts'
import { keys } from './keys.ts'
import { openRedis } from './redis.ts'

const redis = await testRedis(t)
const own = openRedis({ url: redis.url, name: 'test' })
t.teardown(() => own.disconnect())
await until(() => own.status === 'ready')
const stream = keys.jobs('previews')
const dead = keys.deadJobs('previews')
t.beforeEach(() => own.flushall())

interface Started extends Disposable {
  done: unknown[]
  reader: JobReader
}

function start(t: Tap, more: Partial<JobReaderOptions> = {}): Started {
  const done: unknown[] = []
  const reader = new JobReader({
    url: redis.url,
    kind: 'previews',
    consumer: 'one',
    atOnce: 4,
    againMs: 50,
    work: async job => void done.push(job),
    ...more,
  })
  t.teardown(() => reader.stop())
  return { done, reader, [Symbol.dispose]: () => void reader.stop() }
}
type Tap = Pick<typeof t, 'teardown'>

const add = (n: number) => addJob(own, 'previews', { n })
const waiting = () => own.xlen(stream)

t.test('each job is done once by one of several readers, and leaves nothing behind', async t => {
  const one = start(t)
  const other = start(t, { consumer: 'other' })
  for (let n = 0; n < 100; n++) await add(n)
  await until(() => one.done.length + other.done.length >= 100)
  await until(async () => (await waiting()) === 0)
  const numbers = [...one.done, ...other.done].map(job => (job as { n: number }).n)
  t.same(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, n) => n),
  )
  t.equal(await own.xlen(dead), 0)
})

t.test('jobs that were added before anybody read them are done too', async t => {
  await add(1)
  const { done } = start(t)
  await until(() => done.length === 1)
  t.same(done, [{ n: 1 }])
})

t.test('no more at once than allowed', async t => {
  let now = 0
  let most = 0
  let done = 0
  const release: (() => void)[] = []
  start(t, {
    atOnce: 3,
    againMs: 60_000,
    work: async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise<void>(resolve => release.push(resolve))
      now -= 1
      done += 1
    },
  })
  for (let n = 0; n < 10; n++) await add(n)
  await until(() => now === 3)
  await until(() => {
    release.shift()?.()
    return done === 10
  })
  t.equal(most, 3)
})

t.test('one that fails is tried three times, then it is a dead letter with its error', async t => {
  let tries = 0
  const died: unknown[] = []
  start(t, {
    work: async () => {
      tries += 1
      throw new Error(`no ${tries}`)
    },
    onDead: job => died.push(job),
  })
  await add(7)
  await until(() => died.length === 1)
  t.equal(tries, 3)
  t.same(died, [{ n: 7 }])
  t.equal(await waiting(), 0)
  const [letter] = await own.xrange(dead, '-', '+')
  t.same(letter?.[1], ['job', '{"n":7}', 'error', 'no 3'])
})

t.test('one that fails once succeeds later', async t => {
  let tries = 0
  start(t, {
    work: async () => {
      tries += 1
      if (tries === 1) throw new Error('not yet')
    },
  })
  await add(1)
  await until(async () => tries === 2 && (await waiting()) === 0)
  t.equal(await own.xlen(dead), 0)
})

t.test(
  'what a dead process had begun is taken over; one that kills each process ends as a dead letter',
  async t => {
    await own.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM')
    const dieWith = async () =>
      own.xreadgroup('GROUP', 'workers', 'dead', 'COUNT', 10, 'STREAMS', stream, '>')
    await add(1)
    await dieWith()
    const { done } = start(t)
    await until(() => done.length === 1)
    await until(async () => (await waiting()) === 0)
    t.same(done, [{ n: 1 }])
  },
)

t.test('a job that was begun three times without an end is not begun again', async t => {
  await own.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM')
  await add(1)
  await own.xreadgroup('GROUP', 'workers', 'dead', 'COUNT', 10, 'STREAMS', stream, '>')
  for (let i = 0; i < 2; i++) await own.xautoclaim(stream, 'workers', 'dead', 0, '0-0')
  const died: unknown[] = []
  const { done } = start(t, { onDead: job => died.push(job) })
  await until(() => died.length === 1)
  t.same(done, [])
  t.equal(await own.xlen(dead), 1)
})

t.test('a long job is not begun twice by its own process', async t => {
  let begun = 0
  let release: () => void = () => undefined
  const other = start(t, {
    work: async () => {
      begun += 1
      await new Promise<void>(resolve => {
        release = resolve
      })
    },
  })
  await add(1)
  await until(() => begun === 1)
  // Several looks at what is left, each of which finds it.
  await until(async () => {
    const pending = (await own.xpending(stream, 'workers', '-', '+', 1)) as unknown[][]
    return Number(pending[0]?.[3]) >= 2
  })
  t.equal(begun, 1)
  release()
  await other.reader.stop()
  t.equal(await waiting(), 0)
})

t.test('a stop waits for what is under way', async t => {
  let release: (() => void) | undefined
  let ended = false
  const { reader } = start(t, {
    work: async () => {
      await new Promise<void>(resolve => {
        release = resolve
      })
      ended = true
    },
  })
  await add(1)
  const goOn = await until(() => release)
  const stopped = reader.stop().then(() => t.ok(ended))
  goOn?.()
  await stopped
})

t.test('Redis going away, coming back empty, and nonsense in the stream do no harm', async t => {
  const { done } = start(t)
  await add(1)
  await until(() => done.length === 1)
  await own.flushall()
  await own.xadd(stream, '*', 'other', 'field')
  await own.xadd(stream, '*', 'job', '{broken')
  await add(2)
  await until(() => done.length === 4)
  t.same(done.slice(1).sort(), [null, null, { n: 2 }].sort())
  await redis.kill()
  await t.rejects(add(3))
  await redis.restart()
  await until(() => add(4).then(() => true))
  await until(() => done.length === 5)
  t.same(done.at(-1), { n: 4 })
})
