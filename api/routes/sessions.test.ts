import t from 'tap'
import { appUnderTest, goodPassword } from '#test/helpers/api.ts'

const { call, register, events } = await appUnderTest(t)
t.beforeEach(() => {
  events.length = 0
})

type Page = {
  sessions: { id: number; current: boolean; name: string; platform: string; ip: string }[]
  next?: number
}

t.test('the devices of an account are listed in pages', async t => {
  const alice = await register('alice')
  const bob = await register('bob')
  const devices = [
    { device: 'Kitchen tablet', headers: {}, ip: '192.0.2.7' },
    {
      headers: {
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      },
      ip: '2001:db8::1',
    },
  ]
  for (const { device, headers, ip } of devices) {
    const json = { username: alice.username, password: goodPassword, ...(device && { device }) }
    await call('POST', '/api/v1/auth/login', { json, headers, ip })
  }
  const all = (await call('GET', '/api/v1/sessions', { token: alice.accessToken }))
    .body as unknown as Page
  t.match(all.sessions, [
    { id: alice.session, current: true, name: 'Unknown device' },
    { name: 'Kitchen tablet', ip: '192.0.2.7', current: false },
    { name: 'Firefox on Linux', platform: 'Firefox on Linux', ip: '2001:db8::1' },
  ])
  t.equal(all.next, undefined)

  const seen: number[] = []
  let after = ''
  for (let pages = 0; pages < 3; pages++) {
    const { body } = await call('GET', `/api/v1/sessions?limit=1${after}`, {
      token: alice.accessToken,
    })
    const page = body as unknown as Page
    seen.push(...page.sessions.map(session => session.id))
    t.equal(page.next === undefined, pages === 2)
    after = `&after=${page.next}`
  }
  t.same(
    seen,
    all.sessions.map(session => session.id),
  )
  const others = (await call('GET', '/api/v1/sessions', { token: bob.accessToken }))
    .body as unknown as Page
  t.same(
    others.sessions.map(session => session.id),
    [bob.session],
  )
})

t.test('bad pagination is a 400 with the field', async t => {
  const { accessToken: token } = await register('alice')
  const wrong: Record<string, string> = {
    'limit=0': '/limit',
    'limit=51': '/limit',
    'limit=-1': '/limit',
    'limit=1e1': '/limit',
    'limit=': '/limit',
    'limit=1&limit=2': '/limit',
    'after=0': '/after',
    'after=9999999999999999': '/after',
    'after=null': '/after',
    'after[]=1': '/after[]',
    'offset=1': '/offset',
  }
  for (const [query, pointer] of Object.entries(wrong)) {
    const { status, body } = await call('GET', `/api/v1/sessions?${query}`, { token })
    t.match([status, body], [400, { code: 'bad_request', errors: [{ pointer }] }], query)
  }
})

t.test("another device is signed out at once, somebody else's cannot be", async t => {
  const alice = await register('alice')
  const bob = await register('bob')
  const other = (
    await call('POST', '/api/v1/auth/login', {
      json: { username: alice.username, password: goodPassword },
    })
  ).body
  const revoke = (id: unknown) =>
    call('DELETE', `/api/v1/sessions/${id}`, { token: alice.accessToken })
  t.match(await revoke(bob.session), { status: 404, body: { code: 'not_found' } })
  t.match(await revoke(9_007_199_254_740_991), { status: 404 })
  t.equal((await call('GET', '/api/v1/me', { token: bob.accessToken })).status, 200)
  t.equal((await revoke(other.session)).status, 204)
  t.same(events, [{ type: 'sessionRevoked', user: alice.user.id, session: other.session }])
  t.equal((await revoke(other.session)).status, 404)
  t.equal((await call('GET', '/api/v1/me', { token: other.accessToken as string })).status, 401)
  t.equal(
    (await call('POST', '/api/v1/auth/refresh', { json: { refreshToken: other.refreshToken } }))
      .status,
    401,
  )
  for (const id of ['0', '1e3', '-1', '1.5', '%20', '9007199254740992', '1'.repeat(400), "1'--"]) {
    t.match(await revoke(id), { status: 400, body: { code: 'bad_request' } }, id.slice(0, 20))
  }
})
