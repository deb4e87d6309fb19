// CPU profiles of running gateways, taken over the port that Node's inspector opened for them (`--inspect`). The
// runner takes one over the last run of a scenario. Places in them are those of the TypeScript files, though tsx
// makes one long line of each.

import { SourceMap, type SourceMapPayload } from 'node:module'
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
const scriptParsed = z.object({
  method: z.literal('Debugger.scriptParsed'),
  params: z.object({ url: z.string(), sourceMapURL: z.string().startsWith('data:') }),
})
const profileShape = z.looseObject({
  nodes: z.array(
    z.looseObject({
      callFrame: z.looseObject({
        url: z.string(),
        lineNumber: z.number(),
        columnNumber: z.number(),
      }),
    }),
  ),
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
  /** Inline source maps by the script's URL, once the debugger was asked for them. */
  readonly #sourceMaps = new Map<string, string>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#onMessage(JSON.parse(data.toString())))
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
    // Tells of every script before it answers.
    await this.#call('Debugger.enable')
    await this.#call('Debugger.disable')
    return placed(profile, this.#sourceMaps)
  }

  close(): void {
    this.#socket.terminate()
  }

  #onMessage(message: unknown): void {
    const answered = answer.safeParse(message).data
    if (answered) this.#waiting.get(answered.id)?.(answered)
    const script = scriptParsed.safeParse(message).data
    if (script) this.#sourceMaps.set(script.params.url, script.params.sourceMapURL)
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

/** The profile with the lines of the files as they were written. */
function placed(profile: unknown, dataUrls: ReadonlyMap<string, string>): object {
  const parsed = profileShape.parse(profile)
  const maps = new Map<string, SourceMap>()
  for (const { callFrame } of parsed.nodes) {
    const dataUrl = dataUrls.get(callFrame.url)
    if (dataUrl === undefined) continue
    const map = maps.get(callFrame.url) ?? new SourceMap(payloadOf(dataUrl))
    maps.set(callFrame.url, map)
    const found = map.findEntry(callFrame.lineNumber, callFrame.columnNumber)
    if (!('originalLine' in found)) continue
    callFrame.lineNumber = found.originalLine
    callFrame.columnNumber = found.originalColumn
  }
  return parsed
}

function payloadOf(dataUrl: string): SourceMapPayload {
  const base64 = dataUrl.slice(dataUrl.indexOf(',') + 1)
  return JSON.parse(Buffer.from(base64, 'base64').toString()) as SourceMapPayload
}
