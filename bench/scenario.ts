// What a scenario is, and what it is given: the stack, the generator, the seed, and where to put what it finds.

import type { Generator } from './generator/generator.ts'
import type { Latency } from './generator/latency.ts'
import type { OnMark, Outcome } from './generator/load.ts'
import type { PeerName, PeerServer } from './peers/peer.ts'
import type { Place } from './place.ts'
import type { Peer } from './report/model.ts'
import type { Seed } from './seed.ts'
import type { Stack, StackOptions } from './stack.ts'

export interface Scenario {
  /** The word of `--scenario`. */
  name: string
  /** One sentence: what is done and what for. */
  about: string
  /** Longer has failed: the run goes on with the next one and ends non-zero. */
  limitS: { quick: number; full: number }
  /** Runs of each measurement in a quick run that does not say how many; 3 when not given. */
  quickRuns?: number
  /** Too long for a quick run of all: that leaves it out unless it is named. */
  notQuick?: true
  /** Needs a stack of ours, so it cannot run against another server. */
  ownStack?: true
  /** Open files that its busiest process needs at once; without so many it fails before it begins. */
  descriptors?: { quick: number; full: number }
  run(bench: Bench): Promise<void>
}

/** What a figure is compared with. */
export interface Target {
  atMost?: number
  atLeast?: number
}

/** What a measured window cost: by process name, ms of CPU and MiB at its end. Of a server that is not ours only the generator's, and `serverCpuMs` is NaN. */
export interface Cost {
  seconds: number
  cpuMs: Record<string, number>
  rssMiB: Record<string, number>
  /** All of the server's processes, without the generator. */
  serverCpuMs: number
  generatorCpuMs: number
}

/** A measured load: what came of it and what it cost. */
export interface Measured extends Outcome {
  cost: Cost
}

/** A measured window. */
export interface Window {
  label: string
  /** Whether profiles and statements of it stand for its scenario; a later one takes the place of an earlier one. */
  profiled: boolean
  /** Only looks for the right load: what it does to the server is no result. */
  isProbe?: boolean
}

/** One of several runs of the same measurement. */
export interface Run extends Window {
  isFirst: boolean
}

export interface Bench {
  size: 'quick' | 'full'
  /** Picks by size. */
  pick<Value>(quick: Value, full: Value): Value
  /**
   * Runs a measurement as often as asked for, of which the median counts; the last one is the one to profile.
   * @param label of the windows, with the number of the run behind it; '' = only that
   */
  repeat<Value>(label: string, run: (run: Run) => Promise<Value>): Promise<Value[]>
  /** A running server is measured, known by its address only: no stack, seed, peers or costs. */
  remote: boolean
  /** Where to connect and who may talk there; all that a scenario without `ownStack` needs. */
  place(): Promise<Place>
  stack(): Promise<Stack>
  seed(): Promise<Seed>
  generator(): Promise<Generator>
  /** Starts something of the server that is not of the stack, with `--profile i3` on its core and in its memory. */
  inside<Result>(start: () => Promise<Result>): Promise<Result>
  /** A stack for this scenario alone, which stops it. */
  ownStack(options: Pick<StackOptions, 'nodeOptions' | 'webDir'>): Promise<Stack>
  /**
   * Runs a load and measures every process over its window. Notes a saturated generator, losses and refusals by itself.
   * @param window its label alone for a window that is measured once
   */
  measure(
    window: string | Window,
    load:
      | {
          kind: 'open'
          crowd: string
          ratePerS: number
          senders?: number
          warmUpS: number
          seconds: number
        }
      | {
          kind: 'closed'
          crowd: string
          window: number
          until: 'ack' | 'delivery'
          warmUpS: number
          seconds: number
        },
    peer?: Peer,
  ): Promise<Measured>
  /** Runs any other command of the generator's, and reads what every process used between its marks. */
  watch<Found>(
    window: string | Window,
    run: (onMark: OnMark) => Promise<Found>,
  ): Promise<{ found: Found; cost: Cost }>
  /** Starts a peer for this scenario, or notes why it cannot run here and answers null. The scenario stops it. */
  peer(name: PeerName, place: { rooms: number; membersPerRoom: number }): Promise<PeerServer | null>
  /** Adds a result; several values are runs, of which the median counts. What a remote server hides is left out. */
  figure(
    metric: string,
    values: number | readonly number[],
    unit: string,
    more?: { peer?: Peer; target?: Target },
  ): void
  /** Petrel's value divided by a peer's, both given before under the same metric. */
  ratio(metric: string, peer: Peer, target?: Target): void
  plot(name: string, latency: Latency, peer?: Peer): void
  note(text: string): void
  /** Something that must not happen: the run goes on and ends non-zero. */
  fail(text: string): void
  /** A line for whoever watches. */
  say(line: string): void
  /** The environment to start processes on: what a shell has, without anybody's settings. */
  env: NodeJS.ProcessEnv
  /** Aborted when the scenario's time is over or the run is stopped. */
  signal: AbortSignal
}
