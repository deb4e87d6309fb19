import { connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { RouteConfig } from '@hono/zod-openapi'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import * as z from 'zod'
import { limits } from '#shared/protocol/limits.ts'
import { listen } from '#shared/runtime/lifecycle.ts'
import { PgError } from '#shared/store/db.ts'
import { type Answer, appUnderTest, goodPassword } from '#test/helpers/api.ts'

const { app, call, register, services } = await appUnderTest(t)
const alice = await register('alice')

/** What no answer may ever show. */
const inside =
  /\bat .*\.(ts|js|mjs):\d|node_modules|file:\/\/|select |insert |\w+Error:|violates|syntax error|ECONN/

function assertProblem(t: Test, answer: Answer, status: number, code: string): void {
  t.equal(answer.status, status)
  t.equal(answer.headers.get('content-type'), 'application/problem+json')
  t.match(answer.body, { type: `urn:petrel:error:${code}`, status, code, title: String })
  t.notMatch(JSON.stringify(answer.body), inside)
}

const json = { 'content-type': 'application/json' }
const loginPath = '/api/v1/auth/login'

t.test('malformed JSON is a 400', async t => {
  for (const raw of [
    '{',
    '{"username":',
    'nil',
    '{"a":1}}',
    '\u0000',
    `${'['.repeat(100_000)}`,
    "{'a':1}",
    '[1,]',
  ]) {
    assertProblem(t, await call('POST', loginPath, { raw, headers: json }), 400, 'bad_request')
  }
})

t.test('JSON of another shape is a 400 that names each wrong field', async t => {
  const { body } = await call('POST', loginPath, {
    json: { username: 7, extra: true, __proto__x: 1 },
  })
  const pointers = (body.errors as { pointer: string }[]).map(error => error.pointer).sort()
  t.same(pointers, ['/__proto__x', '/extra', '/password', '/username'])
  for (const raw of [
    'null',
    '7',
    '"x"',
    '[]',
    '{}',
    '{"__proto__":{"username":"a"}}',
    '{"constructor":1}',
  ]) {
    assertProblem(t, await call('POST', loginPath, { raw, headers: json }), 400, 'bad_request')
  }
})

t.test('a body that is not JSON is a 415', async t => {
  const raw = JSON.stringify({ username: 'alice', password: goodPassword })
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json-patch+json',
    'x',
  ]
  for (const type of [...types, 'application/jsonx', 'text/json', '']) {
    const answer = await call('POST', loginPath, { raw, headers: { 'content-type': type } })
    assertProblem(t, answer, 415, 'unsupported_media_type')
  }
  for (const type of ['application/json; charset=utf-8', 'Application/JSON']) {
    t.equal((await call('POST', loginPath, { raw, headers: { 'content-type': type } })).status, 401)
  }
})

t.test('a body over 256 KB is a 413, declared or not', async t => {
  const max = limits.restBodyBytesMax
  const big = JSON.stringify({ username: 'x', password: 'x' }).padEnd(max + 1)
  assertProblem(t, await call('POST', loginPath, { raw: big, headers: json }), 413, 'too_large')
  const streamed = new ReadableStream({
    start(controller) {
      for (let bytes = 0; bytes <= max; bytes += 1024)
        controller.enqueue(new Uint8Array(1024).fill(32))
      controller.close()
    },
  })
  const init = {
    method: 'POST',
    body: streamed,
    duplex: 'half',
    headers: { ...json, 'transfer-encoding': 'chunked' },
  }
  t.equal((await app.request(loginPath, init as RequestInit)).status, 413)
  const fits = JSON.stringify({ username: 'x', password: 'x' }).padEnd(max)
  t.equal((await call('POST', loginPath, { raw: fits, headers: json })).status, 401)
})

t.test(
  'an unknown path is a 404, a known one with another method a 405 that says which are allowed',
  async t => {
    for (const path of [
      '/',
      '/api',
      '/api/v1',
      '/api/v2/me',
      '/api/v1/me/',
      '/api/v1/me/x',
      '/api/v1/sessions/',
      '/.env',
      '/%',
      '/%00',
    ]) {
      assertProblem(t, await call('GET', path), 404, 'not_found')
    }
    const wrong: [string, string, string][] = [
      ['GET', loginPath, 'POST'],
      ['PUT', '/api/v1/me', 'GET, HEAD, PATCH, DELETE'],
      ['POST', '/api/v1/sessions', 'GET, HEAD'],
      ['PATCH', '/api/v1/sessions/1', 'DELETE'],
      ['OPTIONS', '/api/v1/me', 'GET, HEAD, PATCH, DELETE'],
      ['DELETE', '/health/live', 'GET, HEAD'],
      ['POST', '/api/v1/openapi.json', 'GET, HEAD'],
    ]
    for (const [method, path, allow] of wrong) {
      const answer = await call(method, path)
      assertProblem(t, answer, 405, 'method_not_allowed')
      t.equal(answer.headers.get('allow'), allow)
    }
  },
)

t.test(
  'a failure inside is a 500 that shows nothing, and is logged with the id of the request',
  async t => {
    const logged: object[] = []
    const { db, log } = services
    t.teardown(() => Object.assign(services, { db, log }))
    const planted = new PgError({
      message: 'relation "users" violates secret',
      code: '42P01',
    } as never)
    Object.assign(services, { db: { ...db, query: () => Promise.reject(planted) } })
    log.error = (entry: unknown) => void logged.push(entry as object)
    const answer = await call('POST', loginPath, { json: { username: 'alice', password: 'x' } })
    assertProblem(t, answer, 500, 'internal')
    t.same(Object.keys(answer.body).sort(), ['code', 'retryMs', 'status', 'title', 'type'])
    t.match(logged, [{ err: planted, requestId: answer.headers.get('x-request-id') as string }])
  },
)

