import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { anyPort } from '#deploy/ports.ts'
import { bornAt } from '#deploy/processes.ts'
import { until } from '../helpers/until.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What `npm start` runs, with a home of its own. */
interface Launcher {
  process: ChildProcess
  /** Everything it printed so far. */
  output(): string
  /** The URL, once its line is there. */
  url(): Promise<string>
  ended: Promise<number | null>
  /** All of what it printed, once it has ended and nothing more can come. */
  said(): Promise<string>
}

function start(t: Test, home: string, env: Record<string, string> = {}): Launcher {
  const {
    DATABASE_URL: _d,
    REDIS_URL: _r,
    PORT: _p,
    npm_lifecycle_event: _n,
    ...rest
  } = process.env
  const child = spawn(process.execPath, ['deploy/start.mjs'], {
    cwd: root,
    env: { ...rest, PETREL_HOME: home, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a terminal gives to a command.
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString()
    })
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  return {
    process: child,
    output: () => output,
    ended,
    said: async () => {
      await closed
      return output
    },
    url: () =>
      until(
        () => {
          if (child.exitCode !== null) throw new Error(output)
          return /^http:\S+$/m.exec(output)?.[0] ?? ''
        },
        { timeoutMs: 240_000, message: 'the line with the URL' },
      ),
  }
}

function home(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'petrel-home-'))
  // The user that PostgreSQL runs as must pass through.
  chmodSync(dir, 0o755)
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Every process of the launcher's: its children, and theirs. */
function family(pid: number): { pid: number; born: string }[] {
  return [...fileOf(pid, `task/${pid}/children`).matchAll(/\d+/g)]
    .map(([child]) => Number(child))
    .flatMap(child => [{ pid: child, born: bornAt(child) ?? '' }, ...family(child)])
}

/** What /proc says of a process; nothing when it has ended since it was seen, as workers of PostgreSQL do. */
function fileOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}

function allGone(processes: { pid: number; born: string }[]): boolean {
  return processes.every(({ pid, born }) => bornAt(pid) !== born)
}

/** The status of a POST to the api. */
async function post(url: string, path: string, body: Record<string, string>): Promise<number> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.status
}

t.test('one command serves the page, and Ctrl-C leaves nothing', async t => {
  const dir = home(t)
  const first = start(t, dir)
  const url = await first.url()

  t.equal((await fetch(`${url}/health/ready`)).status, 200)
  t.match(await (await fetch(url)).text(), '<title>')
  t.equal(await post(url, '/demo/enter', { username: 'alice' }), 200)
  t.equal(first.output().trimEnd().split('\n').at(-1), url, 'the last line is the URL')
  t.equal(statSync(join(dir, 'secrets', 'pepper')).mode & 0o777, 0o600)

  const second = start(t, dir)
  t.equal(await second.ended, 1)
  t.match(await second.said(), url, 'a second start says where the first one runs')

  const processes = family(first.process.pid ?? 0)
  t.ok(processes.length >= 4, 'PostgreSQL, Redis, api and gateway run')
  process.kill(-(first.process.pid ?? 0), 'SIGINT')
  t.equal(await first.ended, 0)
  await until(() => allGone(processes), { message: 'every process ends' })
  t.notOk(existsSync(join(dir, 'launcher.json')))
})

t.test('a killed launcher takes everything along and does not block the next start', async t => {
  const dir = home(t)
  const first = start(t, dir)
  const url = await first.url()
  const account = { username: 'bob_again', password: 'storm over the north sea' }
  t.equal(await post(url, '/auth/register', { ...account, name: 'Bob' }), 201)
  const processes = family(first.process.pid ?? 0)
  first.process.kill('SIGKILL')
  await first.ended

  const second = start(t, dir)
  t.equal(await post(await second.url(), '/auth/login', account), 200, 'the account is still there')
  await until(() => allGone(processes), { message: 'the first ones end' })
})

t.test('a crashed part comes back', async t => {
  const launcher = start(t, home(t))
  const url = await launcher.url()
  const api = family(launcher.process.pid ?? 0).find(({ pid }) =>
    fileOf(pid, 'cmdline').includes('api/main.js'),
  )
  t.ok(api)
  process.kill(api?.pid ?? 0, 'SIGKILL')
  await until(() => /api ended/.test(launcher.output()), { message: 'the crash is said' })
  await until(async () => (await fetch(`${url}/health/ready`)).ok, { timeoutMs: 240_000 })
})

t.test('a port that was asked for and is taken is said', async t => {
  const port = await anyPort('127.0.0.1')
  const squatter = createServer().listen(port, '127.0.0.1')
  await once(squatter, 'listening')
  t.teardown(() => squatter.close())
  const launcher = start(t, home(t), { PORT: String(port) })
  t.equal(await launcher.ended, 1)
  t.match(await launcher.said(), `Port ${port} is taken`)
})

t.test('a bad setting is named and nothing keeps running', async t => {
  const launcher = start(t, home(t), { LOG_LEVEL: 'loud', BCRYPT_COST: 'much' })
  t.equal(await launcher.ended, 1)
  t.match(await launcher.said(), 'LOG_LEVEL')
  t.match(await launcher.said(), 'BCRYPT_COST')
})
