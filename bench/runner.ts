// Runs scenarios one after another, each under its time limit, on one stack and one generator that are started
// when first asked for. Whatever goes wrong in one is noted and the next one goes on.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Generator } from './generator/generator.ts'
import type { OnMark } from './generator/load.ts'
import { readUsage, type Usage, type Watched } from './measure/usage.ts'
import type { Options } from './options.ts'
import { differences, type PeerName, type PeerServer, startPeer } from './peers/peer.ts'
import type { Peer } from './report/model.ts'
import { Results } from './results.ts'
import type { Bench, Cost, Measured, Scenario } from './scenario.ts'
import { Seed } from './seed.ts'
import { type Stack, startStack } from './stack.ts'

/** A generator that uses more than this share of a core, or sends later than that, is the bottleneck. */
const saturatedShare = 0.9
const lateMsMax = 5
const stragglersS = 5
const sampleEveryMs = 250
/** What a scenario that was ended may take to stop what it started. */
const tidyMs = 10_000

export interface RunnerOptions {
  options: Options
  env: NodeJS.ProcessEnv
  say(line: string): void
  /** The only core of the generator. */
  generatorCore?: number | undefined
}

export class Runner {
  readonly results = new Results()
  readonly #options: RunnerOptions
  #stack: Promise<Stack> | null = null
  #seed: Promise<Seed> | null = null
  #generator: Promise<Generator> | null = null
  /** Peers that run now, and what they are made of. */
  readonly #peers = new Map<Peer, PeerServer>()
  readonly #peerVersions: Record<string, string> = {}

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** Runs one scenario; never throws. */
  async run(scenario: Scenario, stop: AbortSignal): Promise<void> {
    const { say, options } = this.#options
    say(`${scenario.name}: ${scenario.about}`)
    const limitS = scenario.limitS[options.size]
    const over = AbortSignal.timeout(limitS * 1000)
    const signal = AbortSignal.any([over, stop])
    const ran = scenario.run(this.#bench(scenario, signal))
    try {
      await Promise.race([ran, rejectOn(signal)])
    } catch (error) {
      const why = over.aborted ? `took more than ${limitS} s and was ended` : words(error)
      this.results.fail(scenario.name, why)
      say(`  failed: ${why}`)
      // What it left behind is not to be trusted. Without it the scenario itself ends, and tidies up.
      await this.close()
      await Promise.race([ran.catch(() => undefined), sleep(tidyMs)])
    }
  }

  async close(): Promise<void> {
    for (const peer of [...this.#peers.values()]) await peer.stop().catch(() => undefined)
    const [generator, seed, stack] = [this.#generator, this.#seed, this.#stack]
    this.#generator = null
    this.#seed = null
    this.#stack = null
    await generator?.then(each => each.stop()).catch(() => undefined)
    await seed?.then(each => each.close()).catch(() => undefined)
    await stack?.then(each => each.stop()).catch(() => undefined)
  }

  #startStack(): Promise<Stack> {
    const { env, say, options } = this.#options
    this.#stack ??= startStack({
      env,
      inspect: options.cpuProf,
      onTrouble: line => say(`  server: ${line}`),
    })
    return this.#stack
  }

  #openSeed(): Promise<Seed> {
    this.#seed ??= this.#startStack().then(stack => Seed.open(stack))
    return this.#seed
  }

