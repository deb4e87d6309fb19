import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { until } from '#test/helpers/until.ts'
import { listen, retryUntilUp } from './lifecycle.ts'
import { createLog } from './log.ts'

const modules = (name: string) => pathToFileURL(join(import.meta.dirname, name)).href

/** A process whose main is `body`, which sees runMain, ConfigError, PortTaken, and keeps itself alive. */
function start(
  t: Test,
  body: string,
): { child: ChildProcess; output(): string; exit: Promise<number | null> } {
  const dir = t.testdir({
    'main.mjs': `
      import { runMain, PortTaken } from ${JSON.stringify(modules('lifecycle.ts'))}
      import { ConfigError } from ${JSON.stringify(modules('config.ts'))}
      const alive = setInterval(() => {}, 1000)
      ${body}`,
  })
  const child = fork(join(dir, 'main.mjs'), {
    execArgv: ['--import=tsx'],
    silent: true,
    cwd: process.cwd(),
  })
  const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable }
  let output = ''
  for (const stream of [stdout, stderr]) {
    stream.on('data', chunk => {
      output += chunk
    })
  }
  t.teardown(() => child.kill('SIGKILL'))
  // Node gives no `close` after a disconnect, so the end of the output is waited for here.
  const ended = Promise.all([once(child, 'exit'), once(stdout, 'end'), once(stderr, 'end')])
  return { child, output: () => output, exit: ended.then(([[code]]) => code as number | null) }
}

const ready = async (child: ChildProcess) => (await once(child, 'message'))[0]

t.test('SIGTERM stops once and exits 0, after the parent was told what is ready', async t => {
  const { child, output, exit } = start(
    t,
    `runMain(async () => ({ ready: { port: 7 }, stop: async () => console.log('stopped once') }))`,
  )
  t.same(await ready(child), { type: 'ready', port: 7 })
  child.kill('SIGTERM')
  t.equal(await exit, 0)
  t.equal(output().split('stopped once').length, 2)
})

t.test('a second signal ends a stop that hangs', async t => {
  const { child, output, exit } = start(
    t,
    `runMain(async () => ({ ready: {}, stop: () => { console.log('hanging'); return new Promise(() => {}) } }))`,
  )
  await ready(child)
  child.kill('SIGINT')
  await until(() => output().includes('hanging'))
  child.kill('SIGINT')
  t.equal(await exit, 1)
})

t.test('a stop that hangs ends by its deadline', async t => {
  const { child, output, exit } = start(
    t,
    `runMain(async () => ({ ready: {}, stopMs: 50, stop: () => new Promise(() => {}) }))`,
  )
  await ready(child)
  child.kill('SIGTERM')
  t.equal(await exit, 1)
  t.match(output(), 'did not stop in time')
})

t.test('a process whose parent is gone stops by itself', async t => {
  const { child, output, exit } = start(
    t,
    `runMain(async () => ({ ready: {}, stop: async () => console.log('stopped') }))`,
  )
  await ready(child)
  child.disconnect()
  t.equal(await exit, 0)
  t.match(output(), 'stopped')
})

t.test('an uncaught error is logged, stops cleanly, and exits 1', async t => {
  const throwing = [
    "setTimeout(() => { throw new Error('planted') })",
    "Promise.reject(new Error('planted'))",
  ]
  for (const bug of throwing) {
    const { output, exit } = start(
      t,
      `runMain(async () => { ${bug}; return { ready: {}, stop: async () => console.log('stopped') } })`,
    )
    t.equal(await exit, 1)
    t.match(output(), 'planted')
    t.match(output(), 'stopped')
  }
})

t.test('a bad configuration is told in plain lines and exits 78', async t => {
  const { output, exit } = start(
    t,
    `runMain(async () => { throw new ConfigError([{ name: 'PORT', value: 'x', expected: 'must be a number' }, { name: 'DATABASE_URL', expected: 'is required' }]) })`,
  )
  t.equal(await exit, 78)
  t.equal(
    output(),
    'The configuration is not usable:\n  PORT="x": must be a number\n  DATABASE_URL is required\n',
  )
})

t.test('a taken port is told in one line and exits 69', async t => {
  const { output, exit } = start(
    t,
    `runMain(async () => { throw new PortTaken(8080, '127.0.0.1') })`,
  )
  t.equal(await exit, 69)
  t.equal(
    output(),
    'port 8080 on 127.0.0.1 is taken: stop what listens there or choose another port\n',
  )
})

t.test('a process that is stopped while it waits for its database exits 0', async t => {
  const { child, output, exit } = start(
    t,
    `runMain(signal => { console.log('waiting'); return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) })`,
  )
  await until(() => output().includes('waiting'))
  child.kill('SIGTERM')
  t.equal(await exit, 0)
})

t.test('listening on a taken port throws PortTaken', async t => {
  const first: Server = createServer()
  await listen(first, 0, '127.0.0.1')
  t.teardown(() => first.close())
  const { port } = first.address() as { port: number }
  await t.rejects(listen(createServer(), port, '127.0.0.1'), {
    name: 'PortTaken',
    message: new RegExp(`^port ${port} on 127.0.0.1 is taken`),
  })
})

t.test('a service that is away is tried again, with one readable line each time', async t => {
  const lines: string[] = []
  const log = createLog(
    { name: 'test', level: 'info' },
    { write: line => void lines.push(JSON.parse(line).msg) },
  )
  let attempts = 0
  const probe = async () => {
    attempts += 1
    if (attempts < 3) throw new AggregateError([new Error('connect ECONNREFUSED')])
    return 'up'
  }
  const signal = new AbortController().signal
  t.equal(await retryUntilUp('PostgreSQL', probe, { log, signal, firstPauseMs: 1 }), 'up')
  t.same(lines, [
    'PostgreSQL is not reachable (connect ECONNREFUSED); next try in 0.001 s',
    'PostgreSQL is not reachable (connect ECONNREFUSED); next try in 0.002 s',
    'PostgreSQL is up',
  ])
})

t.test('waiting for a service ends when the process is stopped', async t => {
  const abort = new AbortController()
  const log = createLog({ name: 'test', level: 'silent' })
  const waiting = retryUntilUp('Redis', () => Promise.reject(new Error('away')), {
    log,
    signal: abort.signal,
    firstPauseMs: 60_000,
  })
  abort.abort()
  await t.rejects(waiting, { name: 'AbortError' })
})
