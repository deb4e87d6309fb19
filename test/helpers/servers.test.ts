import { Redis } from 'ioredis'
import pg from 'pg'
import t from 'tap'
import { testDb } from './pg.ts'
import { testRedis } from './redis.ts'

t.test('a test database has the newest schema', async t => {
  const db = await testDb(t)
  const client = new pg.Client({ connectionString: db.url })
  await client.connect()
  const { rows } = await client.query('select count(*)::int as n from cluster')
  t.same(rows, [{ n: 1 }])
  await client.end()
})

t.test('a killed Redis comes back on the same socket with what it had', async t => {
  const server = await testRedis(t)
  const redis = new Redis(server.url, { lazyConnect: true })
  redis.on('error', () => {})
  await redis.connect()
  await redis.set('key', 'value')
  await server.kill()
  await server.restart()
  t.equal(await redis.get('key'), 'value')
  redis.disconnect()
})
