// Runs scenarios one after another, each under its time limit, on one stack and one generator that are started
// when first asked for. Whatever goes wrong in one is noted and the next one goes on.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killAll, rejectOn, within } from './ending.ts'
import { shellOf } from './environment.ts'
import { Generator } from './generator/generator.ts'
import type { OnMark } from './generator/load.ts'
import { judge } from './judge.ts'
import { descriptorsMax, versionOf } from './machine.ts'
import { ended } from './measure/lives.ts'
import type { SmallMachine } from './measure/small-machine.ts'
import { openStatements } from './measure/statements.ts'
import { Trouble } from './measure/trouble.ts'
import { Observer } from './observer.ts'
import type { Options } from './options.ts'
import { differences, type PeerName, type PeerServer, startPeer } from './peers/peer.ts'
import { ownPlace, type Place } from './place.ts'
import type { Remote } from './remote.ts'
import type { Peer } from './report/model.ts'
import { Results } from './results.ts'
import type { Bench, Cost, Measured, Run, Scenario, Target, Window } from './scenario.ts'
import { Seed } from './seed.ts'
import { type Stack, type StackOptions, startStack } from './stack.ts'

const stragglersS = 5
/** Runs of each measurement, unless the scenario or the person says otherwise. */
const runsUsual = 3
/** What a scenario that was ended may take to stop what it started. */
const tidyMs = 10_000
/** What a part may take to stop before the run goes on without it. */
const stopMs = 20_000

export interface RunnerOptions {
  options: Pick<Options, 'size' | 'runs' | 'cpuProf'>
  env: NodeJS.ProcessEnv
  say(line: string): void
  /** The small machine to run the server on. */
  machine?: SmallMachine | undefined
  /** A running server to measure instead of a stack of ours. */
  remote?: Remote | undefined
  /** Another way to a stack, for tests. */
  startStack?: typeof startStack
}

