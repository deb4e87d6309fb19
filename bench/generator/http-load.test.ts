import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { loginStorm, Rest, restLoop } from './http-load.ts'

/** A server whose base is returned; it ends with the test. */
async function serve(
  t: Test,
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    answer(request, body, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const window = { warmUpS: 0, seconds: 1 }

t.test('each connection asks with its own token, again and again', async t => {
  const seen = new Set<string>()
  const ports = new Set<number>()
  const base = await serve(t, (request, _, response) => {
    seen.add(request.headers.authorization ?? '')
    ports.add(request.socket.remotePort ?? 0)
    json(response, 200, {})
  })
  const marks: string[] = []
  const call = { method: 'GET', path: '/me' } as const
  const found = await restLoop({ base, call, tokens: ['a', 'b'], ...window }, mark =>
    marks.push(mark),
  )
  t.same([...seen].sort(), ['Bearer a', 'Bearer b'])
  t.equal(ports.size, 2, 'connections are kept')
  t.ok(found.answers > 2)
  t.same(found.refused, {})
  t.same(marks, ['begin', 'end'])
})

t.test('a refresh token is used once, then its successor', async t => {
  const used: string[] = []
  const base = await serve(t, (_, body, response) => {
    const { refreshToken } = JSON.parse(body) as { refreshToken: string }
    used.push(refreshToken)
    json(response, 200, { refreshToken: `${Number(refreshToken) + 1}` })
  })
  const call = { method: 'POST', path: '/auth/refresh' } as const
  await restLoop({ base, call, tokens: ['0'], refresh: true, ...window }, () => undefined)
  t.same(
    used,
    used.map((_, i) => `${i}`),
  )
})

t.test('refusals are counted by status and code, and are no answers of a route', async t => {
  let asked = 0
  const base = await serve(t, (_, __, response) => {
    asked++
    if (asked === 3) json(response, 500, { code: 'internal' })
    else json(response, 200, {})
  })
  const call = { method: 'GET', path: '/me' } as const
  const found = await restLoop({ base, call, tokens: ['a'], ...window }, () => undefined)
  t.same(found.refused, { '500 internal': 1 })
})

t.test('who is told to come again does so, and is in at last', async t => {
  const attempts = new Map<string, number>()
  const base = await serve(t, (_, body, response) => {
    const { username } = JSON.parse(body) as { username: string }
    const attempt = (attempts.get(username) ?? 0) + 1
    attempts.set(username, attempt)
    if (username === 'carol') json(response, 401, { code: 'bad_credentials' })
    else if (username === 'bob' && attempt < 3) {
      response.setHeader('retry-after', '0')
      json(response, 503, { code: 'overloaded' })
    } else json(response, 200, {})
  })
  const usernames = ['alice', 'bob', 'carol']
  const found = await loginStorm({ base, usernames, password: 'secret' })
  t.match(found, { done: 2, refusals: 2, people: 1, errors: { '401 bad_credentials': 1 } })
  t.equal(attempts.get('bob'), 3)
})

t.test('a server that is not there is a reply too', async t => {
  const rest = new Rest('http://127.0.0.1:1', 1)
  t.match(await rest.call({ method: 'GET', path: '/' }), { status: 0, text: 'ECONNREFUSED' })
  rest.close()
})
