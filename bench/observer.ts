// Watches everything that runs over the measured windows of a scenario: what processes use, how late event loops come
// by, where a gateway spends its time and PostgreSQL its own, and who else is on the machine. For the runner.

import type { Generator } from './generator/generator.ts'
import type { OnMark } from './generator/load.ts'
import { EventLoops } from './measure/event-loops.ts'
import { watchLives } from './measure/lives.ts'
import { Meter } from './measure/meter.ts'
import { Neighbours, othersText } from './measure/neighbours.ts'
import { StatementWatch } from './measure/statements.ts'
import type { Watched } from './measure/usage.ts'
import { type Profile, Recording } from './profile.ts'
import type { Peer } from './report/model.ts'
import type { Results } from './results.ts'
import type { Cost, Window } from './scenario.ts'
import type { Seed } from './seed.ts'
import type { Stack } from './stack.ts'

interface ObserverDeps {
  /** Take profiles and statements of the windows that are to be profiled. */
  cpuProf: boolean
  /** The server is not ours: only the generator is to be seen. */
  remote: boolean
  stack(): Promise<Stack>
  seed(): Promise<Seed>
  generator(): Promise<Generator>
  /** Processes of a peer, and of all peers, that run now. */
  peer(name: Peer): Watched[]
  peers(): Watched[]
  results: Pick<Results, 'eventLoops' | 'machineUse' | 'showStatements' | 'note'>
}

/** What one window gave and what it cost. */
export interface Observed<Found> {
  found: Found
  cost: Cost
  meter: Meter
}

export class Observer {
  /** The last ones of each scenario, as they came. */
  readonly profiles: (Profile & { scenario: string })[] = []
  readonly #deps: ObserverDeps
  /** Of the scenario that runs. */
  #eventLoops = new EventLoops()
  #neighbours = new Neighbours()
  #stack: Stack | null = null

  constructor(deps: ObserverDeps) {
    this.#deps = deps
  }

  /** A scenario begins. */
  begin(): void {
    this.#eventLoops = new EventLoops()
    this.#neighbours = new Neighbours()
    this.#stack = null
  }

  /** A scenario is over: puts into the results what its windows had in common; nothing where it measured nothing. */
  async end(scenario: string): Promise<void> {
    const { results } = this.#deps
    if (this.#stack)
      results.eventLoops.push(...(await this.#eventLoops.take(this.#stack.probes(), scenario)))
    const use = this.#neighbours.use(scenario)
    if (!use) return
    results.machineUse.push(use)
    const others = othersText(use)
    if (others) results.note(scenario, others)
  }

  /** Runs a command of the generator and reads what processes use meanwhile. @throws Error when one of them ends */
  async observe<Found>(
    scenario: string,
    window: Window,
    run: (generator: Generator, onMark: OnMark) => Promise<Found>,
    peer?: Peer,
  ): Promise<Observed<Found>> {
    const { remote } = this.#deps
    const generator = await this.#deps.generator()
    this.#stack = remote ? null : await this.#deps.stack()
    const { servers, all } = this.#processes(this.#stack, peer)
    const own = { name: 'generator', pid: generator.pid }
    const meter = new Meter(
      () => [...servers(), own],
      () => [...all(), own],
    )
    const inside = await this.#lookInside(scenario, window, peer)
    const lives = watchLives(servers)
    const onMark: OnMark = mark => {
      meter.onMark(mark)
      for (const each of inside.marks) each(mark)
    }
    try {
      const found = await Promise.race([run(generator, onMark), lives.died])
      for (const keep of inside.keeps) await keep()
      if (!remote) meter.tell(this.#neighbours)
      const cost = meter.cost()
      if (remote) cost.serverCpuMs = Number.NaN
      return { found, cost, meter }
    } finally {
      lives.stop()
      meter.stop()
    }
  }

  /** Those that are measured, and all that the bench runs besides the generator. */
  #processes(stack: Stack | null, peer: Peer | undefined) {
    const { peers } = this.#deps
    if (!stack) return { servers: (): Watched[] => [], all: (): Watched[] => [] }
    return {
      servers: () => (peer ? this.#peerProcesses(peer, stack) : stack.watched()),
      all: () => [...stack.watched(), ...peers()],
    }
  }

  /** Socket.IO works with the PostgreSQL and the Redis of our stack, so what they do counts as its own. */
  #peerProcesses(name: Peer, stack: Stack): Watched[] {
    const own = this.#deps.peer(name)
    if (name !== 'socket.io') return own
    return [
      ...own,
      ...stack.watched().filter(each => each.name === 'postgres' || each.name === 'redis'),
    ]
  }

  /** What looks into our own servers during a window, and how what it finds is kept. */
  async #lookInside(scenario: string, window: Window, peer: Peer | undefined) {
    const stack = peer ? null : this.#stack
    const marks: OnMark[] = []
    const keeps: (() => Promise<void>)[] = []
    if (stack && !window.isProbe) marks.push(this.#eventLoops.watch(stack.probes()))
    if (stack && window.profiled && this.#deps.cpuProf) {
      const { results } = this.#deps
      const recording = new Recording(stack.probes().filter(({ name }) => name !== 'api'))
      const statements = new StatementWatch((await this.#deps.seed()).db)
      marks.push(recording.onMark, statements.onMark)
      keeps.push(
        async () => this.#keepProfiles(scenario, await recording.profiles()),
        async () => results.showStatements(scenario, await statements.top(scenario, window.label)),
      )
    }
    return { marks, keeps }
  }

  /** A later window of the same scenario takes the place of an earlier one. */
  #keepProfiles(scenario: string, taken: readonly Profile[]): void {
    for (const { process, profile } of taken) {
      const at = this.profiles.findIndex(
        each => each.scenario === scenario && each.process === process,
      )
      this.profiles.splice(at < 0 ? this.profiles.length : at, 1, { scenario, process, profile })
    }
  }
}
