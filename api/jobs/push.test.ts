// Who is told of which message, when, and how often; what a push service that fails, a process that dies and a Redis that
// is away make of it. Pushes go to a service of the test's own, which opens them as a browser would.
// Longer than 500 lines, as every test stands on the same place: a world, a bus, a push service and the job.

import t, { type Test } from 'tap'
import { subscribePush } from '#shared/actions/push-subscriptions.ts'
import { setPlace } from '#shared/actions/set-place.ts'
import type { PushInput } from '#shared/protocol/http.ts'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { silentLog } from '#shared/runtime/log.ts'
import { createMetrics } from '#shared/runtime/metrics.ts'
import { generateVapidKeys } from '#shared/runtime/vapid.ts'
import { openBus } from '#shared/store/bus.ts'
import { storePresence } from '#shared/store/presence.ts'
import { startPushService } from '#test/helpers/push-service.ts'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'
import { openWorld } from '#test/helpers/world.ts'
import { createPusher, type Pusher, type PushOutcome } from '../push/pusher.ts'
import { type PushPace, startPush } from './push.ts'
import { perHostMax, perUserMax } from './push-crowd.ts'

const keys = generateVapidKeys()
/** Nobody waits for anything, but is looked at often. */
const hasty: PushPace = {
  waitS: 0,
  onlineWaitS: 3_600,
  againS: 0,
  retryS: [0, 0, 0],
  putOffS: 0,
  lookMs: 10,
  wantedMs: 20,
}

async function openPlace(t: Test) {
  const [base, redis] = await Promise.all([openWorld(t), testRedis(t)])
  const rows = <Row = object>(text: string, ...values: unknown[]) =>
    base.db.query<Row>({ text, values })
  const world = { ...base, rows }
  const service = await startPushService(t, () => keys.publicKey)
  const publisher = openBus({ url: redis.url, node: 'gateway' })
  const pusher = createPusher({ keys, contact: 'mailto:a@b.example', origins: [service.origin] })
  t.teardown(() => publisher.close())
  t.teardown(() => pusher.close())
  const place = {
    world,
    redis,
    service,
    publisher,
    /** A browser of this person that wants pushes. */
    async device(user: UserId, previews = true): Promise<PushInput> {
      const [row] = await world.rows<{ id: number }>(
        `insert into sessions (user_id, refresh_hash, name, expires_at)
         values ($1, decode(md5(random()::text), 'hex'), 'Browser', now() + interval '1 day') returning id`,
        user,
      )
      const input = service.subscribe(previews)
      await subscribePush(world, { user, session: row?.id ?? 0 }, input)
      return input
    },
    async says(
      sender: UserId,
      chat: ChatId,
      text: string,
      more: Partial<Parameters<typeof world.sent>[0]> = {},
    ) {
      const before = world.published.length
      const { members } = await world.head(chat)
      const message = { chat, sender, text, members, ...more }
      const { seq } = await world.sent(message)
      for (const { events } of world.published.slice(before))
        await publisher.publish(events).catch(() => undefined)
      return seq
    },
    /** A process of the api. */
    start(pace: Partial<PushPace> = {}, by: Pick<Pusher, 'push'> = pusher) {
      const bus = openBus({ url: redis.url, node: `job-${Math.random()}` })
      const metrics = createMetrics()
      const stop = startPush(
        { ...world, bus, pusher: by, log: silentLog, metrics },
        { ...hasty, ...pace },
      )
      t.teardown(async () => {
        await stop()
        await bus.close()
      })
      return { stop, metrics }
    },
    /** Push services that take a push and never answer, beside the one that does. */
    silence() {
      const waiting: ((outcome: PushOutcome) => void)[] = []
      const push: Pusher['push'] = (to, ...rest) =>
        new URL(to.endpoint).origin === service.origin
          ? pusher.push(to, ...rest)
          : new Promise(resolve => waiting.push(resolve))
      return {
        push,
        /** Pushes that were begun and are not answered. */
        waiting,
        async move(endpoint: string, to: string) {
          const text = 'update push_subscriptions set endpoint = $2 where endpoint = $1'
          await world.rows(text, endpoint, to)
        },
        end() {
          for (const resolve of waiting.splice(0)) resolve({ result: 'gone' })
        },
      }
    },
    /** What was pushed, once nothing is due any more and `marker` has come too. */
    async texts(marker: string) {
      await until(() => service.payloads().some(each => each.text === marker))
      await place.settled()
      return service.payloads().map(each => each.text)
    },
    settled: () =>
      until(
        async () =>
          (await world.rows('select 1 from pushes where due_at is not null')).length === 0,
      ),
  }
  return place
}

