import pg from 'pg'
import t from 'tap'
import { closeCodes } from '#shared/protocol/codes.ts'
import { limits, plans } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import { type Clock, systemClock } from '#shared/runtime/clock.ts'
import { readConfig } from '#shared/runtime/config.ts'
import { silentLog } from '#shared/runtime/log.ts'
import { createMetrics, type Metrics } from '#shared/runtime/metrics.ts'
import { generateKeyRing, parsePrivateRing, signAccessToken } from '#shared/runtime/tokens.ts'
import { type Teardown, testDb } from '#test/helpers/pg.ts'
import { HandshakeRefused, isControl, RawClient } from '#test/helpers/raw-client.ts'
import { ask } from '#test/helpers/raw-view.ts'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { startGateway } from './gateway.ts'

/** A gateway in this process, whose clock the test holds; and one person's token. */
async function setUp(t: Teardown, env: Record<string, string> = {}) {
  const [db, redis] = await Promise.all([testDb(t), testRedis(t)])
  const { privateJwks, publicJwks } = generateKeyRing()
  const given = {
    DATABASE_URL: db.url,
    REDIS_URL: redis.url,
    JWT_PUBLIC_KEYS_FILE: 'keys',
    HANDSHAKES_PER_IP_BURST: '1000',
    DRAIN_MS: '0',
    ...env,
  }
  const config = readConfig(given, 'gateway', { readText: () => publicJwks })
  let laterMs = 0
  // Whole: of fractions a minute is not always exactly a minute.
  const startedMs = Math.trunc(performance.now())
  const clock: Clock = { now: systemClock.now, monotonic: () => startedMs + laterMs }
  const metrics = createMetrics()
  const gateway = await startGateway({ config, log: silentLog, metrics, clock, port: 0 })
  t.teardown(() => gateway.stop())
  const [row] = await ask<{ user: string; session: string }>(
    db.url,
    `with u as (insert into users (name) values ('Alice') returning id)
     insert into sessions (user_id, refresh_hash, name, expires_at)
     select id, 'x', 'test', now() + interval '1 day' from u returning user_id as user, id as session`,
  )
  const who = { user: Number(row?.user), session: Number(row?.session) }
  return {
    url: `ws://127.0.0.1:${gateway.port}/ws`,
    /** One more gateway on the port of the first. */
    async startAnother(options: { sharesPort: boolean }) {
      const { port } = gateway
      const given = { config, log: silentLog, metrics: createMetrics(), clock, port, ...options }
      const another = await startGateway(given)
      t.teardown(() => another.stop())
    },
    databaseUrl: db.url,
    token: signAccessToken(parsePrivateRing(privateJwks), who),
    metrics,
    pass(ms: number) {
      laterMs += ms
    },
  }
}

async function ringBytes({ registry }: Metrics): Promise<number> {
  return Number(/ring_bytes\S* (\d+)\n/.exec(await registry.metrics())?.[1])
}

t.test('who never says HELLO is sent away, who did may be silent', async t => {
  const { url, token, pass } = await setUp(t)
  const silent = await RawClient.open(t, url)
  const greeted = await RawClient.join(t, url, token)
  pass(limits.helloTimeoutMs - 1)
  await greeted.settle()
  t.equal(silent.closed, null)
  pass(2)
  t.equal(await silent.untilClosed(), closeCodes.hello_timeout.code)
  pass(600_000)
  const late = await RawClient.open(t, url)
  pass(limits.helloTimeoutMs + 1)
  t.equal(await late.untilClosed(), closeCodes.hello_timeout.code)
  await greeted.settle()
  t.equal(greeted.closed, null)
})

t.test('a port is one process’s alone unless it shares it', async t => {
  const { startAnother } = await setUp(t)
  await t.rejects(startAnother({ sharesPort: false }), { name: 'PortTaken' })
  await t.rejects(startAnother({ sharesPort: true }), { name: 'PortTaken' })
})

