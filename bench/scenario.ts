// What a scenario is, and what it is given: the stack, the generator, the seed, and where to put what it finds.

import type { Generator } from './generator/generator.ts'
import type { Latency } from './generator/latency.ts'
import type { OnMark, Outcome } from './generator/load.ts'
import type { PeerName, PeerServer } from './peers/peer.ts'
import type { Place } from './place.ts'
import type { Peer } from './report/model.ts'
import type { Seed } from './seed.ts'
import type { Stack } from './stack.ts'

export interface Scenario {
  /** The word of `--scenario`. */
  name: string
  /** One sentence: what is done and what for. */
  about: string
  /** Longer has failed: the run goes on with the next one and ends non-zero. */
  limitS: { quick: number; full: number }
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

export interface Bench {
  size: 'quick' | 'full'
  /** Picks by size. */
  pick<Value>(quick: Value, full: Value): Value
  /** Runs of which the median counts. */
  runs: number
  /** A running server is measured, known by its address only: no stack, seed, peers or costs. */
  remote: boolean
  /** Where to connect and who may talk there; all that a scenario without `ownStack` needs. */
  place(): Promise<Place>
  stack(): Promise<Stack>
  seed(): Promise<Seed>
  generator(): Promise<Generator>
  /** Runs a load and measures every process over its window. Notes a saturated generator, losses and refusals by itself. */
  measure(
    label: string,
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
    label: string,
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
  /** A line for whoever watches. */
  say(line: string): void
  /** The environment to start processes on. */
  env: NodeJS.ProcessEnv
  /** Aborted when the scenario's time is over or the run is stopped. */
  signal: AbortSignal
}
