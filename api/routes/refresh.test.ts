import { createHash } from 'node:crypto'
import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { appUnderTest } from '#test/helpers/api.ts'

const api = await appUnderTest(t)
t.beforeEach(() => {
  api.events.length = 0
})

const refresh = (refreshToken: unknown) =>
  api.call('POST', '/api/v1/auth/refresh', { json: { refreshToken } })

/** Moves the last exchange of a session into the past. */
const age = (session: number, seconds: number) =>
  api.db.query({
    text: 'update sessions set rotated_at = rotated_at - make_interval(secs => $2) where id = $1',
    values: [session, seconds],
  })

t.test('a refresh gives new tokens of the same session', async t => {
  const alice = await api.register('alice')
  const { status, body } = await refresh(alice.refreshToken)
  t.equal(status, 200)
  t.match(body, { session: alice.session, user: alice.user, expiresIn: 900 })
  t.not(body.refreshToken, alice.refreshToken)
  t.equal((await api.call('GET', '/api/v1/me', { token: body.accessToken as string })).status, 200)
})

t.test('refresh tokens have 256 bits and stand in the database only as hashes', async t => {
  const alice = await api.register('alice')
  t.match(alice.refreshToken, /^[\w-]{43}$/)
  const next = (await refresh(alice.refreshToken)).body.refreshToken as string
  t.match(next, /^[\w-]{43}$/)
  const rows = await api.db.query<{ refresh_hash: Buffer; previous_hash: Buffer }>({
    text: 'select refresh_hash, previous_hash from sessions where id = $1',
    values: [alice.session],
  })
  const sha = (text: string) => createHash('sha256').update(text).digest()
  t.same(rows, [{ refresh_hash: sha(next), previous_hash: sha(alice.refreshToken) }])
})

t.test(
  'a lost answer may be asked for again: the same token gives the same successor for 10 s',
  async t => {
    const alice = await api.register('alice')
    const first = await refresh(alice.refreshToken)
    const again = await refresh(alice.refreshToken)
    t.equal(again.status, 200)
    t.equal(again.body.refreshToken, first.body.refreshToken)
    await age(alice.session, limits.refreshGraceMs / 1000 - 1)
    t.equal(
      (await refresh(alice.refreshToken)).status,
      200,
      'asking again does not extend the grace …',
    )
    await age(alice.session, 2)
    t.equal((await refresh(alice.refreshToken)).status, 401, '… which is over now')
  },
)

t.test('50 refreshes at once with one token give one successor and one rotation', async t => {
  const alice = await api.register('alice')
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(alice.refreshToken)))
  t.same(new Set(answers.map(answer => answer.status)), new Set([200]))
  const successors = new Set(answers.map(answer => answer.body.refreshToken))
  t.equal(successors.size, 1)
  const [successor] = successors
  t.equal((await refresh(successor)).status, 200, 'and the successor is the current token')
  t.equal(api.events.length, 0, 'nothing was revoked')
})

t.test('a used token after its time ends the session, whichever generation it is', async t => {
  for (const generations of [1, 2, 5, 96]) {
    const alice = await api.register('alice')
    let current = alice.refreshToken
    for (let i = 0; i < generations; i++)
      current = (await refresh(current)).body.refreshToken as string
    await age(alice.session, limits.refreshGraceMs / 1000 + 1)
    api.events.length = 0
    const stolen = await refresh(alice.refreshToken)
    t.same(
      [stolen.status, stolen.body.code],
      [401, 'unauthorized'],
      `${generations} generations back`,
    )
    t.same(api.events, [{ type: 'sessionRevoked', user: alice.user.id, session: alice.session }])
    t.equal((await refresh(current)).status, 401, 'the current token is dead too')
    t.equal((await api.call('GET', '/api/v1/me', { token: alice.accessToken })).status, 401)
  }
})

t.test('the grace is for the token just before the current one, not for older ones', async t => {
  const alice = await api.register('alice')
  const second = (await refresh(alice.refreshToken)).body.refreshToken
  t.equal((await refresh(second)).status, 200)
  t.equal((await refresh(alice.refreshToken)).status, 401)
  t.equal(api.events.length, 1)
})

t.test("what is no refresh token ends nobody's session", async t => {
  const alice = await api.register('alice')
  const wrong = [
    'x',
    alice.accessToken.slice(0, 256),
    `${alice.refreshToken}=`,
    alice.refreshToken.slice(0, -1),
    '\0',
    '\ud800',
  ]
  for (const token of wrong) t.equal((await refresh(token)).status, 401)
  for (const token of ['', 'x'.repeat(257), 7, null, { $ne: '' }, [alice.refreshToken]]) {
    t.equal((await refresh(token)).status, 400)
  }
  t.equal(api.events.length, 0)
  t.equal((await refresh(alice.refreshToken)).status, 200)
})

t.test(
  'a session dies after 60 days without a refresh, and each refresh starts them anew',
  async t => {
    const alice = await api.register('alice')
    const daysLeft = async () => {
      const rows = await api.db.query<{ days: number }>({
        text: `select round(extract(epoch from expires_at - now()) / 86400)::int as days from sessions where id = $1`,
        values: [alice.session],
      })
      return rows[0]?.days
    }
    const pass = (days: number) =>
      api.db.query({
        text: 'update sessions set expires_at = expires_at - make_interval(days => $2) where id = $1',
        values: [alice.session, days],
      })
    const days = limits.refreshTokenS / 86_400
    await pass(days - 1)
    const { body } = await refresh(alice.refreshToken)
    t.equal(await daysLeft(), days)
    await pass(days)
    t.equal((await refresh(body.refreshToken)).status, 401)
    t.equal((await api.call('GET', '/api/v1/me', { token: alice.accessToken })).status, 401)
  },
)
