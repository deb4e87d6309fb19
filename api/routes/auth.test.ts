import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createHasher, type OwnedHasher } from '#api/workers/password-hasher.ts'
import type { Problem } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import { appUnderTest, goodPassword } from '#test/helpers/api.ts'

const api = await appUnderTest(t)
const { call, register, db, events, hasher, services } = api
t.beforeEach(() => {
  events.length = 0
})

t.test('registering gives a session that works', async t => {
  const answer = await call('POST', '/api/v1/auth/register', {
    json: { username: 'Alice', name: '  Alice  ', password: goodPassword, device: 'Laptop' },
  })
  t.equal(answer.status, 201)
  t.match(answer.body, {
    expiresIn: 900,
    user: { username: 'Alice', name: 'Alice', premiumUntil: null },
  })
  const me = await call('GET', '/api/v1/me', { token: answer.body.accessToken as string })
  t.same(me.body.user, answer.body.user)
})

t.test(
  'a taken username is a 409 in any case of its letters, also when two ask at once',
  async t => {
    const { username } = await register('alice')
    const again = await call('POST', '/api/v1/auth/register', {
      json: { username: username.toUpperCase(), name: 'A', password: goodPassword },
    })
    t.equal(again.status, 409)
    t.equal(again.body.code, 'username_taken')
    const racers = await Promise.all(
      Array.from({ length: 10 }, () =>
        call('POST', '/api/v1/auth/register', {
          json: { username: 'bob', name: 'B', password: goodPassword },
        }),
      ),
    )
    t.same(racers.map(racer => racer.status).sort(), [201, ...Array(9).fill(409)])
  },
)

t.test('weak passwords are refused with a reason', async t => {
  const weak = {
    short: 'tiny',
    emoji: '🎉🎉🎉🎉🎉🎉🎉',
    common: 'Password1',
    username: 'bobby_tables',
    same: 'zzzzzzzzzzzz',
  }
  for (const [why, password] of Object.entries({ ...weak, long: '€'.repeat(400) })) {
    const { status, body } = await call('POST', '/api/v1/auth/register', {
      json: { username: 'Bobby_Tables', name: 'B', password },
    })
    t.same([why, status, body.code], [why, 422, 'weak_password'])
    t.type(body.detail, 'string')
  }
})

t.test('bytes beyond the 72nd of a password count, and so do 64 emoji', async t => {
  const base = 'x1'.repeat(36)
  const alice = await register('alice', `${base}a`)
  const bob = await register('bob', '🦜🌊'.repeat(32))
  const login = async (username: string, password: string) =>
    (await call('POST', '/api/v1/auth/login', { json: { username, password } })).status
  t.equal(await login(alice.username, `${base}b`), 401)
  t.equal(await login(alice.username, base), 401)
  t.equal(await login(alice.username, `${base}a`), 200)
  t.equal(await login(bob.username, '🦜🌊'.repeat(32)), 200)
  t.equal(await login(bob.username, '🦜🌊'.repeat(31)), 401)
})

t.test(
  'a wrong password, an unknown user, an impossible name and a deleted account get the same answer',
  async t => {
    const alice = await register('alice')
    const gone = await register('carol')
    await call('DELETE', '/api/v1/me', {
      token: gone.accessToken,
      json: { password: goodPassword },
    })
    const tries = [
      alice.username,
      'nobody',
      gone.username,
      '',
      '\0',
      "' or 1=1 --",
      '\ud800',
      'é'.repeat(64),
    ]
    const answers = await Promise.all(
      tries.map(username =>
        call('POST', '/api/v1/auth/login', { json: { username, password: 'not the right one' } }),
      ),
    )
    for (const answer of answers) {
      t.equal(answer.status, 401)
      t.same(answer.body, answers[0]?.body)
      const headers = (of: Headers) => [...of].filter(([name]) => name !== 'x-request-id')
      t.same(headers(answer.headers), headers(answers[0]?.headers as Headers))
    }
  },
)

