// A private Redis in a folder of ours, on a unix socket only: nothing on the machine's ports, and the folder's
// mode keeps other users out.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exited, spawnServer } from './bound-process.ts'
import { commandLine, stopLeftover } from './processes.ts'

export interface RedisOptions {
  /** Holds the append-only file and the socket; made when absent. */
  dir: string
  /** Output of the server is appended here. */
  logFile: string
}

export interface Redis {
  pid: number
  /** The socket's path, which ioredis takes where a URL may stand. */
  url: string
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<unknown>
  /** Orderly end: the append-only file is complete. */
  stop(): Promise<void>
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>
}

const startTimeoutMs = 60_000
/** The kernel's limit for a socket path is 107 bytes. */
const socketBytesMax = 100

/**
 * Starts the server of `dir`. One that a killed launcher left in the same folder is stopped first: two
 * writers would ruin the append-only file.
 * @throws Error when redis-server is not installed, or with the last lines of its log when it does not come up
 */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new Error(
      'redis-server is not installed: install it (Debian: apt-get install redis-server) or set REDIS_URL.',
    )
  }
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  await stopForeign(options.dir)
  const inside = join(options.dir, 'redis.sock')
  const short = Buffer.byteLength(inside) <= socketBytesMax
  const socket = short ? inside : join(await mkdtemp(join(tmpdir(), 'petrel-')), 'redis.sock')
  const child = spawnServer('redis-server', flags(options.dir, socket), {
    deathSignal: 'SIGTERM',
    logFile: options.logFile,
  })
  const ended = exited(child)
  await ready(socket, ended, options.logFile)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
    if (!short) await rm(join(socket, '..'), { recursive: true, force: true })
  }
  return {
    pid: child.pid ?? 0,
    url: socket,
    exited: ended,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

function flags(dir: string, socket: string): string[] {
  const settings = {
    dir,
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    pidfile: join(dir, 'redis.pid'),
    // Keeps the command line readable for the check in stopForeign.
    'set-proc-title': 'no',
    // The file may end within a write when the machine went down; what it lost was no only copy.
    'aof-load-truncated': 'yes',
  }
  return Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value])
}

async function stopForeign(dir: string): Promise<void> {
  const pid = Number(await readFile(join(dir, 'redis.pid'), 'utf8').catch(() => ''))
  const args = Number.isInteger(pid) && pid > 1 ? commandLine(pid) : null
  if (args?.[0]?.endsWith('redis-server') && args[args.indexOf('--dir') + 1] === dir) {
    await stopLeftover(pid, 'SIGTERM', 10_000)
  }
}

async function ready(socket: string, ended: Promise<unknown>, logFile: string): Promise<void> {
  let gone = false
  void ended.then(() => {
    gone = true
  })
  const deadline = Date.now() + startTimeoutMs
  while (!(existsSync(socket) && (await answers(socket)))) {
    if (gone || Date.now() > deadline) {
      const log = await readFile(logFile, 'utf8')
      throw new Error(`Redis did not start:\n${log.split('\n').slice(-8).join('\n')}`)
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** PONG, and not "-LOADING" as while the append-only file is read. */
function answers(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = createConnection(socket, () => connection.write('PING\r\n'))
    const done = (ok: boolean) => {
      connection.destroy()
      resolve(ok)
    }
    connection.setTimeout(2_000, () => done(false))
    connection.once('data', bytes => done(bytes.toString().startsWith('+PONG')))
    connection.once('error', () => done(false))
    connection.once('close', () => done(false))
  })
}
