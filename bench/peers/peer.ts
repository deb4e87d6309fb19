// Other servers beside ours: how the bench starts one, what it may ask of it, and in which words the report says
// how far they compare. A peer that cannot run here is absent, never a reason to stop the run.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exited } from '#deploy/bound-process.ts'
import type { Address } from '../generator/wire.ts'
import type { Watched } from '../measure/usage.ts'
import type { Peer } from '../report/model.ts'
import { startEjabberd } from './ejabberd.ts'

/** Peers that are servers; `single-commit` is a function (single-commit.ts). */
export type PeerName = Exclude<Peer, 'single-commit'>

export interface PeerOptions {
  /** PostgreSQL and Redis as Petrel has them; a peer keeps to a schema and keys of its own, which stay. */
  databaseUrl: string
  redisUrl: string
  /** Rooms have the numbers 0 to this. */
  rooms: number
  membersPerRoom: number
  /** For logs and data; made when absent. */
  dir: string
  /** What its processes start with, and nothing else of ours. */
  env: NodeJS.ProcessEnv
}

export interface PeerServer {
  address: Address
  /** Its processes, for measuring; those of the given PostgreSQL and Redis are not among them. */
  pids(): Watched[]
  /** Ends it and removes its files. */
  stop(): Promise<void>
  /** For the report: names and versions. */
  version: string
}

/** Why a peer cannot run here, in one sentence. */
export interface Absent {
  absent: string
}

/** What a peer's own process is told, and what it answers once (child.ts). */
export type PeerSettings = Omit<PeerOptions, 'dir' | 'env'>
export type PeerAnswer =
  | { type: 'ready'; port: number; version: string }
  | ({ type: 'absent' } & Absent)

/** How each peer's work compares with Petrel's: durability, order, resends, bytes of a delivered message. */
export const differences: Record<Peer, string> = {
  'raw-uws':
    'uWebSockets.js alone, the limit: publishes the very frame that Petrel would send (about 150 bytes) to all of a room, the sender included. No storage, no accounts, no numbers, no check for resends, no answer.',
  ws: 'The ws library with a loop over the room: the same frames as raw uWebSockets.js and as little else.',
  'socket.io':
    'Socket.IO with its Redis Streams adapter and one durable PostgreSQL commit a message, before it is delivered and answered. Messages are numbered per room but may arrive out of that order; no rights, no check for resends; JSON, about 170 bytes a delivery against 150 of Petrel’s; the sender gets a copy beside the answer.',
  ejabberd:
    'ejabberd’s multi-user chat, archived one message at a time before it is delivered: in a durable PostgreSQL of its own, or, as its version then says, in something less. In order per room; no check for resends, anonymous sign-in; XML, about 450 bytes a delivery against 150 of Petrel’s; the sender’s copy is its answer.',
  'single-commit':
    'Petrel’s own SQL with one message a call and a commit each, on 8 connections: the same durability, order, rights and check for resends, but no gateway, no frames and no delivery.',
}

const host = '127.0.0.1'
const root = fileURLToPath(new URL('../..', import.meta.url))
const startTimeoutMs = 15_000
const silent: PeerAnswer = { type: 'absent', absent: '' }
const entries: Record<Exclude<PeerName, 'ejabberd'>, URL> = {
  'raw-uws': new URL('./raw-uws-server.ts', import.meta.url),
  ws: new URL('./ws-server.ts', import.meta.url),
  'socket.io': new URL('./socket-io-server.ts', import.meta.url),
}

/** Starts a peer on a free port of the loopback interface. It ends when this process does. Never rejects. */
export async function startPeer(
  name: PeerName,
  options: PeerOptions,
): Promise<PeerServer | Absent> {
  try {
    await mkdir(options.dir, { recursive: true })
    return await (name === 'ejabberd' ? startEjabberd(options) : startChild(name, options))
  } catch (error) {
    return { absent: error instanceof Error ? error.message : String(error) }
  }
}

async function startChild(
  name: keyof typeof entries,
  { dir, env, ...settings }: PeerOptions,
): Promise<PeerServer | Absent> {
  const logFile = join(dir, `${name}.log`)
  const log = openSync(logFile, 'a', 0o640)
  // Over its channel it gets its settings, which may hold a password, and learns of our end.
  const child = spawn(process.execPath, ['--import=tsx', fileURLToPath(entries[name])], {
    cwd: root,
    env,
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  })
  closeSync(log)
  const ended = exited(child)
  child.send(settings satisfies PeerSettings, () => undefined)
  const answer = await firstWord(child, ended)
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  if (answer.type === 'absent') {
    await stop()
    return { absent: answer.absent || `${name} did not start: ${await errorIn(logFile)}` }
  }
  const { port, version } = answer
  return {
    address: { host, port },
    pids: () => [{ name, pid: child.pid ?? 0 }],
    stop,
    version,
  }
}

/** What the child answers; an absence without words when it ends before, or says nothing in time. */
function firstWord(child: ChildProcess, ended: Promise<unknown>): Promise<PeerAnswer> {
  return new Promise(resolve => {
    const settle = (answer: PeerAnswer) => {
      clearTimeout(late)
      resolve(answer)
    }
    const late = setTimeout(() => settle(silent), startTimeoutMs)
    child.once('message', message => settle(message as PeerAnswer))
    void ended.then(() => settle(silent))
  })
}

/** The line of a crash that says most. */
async function errorIn(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
  return lines.findLast(line => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || 'no word of why')
}
