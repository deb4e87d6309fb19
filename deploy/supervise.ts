// One process of Petrel (api or gateway) as a child with an IPC channel: it ends by itself when we are killed.
// Used by the launcher, which brings crashed ones back, and by the test stack, which kills them on purpose.

import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { exited } from './bound-process.ts'
import { buildServer, serverDir } from './build.ts'

export interface PartOptions {
  /** For people and for the log file, like `gateway-1`. */
  name: string
  entry: 'api' | 'gateway'
  env: NodeJS.ProcessEnv
  /** Everything it says is appended here. */
  logFile: string
  /** Told each error it logs, while it starts each warning too, and each line on its stderr. */
  onTrouble: (line: string) => void
  /** A start that takes longer has failed. */
  readyTimeoutMs?: number
  /** Bring it back when it ends without being asked to. */
  restart: boolean
}

export interface Part {
  name: string
  /** null while it does not run. */
  pid(): number | null
  /** SIGTERM, then waits for its end, by SIGKILL if need be. It does not come back. */
  stop(): Promise<void>
  /** SIGKILL, as a crash would; resolves when it has ended. */
  kill(): Promise<void>
  /** Starts it anew after `kill` or `stop`; resolves when it is ready. */
  start(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const stopTimeoutMs = 20_000
const readyTimeoutMs = 60_000
const firstPauseMs = 250
const pauseMsMax = 10_000
/** A process that lived this long starts its back-off anew. */
const steadyMs = 30_000
const recentLinesMax = 10
/** Names of pino's levels, each ten times its place. */
const levels = ['', 'trace', 'debug', 'info', 'warn', 'error', 'fatal']
/** Exit codes that a restart does not cure: a taken port, a bad configuration. */
const hopeless: readonly unknown[] = [69, 78]

/**
 * Starts a part, built from the sources as they are now, and resolves when it says that it is ready.
 * @throws Error with the last lines it wrote when it ends before, or when the sources cannot be built
 */
export async function startPart(options: PartOptions): Promise<Part> {
  await buildServer()
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o640 })
  const recent: string[] = []
  const write = (line: string) => {
    log.write(`${line}\n`)
    recent.push(line)
    if (recent.length > recentLinesMax) recent.shift()
  }
  let child: ChildProcess | undefined
  let stopping = false
  let pauseMs = firstPauseMs
  let pause: NodeJS.Timeout | undefined

  const launch = async () => {
    const launched = spawnPart(options, write)
    child = launched
    const startedAt = performance.now()
    let isReady = false
    void exited(launched).then(code => {
      if (child === launched) child = undefined
      if (stopping || !isReady || !options.restart || hopeless.includes(code)) return
      if (performance.now() - startedAt > steadyMs) pauseMs = firstPauseMs
      options.onTrouble(`${options.name} ended (${code}); next start in ${pauseMs / 1000} s`)
      pause = setTimeout(relaunch, pauseMs)
      pauseMs = Math.min(pauseMs * 2, pauseMsMax)
    })
    await untilReady(launched, options.readyTimeoutMs ?? readyTimeoutMs).catch((error: Error) => {
      throw new Error([`${options.name} ${error.message}:`, ...recent].join('\n'))
    })
    isReady = true
  }
  const relaunch = () => {
    launch().catch((error: Error) => {
      if (stopping) return
      options.onTrouble(error.message)
      pause = setTimeout(relaunch, pauseMs)
      pauseMs = Math.min(pauseMs * 2, pauseMsMax)
    })
  }
  const end = async (signal: NodeJS.Signals) => {
    stopping = true
    clearTimeout(pause)
    if (child) await endProcess(child, signal)
  }

  await launch()
  return {
    name: options.name,
    pid: () => child?.pid ?? null,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async start() {
      stopping = false
      await launch()
    },
  }
}

function spawnPart(options: PartOptions, write: (line: string) => void): ChildProcess {
  const file = join(serverDir, options.entry, 'main.js')
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    cwd: root,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A session of its own: Ctrl-C reaches only us, and we stop the parts in their order.
    detached: true,
  })
  let isReady = false
  child.once('message', () => {
    isReady = true
  })
  child.on('error', error => options.onTrouble(`${options.name}: ${error.message}`))
  if (child.stdout) {
    createInterface(child.stdout).on('line', line => {
      write(line)
      const trouble = troubleIn(line, isReady ? 50 : 40)
      if (trouble !== null) options.onTrouble(`${options.name}: ${trouble}`)
    })
  }
  if (child.stderr) {
    createInterface(child.stderr).on('line', line => {
      write(line)
      options.onTrouble(`${options.name}: ${line}`)
    })
  }
  return child
}

/** What a log line says that is at least as bad as `levelMin`, else null. */
function troubleIn(line: string, levelMin: number): string | null {
  if (!line.startsWith('{')) return null
  try {
    const entry = JSON.parse(line) as {
      level?: unknown
      msg?: unknown
      err?: { message?: unknown }
    }
    const level =
      typeof entry.level === 'number' ? entry.level : levels.indexOf(String(entry.level)) * 10
    if (level < levelMin) return null
    const cause = entry.err?.message === undefined ? '' : `: ${entry.err.message}`
    return `${entry.msg ?? 'error'}${cause}`
  } catch {
    return null
  }
}

function untilReady(child: ChildProcess, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`was not ready within ${timeoutMs / 1000} s`))
    }, timeoutMs)
    child.on('message', message => {
      if ((message as { type?: unknown }).type !== 'ready') return
      clearTimeout(late)
      resolve()
    })
    void exited(child).then(code => {
      clearTimeout(late)
      reject(new Error(`did not start (${code})`))
    })
  })
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  const deadline = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await exited(child)
  clearTimeout(deadline)
}