t.test('after a few wrong tokens an address waits before it may guess again', async t => {
  const env = { HANDSHAKES_PER_IP_BURST: '20', HANDSHAKES_PER_IP_PER_S: '1' }
  const { url, token, pass } = await setUp(t, env)
  for (let i = 0; i < 2; i++) {
    const guesser = await RawClient.open(t, url)
    guesser.say(ops.hello.op, { token: `wrong ${i}`, device: 'test' })
    t.equal(await guesser.untilClosed(), closeCodes.auth_failed.code)
  }
  await t.rejects(RawClient.open(t, url), new HandshakeRefused(429))
  pass(limits.wrongTokenHandshakes * 1_000)
  await RawClient.join(t, url, token)
})

t.test('who waits too long for a greeting is told when to come back', async t => {
  const { url, databaseUrl, token, pass } = await setUp(t)
  const holder = new pg.Client({ connectionString: databaseUrl })
  await holder.connect()
  t.teardown(() => holder.end())
  await holder.query('begin')
  // Whoever reads the sessions waits for this lock.
  await holder.query('lock table sessions in access exclusive mode')
  const waiting = await RawClient.open(t, url)
  waiting.say(ops.hello.op, { token, device: 'test' })
  const asking = async () => {
    const rows = await ask(
      databaseUrl,
      `select 1 from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%join sessions%'`,
    )
    return rows.length > 0
  }
  await until(asking)
  t.equal(waiting.closed, null)
  pass(limits.greetingTimeoutMs + 1)
  t.equal(await waiting.untilClosed(), closeCodes.overloaded.code)
  t.ok((waiting.controls('reconnect')[0]?.afterMs ?? 0) >= 500)
  t.ok(await asking(), 'not because PostgreSQL has given up')
  await holder.query('rollback')
  const later = await RawClient.join(t, url, token)
  t.equal(later.closed, null, 'and its place is free again')
})

t.test('more HELLOs than a process admits are told when to come back', async t => {
  const { url, token, pass } = await setUp(t, { HELLO_PER_S: '3' })
  const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(t, url)))
  for (const client of clients) client.say(ops.hello.op, { token, device: 'test' })
  await until(() => clients.filter(client => client.closed).length === 7)
  for (const client of clients.filter(each => each.closed)) {
    t.equal(client.closed?.code, closeCodes.overloaded.code)
    const [hint] = client.controls('reconnect')
    t.ok((hint?.afterMs ?? 0) >= 500, 'spread over seconds')
  }
  const welcome = () => clients.filter(client => client.controls('helloOk').length > 0).length
  await until(() => welcome() === 3)
  pass(1_000)
  const later = await RawClient.join(t, url, token)
  t.equal(later.closed, null)
})

t.test('an address opens so many connections at once, then so many a second', async t => {
  const { burstHandshakesPerIpMax: burst, handshakesPerIpPerS: perS } = limits
  const { url, pass } = await setUp(t, { HANDSHAKES_PER_IP_BURST: String(burst) })
  for (let i = 0; i < burst; i++) await RawClient.open(t, url)
  await t.rejects(RawClient.open(t, url), new HandshakeRefused(429))
  pass(1_000 / perS)
  await RawClient.open(t, url)
  await t.rejects(RawClient.open(t, url), new HandshakeRefused(429))
})

t.test('a process has a bound on its connections', async t => {
  const { url, token } = await setUp(t)
  t.intercept(limits, 'connectionsPerNodeMax', { value: 2 })
  const first = await RawClient.join(t, url, token)
  await RawClient.join(t, url, token)
  await t.rejects(RawClient.open(t, url), new HandshakeRefused(503))
  first.cut()
  await until(() => RawClient.join(t, url, token).catch(() => null))
})

t.test('frames of a connection: a burst, then a rate', async t => {
  const { url, token, pass } = await setUp(t)
  const client = await RawClient.join(t, url, token)
  const ping = () => client.refusal(ops.ping.op, {})
  for (let i = 0; i < limits.burstFramesMax; i++) t.equal(await ping(), null)
  t.equal(await ping(), 'rate_limited')
  pass(1_000 / limits.framesPerS)
  t.equal(await ping(), null)
  t.equal(await ping(), 'rate_limited')
})

