// `npm start` as somebody who tries Petrel sees it: from nothing until the page and the api answer, then once more
// with the data that the first start made. A stack of its own, in a folder of its own, on free ports.

import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildServer, buildWeb } from '#deploy/build.ts'
import { anyPort } from '#deploy/ports.ts'
import type { Bench, Scenario } from '../scenario.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const host = '127.0.0.1'
const pollMs = 10
/** A launcher that was asked to stop has as long; then it is ended, and everything of its ends with it. */
const stopMs = 15_000

export const coldStart: Scenario = {
  name: 'cold-start',
  about: '`npm start` without any data until the page answers, and once more with it',
  limitS: { quick: 60, full: 240 },
  quickRuns: 1,
  ownStack: true,
  async run(bench) {
    // Built at most once for all, as when somebody starts a release.
    await Promise.all([buildWeb(), buildServer()])
    const runs = await bench.repeat('', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'petrel-start-'))
      // PostgreSQL runs as another user where we are root.
      await chmod(dir, 0o755)
      try {
        return { cold: await start(bench, dir), warm: await start(bench, dir) }
      } finally {
        await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
      }
    })
    bench.figure(
      'cold start',
      runs.map(({ cold }) => cold.upS),
      's',
    )
    bench.figure(
      'warm start',
      runs.map(({ warm }) => warm.upS),
      's',
    )
    bench.figure(
      'stop',
      runs.flatMap(({ cold, warm }) => [cold.stopS, warm.stopS]),
      's',
    )
  },
}

interface Started {
  /** From the command until the page and the api's health answered. */
  upS: number
  stopS: number
}

/** Starts, waits until it answers, and stops it again, whatever happens. @throws Error with what it said */
async function start(bench: Bench, dir: string): Promise<Started> {
  bench.signal.throwIfAborted()
  const [port, gatewayPort] = await Promise.all([anyPort(host), anyPort(host)])
  const env = {
    ...bench.env,
    PETREL_HOME: join(dir, 'home'),
    PORT: String(port),
    GATEWAY_PORT: String(gatewayPort),
    DEMO: '1',
  }
  const beganMs = performance.now()
  // A process group of its own, so that npm and what it started get the signal together.
  const npm = await bench.inside(async () =>
    spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: 'pipe' }),
  )
  const ended = new Promise<void>(resolve => {
    npm.once('close', () => resolve())
    npm.once('error', () => resolve())
  })
  const output = collect(npm)
  try {
    const over = AbortSignal.any([bench.signal, endSignal(ended)])
    const url = await printed(output, over)
    await Promise.all([answers(`${url}/`, over), answers(`${url}/health/ready`, over)])
    const upS = (performance.now() - beganMs) / 1000
    const stopBeganMs = performance.now()
    await stop(npm, ended)
    return { upS, stopS: (performance.now() - stopBeganMs) / 1000 }
  } catch (error) {
    if (bench.signal.aborted) throw error
    throw new Error(`npm start did not come up:\n${output().slice(-1_000)}`, { cause: error })
  } finally {
    await stop(npm, ended)
  }
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = ''
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (part: Buffer) => {
      text += part.toString()
    })
  }
  return () => text
}

function endSignal(ended: Promise<void>): AbortSignal {
  const controller = new AbortController()
  void ended.then(() => controller.abort(new Error('npm start ended')))
  return controller.signal
}

/** The URL that the launcher prints as its last line. */
async function printed(output: () => string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const [url] = /^https?:\/\/\S+$/m.exec(output()) ?? []
    if (url !== undefined) return url
    await sleep(pollMs, undefined, { signal })
  }
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const response = await fetch(url, { signal }).catch(() => null)
    await response?.arrayBuffer()
    if (response?.ok) return
    await sleep(pollMs, undefined, { signal })
  }
}

async function stop(npm: ChildProcess, ended: Promise<void>): Promise<void> {
  const isOver = () => npm.pid === undefined || npm.exitCode !== null || npm.signalCode !== null
  if (isOver()) return
  signalGroup(npm, 'SIGTERM')
  const patience = setTimeout(() => signalGroup(npm, 'SIGKILL'), stopMs)
  await ended
  clearTimeout(patience)
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It has just ended.
  }
}
