import t from 'tap'
import { appUnderTest, goodPassword } from '#test/helpers/api.ts'
import { until } from '#test/helpers/until.ts'

const failures = { points: 3, perS: 60 }

t.test(
  'failed sign-ins from one address to one username are limited, a good one starts anew',
  async t => {
    const { call, register } = await appUnderTest(t, { rates: { loginPerIpUser: failures } })
    const alice = await register('alice')
    const login = (password: string, ip = '192.0.2.1', username = alice.username) =>
      call('POST', '/api/v1/auth/login', { json: { username, password }, ip })
    await login('wrong')
    await login('wrong')
    t.equal((await login(goodPassword)).status, 200)
    const parallel = await Promise.all(Array.from({ length: 20 }, () => login('wrong')))
    t.equal(
      parallel.filter(answer => answer.status === 401).length,
      3,
      'also when they come at once',
    )
    const refused = parallel.find(answer => answer.status === 429)
    t.match(refused?.body, { code: 'rate_limited', retryMs: Number })
    t.equal(
      Number(refused?.headers.get('retry-after')),
      Math.ceil((refused?.body.retryMs as number) / 1000),
    )
    t.equal((await login(goodPassword)).status, 429, 'even the right password has to wait')
    t.equal((await login(goodPassword, '192.0.2.1', alice.username.toUpperCase())).status, 429)
    t.equal((await login(goodPassword, '192.0.2.2')).status, 200, 'another address does not')
  },
)

t.test('unknown usernames are limited the same way as known ones', async t => {
  const { call, register } = await appUnderTest(t, { rates: { loginPerIpUser: failures } })
  const alice = await register('alice')
  const statuses = async (username: string) => {
    const answers = []
    for (let i = 0; i < 5; i++) {
      answers.push(
        (await call('POST', '/api/v1/auth/login', { json: { username, password: 'wrong' } }))
          .status,
      )
    }
    return answers
  }
  t.same(await statuses('nobody'), [401, 401, 401, 429, 429])
  t.same(await statuses(alice.username), [401, 401, 401, 429, 429])
})

t.test(
  'many addresses against one username do not lock its owner out where they are signed in',
  async t => {
    const { call, register } = await appUnderTest(t, { rates: { loginPerUser: failures } })
    const alice = await register('alice')
    const login = (password: string, ip: string) =>
      call('POST', '/api/v1/auth/login', { json: { username: alice.username, password }, ip })
    for (let i = 1; i <= 3; i++) t.equal((await login('wrong', `198.51.100.${i}`)).status, 401)
    t.equal((await login(goodPassword, '198.51.100.9')).status, 429)
    t.equal(
      (await login(goodPassword, '192.0.2.1')).status,
      200,
      'the address that alice registered from',
    )
  },
)

t.test('changing the password cannot be used to guess it without limit', async t => {
  const { call, register } = await appUnderTest(t, { rates: { loginPerIpUser: failures } })
  const alice = await register('alice')
  const statuses = []
  for (let i = 0; i < 5; i++) {
    const json = { current: 'wrong', next: 'another storm' }
    statuses.push(
      (await call('POST', '/api/v1/me/password', { token: alice.accessToken, json })).status,
    )
  }
  t.same(statuses, [401, 401, 401, 429, 429])
})

t.test('accounts, sign-ins, refreshes and requests are limited, each by its own key', async t => {
  const { call, register } = await appUnderTest(t, {
    rates: {
      registerPerIp: failures,
      loginPerIp: failures,
      refreshPerSession: failures,
      restPerIp: { points: 40, perS: 60 },
    },
  })
  const alice = await register('alice')
  const statuses = async (path: string, json: (i: number) => object, ip = '192.0.2.1') => {
    const answers = []
    for (let i = 0; i < 4; i++)
      answers.push((await call('POST', path, { json: json(i), ip })).status)
    return answers
  }
  const account = (i: number) => ({ username: `dora_${i}`, name: 'D', password: goodPassword })
  t.same(await statuses('/api/v1/auth/register', account), [201, 201, 429, 429])
  t.same(
    await statuses('/api/v1/auth/login', i => ({ username: `n${i}`, password: 'x' })),
    [401, 401, 401, 429],
  )
  t.same(
    await statuses('/api/v1/auth/refresh', () => ({ refreshToken: alice.refreshToken })),
    [200, 200, 200, 429],
  )
  const asked = await Promise.all(
    Array.from({ length: 40 }, () => call('GET', '/api/v1/config', { ip: '192.0.2.1' })),
  )
  t.same(new Set(asked.map(answer => answer.status)), new Set([200, 429]))
  t.equal((await call('GET', '/api/v1/config', { ip: '192.0.2.2' })).status, 200)
  t.equal(
    (await call('GET', '/health/live', { ip: '192.0.2.1' })).status,
    200,
    'health checks are not limited',
  )
})

t.test('while Redis is away the limits still hold', async t => {
  const { call, redis, bus } = await appUnderTest(t, { rates: { loginPerIpUser: failures } })
  await redis.kill()
  await until(() => bus.redis.status !== 'ready')
  const statuses = []
  for (let i = 0; i < 5; i++) {
    statuses.push(
      (await call('POST', '/api/v1/auth/login', { json: { username: 'alice', password: 'wrong' } }))
        .status,
    )
  }
  t.same(statuses, [401, 401, 401, 429, 429])
})

t.test('headers that anybody can write do not change whose budget it is', async t => {
  const rates = { loginPerIpUser: failures }
  const spoof = (i: number) => ({
    'x-real-ip': `203.0.113.${i}`,
    'x-forwarded-for': `203.0.113.${i}`,
    forwarded: `for=203.0.113.${i}`,
  })
  const statuses = async (trustProxy: string) => {
    const { call } = await appUnderTest(t, { rates, env: { TRUST_PROXY: trustProxy } })
    const answers = []
    for (let i = 1; i <= 4; i++) {
      const json = { username: 'alice', password: 'wrong' }
      answers.push((await call('POST', '/api/v1/auth/login', { json, headers: spoof(i) })).status)
    }
    return answers
  }
  t.same(await statuses('0'), [401, 401, 401, 429])
  t.same(await statuses('1'), [401, 401, 401, 401], 'behind a proxy X-Real-IP is the address')
})
