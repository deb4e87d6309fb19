// Runs scenarios one after another, each under its time limit, on one stack and one generator that are started
// when first asked for. Whatever goes wrong in one is noted and the next one goes on.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generator } from './generator/generator.ts'
import type { OnMark } from './generator/load.ts'
import { descriptorsMax, versionOf } from './machine.ts'
import { ended, watchLives } from './measure/lives.ts'
import { Meter } from './measure/meter.ts'
import type { SmallMachine } from './measure/small-machine.ts'
import { Trouble } from './measure/trouble.ts'
import type { Watched } from './measure/usage.ts'
import type { Options } from './options.ts'
import { differences, type PeerName, type PeerServer, startPeer } from './peers/peer.ts'
import { ownPlace, type Place } from './place.ts'
import { type Profile, Recording } from './profile.ts'
import type { Remote } from './remote.ts'
import type { Peer } from './report/model.ts'
import { Results } from './results.ts'
import type { Bench, Cost, Measured, Scenario, Target } from './scenario.ts'
import { Seed } from './seed.ts'
import { type Stack, startStack } from './stack.ts'

/** A generator that uses more than this share of a core, or sends later than that, is the bottleneck. */
const saturatedShare = 0.9
const lateMsMax = 5
const stragglersS = 5
/** What a scenario that was ended may take to stop what it started. */
const tidyMs = 10_000
/** What a part may take to stop before the run goes on without it. */
const stopMs = 20_000
/** Of a label: the last run is the one to profile, and what is no run unless it only finds its way. */
const runOf = /run (\d+)$/
const probes = /^(warm-up|window \d+)$/

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
  /** Where CPU profiles are taken: the last ones of each scenario, as they came. */
  readonly profiles: (Profile & { scenario: string })[] = []
  readonly #options: RunnerOptions
  readonly #trouble = new Trouble()
  #stack: Promise<Stack> | null = null
  #seed: Promise<Seed> | null = null
  #generator: Promise<Generator> | null = null
  /** Peers that run now, and what they are made of. */
  readonly #peers = new Map<Peer, PeerServer>()

  constructor(options: RunnerOptions) {
    this.#options = options
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
    const { env, say, options, machine, remote } = this.#options
    if (remote) return Promise.reject(new Error('a running server is measured: there is no stack'))
    const begin = this.#options.startStack ?? startStack
    const start = async () => {
      const stack = await begin({
        env,
        inspect: options.cpuProf,
        onTrouble: line => {
          if (this.#trouble.add(line)) say(`  server: ${line}`)
        },
      })
      this.#trouble.follow(stack.watched())
      this.#readVersions(stack)
      return stack
    }
    this.#stack ??= machine ? machine.inside(start).then(stack => machine.confine(stack)) : start()
    return this.#stack
  }

  #readVersions(stack: Stack): void {
    for (const { name, pid } of stack.watched())
      if (name === 'postgres' || name === 'redis') this.versions[name] = versionOf(pid)
  }

  #openSeed(): Promise<Seed> {
    this.#seed ??= this.#startStack().then(stack => Seed.open(stack))
    return this.#seed
  }

  #startGenerator(): Promise<Generator> {
    const { machine } = this.#options
    this.#generator ??= machine
      ? machine.outside(() => Generator.start(machine.generatorCores))
      : Generator.start()
    return this.#generator
  }

  async #place(note: (text: string) => void): Promise<Place> {
    const { remote } = this.#options
    if (remote) return remote.place(note)
    return ownPlace(...(await Promise.all([this.#startStack(), this.#openSeed()])))
  }

  #bench(scenario: Scenario, signal: AbortSignal): Bench {
    const { results } = this
    const { options, say, remote } = this.#options
    const { name } = scenario
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
      runs: options.runs ?? 3,
      remote: remote !== undefined,
      place: during(() => this.#place(note)),
      stack: during(() => this.#startStack()),
      seed: during(() => this.#openSeed()),
      generator: during(() => this.#startGenerator()),
      measure: during((label, load, peer) => this.#measure(name, label, load, peer)),
      watch: (label, run) => {
        signal.throwIfAborted()
        return this.#watch(name, label, run)
      },
      peer: during((peer, place) => this.#startPeer(name, peer, place)),
      figure: (metric, values, unit, more = {}) => this.#figure(name, metric, values, unit, more),
      ratio: (metric, peer, target) => results.ratio(name, metric, peer, target),
      plot: (plot, latency, peer) => results.plot(name, plot, latency, peer),
      note,
      say: line => say(`  ${line}`),
      env: this.#options.env,
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

  /** Whose processes are measured; none of a server that is not ours. */
  async #servers(peer?: Peer): Promise<() => Watched[]> {
    if (this.#options.remote) return () => []
    const stack = await this.#startStack()
    return () => (peer ? this.#peerProcesses(peer, stack) : stack.watched())
  }

  /** Runs a command of the generator and reads what processes use meanwhile. @throws Error when one of them ends */
  async #observe<Found>(
    scenario: string,
    label: string,
    run: (generator: Generator, onMark: OnMark) => Promise<Found>,
    peer?: Peer,
  ): Promise<{ found: Found; cost: Cost; meter: Meter }> {
    const generator = await this.#startGenerator()
    const servers = await this.#servers(peer)
    const meter = new Meter(() => [...servers(), { name: 'generator', pid: generator.pid }])
    const recording = peer ? null : await this.#record(label)
    const lives = watchLives(servers)
    const onMark: OnMark = mark => {
      meter.onMark(mark)
      recording?.onMark(mark)
    }
    try {
      const found = await Promise.race([run(generator, onMark), lives.died])
      await this.#keepProfiles(scenario, recording)
      const cost = meter.cost()
      if (this.#options.remote) cost.serverCpuMs = Number.NaN
      return { found, cost, meter }
    } finally {
      lives.stop()
      meter.stop()
      recording?.close()
    }
  }

  async #record(label: string): Promise<Recording | null> {
    const { cpuProf, runs = 3 } = this.#options.options
    const run = runOf.exec(label)?.[1]
    if (!cpuProf || probes.test(label) || (run !== undefined && Number(run) !== runs)) return null
    return Recording.attach((await this.#startStack()).gateways())
  }

  /** A later window of the same scenario takes the place of an earlier one. */
  async #keepProfiles(scenario: string, recording: Recording | null): Promise<void> {
    const taken = (await recording?.profiles()) ?? []
    for (const { process, profile } of taken) {
      const at = this.profiles.findIndex(
        each => each.scenario === scenario && each.process === process,
      )
      this.profiles.splice(at < 0 ? this.profiles.length : at, 1, { scenario, process, profile })
    }
  }

  async #watch<Found>(
    scenario: string,
    label: string,
    run: (onMark: OnMark) => Promise<Found>,
  ): Promise<{ found: Found; cost: Cost }> {
    const { found, cost, meter } = await this.#observe(scenario, label, (_, onMark) => run(onMark))
    this.#options.say(`  petrel ${label}: cores ${cores(cost)}`)
    this.#plotUse(scenario, label, meter)
    return { found, cost }
  }

  async #measure(
    scenario: string,
    label: string,
    load: Parameters<Bench['measure']>[1],
    peer?: Peer,
  ): Promise<Measured> {
    const {
      found: outcome,
      cost,
      meter,
    } = await this.#observe(
      scenario,
      label,
      (generator, onMark) =>
        load.kind === 'open'
          ? generator.call('openLoop', { ...load, drainS: stragglersS }, onMark)
          : generator.call('closedLoop', { ...load, drainS: stragglersS }, onMark),
      peer,
    )
    this.#options.say(
      `  ${peer ?? 'petrel'} ${label}: ${Math.round(outcome.messagesPerS)} msg/s, ${Math.round(outcome.deliveriesPerS)} deliveries/s, p50 ${outcome.delivery.p50.toFixed(1)} p95 ${outcome.delivery.p95.toFixed(1)} ms; cores ${cores(cost)}`,
    )
    this.#plotTimes(scenario, label, outcome.timeline, meter, peer)
    const whose = peer ? `${peer}, ${label}` : label
    this.#judge(scenario, whose, { ...outcome, cost }, { kind: load.kind, peer })
    return { ...outcome, cost }
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
    const start = () => startPeer(name, { ...place, databaseUrl, redisUrl, dir })
    const started = await (this.#options.machine?.inside(start) ?? start())
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

  /** Socket.IO works with the PostgreSQL and the Redis of our stack, so what they do counts as its own. */
  #peerProcesses(name: Peer, stack: Stack): Watched[] {
    const own = this.#peers.get(name)?.pids() ?? []
    if (name !== 'socket.io') return own
    return [
      ...own,
      ...stack.watched().filter(each => each.name === 'postgres' || each.name === 'redis'),
    ]
  }

  #plotTimes(
    scenario: string,
    label: string,
    timeline: [number, number][],
    meter: Meter,
    peer: Peer | undefined,
  ): void {
    const whose = peer ? `${peer}, ${label}` : label
    const { times } = this.results
    times.push({
      scenario,
      kind: 'throughput',
      name: whose,
      unit: 'deliveries/s',
      points: timeline,
    })
    if (!peer) this.#plotUse(scenario, label, meter)
  }

  #plotUse(scenario: string, label: string, meter: Meter): void {
    const { times } = this.results
    for (const [name, points] of meter.cpu)
      times.push({ scenario, kind: 'cpu', name: `${name}, ${label}`, unit: '%', points })
    for (const [name, points] of meter.rss)
      times.push({ scenario, kind: 'rss', name: `${name}, ${label}`, unit: 'MiB', points })
  }

  /** Says what a reader must know about a measurement before believing it. */
  #judge(
    scenario: string,
    label: string,
    measured: Measured,
    { kind, peer }: { kind: 'open' | 'closed'; peer: Peer | undefined },
  ): void {
    const { cost, late, expected, arrived, duplicates, refused, refusals, closes } = measured
    const note = (text: string) => this.results.note(scenario, `${label}: ${text}`)
    // What a peer loses is for the reader to know, and no failure of ours.
    const fail = (text: string) => (peer ? note(text) : this.#fail(scenario, `${label}: ${text}`))
    const share = cost.generatorCpuMs / (cost.seconds * 1000)
    if (share > saturatedShare)
      note(
        `the generator was saturated (${Math.round(share * 100)} % of a core): the server may do better`,
      )
    if (kind === 'open' && late.p99 > lateMsMax)
      note(`the generator sent late (p99 ${late.p99.toFixed(1)} ms), which the latencies include`)
    const lost = expected - arrived
    if (lost > 0 && Object.keys(closes).length === 0)
      fail(`${lost} of ${expected} deliveries did not arrive in ${stragglersS} s`)
    if (duplicates > 0) fail(`${duplicates} deliveries came twice`)
    if (refused > 0) fail(`${refused} messages were refused, like ${printable(refusals[0])}`)
    if (Object.keys(closes).length > 0) fail(`the server closed sockets: ${JSON.stringify(closes)}`)
  }
}

/** Ends what runs without waiting for it: PostgreSQL in its own way, which frees its shared memory. */
function killAll(stack: Stack): void {
  for (const { name, pid } of stack.watched()) {
    try {
      if (pid > 0) process.kill(pid, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
}

/** Whether it came to an end, good or bad, in time. */
async function within(ms: number, ending: Promise<unknown> | undefined): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(resolve, ms, false)
  })
  const done = Promise.resolve(ending).then(
    () => true,
    () => true,
  )
  const inTime = await Promise.race([done, late])
  clearTimeout(timer)
  return inTime
}

/** CPU of each process, in cores. */
function cores({ cpuMs, seconds }: Cost): string {
  return Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${(ms / seconds / 1000).toFixed(2)}`)
    .join(' ')
}

/** A frame of the server's as it came: its words stand in it between MessagePack's bytes. */
function printable(text = ''): string {
  return text.replaceAll(/[^ -~]+/g, ' ').trim()
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
