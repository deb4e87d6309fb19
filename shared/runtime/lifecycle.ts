// The frame around each main.ts: start, ready, stop once, exit code. Nothing here knows what is started.
// Exit codes: 0 stopped as asked, 1 a bug or a second signal, 69 a port is taken, 78 bad configuration (sysexits).

import type { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from './config.ts'
import { createLog, type Log } from './log.ts'

export const exitCodes = { ok: 0, failed: 1, unavailable: 69, config: 78 } as const

export interface Running {
  /** What the parent process is told: ports, mostly. */
  ready: Record<string, unknown>
  /** Called once. Its time is bounded by `stopMs`. */
  stop(): Promise<void>
  /** Time to stop in, from the configuration; overrides the option. */
  stopMs?: number
}

/** Somebody else listens on this port. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'

  constructor(port: number, host: string, cause?: unknown) {
    super(`port ${port} on ${host} is taken: stop what listens there or choose another port`, {
      cause,
    })
  }
}

/**
 * Runs a process from start to exit. SIGTERM, SIGINT and the loss of the parent's IPC channel stop it once, a second
 * signal ends it at once; an uncaught exception stops it with exit code 1. `start` gets a signal that aborts when the
 * process is asked to stop while it still starts.
 * @param log     for the lines about start and stop
 * @param stopMs  after this long the process exits even if `stop` hangs
 */
export function runMain(
  start: (signal: AbortSignal) => Promise<Running>,
  {
    log = createLog({ name: 'main', level: 'info' }),
    stopMs = 15_000,
  }: { log?: Log; stopMs?: number } = {},
): void {
  const abort = new AbortController()
  let running: Running | undefined
  let stopping = false

  const stop = async (code: number, why: string): Promise<void> => {
    if (stopping) process.exit(exitCodes.failed)
    stopping = true
    log.info({ why }, 'stopping')
    abort.abort()
    const limitMs = running?.stopMs ?? stopMs
    const deadline = setTimeout(() => {
      log.error({ stopMs: limitMs }, 'did not stop in time')
      process.exit(exitCodes.failed)
    }, limitMs)
    deadline.unref()
    try {
      await running?.stop()
      process.exit(code)
    } catch (err) {
      log.error({ err }, 'stopping failed')
      process.exit(exitCodes.failed)
    }
  }
  const bug = (err: unknown) => {
    log.fatal({ err }, 'uncaught')
    // A second bug while stopping must not cut the drain short.
    if (!stopping) void stop(exitCodes.failed, 'uncaught')
  }

  process.on('SIGTERM', () => void stop(exitCodes.ok, 'SIGTERM'))
  process.on('SIGINT', () => void stop(exitCodes.ok, 'SIGINT'))
  process.on('uncaughtException', bug)
  process.on('unhandledRejection', bug)
  process.on('disconnect', () => {
    if (!stopping) void stop(exitCodes.ok, 'parent gone')
  })

  start(abort.signal).then(
    async started => {
      running = started
      if (stopping) {
        await started.stop()
        process.exit(exitCodes.ok)
      }
      log.info(started.ready, 'ready')
      process.send?.({ type: 'ready', ...started.ready }, undefined, undefined, () => {})
    },
    (error: unknown) => {
      if (stopping) process.exit(exitCodes.ok)
      failStart(log, error)
    },
  )
}

/** Waits until a Node server listens. @throws PortTaken, or the error that listening gave */
export async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortTaken(port, host, error) : error),
    )
    server.listen({ port, host }, () => resolve())
  })
}

/**
 * Waits for a service that may start later than we do: one readable line per failed attempt, then a pause that
 * doubles from 0.25 s to 5 s.
 * @param what   its name for people, like PostgreSQL
 * @param probe  resolves when it is up
 * @throws the signal's reason, when the process is stopped while it waits
 */
export async function retryUntilUp<Value>(
  what: string,
  probe: () => Promise<Value>,
  {
    log,
    signal,
    firstPauseMs = 250,
    pauseMsMax = 5_000,
  }: { log: Log; signal: AbortSignal; firstPauseMs?: number; pauseMsMax?: number },
): Promise<Value> {
  for (
    let attempt = 1, pauseMs = firstPauseMs;
    ;
    attempt++, pauseMs = Math.min(pauseMs * 2, pauseMsMax)
  ) {
    signal.throwIfAborted()
    try {
      const value = await probe()
      if (attempt > 1) log.info({ attempt }, `${what} is up`)
      return value
    } catch (error) {
      log.warn(
        { attempt },
        `${what} is not reachable (${reason(error)}); next try in ${pauseMs / 1000} s`,
      )
    }
    await sleep(pauseMs, undefined, { signal })
  }
}

function failStart(log: Log, error: unknown): never {
  if (error instanceof ConfigError) {
    process.stderr.write(
      `The configuration is not usable:\n${error.message.replaceAll(/^/gm, '  ')}\n`,
    )
    process.exit(exitCodes.config)
  }
  if (error instanceof PortTaken) {
    process.stderr.write(`${error.message}\n`)
    process.exit(exitCodes.unavailable)
  }
  log.fatal({ err: error }, 'could not start')
  process.exit(exitCodes.failed)
}

/** Node gives an AggregateError without a message when every address of a name refuses. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}
