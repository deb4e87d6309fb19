// Collects what scenarios find, in the shape of the report; knows how to take a median.

import type { Latency } from './generator/latency.ts'
import type { Meter } from './measure/meter.ts'
import type { LatencyPlot, Peer, Report, Result } from './report/model.ts'
import type { Target } from './scenario.ts'

/** The collected part of a report. */
export type Found = Pick<
  Report,
  | 'results'
  | 'latencies'
  | 'times'
  | 'eventLoops'
  | 'statements'
  | 'machineUse'
  | 'notes'
  | 'failures'
>

export class Results implements Found {
  readonly results: Result[] = []
  readonly latencies: LatencyPlot[] = []
  readonly times: Report['times'] = []
  readonly eventLoops: Report['eventLoops'] = []
  readonly machineUse: Report['machineUse'] = []
  statements: Report['statements'] = []
  readonly notes: Report['notes'] = []
  readonly failures: Report['failures'] = []

  figure(
    scenario: string,
    metric: string,
    values: number | readonly number[],
    unit: string,
    { peer = null, target }: { peer?: Peer | null | undefined; target?: Target | undefined } = {},
  ): Result {
    const runs = (typeof values === 'number' ? [values] : [...values]).map(rounded)
    const value = median(runs)
    const result: Result = {
      scenario,
      metric,
      value,
      unit,
      peer,
      ratio: null,
      ...judged(value, target),
      runs,
    }
    this.results.push(result)
    return result
  }

  /** Fills the ratio of a peer's result. @throws Error when one of the two was not given */
  ratio(scenario: string, metric: string, peer: Peer, target?: Target): void {
    const of = (whose: Peer | null) =>
      this.results.find(
        each => each.scenario === scenario && each.metric === metric && each.peer === whose,
      )
    const ours = of(null)
    const theirs = of(peer)
    if (!ours || !theirs) throw new Error(`${scenario} has no ${metric} of both Petrel and ${peer}`)
    const ratio = rounded(ours.value / theirs.value)
    Object.assign(theirs, { ratio, ...judged(ratio, target) })
  }

  plot(scenario: string, name: string, latency: Latency, peer: Peer | null = null): void {
    this.latencies.push({ scenario, name, peer, points: latency.points })
  }

  /** Deliveries over the time of a window. */
  plotThroughput(scenario: string, name: string, points: Report['times'][number]['points']): void {
    this.times.push({ scenario, kind: 'throughput', name, unit: 'deliveries/s', points })
  }

  /** What each process used over the time of a window. */
  plotUse(scenario: string, label: string, { cpu, rss }: Pick<Meter, 'cpu' | 'rss'>): void {
    for (const [name, points] of cpu)
      this.times.push({ scenario, kind: 'cpu', name: `${name}, ${label}`, unit: '%', points })
    for (const [name, points] of rss)
      this.times.push({ scenario, kind: 'rss', name: `${name}, ${label}`, unit: 'MiB', points })
  }

  /** The statements of a later window of the same scenario take the place of an earlier one's. */
  showStatements(scenario: string, found: Report['statements']): void {
    this.statements = [...this.statements.filter(each => each.scenario !== scenario), ...found]
  }

  note(scenario: string, text: string): void {
    if (!this.notes.some(note => note.scenario === scenario && note.text === text))
      this.notes.push({ scenario, text })
  }

  fail(scenario: string, text: string): void {
    this.failures.push({ scenario, text })
  }
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const half = sorted.length / 2
  return Number.isInteger(half) ? (at(half - 1) + at(half)) / 2 : at(Math.floor(half))
}

function judged(value: number, target: Target | undefined): Pick<Result, 'target' | 'met'> {
  const bound = target?.atMost ?? target?.atLeast
  if (target === undefined || bound === undefined) return { target: null, met: null }
  return { target: bound, met: target.atMost === undefined ? value >= bound : value <= bound }
}

/** Four significant digits: more would be noise. */
function rounded(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(4))
}
