import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { listen } from '#shared/runtime/lifecycle.ts'
import { generateKeyRing } from '#shared/runtime/tokens.ts'
import { testDb } from '#test/helpers/pg.ts'
import { testRedis } from '#test/helpers/redis.ts'
import { until } from '#test/helpers/until.ts'

const dir = t.testdir({
  keys: generateKeyRing().privateJwks,
  pepper: randomBytes(32).toString('base64url'),
  secret: randomBytes(32).toString('base64url'),
})
const [db, redis] = await Promise.all([testDb(t), testRedis(t)])
const good = {
  PORT: '0',
  DATABASE_URL: db.url,
  REDIS_URL: redis.url,
  JWT_KEYS_FILE: `${dir}/keys`,
  PASSWORD_PEPPER_FILE: `${dir}/pepper`,
  REFRESH_SECRET_FILE: `${dir}/secret`,
  BCRYPT_COST: '4',
}

interface Started {
  child: ChildProcess
  output(): string
  exit: Promise<number | null>
}

function start(t: Test, env: Record<string, string>): Started {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), {
    execArgv: ['--import=tsx'],
    silent: true,
    env: { PATH: process.env.PATH, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', chunk => {
      output += chunk
    })
  }
  t.teardown(() => child.kill('SIGKILL'))
  return {
    child,
    output: () => output,
    exit: once(child, 'exit').then(([code]) => code as number | null),
  }
}

const ready = async ({ child }: Started) =>
  (await once(child, 'message'))[0] as { type: string; port: number; metricsPort?: number }

t.test('it says where it listens, works, and stops cleanly at SIGTERM', async t => {
  const started = start(t, { ...good, DEMO: '1', METRICS_TOKEN: 'x'.repeat(20) })
  const { type, port } = await ready(started)
  t.equal(type, 'ready')
  const url = `http://127.0.0.1:${port}`
  t.same(await (await fetch(`${url}/health/ready`)).json(), {
    status: 'up',
    postgresql: 'up',
    redis: 'up',
  })
  const entered = await fetch(`${url}/api/v1/demo/enter`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"username":"bob"}',
  })
  t.equal(entered.status, 200)
  const { refreshToken, accessToken } = (await entered.json()) as Record<string, string>
  const logout = await fetch(`${url}/api/v1/auth/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}` },
  })
  t.equal(logout.status, 204, 'a POST without a body needs no media type')
  t.equal((await fetch(`${url}/metrics`)).status, 401)
  const metrics = await fetch(`${url}/metrics`, {
    headers: { authorization: `Bearer ${'x'.repeat(20)}` },
  })
  t.match(
    await metrics.text(),
    'petrel_http_request_seconds_count{method="POST",route="/api/v1/demo/enter",status="200"} 1',
  )
  started.child.kill('SIGTERM')
  t.equal(await started.exit, 0)
  for (const secret of [refreshToken, accessToken])
    t.notOk(started.output().includes(secret as string))
})

t.test('readiness names the part that is away, and comes back with it', async t => {
  const own = await testRedis(t)
  const started = start(t, { ...good, REDIS_URL: own.url })
  const { port } = await ready(started)
  const health = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`)
    return [answer.status, await answer.json()]
  }
  await own.kill()
  await until(async () => (await health())[0] === 503)
  t.same(await health(), [503, { status: 'down', postgresql: 'up', redis: 'down' }])
  t.equal((await fetch(`http://127.0.0.1:${port}/health/live`)).status, 200)
  await own.restart()
  await until(async () => (await health())[0] === 200)
})

t.test('a bad configuration ends it before it listens, with every bad value named', async t => {
  const { exit, output } = start(t, {
    ...good,
    PORT: 'http',
    DATABASE_URL: '',
    REFRESH_SECRET_FILE: `${dir}/gone`,
    DEMO: 'maybe',
  })
  t.equal(await exit, 78)
  await until(() => output().split('\n').length >= 6)
  for (const name of [
    'PORT="http"',
    'DATABASE_URL is required',
    'REFRESH_SECRET_FILE',
    'DEMO="maybe"',
  ])
    t.match(output(), name)
})

t.test('a taken port is said in one line', async t => {
  const other = createServer()
  await listen(other, 0, '127.0.0.1')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const { exit, output } = start(t, { ...good, PORT: String(port), LOG_LEVEL: 'fatal' })
  t.equal(await exit, 69)
  await until(() => output().includes(`port ${port} on 127.0.0.1 is taken`))
})

t.test(
  'PostgreSQL and Redis may come later: it waits, with a readable line for each try',
  async t => {
    const late = await testRedis(t)
    await late.kill()
    const started = start(t, { ...good, REDIS_URL: late.url })
    await until(() =>
      /"msg":"Redis is not reachable \([^"]+\); next try in 0\.25 s"/.test(started.output()),
    )
    await late.restart()
    await ready(started)
    await until(() => started.output().includes('Redis is up'))

    const nowhere = start(t, { ...good, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    await until(() =>
      /"msg":"PostgreSQL is not reachable \(connect ECONNREFUSED 127\.0\.0\.1:1\); next/.test(
        nowhere.output(),
      ),
    )
    nowhere.child.kill('SIGTERM')
    t.equal(await nowhere.exit, 0, 'and can be stopped while it waits')
  },
)

t.test('when its parent dies it does not stay behind', async t => {
  const started = start(t, good)
  await ready(started)
  started.child.disconnect()
  t.equal(await started.exit, 0)
})