t.test('an unknown user costs the same hashing as a wrong password', async t => {
  const alice = await register('alice')
  const asked: (string | null)[] = []
  services.hasher = {
    hash: hasher.hash,
    matches(password, hash) {
      asked.push(hash)
      return hasher.matches(password, hash)
    },
  }
  t.teardown(() => {
    services.hasher = hasher
  })
  for (const username of [alice.username, 'nobody', '!!']) {
    await call('POST', '/api/v1/auth/login', { json: { username, password: 'not the right one' } })
  }
  t.match(asked, [String, null, null])
})

t.test('logout ends the session at once, in the api and by a signal to the gateways', async t => {
  const alice = await register('alice')
  t.equal((await call('POST', '/api/v1/auth/logout', { token: alice.accessToken })).status, 204)
  t.same(events, [{ type: 'sessionRevoked', user: alice.user.id, session: alice.session }])
  const after = await call('GET', '/api/v1/me', { token: alice.accessToken })
  t.same([after.status, after.body.code], [401, 'unauthorized'])
  t.equal(after.headers.get('www-authenticate'), 'Bearer')
  const refresh = await call('POST', '/api/v1/auth/refresh', {
    json: { refreshToken: alice.refreshToken },
  })
  t.equal(refresh.status, 401)
})

t.test('logout-all ends every session of this account and of no other', async t => {
  const alice = await register('alice')
  const bob = await register('bob')
  const login = await call('POST', '/api/v1/auth/login', {
    json: { username: alice.username, password: goodPassword },
  })
  t.equal((await call('POST', '/api/v1/auth/logout-all', { token: alice.accessToken })).status, 204)
  t.same(
    new Set(events.map(event => 'session' in event && event.session)),
    new Set([alice.session, login.body.session]),
  )
  t.equal(
    (await call('GET', '/api/v1/me', { token: login.body.accessToken as string })).status,
    401,
  )
  t.equal((await call('GET', '/api/v1/me', { token: bob.accessToken })).status, 200)
})

t.test('signing out works while Redis is away', async t => {
  const { call, register, redis } = await appUnderTest(t)
  const alice = await register('alice')
  await redis.kill()
  t.equal((await call('POST', '/api/v1/auth/logout', { token: alice.accessToken })).status, 204)
  t.equal((await call('GET', '/api/v1/me', { token: alice.accessToken })).status, 401)
})

t.test('a full hash queue answers 503 with a time to retry, and the app stays up', async t => {
  services.hasher = createHasher({ pepper: randomBytes(32), cost: 9, workers: 2 })
  const slow = services.hasher as OwnedHasher
  t.teardown(async () => {
    services.hasher = hasher
    await slow[Symbol.asyncDispose]()
  })
  const flood = Array.from({ length: 80 }, () =>
    slow.hash('fill the queue').catch((error: Error) => error),
  )
  const { status, headers, body } = await call('POST', '/api/v1/auth/login', {
    json: { username: 'alice', password: 'whatever' },
  })
  t.equal(status, 503)
  t.equal(headers.get('retry-after'), '2')
  t.match(body as unknown as Problem, { code: 'overloaded', retryMs: 2000 })
  const refused = (await Promise.all(flood)).filter(result => result instanceof Error)
  t.equal(refused.length, 28, '50 wait, 2 are hashed')
  t.equal((await call('GET', '/health/live')).status, 200)
})

t.test('beyond the bound a new session signs the least recently used one out', async t => {
  const alice = await register('alice')
  await db.query({
    text: `insert into sessions (user_id, refresh_hash, name, expires_at, last_used_at)
           select $1, sha256(i::text::bytea), 'old', now() + interval '1 day', now() + i * interval '1 minute'
           from generate_series(1, $2::int) i`,
    values: [alice.user.id, limits.sessionsPerUserMax - 2],
  })
  const enter = () =>
    call('POST', '/api/v1/auth/login', {
      json: { username: alice.username, password: goodPassword },
    })
  t.equal((await enter()).status, 200)
  t.same(events, [], 'as many as the bound')
  const login = await enter()
  t.equal(login.status, 200)
  t.same(events, [{ type: 'sessionRevoked', user: alice.user.id, session: alice.session }])
  t.equal(
    (await call('GET', '/api/v1/me', { token: login.body.accessToken as string })).status,
    200,
  )
})
