// The i3 profile: everything of the server on one core and within 4 GiB, the load generator on the other cores.
// The runner starts servers and generators through it; where this machine cannot be confined it says so and runs
// without.

import type { Results } from '../results.ts'
import type { Stack } from '../stack.ts'
import {
  ConfineError,
  limitMemory,
  type MemoryGroup,
  type Pinned,
  pinSelf,
  splitCores,
} from './confine.ts'

const memoryBytes = 4 * 2 ** 30
/** The scenario that its figures stand under. */
const name = 'i3'

export class SmallMachine {
  /** Where generators belong; undefined where nothing could be pinned. */
  readonly generatorCores: readonly number[] | undefined
  readonly #pinned: Pinned | null
  readonly #group: MemoryGroup | null
  /** Starts wait for each other: this process cannot be in the group and out of it. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(
    generatorCores: readonly number[] | undefined,
    pinned: Pinned | null,
    group: MemoryGroup | null,
  ) {
    this.generatorCores = generatorCores
    this.#pinned = pinned
    this.#group = group
  }

  /** Moves this process to the server's core: what it starts is there from its first moment. */
  static async open(note: (text: string) => void): Promise<SmallMachine> {
    const pin = () => {
      try {
        const { server, generator } = splitCores()
        return { pinned: pinSelf([server]), generator }
      } catch (error) {
        if (!(error instanceof ConfineError)) throw error
        note(`nothing was pinned: ${error.message}`)
        return null
      }
    }
    const pinning = pin()
    const group = await limitMemory(memoryBytes)
    if (!group.limited) note(`the server's memory was not limited: ${group.why}`)
    return new SmallMachine(
      pinning?.generator,
      pinning?.pinned ?? null,
      group.limited ? group : null,
    )
  }

  /** Starts something of the server. */
  inside<Result>(start: () => Promise<Result>): Promise<Result> {
    const group = this.#group
    return this.#alone(() => (group ? group.inside(start) : start()))
  }

  /** Starts something that is not of the server. */
  outside<Result>(start: () => Promise<Result>): Promise<Result> {
    return this.#alone(start)
  }

  /** The stack, with every process that it starts later inside too. */
  confine(stack: Stack): Stack {
    return {
      ...stack,
      setGateways: count => this.inside(() => stack.setGateways(count)),
      gateways: () =>
        stack.gateways().map(gateway => ({
          ...gateway,
          part: { ...gateway.part, start: () => this.inside(() => gateway.part.start()) },
        })),
    }
  }

  /** Adds what the server used of its memory, over all scenarios so far. */
  report(results: Results): void {
    const use = this.#group?.use()
    if (!use) return
    if (use.peakBytes !== null)
      results.figure(name, 'memory peak, page cache included', use.peakBytes / 2 ** 20, 'MiB')
    results.figure(name, 'times at the memory limit', use.limitHits, '')
    results.figure(name, 'processes killed for memory', use.oomKills, '', {
      target: { atMost: 0 },
    })
  }

  /** Lets go of everything; what still runs goes on unconfined. */
  async end(): Promise<void> {
    this.#pinned?.unpin()
    await this.#group?.end()
  }

  #alone<Result>(start: () => Promise<Result>): Promise<Result> {
    const started = this.#last.then(start)
    this.#last = started.catch(() => undefined)
    return started
  }
}
