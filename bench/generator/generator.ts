// The parent's end of the generator process: starts it, gives it commands, hears when a measured window begins
// and ends. Each command has a time limit, after which the process is killed.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { clientOf } from '../environment.ts'
import { commandPinned } from '../measure/confine.ts'
import type { Commands } from './commands.ts'
import type { OnMark } from './load.ts'
import type { Answer } from './main.ts'

type Args<Name extends keyof Commands> = Parameters<Commands[Name]>[0]
type Result<Name extends keyof Commands> = Awaited<ReturnType<Commands[Name]>>

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
  onMark: OnMark | undefined
}

/** Longer than any command of a full run. */
const commandTimeoutMs = 120_000

export class Generator {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 0
  #ended: Error | null = null

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (answer: Answer) => this.#onAnswer(answer))
    child.once('exit', (code, signal) => {
      this.#end(new Error(`the load generator ended in mid-run (${signal ?? code})`))
    })
  }

  /** @param cores the only ones it may use */
  static async start(env: NodeJS.ProcessEnv, cores?: readonly number[]): Promise<Generator> {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url))
    const execArgv = ['--import=tsx', '--max-semi-space-size=64']
    const [execPath, ...first] = cores ? commandPinned(cores) : [process.execPath]
    const child = fork(main, [], {
      execPath,
      env: clientOf(env),
      execArgv: cores ? [...first, process.execPath, ...execArgv] : execArgv,
      // A session of its own: Ctrl-C reaches only us. It ends with its channel.
      detached: true,
    })
    const generator = new Generator(child)
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('error', reject)
      child.once('exit', () => reject(new Error('the load generator did not start')))
    })
    return generator
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** @throws Error with the command's own words, or that it took too long */
  async call<Name extends keyof Commands>(
    command: Name,
    args: Args<Name>,
    onMark?: OnMark,
  ): Promise<Result<Name>> {
    if (this.#ended) throw this.#ended
    const id = ++this.#nextId
    let late: NodeJS.Timeout | undefined
    try {
      return await new Promise<Result<Name>>((resolve, reject) => {
        this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, onMark })
        late = setTimeout(() => {
          reject(new Error(`${command} took more than ${commandTimeoutMs / 1000} s`))
          this.kill()
        }, commandTimeoutMs)
        this.#child.send({ id, command, args }, error => {
          if (error) reject(error)
        })
      })
    } finally {
      clearTimeout(late)
      this.#waiting.delete(id)
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    if (this.#ended) return
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.kill()
    await ended
  }

  #onAnswer(answer: Answer): void {
    if (!('id' in answer)) return
    const waiting = this.#waiting.get(answer.id)
    if ('mark' in answer) waiting?.onMark?.(answer.mark)
    else if ('error' in answer) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer.result)
  }

  #end(error: Error): void {
    this.#ended = error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
