import t from 'tap'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { keys, presenceLeaseS } from './keys.ts'
import { clearPresence, movePresence, readPresence, storePresence } from './presence.ts'
import { openRedis } from './redis.ts'

const server = await testRedis(t)
const redis = openRedis({ url: server.url, name: 'test' })
t.teardown(() => redis.disconnect())
await until(() => redis.status === 'ready')
t.beforeEach(() => redis.flushall())

const online = async (...users: number[]) => [...(await readPresence(redis, users))].sort()
const nowMs = 1_767_225_600_000

t.test('somebody is online who is online at any node', async t => {
  await storePresence(redis, 'a', [1, 2], nowMs)
  await storePresence(redis, 'b', [2, 3], nowMs)
  t.same(await online(1, 2, 3, 4), [1, 2, 3])
  t.same(await online(), [])
  await movePresence(redis, 'b', [3], false)
  await movePresence(redis, 'b', [2], false)
  await movePresence(redis, 'a', [4], true)
  t.same(await online(1, 2, 3, 4), [1, 2, 4])
  await storePresence(redis, 'a', [5], nowMs)
  t.same(await online(1, 2, 3, 4, 5), [5], 'the set is replaced')
  await storePresence(redis, 'a', [], nowMs)
  t.same(await online(1, 2, 3, 4, 5), [])
})

t.test('a node with thousands', async t => {
  const users = Array.from({ length: 2_500 }, (_, i) => i + 1)
  await storePresence(redis, 'a', users, nowMs)
  t.equal(await redis.scard(keys.presenceNode('a')), 2_500)
  t.same(await online(1, 1_000, 1_001, 2_500, 2_501), [1, 1_000, 1_001, 2_500].sort())
})

t.test(
  'a node that ends takes its people with it, and one that died does so by its lease',
  async t => {
    await storePresence(redis, 'a', [1], nowMs)
    await storePresence(redis, 'b', [2], nowMs)
    await clearPresence(redis, 'a')
    t.same(await online(1, 2), [2])
    t.same(await redis.zrange(keys.presenceNodes, '0', '-1'), ['b'])
    const ttl = await redis.ttl(keys.presenceNode('b'))
    t.ok(ttl > 0 && ttl <= presenceLeaseS, `${ttl} s`)
    // Another node's lease forgets those that have not renewed theirs.
    await storePresence(redis, 'c', [3], nowMs + presenceLeaseS * 1_000)
    t.same(await redis.zrange(keys.presenceNodes, '0', '-1'), ['c'])
    t.same(await online(1, 2, 3), [3])
  },
)

t.test('coming and going renews the lease of a set that was new', async t => {
  await movePresence(redis, 'a', [1], true)
  t.ok((await redis.ttl(keys.presenceNode('a'))) > 0, 'never a set that stays for ever')
})

t.test('Redis away: storing and reading reject', async t => {
  await server.kill()
  await until(() => redis.status !== 'ready')
  await t.rejects(storePresence(redis, 'a', [1], nowMs))
  await t.rejects(readPresence(redis, [1]))
  await t.rejects(clearPresence(redis, 'a'))
  await server.restart()
  await until(() => redis.status === 'ready')
  await storePresence(redis, 'a', [1], nowMs)
  t.same(await online(1), [1])
})
