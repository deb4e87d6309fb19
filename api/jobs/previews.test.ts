// From the wish for a preview to the message that shows it, with Redis, PostgreSQL, and a worker thread that asks a
// server of the test's own.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { deleteMessages } from '#shared/actions/edit-message.ts'
import type { Preview } from '#shared/protocol/models.ts'
import { silentLog } from '#shared/runtime/log.ts'
import { createMetrics } from '#shared/runtime/metrics.ts'
import { addJob } from '#shared/store/jobs.ts'
import { keys } from '#shared/store/keys.ts'
import { forgetPreviews, readPreview } from '#shared/store/link-previews.ts'
import { readHistory } from '#shared/store/messages.ts'
import { openRedis } from '#shared/store/redis.ts'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { openWorld } from '#test/helpers/world.ts'
import { createPreviewFetcher, type PreviewFetcher } from '../workers/preview-fetcher.ts'
import { startPreviews } from './previews.ts'

const [world, redis] = await Promise.all([openWorld(t), testRedis(t)])
const own = openRedis({ url: redis.url, name: 'test' })
t.teardown(() => own.disconnect())
await until(() => own.status === 'ready')
const [alice = 0] = await world.people(1)
const chat = await world.group(alice)

function start(t: { teardown(fn: () => unknown): void }, fetcher: Pick<PreviewFetcher, 'fetch'>) {
  const deps = { ...world, fetcher, log: silentLog, metrics: createMetrics() }
  t.teardown(startPreviews(deps, { redisUrl: redis.url, node: 'test', againMs: 50 }))
}
const want = async (url: string) => {
  const { seq } = await world.sent({ chat, sender: alice, text: `See ${url}` })
  await addJob(own, 'previews', { chat, seq, url })
  return seq
}
const shown = async (seq: number) =>
  (await readHistory(world.db, chat, { around: seq }, 4)).find(each => each.seq === seq)?.preview
const idle = () => until(async () => (await own.xlen(keys.jobs('previews'))) === 0)

t.test(
  'a page is asked for in a worker thread, shown at each message, and asked for once a day',
  async t => {
    let asked = 0
    const server = createServer((_request, response) => {
      asked += 1
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Birds</title>')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    const names = { 'birds.example': ['127.0.0.1'] }
    const fetcher = createPreviewFetcher({ names, addresses: ['127.0.0.1'], ports: [port] })
    t.teardown(() => fetcher[Symbol.asyncDispose]())
    start(t, fetcher)
    const url = `http://birds.example:${port}/`
    const seqs = await Promise.all([want(url), want(url), want(url)])
    for (const seq of seqs) {
      await until(() => shown(seq))
      t.same(await shown(seq), { url, title: 'Birds', site: 'birds.example' })
    }
    t.equal(asked, 1)
    await world.db.query({
      text: "update link_previews set fetched_at = fetched_at - interval '25 hours'",
    })
    t.equal(await readPreview(world.db, url), undefined)
    const later = await want(url)
    await until(() => shown(later))
    t.equal(asked, 2)
    const nothing = await want(`http://nobody.example:${port}/`)
    await idle()
    t.equal(await shown(nothing), undefined)
    t.equal(
      await readPreview(world.db, `http://nobody.example:${port}/`),
      null,
      'that is remembered too',
    )
  },
)

t.test('the worker itself refuses what is not public', async t => {
  let connections = 0
  const canary = createServer().on('connection', () => {
    connections += 1
  })
  await new Promise<void>(resolve => canary.listen(0, '127.0.0.1', resolve))
  t.teardown(() => canary.close())
  const { port } = canary.address() as AddressInfo
  const fetcher = createPreviewFetcher()
  t.teardown(() => fetcher[Symbol.asyncDispose]())
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
    for (const at of [`${host}:${port}`, host])
      t.equal(await fetcher.fetch(`http://${at}/`), null, at)
  }
  t.equal(connections, 0)
})

t.test(
  'a link that fails is tried three times, becomes a dead letter, and is left alone for a day',
  async t => {
    let tries = 0
    start(t, {
      fetch: async () => {
        tries += 1
        throw new Error('no answer')
      },
    })
    const url = 'https://slow.example/'
    const seq = await want(url)
    const dead = keys.deadJobs('previews')
    await until(async () => (await own.xlen(dead)) === 1)
    t.equal(tries, 3)
    const [letter] = await own.xrange(dead, '-', '+')
    t.same(JSON.parse(letter?.[1][1] ?? ''), { chat, seq, url })
    await until(async () => (await readPreview(world.db, url)) === null)
    await want(url)
    await idle()
    t.equal(tries, 3)
  },
)

t.test('nobody asks for a page that its message does not want shown', async t => {
  const fetched: string[] = []
  start(t, {
    fetch: async (link): Promise<Preview | null> => {
      fetched.push(link)
      return null
    },
  })
  const url = 'https://once.example/?token=1'
  const extra = { noPreview: true as const }
  const { seq } = await world.sent({ chat, sender: alice, text: `See ${url}`, extra })
  const gone = await world.sent({ chat, sender: alice, text: `See ${url}` })
  await deleteMessages(world, alice, chat, [gone.seq])
  for (const at of [seq, gone.seq, 999]) await addJob(own, 'previews', { chat, seq: at, url })
  await idle()
  t.same(fetched, [])
  await want(url)
  await until(() => fetched.length === 1)
})

t.test('nonsense in the queue is thrown away', async t => {
  const fetched: string[] = []
  start(t, {
    fetch: async (link): Promise<Preview | null> => {
      fetched.push(link)
      return null
    },
  })
  for (const job of [{}, { chat: 'x', seq: 1, url: 1 }, [], { chat, seq: 1 }])
    await addJob(own, 'previews', job)
  await idle()
  t.same(fetched, [])
})

t.test('what is older than a day is forgotten', async t => {
  const count = async () =>
    (
      await world.db.query<{ n: number }>({ text: 'select count(*)::int as n from link_previews' })
    )[0]?.n
  t.ok(((await count()) ?? 0) > 0)
  await forgetPreviews(world.db, 100)
  t.ok(((await count()) ?? 0) > 0, 'younger ones stay')
  await world.db.query({
    text: "update link_previews set fetched_at = fetched_at - interval '25 hours'",
  })
  await forgetPreviews(world.db, 100)
  t.equal(await count(), 0)
})
