import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { anyPort } from './ports.ts'
import {
  createDatabase,
  type Postgres,
  type PostgresOptions,
  sharedBuffersMb,
  startPostgres,
} from './postgres.ts'

/** A folder that every user may pass through, unlike mkdtemp's. */
function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'petrel-pg-'))
  chmodSync(dir, 0o755)
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function start(t: Test, dir: string, more: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const server = await startPostgres({
    dir,
    logFile: join(dir, '..', 'postgres.log'),
    durable: false,
    ...more,
  })
  t.teardown(() => server.stop())
  return server
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query(text)
    return rows
  } finally {
    await client.end()
  }
}

t.test('a server left over by a killed launcher is stopped and its data kept', async t => {
  const dir = join(folder(t), 'pg')
  const first = await start(t, dir)
  await createDatabase(first, 'kept')
  await createDatabase(first, 'kept')
  await query(first.url('kept'), 'create table a as select 1 as b')

  const second = await start(t, dir)
  await first.exited
  t.same(await query(second.url('kept'), 'select b from a'), [{ b: 1 }])
  t.same(await query(second.url('postgres'), 'show data_checksums'), [{ data_checksums: 'on' }])
  t.same(await query(second.url('postgres'), 'show server_encoding'), [{ server_encoding: 'UTF8' }])
  t.same(await query(second.url('postgres'), 'show listen_addresses'), [{ listen_addresses: '' }])
})

t.test('a lock file whose pid is another process now does not block', async t => {
  const dir = join(folder(t), 'pg')
  const first = await start(t, dir)
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  const lockFile = join(dir, 'data', 'postmaster.pid')
  const [, ...rest] = readFileSync(lockFile, 'utf8').split('\n')
  writeFileSync(lockFile, [process.pid, ...rest].join('\n'))

  const second = await start(t, dir)
  t.same(await query(second.url('postgres'), 'select 1 as one'), [{ one: 1 }])
})

t.test('a start that was killed while it made the data folder is made anew', async t => {
  const dir = join(folder(t), 'pg')
  mkdirSync(join(dir, 'data.new'), { recursive: true })
  writeFileSync(join(dir, 'data.new', 'PG_VERSION'), 'half')
  const server = await start(t, dir)
  t.same(await query(server.url('postgres'), 'select 1 as one'), [{ one: 1 }])
})

const skip = process.getuid?.() === 0 ? false : 'only root lends PostgreSQL another user'

t.test(
  'below a folder that its user may not enter, the data lies elsewhere and is found again',
  { skip },
  async t => {
    const closed = folder(t)
    chmodSync(closed, 0o700)
    const dir = join(closed, 'pg')
    const notes: string[] = []
    const first = await start(t, dir, { note: line => notes.push(line) })
    await createDatabase(first, 'kept')
    await first.stop()
    t.equal(notes.length, 1)
    const moved = readFileSync(join(dir, 'moved-to'), 'utf8').trim()
    t.match(notes[0], moved)

    const second = await start(t, dir, { note: line => notes.push(line) })
    t.same(await query(second.url('kept'), 'select 1 as one'), [{ one: 1 }])
    t.equal(notes.length, 1, 'it is said once')
    await second.destroy()
    t.notOk(existsSync(moved))
    t.notOk(existsSync(dir))
  },
)

t.test(
  'what the server’s user puts into its folder never makes root give away another one',
  { skip },
  async t => {
    const above = folder(t)
    const dir = join(above, 'pg')
    const victim = join(above, 'victim')
    mkdirSync(victim)
    mkdirSync(join(victim, 'run'))
    await (await start(t, dir)).stop()
    rmSync(join(dir, 'run'), { recursive: true })
    symlinkSync(victim, join(dir, 'run'))
    await t.rejects(start(t, dir), { code: /ELOOP|ENOTDIR/ })
    rmSync(join(dir, 'run'))
    writeFileSync(join(dir, 'moved-to'), `${victim}\n`)
    t.same(await query((await start(t, dir)).url('postgres'), 'select 1 as one'), [{ one: 1 }])
    for (const path of [victim, join(victim, 'run')]) t.equal(statSync(path).uid, 0, path)
  },
)

t.test('a path too long for a socket works', async t => {
  const dir = join(folder(t), 'x'.repeat(100), 'pg')
  mkdirSync(join(dir, '..'))
  const server = await start(t, dir)
  t.same(await query(server.url('postgres'), 'select 1 as one'), [{ one: 1 }])
})

t.test('over TCP it asks for the password', async t => {
  const dir = join(folder(t), 'pg')
  const tcpPort = await anyPort('127.0.0.1')
  const server = await start(t, dir, { tcpPort })
  const password = readFileSync(join(dir, 'password'), 'utf8').trim()
  const url = (secret: string) => `postgres://petrel:${secret}@127.0.0.1:${tcpPort}/postgres`
  t.same(await query(url(password), 'select 1 as one'), [{ one: 1 }])
  await t.rejects(query(url('wrong'), 'select 1'), { code: '28P01' })
  t.same(
    await query(server.url('postgres'), 'select 1 as one'),
    [{ one: 1 }],
    'and the socket still works',
  )
})

t.test('a server that cannot start says why', async t => {
  const dir = join(folder(t), 'pg')
  const first = await start(t, dir)
  await first.stop()
  writeFileSync(join(dir, 'data', 'postgresql.conf'), 'no_such_setting = 1\n')
  await t.rejects(start(t, dir), { message: /no_such_setting/ })
})

t.test(
  'the cache is an eighth of the memory, neither less than 128 MB nor more than 512',
  async t => {
    const gb = 2 ** 30
    t.same(
      [0.5, 1, 2, 4, 64].map(each => sharedBuffersMb(each * gb)),
      [128, 128, 256, 512, 512],
    )
  },
)