export class Runner {
  readonly results = new Results()
  /** Of PostgreSQL and Redis, once they ran, and of the peers that ran. */
  readonly versions = { postgres: 'unknown', redis: 'unknown', peers: {} as Record<string, string> }
  readonly #observer: Observer
  readonly #options: RunnerOptions
  readonly #trouble = new Trouble()
  #stack: Promise<Stack> | null = null
  #seed: Promise<Seed> | null = null
  #generator: Promise<Generator> | null = null
  /** Peers that run now, and what they are made of. */
  readonly #peers = new Map<Peer, PeerServer>()

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#observer = new Observer({
      cpuProf: options.options.cpuProf,
      remote: options.remote !== undefined,
      stack: () => this.#startStack(),
      seed: () => this.#openSeed(),
      generator: () => this.#startGenerator(),
      peer: name => this.#peers.get(name)?.pids() ?? [],
      peers: () => [...this.#peers.values()].flatMap(peer => peer.pids()),
      results: this.results,
    })
  }

  /** CPU profiles: the last ones of each scenario, as they came. */
  get profiles(): Observer['profiles'] {
    return this.#observer.profiles
  }

  /** Something that a reader of the report must know. */
  note(scenario: string, text: string): void {
    this.results.note(scenario, text)
    this.#options.say(`  note: ${text}`)
  }

  /** Runs one scenario; never throws. */
  async run(scenario: Scenario, stop: AbortSignal): Promise<void> {
    const { say, options } = this.#options
    say(`${scenario.name}: ${scenario.about}`)
    const needed = scenario.descriptors?.[options.size] ?? 0
    const max = descriptorsMax()
    if (needed > max) {
      this.#fail(scenario.name, `needs ${needed} open files, has ${max}: ulimit -n ${needed}`)
      return
    }
    this.#observer.begin()
    const limitS = scenario.limitS[options.size]
    const turn = new AbortController()
    const late = setTimeout(() => {
      turn.abort(new Error(`took more than ${limitS} s and was ended`))
    }, limitS * 1000)
    const onStop = () => turn.abort(stop.reason)
    stop.addEventListener('abort', onStop)
    if (stop.aborted) onStop()
    const ran = scenario.run(this.#bench(scenario, turn.signal))
    try {
      await Promise.race([ran, rejectOn(turn.signal)])
      await this.#observer.end(scenario.name)
    } catch (error) {
      // Whatever it still asks for is refused from now on.
      turn.abort(error)
      await this.#explain(scenario.name, words(error), stop.aborted)
      // What it left behind is not to be trusted. Without it the scenario itself ends, and tidies up.
      await this.close({ atOnce: true })
      await within(tidyMs, ran)
    } finally {
      clearTimeout(late)
      stop.removeEventListener('abort', onStop)
    }
  }

  /** @param how `atOnce` = without the orderly end that a server makes. Never throws, and never waits for long */
  async close({ atOnce = false } = {}): Promise<void> {
    const peers = [...this.#peers.values()]
    const [generator, seed, stack] = [this.#generator, this.#seed, this.#stack]
    this.#generator = null
    this.#seed = null
    this.#stack = null
    await this.#stopped(
      'the generator',
      generator?.then(each => each.stop()),
    )
    await this.#stopped('peers', Promise.all(peers.map(peer => peer.stop())))
    if (atOnce) await stack?.then(killAll, () => undefined)
    await this.#stopped(
      'the seed',
      seed?.then(each => each.close()),
    )
    await this.#stopped(
      'the stack',
      stack?.then(each => each.stop()),
    )
  }

  async #stopped(what: string, stopping: Promise<unknown> | undefined): Promise<void> {
    // What did not start has been told of already.
    if (await within(stopMs, stopping)) return
    this.#options.say(`  ${what} did not stop in ${stopMs / 1000} s`)
  }

  #startStack(): Promise<Stack> {
    const { options, remote } = this.#options
    if (remote) return Promise.reject(new Error('a running server is measured: there is no stack'))
    const start = async () => {
      const stack = await this.#newStack({ probes: true, statements: options.cpuProf })
      this.#trouble.follow(stack.watched())
      this.#readVersions(stack)
      return stack
    }
    this.#stack ??= start()
    return this.#stack
  }

  /** With the small machine, on it. */
  async #newStack(options: Omit<StackOptions, 'env' | 'onTrouble'>): Promise<Stack> {
    const { env, say, machine, startStack: begin = startStack } = this.#options
    const onTrouble = (line: string) => {
      if (this.#trouble.add(line)) say(`  server: ${line}`)
    }
    const stack = await this.#inside(() => begin({ ...options, env, onTrouble }))
    return machine ? machine.confine(stack) : stack
  }

  #inside<Result>(start: () => Promise<Result>): Promise<Result> {
    return this.#options.machine?.inside(start) ?? start()
  }

  #readVersions(stack: Stack): void {
    for (const { name, pid } of stack.watched())
      if (name === 'postgres' || name === 'redis') this.versions[name] = versionOf(pid)
  }

  #openSeed(): Promise<Seed> {
    this.#seed ??= this.#startStack().then(async stack => {
      const seed = await Seed.open(stack)
      if (this.#options.options.cpuProf) await openStatements(seed.db)
      return seed
    })
    return this.#seed
  }

  #startGenerator(): Promise<Generator> {
    const { env, machine } = this.#options
    this.#generator ??= machine
      ? machine.outside(() => Generator.start(env, machine.generatorCores))
      : Generator.start(env)
    return this.#generator
  }

  async #place(note: (text: string) => void): Promise<Place> {
    const { remote } = this.#options
    if (remote) return remote.place(note)
    return ownPlace(...(await Promise.all([this.#startStack(), this.#openSeed()])))
  }

  #bench(scenario: Scenario, signal: AbortSignal): Bench {
    const { results } = this
    const { env, options, say, remote } = this.#options
    const { name } = scenario
    const ownRuns = options.size === 'quick' ? scenario.quickRuns : undefined
    const runs = options.runs ?? ownRuns ?? runsUsual
    const note = (text: string) => this.note(name, text)
    /** A scenario that was ended must not start anything anew. */
    const during =
      <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
      async (...args: Args) => {
        signal.throwIfAborted()
        return work(...args)
      }
    return {
      size: options.size,
      pick: (quick, full) => (options.size === 'quick' ? quick : full),
      repeat: (label, run) => repeat(runs, label, run),
      remote: remote !== undefined,
      place: during(() => this.#place(note)),
      stack: during(() => this.#startStack()),
      seed: during(() => this.#openSeed()),
      generator: during(() => this.#startGenerator()),
      inside: start => {
        signal.throwIfAborted()
        return this.#inside(start)
      },
      ownStack: during(own => this.#newStack(own)),
      measure: during((window, load, peer) => this.#measure(name, windowOf(window), load, peer)),
      watch: (window, run) => {
        signal.throwIfAborted()
        return this.#watch(name, windowOf(window), run)
      },
      peer: during((peer, place) => this.#startPeer(name, peer, place)),
      figure: (metric, values, unit, more = {}) => this.#figure(name, metric, values, unit, more),
      ratio: (metric, peer, target) => results.ratio(name, metric, peer, target),
      plot: (plot, latency, peer) => results.plot(name, plot, latency, peer),
      note,
      fail: text => this.#fail(name, text),
      say: line => say(`  ${line}`),
      env: shellOf(env),
      signal,
    }
  }

  #figure(
    scenario: string,
    metric: string,
    values: number | readonly number[],
    unit: string,
    { peer, target }: { peer?: Peer; target?: Target },
  ): void {
    const { say, remote } = this.#options
    if (![values].flat().every(Number.isFinite)) {
      // A server that is not ours does not show what it uses.
      if (!remote) this.#fail(scenario, `${metric} could not be measured`)
      return
    }
    // Targets are for our stack on the machine they were set for.
    const more = { peer, target: remote ? undefined : target }
    const { value } = this.results.figure(scenario, metric, values, unit, more)
    say(`  ${peer ?? 'petrel'} ${metric}: ${value} ${unit}`)
  }

  #fail(scenario: string, text: string): void {
    const told = text + this.#trouble.take()
    this.results.fail(scenario, told)
    this.#options.say(`  failed: ${told}`)
  }

  /** Fails with what happened, and which processes did not live through it. */
  async #explain(scenario: string, why: string, stopped: boolean): Promise<void> {
    const stack = stopped ? null : await this.#stack?.catch(() => null)
    const gone = stack ? ended(stack.watched()).filter(name => !why.includes(name)) : []
    this.#fail(scenario, gone.length > 0 ? `${why} (${gone.join(' and ')} had ended)` : why)
  }

  async #watch<Found>(
    scenario: string,
    window: Window,
    run: (onMark: OnMark) => Promise<Found>,
  ): Promise<{ found: Found; cost: Cost }> {
    const { found, cost, meter } = await this.#observer.observe(scenario, window, (_, onMark) =>
      run(onMark),
    )
    this.#options.say(`  petrel ${window.label}: cores ${cores(cost)}`)
    this.results.plotUse(scenario, window.label, meter)
    return { found, cost }
  }

  async #measure(
    scenario: string,
    window: Window,
    load: Parameters<Bench['measure']>[1],
    peer?: Peer,
  ): Promise<Measured> {
    const {
      found: outcome,
      cost,
      meter,
    } = await this.#observer.observe(
      scenario,
      window,
      (generator, onMark) =>
        load.kind === 'open'
          ? generator.call('openLoop', { ...load, drainS: stragglersS }, onMark)
          : generator.call('closedLoop', { ...load, drainS: stragglersS }, onMark),
      peer,
    )
    const { label } = window
    this.#options.say(
      `  ${peer ?? 'petrel'} ${label}: ${Math.round(outcome.messagesPerS)} msg/s, ${Math.round(outcome.deliveriesPerS)} deliveries/s, p50 ${outcome.delivery.p50.toFixed(1)} p95 ${outcome.delivery.p95.toFixed(1)} ms; cores ${cores(cost)}`,
    )
    const whose = peer ? `${peer}, ${label}` : label
    this.results.plotThroughput(scenario, whose, outcome.timeline)
    if (!peer) this.results.plotUse(scenario, label, meter)
    const measured = { ...outcome, cost }
    const { notes, faults } = judge(measured, load.kind, stragglersS)
    for (const text of notes) this.results.note(scenario, `${whose}: ${text}`)
    for (const text of faults) {
      // What a peer loses is for the reader to know, and no failure of ours.
      if (peer) this.results.note(scenario, `${whose}: ${text}`)
      else this.#fail(scenario, `${whose}: ${text}`)
    }
    return measured
  }

  async #startPeer(
    scenario: string,
    name: PeerName,
    place: { rooms: number; membersPerRoom: number },
  ): Promise<PeerServer | null> {
    if (this.#options.remote) {
      this.results.note(scenario, 'peers are left out: they would run on this machine')
      return null
    }
    const { databaseUrl, redisUrl } = await this.#startStack()
    const dir = await mkdtemp(join(tmpdir(), 'petrel-peer-'))
    const env = shellOf(this.#options.env)
    const started = await this.#inside(() =>
      startPeer(name, { ...place, databaseUrl, redisUrl, dir, env }),
    )
    if ('absent' in started) {
      await rm(dir, { recursive: true, force: true })
      this.results.note(scenario, `${name} was not measured: ${started.absent}`)
      return null
    }
    this.results.note(scenario, `${name}: ${differences[name]}`)
    this.versions.peers[name] = started.version
    const peer: PeerServer = {
      ...started,
      stop: async () => {
        this.#peers.delete(name)
        await started.stop()
        await rm(dir, { recursive: true, force: true })
      },
    }
    this.#peers.set(name, peer)
    return peer
  }
}

/** Runs a measurement so often, the last time as the one to profile. */
async function repeat<Value>(
  runs: number,
  label: string,
  run: (run: Run) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = []
  for (let nth = 1; nth <= runs; nth++) {
    const name = label === '' ? `run ${nth}` : `${label}, run ${nth}`
    values.push(await run({ label: name, isFirst: nth === 1, profiled: nth === runs }))
  }
  return values
}

/** What is measured once stands for itself. */
function windowOf(window: string | Window): Window {
  return typeof window === 'string' ? { label: window, profiled: true } : window
}

/** CPU of each process, in cores. */
function cores({ cpuMs, seconds }: Cost): string {
  return Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${(ms / seconds / 1000).toFixed(2)}`)
    .join(' ')
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
