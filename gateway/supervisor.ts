// Keeps N gateway processes on one port (SO_REUSEPORT: the kernel spreads the connections). A process that
// dies is started again, with a pause that grows while it keeps dying.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Running } from '#shared/runtime/lifecycle.ts'
import type { Log } from '#shared/runtime/log.ts'

const pauseMsMin = 100
const pauseMsMax = 10_000
/** A process that ran so long starts with the shortest pause again. */
const healthyMs = 30_000

/** Starts `count` processes and resolves when all are ready. */
export async function supervise(options: {
  count: number
  port: number
  /** What each process runs. */
  entry: string
  log: Log
}): Promise<Running> {
  const slots = Array.from({ length: options.count }, (_, index) => new Slot(index, options))
  await Promise.all(slots.map(slot => slot.start()))
  return {
    ready: { port: options.port, pids: slots.map(slot => slot.pid) },
    async stop() {
      await Promise.all(slots.map(slot => slot.stop()))
    },
  }
}

class Slot {
  readonly #index: number
  readonly #port: number
  readonly #entry: string
  readonly #log: Log
  #child: ChildProcess | null = null
  #stopping = false
  #pauseMs = pauseMsMin
  #timer: NodeJS.Timeout | null = null

  constructor(index: number, { port, entry, log }: { port: number; entry: string; log: Log }) {
    this.#index = index
    this.#port = port
    this.#entry = entry
    this.#log = log
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** @throws Error when the process ends before it is ready */
  async start(): Promise<void> {
    const startedAtMs = performance.now()
    const child = fork(this.#entry, {
      env: { ...process.env, GATEWAY_INDEX: String(this.#index), GATEWAY_PORT: String(this.#port) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child = child
    child.once('exit', (code, signal) => {
      if (this.#stopping || this.#child !== child) return
      const healthy = performance.now() - startedAtMs > healthyMs
      this.#pauseMs = healthy ? pauseMsMin : Math.min(this.#pauseMs * 2, pauseMsMax)
      this.#log.error(
        { index: this.#index, code, signal, pauseMs: this.#pauseMs },
        'a gateway process ended',
      )
      this.#timer = setTimeout(() => {
        // A failed start comes back here through its exit event.
        this.start().catch(() => undefined)
      }, this.#pauseMs)
    })
    const [message] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(
          `gateway process ${this.#index} ended with code ${code} before it was ready`,
        )
      }),
    ])
    this.#log.info({ index: this.#index, ...(message as object) }, 'a gateway process is ready')
  }

  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#timer) clearTimeout(this.#timer)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}
