import { randomBytes } from 'node:crypto'
import t from 'tap'
import { ConfigError, readConfig, settings, settingsTable } from './config.ts'
import { generateKeyRing } from './tokens.ts'
import { generateVapidKeys } from './vapid.ts'

const ring = generateKeyRing()
const files: Record<string, string> = {
  '/k/private': ring.privateJwks,
  '/k/public': ring.publicJwks,
  '/k/pepper': `${randomBytes(32).toString('base64url')}\n`,
  '/k/hex': randomBytes(32).toString('hex'),
  '/k/short': randomBytes(31).toString('base64'),
  '/k/typed': 'changeme-changeme-changeme-changeme-changeme',
  '/k/zeros': Buffer.alloc(64).toString('base64'),
  '/k/empty': '',
  '/k/vapid': JSON.stringify(generateVapidKeys()),
}
const io = {
  readText(path: string) {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return text
  },
}
const api = {
  DATABASE_URL: 'postgres://petrel:hunter2@localhost/petrel',
  REDIS_URL: 'redis://localhost',
  JWT_KEYS_FILE: '/k/private',
  PASSWORD_PEPPER_FILE: '/k/pepper',
  REFRESH_SECRET_FILE: '/k/hex',
}
const gateway = {
  DATABASE_URL: api.DATABASE_URL,
  REDIS_URL: api.REDIS_URL,
  JWT_PUBLIC_KEYS_FILE: '/k/public',
}

function problemsOf(env: Record<string, string>, part: 'api' | 'gateway' | 'jobs' = 'api') {
  try {
    readConfig(env, part, io)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(problem => problem.name)
  }
}

t.test('what is needed and the defaults make a configuration', async t => {
  const config = readConfig(api, 'api', io)
  t.match(config, {
    port: 8080,
    host: '127.0.0.1',
    demo: false,
    bcryptCost: 10,
    gatewayUrl: '/ws',
    logLevel: 'info',
  })
  t.same(config.loginPerIpUser, { points: 5, perS: 900 })
  t.equal(config.passwordPepper.length, 32)
  t.equal(config.jwtKeys.size, 1)
  t.notOk('gatewayPort' in config, "the api does not see what is the gateway's")
})

t.test('a gateway has no private key and no pepper', async t => {
  const config = readConfig(
    { ...gateway, ...api, PUBLIC_ORIGINS: 'https://a.example, http://localhost:8080' },
    'gateway',
    io,
  )
  t.notOk('jwtKeys' in config || 'passwordPepper' in config || 'refreshSecret' in config)
  t.same(config.publicOrigins, ['https://a.example', 'http://localhost:8080'])
  t.same(problemsOf({ ...gateway, JWT_PUBLIC_KEYS_FILE: '/k/private' }, 'gateway'), [
    'JWT_PUBLIC_KEYS_FILE',
  ])
})

t.test('every bad value is named at once, and secrets are not shown', async t => {
  const env = {
    NODE_ENV: 'prod',
    PORT: '70000',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://petrel:hunter2@localhost/x',
    JWT_KEYS_FILE: '/k/missing',
    DEMO: 'yes',
    LOGIN_PER_IP: '5',
    METRICS_TOKEN: 'hunter2',
  }
  let error: unknown
  try {
    readConfig(env, 'api', io)
  } catch (caught) {
    error = caught
  }
  t.ok(error instanceof ConfigError)
  const { message } = error as ConfigError
  t.equal(message.split('\n').length, 11, message)
  t.match(message, 'PORT="70000": must be a whole number from 0 to 65535')
  t.match(message, 'JWT_KEYS_FILE="/k/missing": must be a readable file (ENOENT)')
  t.match(message, 'REDIS_URL is required')
  t.notMatch(message, 'hunter2')
})

t.test('unset and empty mean the default, malformed never does', async t => {
  t.equal(readConfig({ ...api, PORT: '' }, 'api', io).port, 8080)
  t.equal(readConfig({ ...api, PORT: '0' }, 'api', io).port, 0)
  for (const PORT of [' ', '8080 ', '0x50', '1e3', '-1', '8080.5', 'NaN', '٨'])
    t.same(problemsOf({ ...api, PORT }), ['PORT'])
})

t.test('secrets are at least 256 bits and not typed by hand', async t => {
  for (const path of ['/k/short', '/k/typed', '/k/zeros', '/k/empty', '/k/private', '/k/missing']) {
    t.same(problemsOf({ ...api, PASSWORD_PEPPER_FILE: path }), ['PASSWORD_PEPPER_FILE'], path)
    t.same(problemsOf({ ...api, REFRESH_SECRET_FILE: path }), ['REFRESH_SECRET_FILE'], path)
  }
})

