import t from 'tap'
import { createLog } from './log.ts'
import { createMetrics, serveMetrics } from './metrics.ts'
import { createReport } from './report.ts'

t.test('metrics are shown on their own port to bearers of the token only', async t => {
  const metrics = createMetrics({ process: true, labels: { index: '3' } })
  metrics.counter('things_total', 'Things.', ['kind']).inc({ kind: 'good' }, 2)
  let waiting = 4
  metrics.gauge('waiting', 'Waiting.', [], gauge => gauge.set(waiting))
  const token = 'x'.repeat(20)
  const server = await serveMetrics({
    port: 0,
    host: '127.0.0.1',
    token,
    registry: metrics.registry,
  })
  t.teardown(() => server.close())
  const get = (path: string, authorization?: string) =>
    fetch(
      `http://127.0.0.1:${server.port}${path}`,
      authorization === undefined ? {} : { headers: { authorization } },
    )
  t.equal((await get('/metrics')).status, 401)
  t.equal((await get('/metrics', `Bearer ${token}x`)).status, 401)
  t.equal((await get('/', `Bearer ${token}`)).status, 404)
  waiting = 5
  const answer = await get('/metrics', `Bearer ${token}`)
  const text = await answer.text()
  t.match(text, 'petrel_things_total{kind="good",index="3"} 2')
  t.match(text, 'petrel_waiting{index="3"} 5')
  t.match(text, 'petrel_nodejs_eventloop_lag_p99_seconds')
  for (const line of text.split('\n'))
    if (line && !line.startsWith('#')) t.ok(line.startsWith('petrel_'), line)
})

t.test('secrets never reach the log, wherever they stand', async t => {
  const lines: string[] = []
  const log = createLog({ name: 'test', level: 'info' }, { write: line => void lines.push(line) })
  log.info({ password: 'hunter2', user: 7 }, 'one')
  log.info({ body: { refreshToken: 'hunter2', current: 'hunter2', next: 'hunter2' } }, 'two')
  log.info({ req: { headers: { authorization: 'hunter2', cookie: 'hunter2' } } }, 'three')
  t.equal(lines.length, 3)
  t.notMatch(lines.join(''), 'hunter2')
  t.match(JSON.parse(lines[0] as string), {
    level: 'info',
    name: 'test',
    user: 7,
    msg: 'one',
    password: '[redacted]',
  })
})

t.test('a business event is one line and one count', async t => {
  const lines: string[] = []
  const log = createLog({ name: 'test', level: 'info' }, { write: line => void lines.push(line) })
  const metrics = createMetrics()
  const report = createReport({ log, metrics })
  report.signedIn({ user: 1, session: 2, how: 'password' })
  report.refreshed()
  report.sessionsRevoked({ user: 1, sessions: [2, 3], why: 'logout all' })
  t.same(
    lines.map(line => JSON.parse(line).msg),
    ['signed in', 'sessions revoked'],
  )
  const text = await metrics.registry.metrics()
  t.match(text, 'petrel_sign_ins_total{how="password"} 1')
  t.match(text, 'petrel_refreshes_total{result="ok"} 1')
  t.match(text, 'petrel_sessions_revoked_total{why="logout all"} 2')
})