t.test(
  'frames of a person: as many as a few connections may send, however many they are',
  async t => {
    const { url, token, pass } = await setUp(t)
    const count = limits.fullRateConnectionsMax + 1
    const clients = await Promise.all(
      Array.from({ length: count }, () => RawClient.join(t, url, token)),
    )
    const [first] = clients
    const answers = await Promise.all(
      clients.flatMap(client =>
        Array.from({ length: limits.burstFramesMax }, () => client.refusal(ops.ping.op, {})),
      ),
    )
    const refused = answers.filter(code => code === 'rate_limited').length
    t.equal(refused, limits.burstFramesMax)
    t.equal(answers.filter(code => code === null).length, answers.length - refused)
    pass(1_000 / limits.framesPerS)
    t.equal(await first?.refusal(ops.ping.op, {}), null)
  },
)

t.test('what one person may do: a burst, then a rate, and when to come back', async t => {
  const { url, token, pass } = await setUp(t, { FRAME_BURST: '100000' })
  const alice = await RawClient.join(t, url, token)
  const { chat } = await alice.call('createGroup', { rid: 1, title: 'Birds' })
  const { seq } = await alice.send(chat.id, 'Look')
  await alice.call('setUsername', { chat: chat.id, username: 'frequented' })
  let asked = 0
  const budgets: [ask: () => Promise<unknown>, burst: number, perS: number][] = [
    [() => alice.send(chat.id, 'Hi'), limits.burstMessagesMax, limits.messagesPerS],
    [
      () => alice.call('createInvite', { chat: chat.id, rid: ++asked }),
      limits.burstCreatesMax,
      limits.createsPerS,
    ],
    [
      () => alice.call('joinPublic', { username: 'frequented' }),
      limits.burstJoinsMax,
      limits.joinsPerS,
    ],
    [() => alice.call('setPrivacy', {}), limits.burstPrivacyMax, limits.privacyPerS],
    [
      () => alice.call('searchUsers', { query: 'gull' }),
      limits.burstSearchesMax,
      limits.searchesPerS,
    ],
    [
      () => alice.call('react', { chat: chat.id, seq, emojis: ++asked % 2 ? ['👍'] : [] }),
      limits.burstChoicesMax,
      limits.choicesPerS,
    ],
  ]
  for (const [ask, burst, perS] of budgets) {
    const refused = () => ask().then(() => null)
    pass(3_600_000)
    for (let i = 0; i < burst; i++) await ask()
    await t.rejects(refused(), { code: 'rate_limited', retryMs: 1_000 / perS })
    pass(1_000 / perS + 1)
    await ask()
    await t.rejects(refused(), { code: 'rate_limited' })
  }
})

t.test('a message is as long as the plan of its author allows', async t => {
  const { url, token, databaseUrl } = await setUp(t)
  const lengths = async (charsMax: number) => {
    const client = await RawClient.join(t, url, token)
    t.equal(client.welcome?.limits.messageCharsMax, charsMax)
    const { chat } = await client.call('saved', {})
    const send = (chars: number) =>
      client.refusal(ops.send.op, { chat: chat.id, rid: chars, text: 'x'.repeat(chars) })
    return [await send(charsMax), await send(charsMax + 1)]
  }
  t.same(await lengths(plans.free.messageCharsMax), [null, 'text_too_long'])
  await ask(databaseUrl, "update users set premium_until = now() + interval '1 day'")
  t.same(await lengths(plans.premium.messageCharsMax), [null, 'bad_request'])
})

t.test('what is kept for those who come back is bounded in age', async t => {
  const { url, token, metrics, pass } = await setUp(t)
  const client = await RawClient.join(t, url, token)
  const { chat } = await client.call('saved', {})
  const other = await RawClient.join(t, url, token)
  const kept = () => ringBytes(metrics)
  // An acknowledgement may come before the event: what others have been told is kept.
  const tell = async (text: string) => {
    await client.send(chat.id, text)
    await until(() => other.texts(chat.id).includes(text))
  }
  // Out of the way of what was before.
  pass(limits.ringMs + 1)
  await tell('1')
  const one = await kept()
  t.ok(one > 0)
  pass(limits.ringMs)
  await tell('2')
  t.equal(await kept(), 2 * one)
  pass(1)
  await tell('3')
  t.equal(await kept(), 2 * one, 'the first one is forgotten')
})