t.test('a message is told to whoever subscribed, and to nobody else', async t => {
  const { world, device, says, start, texts, service } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const { endpoint } = await device(bob)
  await device(alice)
  start()
  const seq = await says(alice, chat, 'Hello')
  t.same(await texts('Hello'), ['Hello'])
  t.match(service.pushed, [{ path: new URL(endpoint).pathname, headers: { urgency: 'high' } }])
  t.same(service.payloads(), [
    {
      v: 1,
      user: bob,
      chat,
      seq,
      title: 'Birds',
      from: 'Person 1',
      text: 'Hello',
      // With the message that the group was made.
      unread: seq,
      badge: seq,
    },
  ])
})

t.test('a direct chat is called as the reader calls its other person', async t => {
  const { world, device, says, start, texts, service } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  await world.rows("update contacts set name = 'Ally' where user_id = $1", bob)
  await device(bob)
  start()
  await says(alice, chat, 'Hello')
  t.same(await texts('Hello'), ['Hello'])
  t.match(service.payloads(), [{ title: 'Ally', text: 'Hello' }])
  t.notOk('from' in (service.payloads()[0] ?? {}))
  t.match(service.pushed, [{ headers: { urgency: 'high' } }])
})

t.test('a push service learns neither which chat it is nor who else is in it', async t => {
  const { world, device, says, start, texts, settled, service } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const first = await world.group(alice, [bob, carol])
  const second = await world.group(alice, [bob])
  for (const user of [bob, carol]) await device(user)
  start()
  await says(alice, first, 'one')
  await texts('one')
  await says(alice, first, 'two')
  await texts('two')
  await says(alice, second, 'three')
  await texts('three')
  await settled()
  const topics = new Map<string, Set<string>>()
  for (const each of service.pushed) {
    if (each instanceof Error) throw each
    const { user, chat } = each.payload
    const key = `${user} ${chat}`
    topics.set(key, (topics.get(key) ?? new Set()).add(String(each.headers.topic)))
    t.match(each.headers.topic, /^[\w-]{32}$/)
  }
  t.same(
    new Set(topics.keys()),
    new Set([`${bob} ${first}`, `${carol} ${first}`, `${bob} ${second}`]),
  )
  // A later push of the same chat takes the place of one that still waits.
  for (const [key, seen] of topics) t.equal(seen.size, 1, key)
  t.equal(new Set([...topics.values()].flatMap(seen => [...seen])).size, 3)
})

t.test('without previews no name and no text leaves the server', async t => {
  const { world, device, says, start, service } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await device(bob, false)
  start()
  const seq = await says(alice, chat, 'Secret')
  await until(() => service.pushed.length > 0)
  t.same(service.payloads(), [{ v: 1, user: bob, chat, seq, unread: seq, badge: seq }])
})

t.test(
  'own, silent, deleted and read messages, and those of blocked people, are not told',
  async t => {
    const { world, device, says, start, texts } = await openPlace(t)
    const [alice = 0, bob = 0, carol = 0] = await world.people(3)
    const chat = await world.group(alice, [bob, carol])
    const other = await world.group(alice, [bob])
    await device(bob)
    await world.rows('insert into blocks (user_id, blocked_id) values ($1, $2)', bob, carol)
    await says(bob, chat, 'own')
    await says(alice, chat, 'silent', { silent: true })
    await says(carol, chat, 'blocked')
    const gone = await says(alice, chat, 'deleted')
    await world.rows(
      'update messages set deleted_at = now() where chat_id = $1 and seq = $2',
      chat,
      gone,
    )
    const read = await says(alice, other, 'read')
    await world.rows(
      'update members set read_seq = $2 where chat_id = $1 and user_id = $3',
      other,
      read,
      bob,
    )
    start()
    await says(alice, other, 'marker')
    t.same(await texts('marker'), ['marker'])
  },
)

