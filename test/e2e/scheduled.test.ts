// Scheduled messages and link previews over the wire, with two gateways and an api that is killed.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { frameType } from '#shared/protocol/codec.ts'
import { chatEvents, userEvents } from '#shared/protocol/events.ts'
import type { Message } from '#shared/protocol/models.ts'
import { ops } from '#shared/protocol/ops.ts'
import { openDb } from '#shared/store/db.ts'
import { keys } from '#shared/store/keys.ts'
import { storePreview } from '#shared/store/link-previews.ts'
import { openRedis } from '#shared/store/redis.ts'
import { type Frame, isMessage, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

let rids = 0
const rid = () => ++rids

const isSection = ([type, kind, , body]: Frame) =>
  type === frameType.userEvent &&
  kind === userEvents.section.kind &&
  (body as { section: string }).section === 'scheduled'

/** Does something at a time soon; again where asking for it took longer than that. @returns the time */
const soon = (ask: (at: number) => Promise<unknown>) =>
  until(async () => {
    const at = Date.now() + 300
    await ask(at)
    return at
  })

t.test('scheduled messages, with devices on different processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const [alice, bob] = await Promise.all(['Alice', 'Bob'].map(name => stack.newUser(name)))
  if (!alice || !bob) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const there = (node: string) => node !== a.node
  const a2 = await joinWhere(t, stack.wsUrl, alice.accessToken, there)
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, there)
  const users = [bob.user.id]
  const group = async (title: string) =>
    (await a.call('createGroup', { rid: rid(), title, users })).chat.id
  const db = openDb({ url: stack.databaseUrl, poolMax: 2, name: 'test' })
  t.teardown(() => db.close())
  const inAnHour = () => Date.now() + 3_600_000

  t.test('it comes to everybody at its time, and the own devices hear of each change', async t => {
    const chat = await group('soon')
    const seen = a2.frames.filter(isSection).length
    const { id } = await a.call('schedule', { chat, rid: rid(), text: 'Later', at: inAnHour() })
    await until(() => a2.frames.filter(isSection).length === seen + 1)
    t.match(await a2.call('scheduled', {}), { messages: [{ id, text: 'Later' }] })
    await soon(at => a2.call('changeScheduled', { id, text: 'Now', at }))
    for (const client of [a, a2, b]) await client.waitFor(isMessage(chat, 'Now'))
    await until(() => a.frames.filter(isSection).length >= seen + 3)
    t.same((await a.call('scheduled', {})).messages, [])
    t.equal(b.frames.filter(isSection).length, 0)
    const { chat: mine } = await a.call('chat', { chat })
    await until(async () => (await a.call('chat', { chat })).chat.me.read === mine.seq)
  })

  t.test('sent now, taken back, and ids of others', async t => {
    const chat = await group('now')
    const make = (text: string) => a.call('schedule', { chat, rid: rid(), text, at: inAnHour() })
    const [one, other] = [await make('one'), await make('other')]
    const head = (await a.call('chat', { chat })).chat
    t.match(await a2.call('sendScheduled', one), { seq: head.seq + 1, rev: head.rev + 1 })
    for (const client of [a, a2, b]) await client.waitFor(isMessage(chat, 'one'))
    for (const name of ['cancelScheduled', 'sendScheduled'] as const) {
      t.equal(await b.refusal(ops[name].op, other), 'not_found')
      t.equal(await a.refusal(ops[name].op, one), 'not_found')
    }
    await a.call('cancelScheduled', other)
    t.same((await a.call('scheduled', { chat })).messages, [])
  })

  t.test('the api killed again and again while it sends: each message once, in order', async t => {
    const chat = await group('crash')
    const count = 1_000
    await db.query({
      text: `insert into scheduled_messages (user_id, chat_id, rid, text, at, due_at)
             select $1, $2, 6000000000 + n, n, t.at, t.at
             from generate_series(1, $3::int) n, (select clock_timestamp() + interval '200 ms' as at) t`,
      values: [alice.user.id, chat, count],
    })
    const left = async () => {
      const [row] = await db.query<{ n: number }>({
        text: 'select count(*)::int as n from scheduled_messages where chat_id = $1',
        values: [chat],
      })
      return row?.n ?? 0
    }
    for (let kills = 0; kills < 3; kills++) {
      const before = await left()
      if (before === 0) break
      const wait = until(async () => (await left()) < before, { timeoutMs: randomInt(50, 400) })
      await wait.catch(() => undefined)
      await stack.api.kill()
      await stack.api.start()
    }
    await until(async () => (await left()) === 0)
    const texts = await db.query<{ text: string }>({
      text: 'select text from messages where chat_id = $1 and kind = 0 order by seq',
      values: [chat],
    })
    t.same(
      texts.map(row => Number(row.text)),
      Array.from({ length: count }, (_, i) => i + 1),
    )
    await until(() => b.texts(chat).length >= count || b.frames.length > 0)
  })

  t.test('while the api is away nothing is lost: it is sent when it is back', async t => {
    const chat = await group('away')
    await stack.api.kill()
    const at = await soon(at => a.call('schedule', { chat, rid: rid(), text: 'patience', at }))
    await until(() => Date.now() > at)
    t.match(await a.call('scheduled', { chat }), { messages: [{ text: 'patience' }] })
    await stack.api.start()
    for (const client of [a, a2, b]) await client.waitFor(isMessage(chat, 'patience'))
  })
  t.test('without LINK_PREVIEWS nobody looks at links', async t => {
    const chat = await group('links')
    await a.send(chat, 'https://birds.example/')
    const redis = openRedis({ url: stack.redis.url, name: 'test' })
    t.teardown(() => redis.disconnect())
    await until(() => redis.status === 'ready')
    await a.settle()
    t.equal(await redis.exists(keys.jobs('previews')), 0)
  })
  t.same(stack.trouble, [])
})