  #startGenerator(): Promise<Generator> {
    this.#generator ??= Generator.start(this.#options.generatorCore)
    return this.#generator
  }

  #bench(scenario: Scenario, signal: AbortSignal): Bench {
    const { results } = this
    const { options, say } = this.#options
    const { name } = scenario
    return {
      size: options.size,
      pick: (quick, full) => (options.size === 'quick' ? quick : full),
      runs: options.runs ?? 3,
      stack: () => this.#startStack(),
      seed: () => this.#openSeed(),
      generator: () => this.#startGenerator(),
      measure: (label, load, peer) => this.#measure(name, label, load, peer),
      watch: (label, run) => this.#watch(name, label, run),
      peer: (peer, place) => this.#startPeer(name, peer, place),
      figure: (metric, values, unit, more = {}) => {
        const result = results.figure(name, metric, values, unit, more)
        say(`  ${more.peer ?? 'petrel'} ${metric}: ${result.value} ${unit}`)
      },
      ratio: (metric, peer, target) => results.ratio(name, metric, peer, target),
      plot: (plot, latency, peer) => results.plot(name, plot, latency, peer),
      note: text => {
        results.note(name, text)
        say(`  note: ${text}`)
      },
      say: line => say(`  ${line}`),
      env: this.#options.env,
      signal,
    }
  }

  async #watch<Found>(
    scenario: string,
    label: string,
    run: (onMark: OnMark) => Promise<Found>,
  ): Promise<{ found: Found; cost: Cost }> {
    const generator = await this.#startGenerator()
    const stack = await this.#startStack()
    const meter = new Meter(() => [...stack.watched(), { name: 'generator', pid: generator.pid }])
    const found = await run(meter.onMark)
    const cost = meter.cost()
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
    const generator = await this.#startGenerator()
    const stack = await this.#startStack()
    const servers = () => (peer ? this.#peerProcesses(peer, stack) : stack.watched())
    const watched = () => [...servers(), { name: 'generator', pid: generator.pid }]
    const meter = new Meter(watched)
    const { kind, ...args } = load
    const more = { ...args, drainS: stragglersS }
    const outcome =
      kind === 'open'
        ? await generator.call('openLoop', more as never, meter.onMark)
        : await generator.call('closedLoop', more as never, meter.onMark)
    const cost = meter.cost()
    this.#options.say(
      `  ${peer ?? 'petrel'} ${label}: ${Math.round(outcome.messagesPerS)} msg/s, ${Math.round(outcome.deliveriesPerS)} deliveries/s, p50 ${outcome.delivery.p50.toFixed(1)} p95 ${outcome.delivery.p95.toFixed(1)} ms; cores ${cores(cost)}`,
    )
    this.#plotTimes(scenario, label, outcome.timeline, meter, peer)
    this.#judge(scenario, label, { ...outcome, cost }, kind)
    return { ...outcome, cost }
  }

  /** @returns versions of the peers that ran */
  get peerVersions(): Readonly<Record<string, string>> {
    return this.#peerVersions
  }

  async #startPeer(
    scenario: string,
    name: PeerName,
    place: { rooms: number; membersPerRoom: number },
  ): Promise<PeerServer | null> {
    const { databaseUrl, redisUrl } = await this.#startStack()
    const dir = await mkdtemp(join(tmpdir(), 'petrel-peer-'))
    const started = await startPeer(name, { ...place, databaseUrl, redisUrl, dir })
    if ('absent' in started) {
      await rm(dir, { recursive: true, force: true })
      this.results.note(scenario, `${name} was not measured: ${started.absent}`)
      return null
    }
    this.results.note(scenario, `${name}: ${differences[name]}`)
    this.#peerVersions[name] = started.version
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
  #judge(scenario: string, label: string, measured: Measured, kind: 'open' | 'closed'): void {
    const { cost, late, expected, arrived, duplicates, refused, refusals, closes } = measured
    const note = (text: string) => this.results.note(scenario, `${label}: ${text}`)
    const share = cost.generatorCpuMs / (cost.seconds * 1000)
    if (share > saturatedShare)
      note(
        `the generator was saturated (${Math.round(share * 100)} % of a core): the server may do better`,
      )
    if (kind === 'open' && late.p99 > lateMsMax)
      note(`the generator sent late (p99 ${late.p99.toFixed(1)} ms), which the latencies include`)
    const lost = expected - arrived
    if (lost > 0 && Object.keys(closes).length === 0)
      this.results.fail(
        scenario,
        `${label}: ${lost} of ${expected} deliveries did not arrive in ${stragglersS} s`,
      )
    if (duplicates > 0) this.results.fail(scenario, `${label}: ${duplicates} deliveries came twice`)
    if (refused > 0)
      this.results.fail(scenario, `${label}: ${refused} messages were refused, like ${refusals[0]}`)
    if (Object.keys(closes).length > 0)
      this.results.fail(scenario, `${label}: the server closed sockets: ${JSON.stringify(closes)}`)
  }
}

/** Reads usage when a measured window begins and ends, and now and then in between. */
class Meter {
  readonly cpu = new Map<string, [number, number][]>()
  readonly rss = new Map<string, [number, number][]>()
  readonly #watched: () => Watched[]
  #begin: Map<string, Usage> | null = null
  #beginMs = 0
  #end: Map<string, Usage> | null = null
  #endMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(watched: () => Watched[]) {
    this.#watched = watched
  }

  onMark: OnMark = mark => {
    const usage = readUsage(this.#watched())
    const nowMs = performance.now()
    if (mark === 'end') {
      clearInterval(this.#timer)
      this.#end = usage
      this.#endMs = nowMs
      return
    }
    this.#begin = usage
    this.#beginMs = nowMs
    let last = usage
    let lastMs = nowMs
    this.#timer = setInterval(() => {
      const next = readUsage(this.#watched())
      const nextMs = performance.now()
      const s = (nextMs - this.#beginMs) / 1000
      for (const [name, { cpuMs, rssMiB }] of next) {
        const used = cpuMs - (last.get(name)?.cpuMs ?? cpuMs)
        push(this.cpu, name, [s, Math.round((used / (nextMs - lastMs)) * 100)])
        push(this.rss, name, [s, Math.round(rssMiB * 10) / 10])
      }
      last = next
      lastMs = nextMs
    }, sampleEveryMs)
    this.#timer.unref()
  }

  cost(): Cost {
    const cpuMs: Record<string, number> = {}
    const rssMiB: Record<string, number> = {}
    let serverCpuMs = 0
    for (const [name, usage] of this.#end ?? []) {
      const used = usage.cpuMs - (this.#begin?.get(name)?.cpuMs ?? 0)
      cpuMs[name] = used
      rssMiB[name] = usage.rssMiB
      if (name !== 'generator') serverCpuMs += used
    }
    return {
      seconds: (this.#endMs - this.#beginMs) / 1000,
      cpuMs,
      rssMiB,
      serverCpuMs,
      generatorCpuMs: cpuMs.generator ?? 0,
    }
  }
}

/** CPU of each process, in cores. */
function cores({ cpuMs, seconds }: Cost): string {
  return Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${(ms / seconds / 1000).toFixed(2)}`)
    .join(' ')
}

function push(
  series: Map<string, [number, number][]>,
  name: string,
  point: [number, number],
): void {
  const points = series.get(name)
  if (points) points.push(point)
  else series.set(name, [point])
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