t.test('a muted chat is quiet until it calls its reader, unless they muted that too', async t => {
  const { world, device, says, start, texts, service } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const loud = await world.group(alice, [bob])
  const muted = await world.group(alice, [bob])
  const mute = await world.group(alice, [bob])
  await setPlace(world, bob, 5, { chat: muted, mutedUntil: 0 })
  await setPlace(world, bob, 5, { chat: mute, mutedUntil: 0, mentionsMuted: true })
  await device(bob)
  start()
  await says(alice, muted, 'nothing')
  await says(alice, muted, 'called', { mentions: [bob] })
  await says(alice, muted, 'nothing again')
  await says(alice, mute, 'called in vain', { mentions: [bob] })
  await says(alice, loud, 'marker')
  t.same((await texts('marker')).toSorted(), ['called', 'marker'])
  t.equal(service.payloads().find(each => each.text === 'marker')?.badge, 2)
})

t.test("a stranger's request is not told before it is answered", async t => {
  const { world, device, says, start, texts } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.direct(alice, bob)
  await world.rows(
    'insert into message_requests (chat_id, from_id, to_id) values ($1, $2, $3)',
    chat,
    alice,
    bob,
  )
  const room = await world.group(carol, [bob])
  await device(bob)
  start()
  await says(alice, chat, 'request')
  await says(carol, room, 'marker')
  t.same(await texts('marker'), ['marker'])
})

t.test('whoever is connected somewhere has more time to read', async t => {
  const { world, device, says, start, texts, redis, publisher, service } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  await device(bob)
  await device(carol)
  await storePresence(publisher.redis, 'gateway', [bob], Date.now())
  start()
  await says(alice, chat, 'Hello')
  await until(() => service.pushed.length === 1)
  await until(async () => {
    const waiting = await world.rows(
      "select 1 from pushes where due_at > now() + interval '1 minute'",
    )
    return waiting.length === 1
  })
  t.equal(service.pushed.length, 1)
  // The time is over, and it is still unread.
  await world.rows('update pushes set due_at = now() where due_at is not null')
  t.same(await texts('Hello'), ['Hello', 'Hello'])
  // Without Redis nobody counts as connected.
  await redis.kill()
})

t.test('several browsers, several processes: each is told once', async t => {
  const { world, device, says, start, settled, service } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const inputs = [await device(bob), await device(bob), await device(carol)]
  for (let i = 0; i < 3; i++) start()
  await says(alice, chat, 'Hello')
  await until(() => service.pushed.length >= inputs.length)
  await settled()
  t.same(
    service.pushed.map(each => (each instanceof Error ? each : each.path)).toSorted(),
    inputs.map(({ endpoint }) => new URL(endpoint).pathname).toSorted(),
  )
})

t.test('what is said while a push is on its way follows as one', async t => {
  const { world, device, says, start, texts, service } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const { endpoint } = await device(bob)
  // Taken up again an hour later, had it not been for what came meanwhile.
  service.answer(endpoint, 503)
  start({ retryS: [3_600] })
  await says(alice, chat, 'one')
  await until(() => service.pushed.length === 1)
  await says(alice, chat, 'two')
  await says(alice, chat, 'three')
  await until(async () => {
    const rows = await world.rows("select 1 from pushes where due_at > now() + interval '1 minute'")
    return rows.length === 1
  })
  await world.rows('update pushes set due_at = now()')
  t.same(await texts('three'), ['one', 'three'])
})

