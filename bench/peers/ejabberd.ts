// ejabberd of the Debian package with a private configuration, called by peer.ts: XMPP over WebSocket on a free port,
// anonymous sign-in, multi-user chat with its archive (ejabberd-archive.ts), no limits of rate, and no module that
// the load does not need. Erlang runs without distribution, so there is no epmd, no cookie and no second port.
// As Petrel: durable before it is delivered (see the archive), one order per room. Unlike Petrel: one insert and commit
// a message, no check for resends, no read marks; accounts are not checked; presence is not told around; XML.

import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { exited, type RunAs, spawnServer } from '#deploy/bound-process.ts'
import { anyPort } from '#deploy/ports.ts'
import { host } from './child.ts'
import { type Archive, type Drivers, openArchive } from './ejabberd-archive.ts'
import type { Absent, PeerOptions, PeerServer } from './peer.ts'

const startTimeoutMs = 15_000
const user = 'ejabberd'

interface Installed {
  /** Folder of ejabberd's Erlang modules. */
  ebin: string
  version: string
  drivers: Drivers
}

/** @throws Error when it is there but does not start within 15 s */
export async function startEjabberd(options: PeerOptions): Promise<PeerServer | Absent> {
  const installed = await find(options.env)
  if (!installed)
    return {
      absent: 'ejabberd is not installed (Debian: apt-get install ejabberd erlang-p1-pgsql)',
    }
  const runAs = serverUser()
  if (process.getuid?.() === 0 && !runAs) return { absent: `there is no user ${user} to run as` }
  const spool = await ownFolder(options.dir, runAs)
  let archive: Archive | undefined
  try {
    archive = await openArchive(installed.drivers, { ...options, spool })
    return await launch(installed, { ...options, spool, archive, runAs })
  } catch (error) {
    await archive?.destroy()
    await rm(spool, { recursive: true, force: true })
    throw error
  }
}

async function launch(
  { ebin, version }: Installed,
  options: PeerOptions & { spool: string; archive: Archive; runAs: RunAs | undefined },
): Promise<PeerServer> {
  const { dir, spool, archive, runAs } = options
  const port = await anyPort(host)
  const configFile = join(spool, 'ejabberd.yml')
  await writePrivate(configFile, config(port, options.membersPerRoom, archive), runAs)
  const logFile = join(dir, 'ejabberd.log')
  const env = {
    ...options.env,
    HOME: spool,
    EJABBERD_CONFIG_PATH: configFile,
    EJABBERD_LOG_PATH: join(spool, 'ejabberd.log'),
    ERL_CRASH_DUMP_BYTES: '0',
  }
  // As ejabberdctl starts it, but for the distribution. Everything is replaced in place down to the virtual
  // machine, so the pid and the signal at our death are its own.
  const child = spawnServer(
    'erl',
    [
      ...['+K', 'true', '+P', '250000', '-noinput', '-pa', ebin],
      ...['-mnesia', 'dir', JSON.stringify(spool), '-s', 'ejabberd'],
    ],
    { deathSignal: 'SIGKILL', logFile, runAs, cwd: spool, env },
  )
  const ended = exited(child)
  const stop = async () => {
    // Its own way of stopping takes seconds, for data that is thrown away.
    child.kill('SIGKILL')
    await ended
  }
  if (!(await listens(port, ended))) {
    await stop()
    const log = (await readFile(logFile, 'utf8')).trim().split('\n')
    throw new Error(`ejabberd did not start in 15 s: ${log.slice(-3).join(' ')}`)
  }
  return {
    address: { host, port },
    pids: () => [{ name: 'ejabberd', pid: child.pid ?? 0, tree: true }, ...archive.pids()],
    version: `${version}, ${archive.describe}`,
    async stop() {
      await stop()
      await archive.destroy()
      await rm(spool, { recursive: true, force: true })
    },
  }
}

