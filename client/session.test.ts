// Tokens, their refresh and the REST calls under them, against an api that the test plays.

import t, { type Test } from 'tap'
import { AppError, type ErrorCode } from '#shared/protocol/codes.ts'
import type { Tokens } from '#shared/protocol/http.ts'
import { callHttp, fieldErrors, type HttpDeps } from './http.ts'
import { Session } from './session.ts'
import { memoryStorage } from './storage.ts'
import { FakeClock, settle } from './test/fake-clock.ts'

const me = { id: 7, name: 'Alice', premiumUntil: null, createdAt: 0 }
const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status })
const problem = (status: number, code: string, more = {}) =>
  json(status, { type: 'about:blank', title: code, status, code, ...more })

function tokensNamed(name: string, expiresIn = 900): Tokens {
  return {
    accessToken: `access-${name}`,
    refreshToken: `refresh-${name}`,
    expiresIn,
    session: 1,
    user: me,
  }
}

/** An api whose refresh route is played by `refresh`. */
function played(refresh: (token: string) => Response | Promise<Response>) {
  const clock = new FakeClock()
  const asked: string[] = []
  const http: HttpDeps = {
    api: 'http://api',
    clock: clock.fork(),
    fetch: async (_url, init) => {
      const { refreshToken } = JSON.parse(String(init?.body))
      asked.push(refreshToken)
      return refresh(refreshToken)
    },
  }
  const storage = memoryStorage()
  let signedOut = 0
  const open = () => new Session({ http, storage, signedOut: () => signedOut++ })
  return { clock, asked, storage, open, signedOut: () => signedOut }
}

const rejectsWith = (t: Test, promise: Promise<unknown>, code: ErrorCode) =>
  t.rejects(promise, { name: 'AppError', code })

t.test('a fresh token is used as it is; one that ends within 30 s is refreshed first', async t => {
  const { open, asked, clock } = played(() => json(200, tokensNamed('b')))
  const session = open()
  await session.keep(tokensNamed('a', 100))
  t.equal(await session.accessToken(), 'access-a')
  await clock.advance(69_000)
  t.equal(await session.accessToken(), 'access-a')
  await clock.advance(1_500)
  t.equal(await session.accessToken(), 'access-b')
  t.same(asked, ['refresh-a'])
})

t.test('many that need a token at once share one refresh', async t => {
  const { open, asked } = played(() => json(200, tokensNamed('b')))
  const session = open()
  await session.keep(tokensNamed('a', 1))
  const all = await Promise.all([1, 2, 3, 4].map(() => session.accessToken()))
  t.same(new Set(all), new Set(['access-b']))
  t.equal(await session.accessToken('access-a'), 'access-b', 'refused meanwhile, replaced already')
  t.equal(asked.length, 1)
})

t.test('tokens survive a restart', async t => {
  const { open } = played(() => problem(500, 'internal'))
  await open().keep(tokensNamed('a'))
  const later = open()
  t.match(await later.load(), { id: 7 })
  t.equal(await later.accessToken(), 'access-a')
})

t.test('what another tab has rotated is taken over without a refresh', async t => {
  const { open, asked } = played(() => problem(401, 'unauthorized'))
  const session = open()
  await session.keep(tokensNamed('a', 1))
  await open().keep(tokensNamed('b'))
  t.equal(await session.accessToken(), 'access-b')
  t.same(asked, [])
})

t.test(
  'a refresh that lost the race against another tab ends with the tokens of that tab',
  async t => {
    const world = played(async () => {
      await world.open().keep(tokensNamed('b'))
      return problem(401, 'unauthorized')
    })
    const session = world.open()
    await session.keep(tokensNamed('a', 1))
    t.equal(await session.accessToken(), 'access-b')
    t.equal(world.signedOut(), 0)
  },
)

t.test(
  'of tokens that another tab has rotated, the newer ones are refreshed, however old they are',
  async t => {
    const { open, asked, clock, storage } = played(token =>
      token === 'refresh-b' ? json(200, tokensNamed('c')) : problem(401, 'unauthorized'),
    )
    const session = open()
    await session.keep(tokensNamed('a'))
    await open().keep(tokensNamed('b'))
    await clock.advance(3_600_000)
    t.equal(await session.accessToken(), 'access-c')
    t.same(asked, ['refresh-b'])
    t.match(await storage.get('tokens'), { refreshToken: 'refresh-c' })
  },
)

