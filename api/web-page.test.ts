import t from 'tap'
import { appUnderTest } from '#test/helpers/api.ts'

const dir = t.testdir({
  'secret.txt': 'outside',
  dist: {
    'index.html': '<!doctype html><title>Petrel</title>',
    'favicon.svg': '<svg/>',
    assets: { 'main-abc123.js': 'start()', 'main-abc123.js.br': 'compressed' },
  },
})
const { app, call } = await appUnderTest(t, {
  env: { WEB_DIR: `${dir}/dist`, GATEWAY_URL: ':8081/ws' },
})
const get = (path: string, headers: Record<string, string> = {}) =>
  app.request(path, { headers: { host: 'chat.example:8080', ...headers } })

t.test('the page and its routes are index.html, which is asked for anew each time', async t => {
  for (const path of ['/', '/chat/7', '/settings/sessions', '/join/abc?x=1']) {
    const answer = await get(path)
    t.equal(answer.status, 200, path)
    t.match(await answer.text(), '<title>Petrel</title>')
    t.equal(answer.headers.get('cache-control'), 'no-cache')
  }
})

t.test('files with a hash in their name are kept for ever, others are not', async t => {
  const hashed = await get('/assets/main-abc123.js')
  t.equal(await hashed.text(), 'start()')
  t.match(hashed.headers.get('content-type'), 'text/javascript')
  t.equal(hashed.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  const compressed = await get('/assets/main-abc123.js', { 'accept-encoding': 'gzip, br' })
  t.equal(compressed.headers.get('content-encoding'), 'br')
  t.equal((await get('/favicon.svg')).headers.get('cache-control'), 'no-cache')
})

t.test('a missing file is a 404 and not the page', async t => {
  for (const path of [
    '/assets/gone',
    '/assets/',
    '/assets/gone-1.js',
    '/robots.txt',
    '/.env',
    '/assets/main-abc123.js.map',
  ]) {
    const answer = await call('GET', path)
    t.same([answer.status, answer.body.code], [404, 'not_found'], path)
  }
})

t.test('what belongs to the api and the gateway is never the page', async t => {
  for (const path of ['/api', '/api/v1/nope', '/ws', '/health/nope', '/metrics', '/media/1']) {
    const answer = await call('GET', path)
    t.same([answer.status, answer.body.code], [404, 'not_found'], path)
  }
  const live = await call('GET', '/health/live')
  t.same([live.status, live.headers.get('cache-control')], [200, 'no-store'])
  t.equal((await call('GET', '/nope.js')).headers.get('cache-control'), 'no-store')
  t.equal((await call('POST', '/chat/7')).status, 404)
  t.equal((await call('GET', '/api/v1/auth/login')).status, 405)
})

t.test('no path leads out of the folder', async t => {
  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/assets/../../secret.txt',
    '/%00',
  ]) {
    t.notMatch(await (await get(path)).text(), 'outside', path)
  }
})

t.test('the page may talk to this host and its gateway only', async t => {
  const policy = (await get('/')).headers.get('content-security-policy') ?? ''
  t.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/)
  t.match(policy, "connect-src 'self' ws://chat.example:8081 wss://chat.example:8081;")
  t.match(policy, "frame-ancestors 'none'")
  t.match(policy, /; require-trusted-types-for 'script'; trusted-types petrel-worker$/)
  const injected = await get('/', { host: 'x; script-src *' })
  t.notMatch(injected.headers.get('content-security-policy'), 'script-src *')
  const elsewhere = await appUnderTest(t, {
    env: { WEB_DIR: `${dir}/dist`, GATEWAY_URL: 'wss://gw.example/ws?x' },
  })
  const answer = await elsewhere.app.request('/')
  t.match(answer.headers.get('content-security-policy'), "connect-src 'self' wss://gw.example;")
})