function config(port: number, membersPerRoom: number, archive: Archive): string {
  const membersMax = Math.max(200, membersPerRoom) + 10
  return `hosts: [localhost]
loglevel: warning
log_rotate_count: 0
listen:
  -
    port: ${port}
    ip: "${host}"
    module: ejabberd_http
    backlog: 1024
    request_handlers:
      /ws: ejabberd_http_ws
auth_method: [anonymous]
anonymous_protocol: sasl_anon
allow_multiple_connections: true
s2s_access: none
new_sql_schema: false
${archive.config}
modules:
  mod_mam:
    db_type: ${archive.kind}
    default: always
    clear_archive_on_room_destroy: false
  mod_muc:
    history_size: 0
    max_users: ${membersMax}
    default_room_options:
      mam: true
      max_users: ${membersMax}
      presence_broadcast: []
`
}

/** Whether it accepts connections in time. */
async function listens(port: number, ended: Promise<unknown>): Promise<boolean> {
  let gone = false
  void ended.then(() => {
    gone = true
  })
  const deadlineMs = performance.now() + startTimeoutMs
  while (!(await accepts(port))) {
    if (gone || performance.now() > deadlineMs) return false
    await sleep(50)
  }
  return true
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const done = (ok: boolean) => {
      socket.destroy()
      resolve(ok)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
}

/** What is installed, as Erlang itself sees it; null without ejabberd. */
async function find(env: NodeJS.ProcessEnv): Promise<Installed | null> {
  const ebin = modules()
  if (ebin === null) return null
  const ask = `Is = fun(M) -> code:which(M) =/= non_existing end,
    application:load(ejabberd), {ok, V} = application:get_key(ejabberd, vsn),
    io:format("~s ~s ~s ~s", [V, erlang:system_info(otp_release), Is(pgsql), Is(sqlite3)]), halt().`
  const args = ['-noinput', '-pa', ebin, '-eval', ask]
  const { stdout } = await promisify(execFile)('erl', args, { env })
  const [version, otp, pgsql, sqlite3] = stdout.split(' ')
  return {
    ebin,
    version: `ejabberd ${version} on Erlang/OTP ${otp}`,
    drivers: { pgsql: pgsql === 'true', sqlite3: sqlite3 === 'true' },
  }
}

/** Debian keeps them below the folder of its architecture. */
function modules(): string | null {
  const folders = (path: string) => {
    try {
      return readdirSync(path).map(name => join(path, name))
    } catch {
      return []
    }
  }
  return (
    folders('/usr/lib')
      .filter(path => path.endsWith('-linux-gnu'))
      .flatMap(folders)
      .filter(path => /\/ejabberd-[\d.-]+$/.test(path))
      .map(path => join(path, 'ebin'))
      .findLast(path => folders(path).includes(join(path, 'ejabberd.beam'))) ?? null
  )
}

/** The package's user; undefined when we are not root, or when there is none. */
function serverUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = ['-u', '-g'].map(flag => {
    const { status, stdout } = spawnSync('id', [flag, user], { encoding: 'utf8' })
    return status === 0 ? Number(stdout) : undefined
  })
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}

/**
 * Writes what holds a password for ejabberd alone. Root does this inside a folder which that user may write, so nothing
 * that stands there already, a link above all, is followed.
 */
async function writePrivate(path: string, text: string, runAs: RunAs | undefined): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    if (runAs) await file.chown(runAs.uid, runAs.gid)
  } finally {
    await file.close()
  }
}

/**
 * A new folder that ejabberd alone may enter. Others may pass through `dir` to it, and to PostgreSQL's.
 * @throws Error when ejabberd's user may not enter a folder above `dir`
 */
async function ownFolder(dir: string, runAs: RunAs | undefined): Promise<string> {
  const folder = await mkdtemp(join(dir, 'ejabberd-'))
  if (!runAs) return folder
  await chmod(dir, 0o711)
  await chown(folder, runAs.uid, runAs.gid)
  const can = spawnSync('test', ['-w', folder], { ...runAs, cwd: '/', stdio: 'ignore' })
  if (can.status === 0) return folder
  await rm(folder, { recursive: true })
  throw new Error(`the user ${user} cannot enter ${dir}`)
}