t.test('Web Push needs a key pair and can be switched off', async t => {
  t.equal(readConfig(api, 'api', io).vapidKeys, null)
  const config = readConfig({ ...api, VAPID_KEYS_FILE: '/k/vapid', WEB_PUSH: '0' }, 'api', io)
  t.match(config, { vapidKeys: { publicKey: /^[\w-]{87}$/ }, webPush: false, pushOrigins: [] })
  for (const VAPID_KEYS_FILE of ['/k/pepper', '/k/missing', '/k/empty'])
    t.same(problemsOf({ ...api, VAPID_KEYS_FILE }), ['VAPID_KEYS_FILE'], VAPID_KEYS_FILE)
  for (const PUSH_ORIGINS of ['push.lan', 'https://push.lan/x', 'ftp://push.lan'])
    t.same(problemsOf({ ...api, PUSH_ORIGINS }), ['PUSH_ORIGINS'], PUSH_ORIGINS)
  t.same(problemsOf({ ...api, PUSH_CONTACT: 'somebody' }), ['PUSH_CONTACT'])
})

t.test('production refuses what is only good for trying out', async t => {
  const production = { ...api, NODE_ENV: 'production' }
  t.same(problemsOf(production), [])
  t.same(problemsOf({ ...production, DEMO: '1', BCRYPT_COST: '4' }), ['DEMO', 'BCRYPT_COST'])
  t.same(problemsOf({ ...gateway, NODE_ENV: 'production' }, 'gateway'), ['PUBLIC_ORIGINS'])
  t.same(
    problemsOf(
      { ...gateway, NODE_ENV: 'production', PUBLIC_ORIGINS: 'https://a.example' },
      'gateway',
    ),
    [],
  )
  t.equal(readConfig({ ...api, DEMO: '1' }, 'api', io).demo, true)
})

t.test('addresses of every kind are understood, and others are not', async t => {
  const redis = (REDIS_URL: string) => readConfig({ ...api, REDIS_URL }, 'api', io).redisUrl
  t.equal(redis('unix:/run/redis.sock'), '/run/redis.sock')
  t.equal(redis('unix:///run/redis.sock'), '/run/redis.sock')
  t.equal(redis('/run/redis.sock'), '/run/redis.sock')
  t.equal(redis('rediss://u:p@h:1/2'), 'rediss://u:p@h:1/2')
  for (const REDIS_URL of ['localhost:6379', 'http://localhost', 'unix:run.sock']) {
    t.same(problemsOf({ ...api, REDIS_URL }), ['REDIS_URL'])
  }
  for (const GATEWAY_URL of ['/ws', ':8081/ws', 'ws://h:1/ws', 'wss://chat.example/ws']) {
    t.same(problemsOf({ ...api, GATEWAY_URL }), [])
  }
  for (const GATEWAY_URL of ['ws', 'http://h/ws', ':x/ws', "/ws'; script-src *"]) {
    t.same(problemsOf({ ...api, GATEWAY_URL }), ['GATEWAY_URL'])
  }
  for (const PUBLIC_ORIGINS of [
    '*',
    'chat.example',
    'https://chat.example/',
    'https://chat.example/x',
    'null',
    'https://a,',
  ]) {
    t.same(
      problemsOf({ ...gateway, PUBLIC_ORIGINS }, 'gateway'),
      ['PUBLIC_ORIGINS'],
      PUBLIC_ORIGINS,
    )
  }
})

t.test('the table for the documentation has each setting once', async t => {
  const rows = settingsTable().trim().split('\n').slice(2)
  t.equal(rows.length, Object.keys(settings).length)
  t.equal(
    new Set(Object.values(settings).map(setting => setting.name)).size,
    rows.length,
    'no name twice',
  )
  for (const row of rows) t.equal(row.split(' | ').length, 5, row)
})

t.test('metrics are not open to other machines', t => {
  const open = { ...api, METRICS_PORT: '9100', HOST: '0.0.0.0' }
  t.same(problemsOf(open), ['METRICS_TOKEN'])
  t.same(problemsOf({ ...gateway, METRICS_PORT: '9100', HOST: '::' }, 'gateway'), ['METRICS_TOKEN'])
  t.same(problemsOf({ ...open, METRICS_TOKEN: 'x'.repeat(32) }), [])
  t.same(problemsOf({ ...open, HOST: '127.0.0.1' }), [])
  t.same(problemsOf({ ...open, METRICS_PORT: '0' }), [])
  t.end()
})