t.test('link previews', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2, env: { LINK_PREVIEWS: '1' } })
  const [alice, bob] = await Promise.all(['Alice', 'Bob'].map(name => stack.newUser(name)))
  if (!alice || !bob) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, node => node !== a.node)
  const { chat } = await a.call('createGroup', { rid: rid(), title: 'links', users: [bob.user.id] })
  const db = openDb({ url: stack.databaseUrl, poolMax: 2, name: 'test' })
  t.teardown(() => db.close())
  const redis = openRedis({ url: stack.redis.url, name: 'test' })
  t.teardown(() => redis.disconnect())
  await until(() => redis.status === 'ready')
  const idle = () => until(async () => (await redis.xlen(keys.jobs('previews'))) === 0)
  const send = (text: string, more: object = {}) =>
    a.call('send', { chat: chat.id, rid: rid(), text, ...more })
  const changes = () =>
    b
      .events(chat.id)
      .filter(({ kind }) => kind === chatEvents.changed.kind)
      .map(({ body }) => body as Message)

  await t.test('what is known of a link is shown to everybody a moment later', async t => {
    const url = 'https://birds.example/'
    const preview = { url, title: 'Birds', site: 'birds.example' }
    await storePreview(db, url, preview)
    const { seq } = await send(`See ${url}`)
    await until(() => changes().length === 1)
    t.match(changes(), [{ seq, preview }])
    const { messages } = await b.call('history', { chat: chat.id })
    t.match(
      messages.find(message => message.seq === seq),
      { preview },
    )
    await send(`And ${url}`, { noPreview: true })
    await soon(at => a.call('schedule', { chat: chat.id, rid: rid(), text: `Later ${url}`, at }))
    await until(() => changes().length === 2)
    t.match(changes()[1], { text: `Later ${url}`, preview })
    const late = await send('No link')
    await a.call('edit', { chat: chat.id, seq: late.seq, text: `Now ${url}` })
    await until(() => changes().length === 3)
    t.match(changes()[2], { seq: late.seq, preview })
    await idle()
    t.equal(changes().length, 3, 'the one without a preview has none')
  })

  await t.test('a link into our own network is not followed', async t => {
    let connections = 0
    const canary = createServer().on('connection', () => {
      connections += 1
    })
    await new Promise<void>(resolve => canary.listen(0, '127.0.0.1', resolve))
    t.teardown(() => canary.close())
    const { port } = canary.address() as AddressInfo
    for (const host of ['127.0.0.1', '0x7f.1', '[::1]', '[::ffff:7f00:1]']) {
      await send(`http://${host}:${port}/`)
      await send(`http://${host}/`)
    }
    await idle()
    t.equal(connections, 0)
    const [row] = await db.query<{ n: number }>({
      text: 'select count(*)::int as n from link_previews where preview is null',
    })
    t.ok((row?.n ?? 0) >= 4, 'the api has looked at them')
  })
  t.same(stack.trouble, [])
})