t.test('a push service that fails is asked again, and given up after a while', async t => {
  const { world, device, says, start, settled, service } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  const { endpoint } = await device(bob)
  service.answer(endpoint, 500, { status: 429, retryAfter: '0.01' }, 201, 500, 500, 500, 500, 201)
  start()
  await says(alice, chat, 'one')
  await until(() => service.pushed.length === 3)
  await settled()
  await says(alice, chat, 'two')
  await until(() => service.pushed.length === 7)
  await settled()
  await says(alice, chat, 'three')
  await until(() => service.pushed.length === 8)
  await settled()
  t.same(
    service.payloads().map(each => each.text),
    ['one', 'one', 'one', 'two', 'two', 'two', 'two', 'three'],
  )
  t.strictSame(await world.rows('select failures from push_subscriptions'), [{ failures: 0 }])
})

t.test('a browser that is gone, and one that is refused again and again, is forgotten', async t => {
  const { world, device, says, start, service, settled } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const { endpoint: gone } = await device(bob)
  const { endpoint: refused } = await device(carol)
  const refusals = 10
  service.answer(gone, 410)
  service.answer(refused, ...Array.from({ length: refusals }, () => 403))
  const { metrics } = start()
  for (let i = 1; i <= refusals; i++) {
    await says(alice, chat, String(i))
    await until(() => service.pushed.length === i + 1)
    await settled()
  }
  await until(async () => (await world.rows('select 1 from push_subscriptions')).length === 0)
  t.strictSame(await world.rows('select 1 from pushes'), [])
  const text = await metrics.registry.metrics()
  t.match(text, /petrel_pushes_total\{outcome="gone"\} 1\n/)
  t.match(text, /petrel_pushes_total\{outcome="refused"\} 10\n/)
})

t.test('what nobody heard of is found at the next start, and told once', async t => {
  const { world, device, says, start, texts, settled, service } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await device(bob)
  await says(alice, chat, 'before')
  const { stop } = start()
  t.same(await texts('before'), ['before'])
  await stop()
  await says(alice, chat, 'meanwhile')
  start()
  t.same(await texts('meanwhile'), ['before', 'meanwhile'])
  start()
  await says(alice, chat, 'after')
  t.same(await texts('after'), ['before', 'meanwhile', 'after'])
  await settled()
  t.equal(service.pushed.length, 3)
})

t.test('what the bus lost is found when it is back', async t => {
  const { world, device, says, start, texts, redis } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await device(bob)
  start()
  await says(alice, chat, 'first')
  await texts('first')
  await redis.kill()
  await says(alice, chat, 'lost')
  await redis.restart()
  t.same(await texts('lost'), ['first', 'lost'])
})

t.test('what a process that died had in hand comes due again', async t => {
  const { world, device, says, start, texts } = await openPlace(t)
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.group(alice, [bob])
  await device(bob)
  await says(alice, chat, 'Hello')
  await world.rows(
    `insert into pushes (subscription_id, chat_id, due_at, tries)
     select id, $1, now() + interval '0.2 s', 1 from push_subscriptions`,
    chat,
  )
  start()
  t.same(await texts('Hello'), ['Hello'])
})

t.test(
  'old messages, and those from before the browser subscribed, are told to nobody',
  async t => {
    const { world, device, says, start, texts } = await openPlace(t)
    const [alice = 0, bob = 0] = await world.people(2)
    const chat = await world.group(alice, [bob])
    const old = await world.group(alice, [bob])
    await says(alice, chat, 'before')
    await device(bob)
    await says(alice, old, 'of yesterday')
    await world.rows(
      "update messages set created_at = now() - interval '1 day' where chat_id = $1",
      old,
    )
    await world.rows('update push_subscriptions set created_at = now()')
    start()
    const other = await world.group(alice, [bob])
    await says(alice, other, 'marker')
    t.same(await texts('marker'), ['marker'])
  },
)

t.test('nobody is told who has left, was signed out, or reads no more', async t => {
  const { world, device, says, start, texts } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0, dave = 0] = await world.people(4)
  const chat = await world.group(alice, [bob, carol, dave])
  for (const user of [bob, carol, dave]) await device(user)
  await world.place(chat, carol, 'left')
  await world.rows('update sessions set expires_at = now() where user_id = $1', dave)
  // Due for everybody, as if they had gone just now.
  await says(alice, chat, 'Hello')
  await world.rows(
    'insert into pushes (subscription_id, chat_id, due_at) select id, $1, now() from push_subscriptions',
    chat,
  )
  start()
  t.same(await texts('Hello'), ['Hello'])
  t.equal((await world.rows('select 1 from pushes')).length, 1)
})