t.test('every answer has the safe headers, and none of the api is cached', async t => {
  const calls = [
    call('GET', '/api/v1/config'),
    call('GET', '/api/v1/me'),
    call('GET', '/nope'),
    call('GET', '/health/live'),
    call('POST', loginPath),
  ]
  for (const { headers } of await Promise.all(calls)) {
    t.match(Object.fromEntries(headers), {
      'content-security-policy': /^default-src 'none'/,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': /geolocation=\(\)/,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-request-id': /^[\da-f-]{36}$/,
    })
    t.notOk(headers.has('set-cookie'))
    t.notOk(headers.has('access-control-allow-origin'))
  }
  t.equal((await call('GET', '/api/v1/config')).headers.get('cache-control'), 'no-store')
})

t.test('no input whatsoever gives a 5xx or shows what is inside', async t => {
  const routes = new Map(
    app.openAPIRegistry.definitions.flatMap(each =>
      each.type === 'route' ? [[each.route.operationId as string, each.route] as const] : [],
    ),
  )
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\0', 'a\0b', '\ud800', 'a\ud800b'),
    fc.constantFrom(
      '__proto__',
      "' or 1=1 --",
      '{{7*7}}',
      '../../etc/passwd',
      '9'.repeat(400),
      goodPassword,
      alice.username,
    ),
  )
  const value = fc.oneof(text, fc.jsonValue(), fc.double(), fc.constant(alice.refreshToken))
  // Most bodies have the fields that the route asks for, so that their values come past the schema.
  const bodyOf = (route: RouteConfig) => {
    const media = route.request?.body?.content['application/json'] as
      | { schema?: unknown }
      | undefined
    const shape = media?.schema instanceof z.ZodObject ? media.schema.shape : {}
    const fitting = fc.record(Object.fromEntries(Object.keys(shape).map(name => [name, text])))
    return fc.oneof(
      { weight: 6, arbitrary: fitting.map(each => JSON.stringify(each)) },
      fc
        .tuple(fitting, fc.dictionary(text, value))
        .map(parts => JSON.stringify({ ...parts[0], ...parts[1] })),
      fc.jsonValue().map(each => JSON.stringify(each)),
      text,
    )
  }
  const query = fc.oneof(
    fc.constant(''),
    fc.webQueryParameters().map(each => `?${each}`),
    text.map(each => `?after=${encodeURIComponent(each.toWellFormed())}`),
  )
  const input = fc.constantFrom(...routes.keys()).chain(operation =>
    fc.record({
      operation: fc.constant(operation),
      segment: fc.oneof(
        fc.webSegment({ size: 'small' }),
        text.map(each => encodeURIComponent(each.toWellFormed())),
      ),
      query,
      body: fc.option(bodyOf(routes.get(operation) as RouteConfig), { nil: undefined, freq: 9 }),
      type: fc.constantFrom(...Array(8).fill('application/json'), 'text/plain', ''),
      signedIn: fc.boolean(),
    }),
  )
  const seen = new Set<number>()
  await fc.assert(
    fc.asyncProperty(input, async ({ operation, segment, query, body, type, signedIn }) => {
      const route = routes.get(operation) as RouteConfig
      // These would sign out every request behind them.
      const token = operation.startsWith('logout') || !signedIn ? undefined : alice.accessToken
      const path = route.path.replace(/\{\w+\}/, segment || 'x') + query
      const headers = { 'content-type': type, 'user-agent': segment }
      const { status, body: answer } = await call(route.method.toUpperCase(), path, {
        headers,
        ...(body !== undefined && route.method !== 'get' && { raw: body }),
        token,
      })
      seen.add(status)
      if (status >= 500) throw new Error(`${route.method} ${path} gave ${status}`)
      if (status >= 400 && inside.test(JSON.stringify(answer)))
        throw new Error(`${route.method} ${path} shows ${JSON.stringify(answer)}`)
    }),
    { numRuns: 1_500 },
  )
  t.ok(
    [200, 400, 401, 415].every(status => seen.has(status)),
    `got beyond the first checks: ${[...seen]}`,
  )
})

t.test('what is no HTTP does not end the server', async t => {
  const server = createAdaptorServer({ fetch: app.fetch })
  await listen(server as never, 0, '127.0.0.1')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const send = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      let answer = ''
      socket.setEncoding('latin1')
      socket.on('data', chunk => {
        answer += chunk
      })
      socket.on('close', () => resolve(answer)).on('error', reject)
      socket.end(text, 'latin1')
    })
  const host = 'host: x\r\nconnection: close\r\n'
  const nonsense = [
    'hello\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `GET http://[/ HTTP/1.1\r\n${host}\r\n`,
    `GET /api/v1/config HTTP/1.1\r\nhost: a b<>\r\nconnection: close\r\n\r\n`,
    `TRACE / HTTP/1.1\r\n${host}\r\n`,
    `POST ${loginPath} HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST ${loginPath} HTTP/1.1\r\n${host}content-type: application/json\r\ncontent-length: 10\r\n\r\n{"a"`,
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
    '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03',
  ]
  for (const text of nonsense) {
    const answer = await send(text)
    t.notMatch(answer, /^HTTP\/1\.1 (2|5)/, JSON.stringify(text.slice(0, 50)))
    t.notMatch(answer, inside)
  }
  t.equal((await fetch(`http://127.0.0.1:${port}/health/live`)).status, 200)
})