t.test(
  'a refresh that lost the race against another tab, and waited long for it, goes on from there',
  async t => {
    const world = played(async token => {
      if (token === 'refresh-b') return json(200, tokensNamed('c'))
      await world.open().keep(tokensNamed('b'))
      await world.clock.advance(3_600_000)
      return problem(401, 'unauthorized')
    })
    const session = world.open()
    await session.keep(tokensNamed('a', 1))
    t.equal(await session.accessToken(), 'access-c')
    t.same(world.asked, ['refresh-a', 'refresh-b'])
    t.equal(world.signedOut(), 0)
  },
)

t.test('an answer that another tab has gone on from replaces nothing newer', async t => {
  const world = played(async () => {
    await world.open().keep(tokensNamed('c'))
    return json(200, tokensNamed('b'))
  })
  const session = world.open()
  await session.keep(tokensNamed('a', 1))
  t.equal(await session.accessToken(), 'access-c')
  t.match(await world.storage.get('tokens'), { refreshToken: 'refresh-c' })
  t.same(world.asked, ['refresh-a'])
})

t.test('a profile is stored with the newest tokens, and for nobody who has signed out', async t => {
  const { open, storage } = played(() => problem(500, 'internal'))
  const session = open()
  await session.keep(tokensNamed('a'))
  await open().keep(tokensNamed('b'))
  await session.update({ ...me, name: 'Alice B.' })
  const stored = { refreshToken: 'refresh-b', user: { name: 'Alice B.' } }
  t.match(await storage.get('tokens'), stored)
  t.match(session.user, { name: 'Alice B.' })
  t.equal(await session.accessToken(), 'access-b')
  await open().keep({ ...tokensNamed('other'), session: 2 })
  await session.update({ ...me, name: 'Alice' })
  t.match(await storage.get('tokens'), { session: 2, user: me })
  await storage.delete('tokens')
  await session.update({ ...me, name: 'Alice C.' })
  t.equal(await storage.get('tokens'), undefined)
  t.match(session.user, { name: 'Alice C.' })
})

t.test('a profile that comes during a refresh does not bring the old tokens back', async t => {
  const world = played(() => json(200, tokensNamed('b')))
  const { get } = world.storage
  let hold = Promise.resolve()
  world.storage.get = async key => {
    const [value] = await Promise.all([get(key), hold])
    return value
  }
  const session = world.open()
  await session.keep(tokensNamed('a', 1))
  let release = () => {}
  hold = new Promise(resolve => (release = resolve))
  const updating = session.update({ ...me, name: 'Alice B.' })
  hold = Promise.resolve()
  t.equal(await session.accessToken(), 'access-b')
  release()
  await updating
  const stored = { refreshToken: 'refresh-b', user: { name: 'Alice B.' } }
  t.match(await world.storage.get('tokens'), stored)
  t.equal(await session.accessToken(), 'access-b')
})

t.test('tokens that cannot be stored leave no used up ones behind', async t => {
  const { open, storage } = played(() => json(200, tokensNamed('b')))
  const session = open()
  await session.keep(tokensNamed('a', 1))
  storage.set = () => Promise.reject(new Error('full'))
  await t.rejects(session.accessToken(), { message: 'full' })
  t.equal(await storage.get('tokens'), undefined)
  t.equal(await session.accessToken(), 'access-b')
})

t.test('a farewell uses the tokens that another tab has stored, also behind clear', async t => {
  const { open, asked, clock } = played(token => json(200, tokensNamed(`after-${token}`)))
  const session = open()
  await session.keep(tokensNamed('a', 1))
  await open().keep(tokensNamed('b'))
  const fresh = session.farewell()
  await session.clear()
  t.equal(await fresh(), 'access-b')
  const other = open()
  await other.keep(tokensNamed('a', 1))
  await open().keep(tokensNamed('b'))
  await clock.advance(3_600_000)
  const stale = other.farewell()
  await other.clear()
  t.equal(await stale(), 'access-after-refresh-b')
  t.same(asked, ['refresh-b'])
})

