import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { exited } from '#deploy/bound-process.ts'
import { anyPort } from '#deploy/ports.ts'
import { closeCodes } from '#shared/protocol/codes.ts'
import { listen } from '#shared/runtime/lifecycle.ts'
import { generateKeyRing } from '#shared/runtime/tokens.ts'
import { isControl, RawClient } from '#test/helpers/raw-client.ts'
import { findLosses, RawPerson } from '#test/helpers/raw-person.ts'
import { type Stack, startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** gateway/main.ts on its own, with everything it says. */
interface Main {
  child: ChildProcess
  said: () => string
  /** Its exit code, once it has ended and nothing more of what it said can come. */
  ended: Promise<number | null>
  /** What it reported when it was ready. */
  ready: Promise<{ port: number; pids: number[] }>
}

function startMain(t: { teardown(fn: () => unknown): void }, env: Record<string, string>): Main {
  const child = spawn(process.execPath, ['--import=tsx', 'gateway/main.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited(child)
  })
  const chunks: string[] = []
  child.stdout?.on('data', chunk => chunks.push(String(chunk)))
  child.stderr?.on('data', chunk => chunks.push(String(chunk)))
  const ready = once(child, 'message').then(([message]) => message)
  const ended = once(child, 'close').then(([code]) => code)
  return { child, said: () => chunks.join(''), ready, ended }
}

/** A stack without gateways, and what a gateway beside it needs to know. */
async function withoutGateways(t: {
  teardown(fn: () => unknown): void
  testdir(files: Record<string, string>): string
}): Promise<{ stack: Stack; env: Record<string, string> }> {
  const { privateJwks, publicJwks } = generateKeyRing()
  const dir = t.testdir({ 'private.json': privateJwks, 'public.json': publicJwks })
  const keys = {
    JWT_KEYS_FILE: join(dir, 'private.json'),
    JWT_PUBLIC_KEYS_FILE: join(dir, 'public.json'),
  }
  const stack = await startStack(t, { gatewayProcesses: 0, env: keys })
  const port = await anyPort('127.0.0.1')
  const env = {
    ...keys,
    DATABASE_URL: stack.databaseUrl,
    REDIS_URL: stack.redis.url,
    GATEWAY_PORT: String(port),
  }
  return { stack, env }
}

t.test('an orderly end', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2, env: { DRAIN_MS: '1200' } })
  const [alice, bob] = await Promise.all(['Alice', 'Bob'].map(name => stack.newUser(name)))
  if (!alice || !bob) return
  const a = await RawPerson.enter(t, stack.wsUrl, alice.accessToken)
  const b = await RawPerson.enter(t, stack.wsUrl, bob.accessToken)
  const { chat } = await a.client.call('createDirect', { user: bob.user.id })
  await b.client.call('createDirect', { user: alice.user.id })
  for (const person of [a, b]) await person.watch(chat.id)
  const stops = [a.talk(chat.id, 'a'), b.talk(chat.id, 'b')]
  const idle = await Promise.all(
    Array.from({ length: 20 }, () => RawClient.join(t, stack.wsUrl, bob.accessToken)),
  )
  for (const gateway of stack.gateways) {
    const pid = gateway.pid()
    const said = a.acked.get(chat.id)?.length ?? 0
    await until(() => (a.acked.get(chat.id)?.length ?? 0) > said + 20)
    // stop() is SIGTERM, and SIGKILL only after far longer than it may take.
    await gateway.stop()
    t.not(gateway.pid(), pid)
    await gateway.start()
  }
  for (const client of idle) {
    t.equal(await client.untilClosed(), closeCodes.draining.code)
    const hints = client.frames.filter(isControl('reconnect'))
    t.match(hints[0], [5, 6, { afterMs: Number, reason: 'draining' }])
  }
  await Promise.all(stops.map(stop => stop()))
  for (const person of [a, b]) await person.converge(stack.databaseUrl)
  const { lost, doubled } = await findLosses(stack.databaseUrl, chat.id, [a, b])
  t.same(lost, [])
  t.same(doubled, [])
  const codes = new Set([...a.closes, ...b.closes])
  t.same([...codes], [closeCodes.draining.code], 'nobody was cut')
  const refusals = new Set([...a.refusals, ...b.refusals])
  t.same(
    [...refusals].filter(code => code !== 'overloaded'),
    [],
    'only told to try elsewhere',
  )
  t.same(stack.trouble, [])
})

t.test('two processes under one supervisor', async t => {
  const { stack, env } = await withoutGateways(t)
  const alice = await stack.newUser('Alice')
  const main = startMain(t, { ...env, GATEWAY_PROCESSES: '2', DRAIN_MS: '500' })
  const { port, pids } = await main.ready
  t.equal(new Set(pids).size, 2)
  const url = `ws://127.0.0.1:${port}/ws`
  const nodes = new Set<string>()
  const sockets: RawClient[] = []
  await until(async () => {
    const client = await RawClient.join(t, url, alice.accessToken)
    nodes.add(client.node)
    sockets.push(client)
    return nodes.size === 2
  })

  process.kill(pids[0] ?? 0, 'SIGKILL')
  await until(() => sockets.some(client => client.closed))
  const open = sockets.filter(client => !client.closed)
  t.ok(open.length > 0, 'the other process goes on')
  await until(
    async () => {
      const client = await RawClient.join(t, url, alice.accessToken).catch(() => null)
      if (client) sockets.push(client)
      return client && !nodes.has(client.node)
    },
    { timeoutMs: 60_000 },
  )
  t.pass('a new process took its place')

  main.child.disconnect()
  t.equal(await exited(main.child), 0, 'without its parent it stops by itself')
  for (const client of sockets) await client.untilClosed()
  const refused = await RawClient.open(t, url).catch(error => error.code)
  t.equal(refused, 'ECONNREFUSED', 'no process is left behind')
})

t.test('what keeps it from starting is said in clear words', async t => {
  const { env: good } = await withoutGateways(t)
  const port = Number(good.GATEWAY_PORT)
  const squatter = createServer()
  await listen(squatter, port, '127.0.0.1')
  t.teardown(() => squatter.close())
  const mains = ['1', '2'].map(count => startMain(t, { ...good, GATEWAY_PROCESSES: count }))
  for (const { ended, said } of mains) {
    t.equal(await ended, 69)
    t.match(said(), `port ${port} on 127.0.0.1 is taken`)
    t.notMatch(said(), /\n\s+at /, 'no stack trace')
  }
  const bad = { ...good, MESSAGE_BURST: 'many', GATEWAY_PORT: '99999', REDIS_URL: 'nowhere' }
  const { ended, said } = startMain(t, { ...bad, JWT_PUBLIC_KEYS_FILE: '/nowhere' })
  t.equal(await ended, 78)
  for (const name of ['MESSAGE_BURST', 'GATEWAY_PORT', 'REDIS_URL', 'JWT_PUBLIC_KEYS_FILE']) {
    t.match(said(), name, 'every bad value at once')
  }
  t.notMatch(said(), /\n\s+at /)

  const env = { ...good, GATEWAY_PORT: '0', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
  const waiting = startMain(t, env)
  await until(() => /PostgreSQL is not reachable.*next try/.test(waiting.said()))
  waiting.child.kill('SIGTERM')
  t.equal(await exited(waiting.child), 0, 'and can be stopped while it waits')
})