t.test('what is kept for those who come back is bounded in bytes', async t => {
  t.intercept(limits, 'ringBytesMax', { value: 4_000 })
  const { url, token, metrics } = await setUp(t)
  const client = await RawClient.join(t, url, token)
  const { chat } = await client.call('saved', {})
  for (let i = 0; i < 30; i++) {
    await client.send(chat.id, `${i}`)
    t.ok((await ringBytes(metrics)) <= limits.ringBytesMax)
  }
  t.ok((await ringBytes(metrics)) > limits.ringBytesMax / 2)
})

t.test('an account has a bound on its connections; the ones it has stay', async t => {
  const { url, token } = await setUp(t)
  const most = await Promise.all(
    Array.from({ length: limits.connectionsPerUserMax }, () => RawClient.join(t, url, token)),
  )
  const more = await RawClient.open(t, url)
  more.say(ops.hello.op, { token, device: 'test' })
  t.equal(await more.untilClosed(), closeCodes.too_many_connections.code)
  await Promise.all(most.map(client => client.settle()))
  most[0]?.cut()
  await until(() => RawClient.join(t, url, token).catch(() => null))
})

t.test('after a new epoch everybody connects anew and starts over', async t => {
  const { url, token, databaseUrl, pass } = await setUp(t)
  const client = await RawClient.join(t, url, token)
  const { epoch = 0, urev = 0 } = client.welcome ?? {}
  // One comparison has to see the old epoch before another sees the new one.
  pass(limits.positionsEveryMs + 1)
  await until(async () => {
    await ask(databaseUrl, 'update cluster set epoch = epoch + 1')
    pass(limits.positionsEveryMs + 1)
    return client.closed
  })
  t.equal(client.closed?.code, closeCodes.draining.code)
  const again = await RawClient.join(t, url, token, { epoch, urev, chats: [] })
  t.equal(again.welcome?.resumed, false)
  t.not(again.welcome?.epoch, epoch)
})

t.test('what happens is counted', async t => {
  const { url, token, metrics } = await setUp(t)
  const client = await RawClient.join(t, url, token)
  const { chat } = await client.call('saved', {})
  await client.send(chat.id, 'hello')
  await client.refusal(999, {})
  const foreign = await RawClient.open(t, url, { origin: 'https://example.com' }).catch(() => null)
  t.equal(foreign, null)
  const broken = await RawClient.open(t, url)
  broken.socket.send('text')
  await broken.untilClosed()
  const text = await metrics.registry.metrics()
  for (const line of [
    /gateway_connections\S* 1\n/,
    /gateway_users\S* 1\n/,
    /gateway_closes_total\{.*code="bad_frame".*\} 1\n/,
    /gateway_handshakes_refused_total\{.*reason="origin".*\} 1\n/,
    /gateway_request_seconds_count\{.*op="send".*\} 1\n/,
    /lane_batch_rows_count\S* 1\n/,
  ]) {
    t.match(text, line)
  }
})

t.test('a device that connects does not hide from another what is still on its way', async t => {
  const { url, token, databaseUrl } = await setUp(t)
  const first = await RawClient.join(t, url, token)
  const user = first.welcome?.user.id
  // Committed by another process, its events not yet on the bus.
  await ask(
    databaseUrl,
    `with u as (update users set urev = urev + 1 where id = $1 returning urev),
          c as (insert into chats (kind, title, default_rights, last_rev) values ('group', 'x', 0, 1) returning id)
     insert into members (chat_id, user_id, role, rev, urev) select c.id, $1, 'member', 1, u.urev from u, c`,
    [user],
  )
  const second = await RawClient.join(t, url, token)
  t.equal(second.controls('sync')[0]?.chats.length, 1)
  await first.waitFor(isControl('userBump'))
  const news = await first.call('userDiff', { since: first.welcome?.urev ?? 0 })
  t.match(news.chats, [{ title: 'x' }])
})
