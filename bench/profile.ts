// CPU profiles of running gateways, taken over the port that Node's inspector opened for them (`--inspect`). The
// runner takes one over the last run of a scenario.

import { WebSocket } from 'ws'
import * as z from 'zod'
import type { OnMark } from './generator/load.ts'

const sampleEveryUs = 500
/** A process whose event loop stands still answers late, but it must answer. */
const answerTimeoutMs = 20_000
const profileBytesMax = 256 * 1024 * 1024

const targets = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1)
const answer = z.object({
  id: z.number(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
})
type Answer = z.infer<typeof answer>

/** A process and the content of its `.cpuprofile` file. */
export interface Profile {
  process: string
  profile: object
}

/** Profiles of several processes over one measured window. */
export class Recording {
  readonly #profilers: readonly (readonly [process: string, Profiler])[]
  #profiles: Promise<Profile[]> = Promise.reject(new Error('the window did not end'))

  private constructor(profilers: readonly (readonly [string, Profiler])[]) {
    this.#profilers = profilers
    this.#profiles.catch(() => undefined)
  }

  /** @throws Error when the inspector of one does not answer */
  static async attach(
    processes: readonly { name: string; inspectPort: number }[],
  ): Promise<Recording> {
    const attached = processes.map(
      async ({ name, inspectPort }) => [name, await Profiler.attach(inspectPort)] as const,
    )
    return new Recording(await Promise.all(attached))
  }

  onMark: OnMark = mark => {
    const work = mark === 'begin' ? this.#start() : this.#profiles.then(() => this.#stop())
    this.#profiles = work
    work.catch(() => undefined)
  }

  /** Once the window is over. @throws Error when an inspector did not answer */
  profiles(): Promise<Profile[]> {
    return this.#profiles
  }

  /** Lets go of the processes. */
  close(): void {
    for (const [, profiler] of this.#profilers) profiler.close()
  }

  async #start(): Promise<Profile[]> {
    await Promise.all(this.#profilers.map(([, profiler]) => profiler.start()))
    return []
  }

  #stop(): Promise<Profile[]> {
    return Promise.all(
      this.#profilers.map(async ([process, profiler]) => ({
        process,
        profile: await profiler.stop(),
      })),
    )
  }
}

class Profiler {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer | null) => void>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      // Events of the inspector have no id.
      const parsed = answer.safeParse(JSON.parse(data.toString()))
      if (parsed.success) this.#waiting.get(parsed.data.id)?.(parsed.data)
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      for (const settle of this.#waiting.values()) settle(null)
    })
  }

  /** @throws Error when no inspector answers on this port of the loopback interface */
  static async attach(port: number): Promise<Profiler> {
    const signal = AbortSignal.timeout(answerTimeoutMs)
    const listed = await fetch(`http://127.0.0.1:${port}/json/list`, { signal })
    const [target] = targets.parse(await listed.json())
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '', {
      perMessageDeflate: false,
      maxPayload: profileBytesMax,
      handshakeTimeout: answerTimeoutMs,
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    const profiler = new Profiler(socket)
    await profiler.#call('Profiler.enable')
    await profiler.#call('Profiler.setSamplingInterval', { interval: sampleEveryUs })
    return profiler
  }

  async start(): Promise<void> {
    await this.#call('Profiler.start')
  }

  async stop(): Promise<object> {
    const { profile } = await this.#call('Profiler.stop')
    return z.looseObject({}).parse(profile)
  }

  close(): void {
    this.#socket.terminate()
  }

  async #call(method: string, params = {}): Promise<Record<string, unknown>> {
    const id = ++this.#lastId
    let late: NodeJS.Timeout | undefined
    const answered = await new Promise<Answer | null>(resolve => {
      late = setTimeout(() => resolve(null), answerTimeoutMs)
      this.#waiting.set(id, resolve)
      this.#socket.send(JSON.stringify({ id, method, params }), error => {
        if (error) resolve(null)
      })
    })
    clearTimeout(late)
    this.#waiting.delete(id)
    if (answered === null) throw new Error(`the inspector did not answer to ${method}`)
    if (answered.error) throw new Error(`${method}: ${answered.error.message}`)
    return answered.result ?? {}
  }
}