t.test('a large channel is gone through in pages', async t => {
  const { world, device, says, start, texts, service, settled } = await openPlace(t)
  const [owner = 0, ...people] = await world.people(limits.fullFanOutMembersMax + 10)
  const chat = await world.channel(owner)
  await world.rows(
    `insert into members (chat_id, user_id, role) select $1, u, 'member' from unnest($2::bigint[]) u`,
    chat,
    people,
  )
  await world.rows('update chats set member_count = $2 where id = $1', chat, people.length + 1)
  const readers = people.slice(0, 3)
  for (const user of readers) await device(user)
  // Subscriptions of people who are not in the channel make up whole pages between.
  await world.rows(
    `with u as (insert into users (name) select 'Outsider' from generate_series(1, 1200) returning id),
       s as (insert into sessions (user_id, refresh_hash, name, expires_at)
         select id, decode(md5(id::text), 'hex'), 'Browser', now() + interval '1 day' from u returning id, user_id)
     insert into push_subscriptions (user_id, session_id, endpoint, p256dh, auth, previews)
     select user_id, id, 'https://push.example.org/' || id, '\\x04', '\\x04', true from s`,
  )
  const [last = 0] = people.slice(-1)
  await device(last)
  start()
  await says(owner, chat, 'post')
  await until(() => service.pushed.length === readers.length + 1)
  t.same(new Set(await texts('post')), new Set(['post']))
  await settled()
  t.equal(service.pushed.length, readers.length + 1)
  t.match(service.payloads(), [{ title: 'Birds', text: 'post' }])
})

t.test('a push service that never answers keeps nobody else waiting', async t => {
  const { world, device, says, start, silence, service } = await openPlace(t)
  const [alice = 0, carol = 0, ...people] = await world.people(60)
  const chat = await world.group(alice, [carol, ...people])
  const silent = silence()
  for (const [i, user] of people.entries())
    await silent.move((await device(user)).endpoint, `https://silent.example/${i}`)
  await device(carol)
  await says(alice, chat, 'Hello')
  start({ putOffS: 3_600 }, silent)
  t.teardown(silent.end)
  await until(() => service.pushed.length === 1 && silent.waiting.length >= perHostMax)
  t.match(service.payloads(), [{ user: carol, text: 'Hello' }])
  // Those that found no room wait, and it was no try.
  const putOff = () =>
    world.rows<{ tries: number }>(
      "select tries from pushes where due_at > now() + interval '1 minute'",
    )
  await until(async () => (await putOff()).length > 0)
  t.equal(silent.waiting.length, perHostMax)
  t.same(new Set((await putOff()).map(row => row.tries)), new Set([0]))
  // What waits comes when there is room again.
  silent.end()
  await world.rows('update pushes set due_at = now() where due_at is not null')
  await until(() => silent.waiting.length === perHostMax)
})

t.test('a person with many browsers that never answer keeps nobody else waiting', async t => {
  const { world, device, says, start, silence, service } = await openPlace(t)
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const silent = silence()
  for (let i = 0; i < limits.pushSubscriptionsPerUserMax; i++)
    await silent.move((await device(bob)).endpoint, `https://silent-${i}.example/`)
  await device(carol)
  const rooms: ChatId[] = []
  for (let i = 0; i < 5; i++) rooms.push(await world.group(alice, [bob]))
  rooms.push(await world.group(alice, [bob, carol]))
  for (const room of rooms) await says(alice, room, 'Hello')
  start({}, silent)
  t.teardown(silent.end)
  await until(() => service.pushed.length === 1 && silent.waiting.length >= perUserMax)
  t.match(service.payloads(), [{ user: carol }])
  t.equal(silent.waiting.length, perUserMax)
})
