// One push: readable by its browser alone, signed for its service, and never sent where a foreign endpoint should not lead.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { PushInput } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import { generateVapidKeys } from '#shared/runtime/vapid.ts'
import { startPushService } from '#test/helpers/push-service.ts'
import { until } from '#test/helpers/until.ts'
import { createPusher, type PusherOptions } from './pusher.ts'

const keys = generateVapidKeys()
const manner = { ttlS: 60, topic: 'c7' } as const
const payload = { v: 1, chat: 7, seq: 3, title: 'Alice', text: 'Hello' } as const

function pusherFor(t: Test, options: Partial<PusherOptions> = {}) {
  const pusher = createPusher({ keys, contact: 'mailto:a@example.org', origins: [], ...options })
  t.teardown(() => pusher.close())
  return pusher
}

const addressOf = ({ endpoint, keys: { p256dh, auth } }: PushInput) => ({
  endpoint,
  p256dh: Buffer.from(p256dh, 'base64url'),
  auth: Buffer.from(auth, 'base64url'),
})

t.test('its browser opens it, its service knows who sent it', async t => {
  const service = await startPushService(t, () => keys.publicKey)
  const pusher = pusherFor(t, { origins: [service.origin] })
  const to = service.subscribe()
  t.same(await pusher.push(addressOf(to), payload, manner), { result: 'sent' })
  t.match(service.pushed, [
    {
      path: new URL(to.endpoint).pathname,
      payload,
      headers: {
        ttl: '60',
        urgency: 'high',
        topic: 'c7',
        'content-encoding': 'aes128gcm',
        authorization: /^vapid t=/,
      },
    },
  ])
})

t.test('how long it is tells little of what it says', async t => {
  const service = await startPushService(t, () => keys.publicKey)
  const pusher = pusherFor(t, { origins: [service.origin] })
  for (const text of ['Yes', 'No, by no means, and never ask me again'])
    await pusher.push(addressOf(service.subscribe()), { ...payload, text }, manner)
  const lengths = service.pushed.map(each => (each instanceof Error ? each : each.bytes))
  t.type(lengths[0], 'number')
  t.equal(lengths[0], lengths[1])
})

t.test('the longest payload fits into what every push service takes', async t => {
  const service = await startPushService(t, () => keys.publicKey)
  const pusher = pusherFor(t, { origins: [service.origin] })
  const long = {
    ...payload,
    title: '語'.repeat(limits.titleCharsMax),
    from: '語'.repeat(limits.nameCharsMax),
    text: '👩'.repeat(limits.pushTextCharsMax),
    user: Number.MAX_SAFE_INTEGER,
    chat: Number.MAX_SAFE_INTEGER,
    seq: Number.MAX_SAFE_INTEGER,
    unread: 1e9,
    badge: 1e9,
  }
  t.same(await pusher.push(addressOf(service.subscribe()), long, manner), { result: 'sent' })
  const [one] = service.pushed
  t.ok(one && !(one instanceof Error) && one.bytes <= 4_096)
  t.same(service.payloads(), [long])
})

t.test('what a push service answers', async t => {
  const service = await startPushService(t, () => keys.publicKey)
  const pusher = pusherFor(t, { origins: [service.origin] })
  const to = service.subscribe()
  const cases = [
    [200, { result: 'sent' }],
    [404, { result: 'gone' }],
    [410, { result: 'gone' }],
    [400, { result: 'refused' }],
    [403, { result: 'refused' }],
    [302, { result: 'refused' }],
    [500, { result: 'later' }],
    [503, { result: 'later' }],
    [
      { status: 429, retryAfter: '7' },
      { result: 'later', afterMs: 7_000 },
    ],
    [
      { status: 429, retryAfter: '999999' },
      { result: 'later', afterMs: 3_600_000 },
    ],
    [{ status: 429, retryAfter: 'soon' }, { result: 'later' }],
  ] as const
  for (const [answer, outcome] of cases) {
    service.answer(to.endpoint, answer)
    t.same(await pusher.push(addressOf(to), payload, manner), outcome, JSON.stringify(answer))
  }
})

