import { createECDH, randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import type { PushInput, PushState } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import { appUnderTest, goodPassword } from '#test/helpers/api.ts'
import { startPushService } from '#test/helpers/push-service.ts'

let key = ''
const service = await startPushService(t, () => key)
const { call, register, db, services } = await appUnderTest(t, {
  env: { PUSH_ORIGINS: service.origin },
})
key = services.pusher?.publicKey ?? ''

const put = (token: string, json: unknown) =>
  call('PUT', '/api/v1/push/subscription', { token, json })
const stateOf = async (token: string) =>
  (await call('GET', '/api/v1/push', { token })).body as unknown as PushState
const test = async (token: string) =>
  (await call('POST', '/api/v1/push/test', { token })).body as { result?: string; code?: string }

/** Signed in once more as the same person. */
async function signIn(username: string) {
  const json = { username, password: goodPassword }
  const { body } = await call('POST', '/api/v1/auth/login', { json })
  return body as { accessToken: string; session: number }
}

t.test('a browser subscribes, is tested, and unsubscribes', async t => {
  const { accessToken: token } = await register('alice')
  t.same(await stateOf(token), { key, subscription: null })
  t.same(await test(token), { result: 'none' })
  const input = service.subscribe()
  t.equal((await put(token, input)).status, 204)
  t.match(await stateOf(token), {
    key,
    subscription: { endpoint: input.endpoint, previews: true, createdAt: Number },
  })
  // The same again changes only what may be shown.
  t.equal((await put(token, { ...input, previews: false })).status, 204)
  t.match(await stateOf(token), { subscription: { endpoint: input.endpoint, previews: false } })
  t.same(await test(token), { result: 'sent' })
  t.same(service.payloads(), [{ v: 1 }])
  for (let i = 0; i < 2; i++)
    t.equal((await call('DELETE', '/api/v1/push/subscription', { token })).status, 204)
  t.same(await stateOf(token), { key, subscription: null })
})

t.test('a test says what the push service answered; one that is gone is forgotten', async t => {
  const { accessToken: token } = await register('alice')
  const input = service.subscribe()
  await put(token, input)
  service.answer(input.endpoint, 500, 403, 410)
  t.same(await test(token), { result: 'unreachable' })
  t.same(await test(token), { result: 'refused' })
  t.not((await stateOf(token)).subscription, null)
  t.same(await test(token), { result: 'gone' })
  t.equal((await stateOf(token)).subscription, null)
})

t.test('what is no subscription is a 400', async t => {
  const { accessToken: token } = await register('alice')
  const good = service.subscribe()
  const { keys } = good
  const p256dh = createECDH('prime256v1').generateKeys('base64url', 'compressed')
  const bad: Record<string, unknown> = {
    nothing: {},
    'another port': { ...good, endpoint: 'https://push.example.org:444/x' },
    'our own network': { ...good, endpoint: 'http://127.0.0.1:6379/' },
    'metadata of a cloud': { ...good, endpoint: 'https://169.254.169.254/latest' },
    'no address': { ...good, endpoint: 'push' },
    'a long address': {
      ...good,
      endpoint: service.origin + '/x'.repeat(limits.pushEndpointCharsMax),
    },
    'an unknown field': { ...good, expirationTime: null },
    'a short secret': { ...good, keys: { ...keys, auth: keys.auth.slice(1) } },
    'a compressed key': { ...good, keys: { ...keys, p256dh } },
    'no point of the curve': {
      ...good,
      keys: {
        ...keys,
        p256dh: Buffer.concat([Buffer.of(4), randomBytes(64)]).toString('base64url'),
      },
    },
    'padded base64': { ...good, keys: { ...keys, auth: `${keys.auth}==` } },
    'no answer about previews': { endpoint: good.endpoint, keys },
  }
  for (const [name, json] of Object.entries(bad))
    t.match(await put(token, json), { status: 400, body: { code: 'bad_request' } }, name)
  t.equal((await stateOf(token)).subscription, null)
})

t.test('a session has one subscription, the last one', async t => {
  const { accessToken: token } = await register('alice')
  await put(token, service.subscribe())
  const input = service.subscribe()
  await put(token, input)
  t.equal((await stateOf(token)).subscription?.endpoint, input.endpoint)
})

t.test(
  'whoever signs in on a browser takes its subscription over; with other keys nobody does',
  async t => {
    const alice = await register('alice')
    const bob = await register('bob')
    const input = service.subscribe()
    await put(alice.accessToken, input)
    const stolen = { ...input, keys: service.subscribe().keys }
    t.match(await put(bob.accessToken, stolen), { status: 409, body: { code: 'conflict' } })
    t.not((await stateOf(alice.accessToken)).subscription, null)
    t.equal((await put(bob.accessToken, input)).status, 204)
    t.equal((await stateOf(alice.accessToken)).subscription, null)
    t.equal((await stateOf(bob.accessToken)).subscription?.endpoint, input.endpoint)
  },
)

t.test('however a session ends, its subscription ends', async t => {
  const left = async (session: number) =>
    (
      await db.query({
        text: 'select 1 from push_subscriptions where session_id = $1',
        values: [session],
      })
    ).length
  const ways: Record<string, (t: Test, one: Awaited<ReturnType<typeof register>>) => unknown> = {
    logout: (_t, { accessToken: token }) => call('POST', '/api/v1/auth/logout', { token }),
    'logout everywhere': (_t, { accessToken: token }) =>
      call('POST', '/api/v1/auth/logout-all', { token }),
    'revoked by another device': async (_t, { username, session }) => {
      const { accessToken: token } = await signIn(username)
      await call('DELETE', `/api/v1/sessions/${session}`, { token })
    },
    'a new password elsewhere': async (_t, { username }) => {
      const { accessToken: token } = await signIn(username)
      const json = { current: goodPassword, next: 'another storm of petrels' }
      await call('POST', '/api/v1/me/password', { token, json })
    },
    'deleted account': (_t, { accessToken: token }) =>
      call('DELETE', '/api/v1/me', { token, json: { password: goodPassword } }),
  }
  for (const [name, end] of Object.entries(ways)) {
    await t.test(name, async t => {
      const one = await register('alice')
      await put(one.accessToken, service.subscribe())
      t.equal(await left(one.session), 1)
      await end(t, one)
      t.equal(await left(one.session), 0)
    })
  }
})

t.test('a session that ends while its browser subscribes keeps nothing', async t => {
  const rounds = 10
  for (let round = 0; round < rounds; round++) {
    const { accessToken: token, session } = await register('alice')
    await Promise.all([
      put(token, service.subscribe()),
      call('POST', '/api/v1/auth/logout', { token }),
    ])
    const rows = await db.query({
      text: 'select 1 from push_subscriptions where session_id = $1',
      values: [session],
    })
    t.same(rows, [])
  }
})

t.test('a person has so many, and the oldest goes', async t => {
  const { username, accessToken } = await register('alice')
  const tokens = [accessToken]
  for (let i = 0; i < limits.pushSubscriptionsPerUserMax; i++)
    tokens.push((await signIn(username)).accessToken)
  const inputs: PushInput[] = tokens.map(() => service.subscribe())
  for (const [i, token] of tokens.entries()) await put(token, inputs[i])
  const states = await Promise.all(tokens.map(stateOf))
  t.same(
    states.map(state => state.subscription?.endpoint ?? null),
    [null, ...inputs.slice(1).map(input => input.endpoint)],
  )
})

t.test('a server that pushes nothing says so', async t => {
  const off = await appUnderTest(t, { env: { WEB_PUSH: '0' } })
  const { accessToken: token } = await off.register('alice')
  t.same((await off.call('GET', '/api/v1/push', { token })).body, { key: null, subscription: null })
  const json = { ...service.subscribe(), endpoint: 'https://push.example.org/abc' }
  t.match(await off.call('PUT', '/api/v1/push/subscription', { token, json }), { status: 404 })
  t.same((await off.call('POST', '/api/v1/push/test', { token })).body, { result: 'off' })
})

t.test('tests are rationed for each person', async t => {
  const few = await appUnderTest(t, { rates: { pushTestsPerUser: { points: 2, perS: 60 } } })
  const alice = await few.register('alice')
  const bob = await few.register('bob')
  const ask = async (token: string) =>
    (await few.call('POST', '/api/v1/push/test', { token })).status
  t.same(
    [await ask(alice.accessToken), await ask(alice.accessToken), await ask(alice.accessToken)],
    [200, 200, 429],
  )
  t.equal(await ask(bob.accessToken), 200)
})

t.test('so are subscriptions: each may be another server that is to be pushed to', async t => {
  const few = await appUnderTest(t, {
    env: { PUSH_ORIGINS: service.origin },
    rates: { pushSubscribesPerUser: { points: 2, perS: 60 } },
  })
  const alice = await few.register('alice')
  const bob = await few.register('bob')
  const ask = async (token: string) => {
    const json = service.subscribe()
    return (await few.call('PUT', '/api/v1/push/subscription', { token, json })).status
  }
  t.same(
    [await ask(alice.accessToken), await ask(alice.accessToken), await ask(alice.accessToken)],
    [204, 204, 429],
  )
  t.equal(await ask(bob.accessToken), 204)
})