t.test('a refused refresh signs out and forgets the tokens', async t => {
  const { open, signedOut, storage } = played(() => problem(401, 'unauthorized'))
  const session = open()
  await session.keep(tokensNamed('a', 1))
  await rejectsWith(t, session.accessToken(), 'unauthorized')
  t.equal(signedOut(), 1)
  t.equal(session.user, null)
  t.same(await storage.list(''), [])
})

t.test('a network failure or a busy server keeps the tokens for later', async t => {
  const answers = [
    () => Promise.reject(new TypeError('fetch failed')),
    () => problem(503, 'overloaded'),
  ]
  const { open, signedOut } = played(() =>
    (answers.shift() ?? (() => json(200, tokensNamed('b'))))(),
  )
  const session = open()
  await session.keep(tokensNamed('a', 1))
  await rejectsWith(t, session.accessToken(), 'timeout')
  await rejectsWith(t, session.accessToken(), 'overloaded')
  t.equal(signedOut(), 0)
  t.equal(await session.accessToken(), 'access-b')
})

t.test('an answer that comes after signing out belongs to nobody', async t => {
  let answer = (_: Response) => {}
  const { open, storage } = played(() => new Promise(resolve => (answer = resolve)))
  const session = open()
  await session.keep(tokensNamed('a', 1))
  const waiting = session.accessToken()
  waiting.catch(() => {})
  await settle()
  await session.clear()
  answer(json(200, tokensNamed('b')))
  await rejectsWith(t, waiting, 'unauthorized')
  t.same(await storage.list(''), [])
})

t.test('what storage holds may be broken', async t => {
  const { open, storage } = played(() => problem(500, 'internal'))
  for (const broken of [null, 'x', { accessToken: 1 }, { accessToken: 'a', refreshToken: 'b' }]) {
    await storage.set('tokens', broken)
    t.equal(await open().load(), null)
  }
})

t.test('signing out leaves what another session has put there', async t => {
  const { open, storage } = played(() => problem(500, 'internal'))
  const session = open()
  await session.keep(tokensNamed('a'))
  await open().keep({ ...tokensNamed('other'), session: 2 })
  await session.clear()
  t.match(await storage.get('tokens'), { session: 2 })
})

/** One call against one answer. */
function callWith(answer: () => Response | Promise<Response>, clock = new FakeClock()) {
  const http = { api: '', clock: clock.fork(), fetch: async () => answer() }
  return callHttp(http, { method: 'POST', path: '/x', body: {} })
}

t.test('problem documents become errors with code, wait and fields', async t => {
  const errors = [{ pointer: '/username', detail: 'taken' }]
  const error = await callWith(() =>
    problem(409, 'username_taken', { detail: 'Taken.', errors, retryMs: 5 }),
  ).catch((error: unknown) => error)
  t.match(error, { code: 'username_taken', message: 'Taken.', retryMs: 5 })
  t.same(fieldErrors(error), errors)
  t.same(fieldErrors(new Error('another')), [])
  t.same(fieldErrors(new AppError('timeout', { cause: new TypeError('x') })), [])
})

t.test('errors that are no problem documents go by their status', async t => {
  const page = (status: number, headers = {}) => new Response('<html>', { status, headers })
  await rejectsWith(
    t,
    callWith(() => page(502)),
    'internal',
  )
  await rejectsWith(
    t,
    callWith(() => page(503)),
    'overloaded',
  )
  await rejectsWith(
    t,
    callWith(() => page(418)),
    'bad_request',
  )
  await rejectsWith(
    t,
    callWith(() => problem(401, 'code_of_a_later_version')),
    'unauthorized',
  )
  const limited = callWith(() => page(429, { 'retry-after': '3' }))
  await t.rejects(limited, { code: 'rate_limited', retryMs: 3_000 })
})

t.test('an empty answer is null; one that is no JSON is an inner error', async t => {
  t.equal(await callWith(() => new Response(null, { status: 204 })), null)
  await rejectsWith(
    t,
    callWith(() => new Response('<html>')),
    'internal',
  )
})

t.test('a call that is not answered ends after 15 s', async t => {
  const clock = new FakeClock()
  const http: HttpDeps = {
    api: '',
    clock: clock.fork(),
    fetch: (_url, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  }
  const call = callHttp(http, { method: 'GET', path: '/x' })
  call.catch(() => {})
  await clock.advance(15_000)
  await rejectsWith(t, call, 'timeout')
})