t.test('a service that is away is tried later', async t => {
  const service = await startPushService(t, () => keys.publicKey)
  const to = { ...service.subscribe(), endpoint: 'http://127.0.0.1:1/push' }
  const pusher = pusherFor(t, { origins: ['http://127.0.0.1:1'] })
  t.same(await pusher.push(addressOf(to), payload, manner), { result: 'later' })
})

t.test('a connection that nobody uses any more is closed, whatever its service wants', async t => {
  const service = await startPushService(t, () => keys.publicKey)
  const pusher = pusherFor(t, { origins: [service.origin], idleMs: 100 })
  const to = service.subscribe()
  await pusher.push(addressOf(to), payload, manner)
  t.equal(service.connections.made, 1)
  await until(() => service.connections.open === 0)
})

t.test('only the endpoints of push services are taken', async t => {
  const pusher = pusherFor(t, { origins: ['http://10.0.0.9:8080'] })
  for (const endpoint of [
    'https://push.example.org/abc',
    'https://fcm.example.com/fcm/send/c:APA91-_x?y=1',
    'http://10.0.0.9:8080/abc',
  ])
    t.ok(pusher.accepts(endpoint), endpoint)
  for (const endpoint of [
    '',
    'push.example.org',
    'http://push.example.org/abc',
    'https://push.example.org:8443/abc',
    'https://push.example.org:443/abc',
    'https://user:pass@push.example.org/abc',
    'https://push.example.org/abc#x',
    'https://push.example.org/a/../abc',
    'https://PUSH.example.org/abc',
    'https://127.0.0.1/abc',
    'https://0x7f000001/abc',
    'https://2130706433/abc',
    'https://[::1]/abc',
    'https://8.8.8.8/abc',
    'https://localhost/abc',
    'https://redis/abc',
    'http://10.0.0.9/abc',
    'http://10.0.0.9:8081/abc',
    'https://10.0.0.9:8080/abc',
    'ftp://push.example.org/abc',
    'file:///etc/passwd',
    `https://push.example.org/${'a'.repeat(limits.pushEndpointCharsMax)}`,
  ])
    t.notOk(pusher.accepts(endpoint), endpoint.slice(0, 60))
})

t.test('a name that leads into our own network is not followed', async t => {
  let connected = 0
  const canary = createServer((_request, response) => response.end())
  canary.on('connection', () => {
    connected += 1
  })
  await new Promise<void>(resolve => canary.listen(0, '127.0.0.1', resolve))
  t.teardown(() => canary.close())
  const service = await startPushService(t, () => keys.publicKey)
  const names: Record<string, string[]> = {
    'inside.example.org': ['127.0.0.1'],
    'both.example.org': ['93.184.216.34', '10.0.0.1'],
    'six.example.org': ['::ffff:127.0.0.1'],
    'none.example.org': [],
  }
  const asked: string[] = []
  const pusher = pusherFor(t, {
    reach: {
      resolve: async name => {
        asked.push(name)
        return names[name] ?? []
      },
      isAllowed: address => address === '93.184.216.34',
    },
  })
  const outcome = (endpoint: string) =>
    pusher.push({ ...addressOf(service.subscribe()), endpoint }, payload, manner)
  for (const name of Object.keys(names))
    t.same(await outcome(`https://${name}/push`), { result: 'refused' }, name)
  t.same(asked, Object.keys(names))
  // As if it had been stored before the rules were.
  const { port } = canary.address() as AddressInfo
  for (const endpoint of [`http://127.0.0.1:${port}/push`, 'https://127.0.0.1/push'])
    t.same(await outcome(endpoint), { result: 'refused' }, endpoint)
  t.equal(connected, 0)
})

t.test('keys that are none are refused and harm nobody', async t => {
  const service = await startPushService(t, () => keys.publicKey)
  const pusher = pusherFor(t, { origins: [service.origin] })
  const to = { ...addressOf(service.subscribe()), p256dh: Buffer.alloc(65, 4) }
  t.same(await pusher.push(to, payload, manner), { result: 'refused' })
  t.same(service.pushed, [])
})
