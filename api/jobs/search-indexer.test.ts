// When the index is brought up to date: at the first start, by news on the bus, after news were lost; and that one chat
// that cannot be indexed holds up no other.

import t, { type Test } from 'tap'
import { MessageSearch } from '#shared/actions/search-messages.ts'
import type { ChatId } from '#shared/protocol/ids.ts'
import { createLog } from '#shared/runtime/log.ts'
import { createMetrics } from '#shared/runtime/metrics.ts'
import { openBus } from '#shared/store/bus.ts'
import type { Db } from '#shared/store/db.ts'
import { testRedis } from '#test/helpers/redis.ts'
import { textsFound } from '#test/helpers/search.ts'
import { until } from '#test/helpers/until.ts'
import { openWorld } from '#test/helpers/world.ts'
import { startSearchIndexer } from './search-indexer.ts'

/** Alice in a group, with a bus that carries what actions publish, and an indexer that is started when asked. */
async function openPlace(t: Test) {
  const [world, redis] = await Promise.all([openWorld(t), testRedis(t)])
  const [alice = 0] = await world.people(1)
  const chat = await world.group(alice)
  const publisher = openBus({ url: redis.url, node: 'gateway' })
  const bus = openBus({ url: redis.url, node: 'indexer' })
  t.teardown(() => Promise.all([publisher.close(), bus.close()]))
  const metrics = createMetrics()
  let started = 0
  const log = createLog({ name: 'test', level: 'silent' })
  const search = new MessageSearch(world)
  return {
    world,
    redis,
    metrics,
    chat,
    alice,
    async says(text: string, where: ChatId = chat) {
      const before = world.published.length
      await world.sent({ chat: where, sender: alice, text })
      for (const { events } of world.published.slice(before))
        await publisher.publish(events).catch(() => undefined)
    },
    finds: (query: string) => textsFound(search, alice, { query }),
    start({ db = world.db, messagesPerS = 10_000 }: { db?: Db; messagesPerS?: number } = {}) {
      // Each process has its own; the tests read those of the first.
      const own = started++ === 0 ? metrics : createMetrics()
      const stop = startSearchIndexer({ ...world, db, bus, log, metrics: own }, { messagesPerS })
      t.teardown(stop)
      return stop
    },
  }
}

t.test('old messages at the first start, then what comes by the bus', async t => {
  const { metrics, says, finds, start } = await openPlace(t)
  await says('old canary')
  t.strictSame(await finds('canary'), [])
  start()
  await until(async () => (await finds('canary')).length === 1)
  await says('new canary')
  await until(async () => (await finds('canary')).length === 2)
  t.strictSame(await finds('canary'), ['new canary', 'old canary'])
  // Counted after it can be found; a change may be told twice.
  await until(async () => {
    const text = await metrics.registry.metrics()
    return (
      /petrel_search_indexed_messages_total [1-9]/.test(text) &&
      /petrel_search_index_lag_seconds 0\n/.test(text)
    )
  })
})

t.test('what the bus lost is found when it is back', async t => {
  const { redis, says, finds, start } = await openPlace(t)
  await says('first canary')
  start()
  await until(async () => (await finds('canary')).length === 1)
  await redis.kill()
  await says('lost canary')
  t.strictSame(await finds('lost canary'), [])
  await redis.restart()
  await until(async () => (await finds('canary')).length === 2)
})

t.test('two processes and a restart', async t => {
  const { says, finds, start } = await openPlace(t)
  const stop = start()
  await says('one canary')
  await until(async () => (await finds('canary')).length === 1)
  await stop()
  await says('two canaries')
  start()
  start()
  await until(async () => (await finds('canary')).length === 2)
  t.strictSame(await finds('canary'), ['two canaries', 'one canary'])
})

t.test('a chat that cannot be indexed holds up no other', async t => {
  const { world, alice, chat, says, finds, metrics, start } = await openPlace(t)
  const other = await world.group(alice)
  await says('bad canary')
  await says('good canary', other)
  // Whatever holds messages of the first chat fails.
  const db: Db = {
    ...world.db,
    tx: work =>
      world.db.tx(tx =>
        work({
          query: statement => {
            const [chats] = statement.values ?? []
            const isBad =
              statement.name === 'search-rows-store' && (chats as number[]).includes(chat)
            if (isBad) throw new Error('PostgreSQL does not take this')
            return tx.query(statement)
          },
        }),
      ),
  }
  start({ db })
  await until(async () => (await finds('canary')).length === 1)
  t.strictSame(await finds('canary'), ['good canary'])
  await until(async () =>
    /petrel_search_index_failures_total [1-9]/.test(await metrics.registry.metrics()),
  )
})
