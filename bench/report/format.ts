// How numbers of a report read, on the terminal and on the page alike: digits, units, ranges, targets, and which
// way is better.

import type { Better, Report, Result } from './model.ts'

/**
 * Which way a value of this unit should go: rates (`msg/s`, `MiB/s`) and ratios up, everything else down (time,
 * memory, CPU, counts of errors). A result whose unit does not tell says so itself, in `better`.
 */
export function direction(unit: string): Better {
  return /\/s$/.test(unit) || /^(ratio|×|x)$/.test(unit) ? 'higher' : 'lower'
}

/** Which way this result should go. */
export function betterOf(result: Pick<Result, 'unit' | 'better'>): Better {
  return result.better ?? direction(result.unit)
}

/** Whether the unit is one of memory (`MiB`, `KiB/connection`), not of traffic (`MiB/s`). */
export function isMemory(unit: string): boolean {
  return !/\/s$/.test(unit) && /(^|[^A-Za-z])([KMG]i?)?B($|[^A-Za-z])/.test(unit)
}

/** Three digits that matter, or all of the whole part: `0.0423`, `1.70`, `17.3`, `601,432`. */
export function digits(value: number, like = value): string {
  if (!Number.isFinite(value)) return 'n/a'
  const places = decimals(like)
  return value.toLocaleString('en-US', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  })
}

/** Decimal places for three digits that matter. */
function decimals(value: number): number {
  const size = Math.abs(value)
  // A count stays a count.
  if (!Number.isFinite(value) || (Number.isInteger(value) && size < 1_000_000)) return 0
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size))))
}

/** A number that somebody chose, as it was chosen: `0.75`, `12,000`. */
export function chosen(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 8 })
}

/** What stands behind a number; a ratio is so many times. */
export function unitText(unit: string): string {
  return unit === 'ratio' || unit === 'x' ? '×' : unit
}

/** `601,432 deliveries/s` */
export function quantity(value: number, unit: string): string {
  return `${digits(value)} ${unitText(unit)}`.trimEnd()
}

/** `590,000 – 612,000`, or nothing when there was only one run. */
export function spread({ runs, value }: Pick<Result, 'runs' | 'value'>): string {
  if (runs.length < 2) return ''
  return `${digits(Math.min(...runs), value)} – ${digits(Math.max(...runs), value)}`
}

/** `0.93 ×` */
export function times(ratio: number): string {
  return quantity(ratio, 'ratio')
}

/** `≤ 2.5 ms` for Petrel's own value, `≥ 0.75 ×` for the ratio to a peer, nothing without a target. */
export function targetText(result: Result): string {
  if (result.target === null) return ''
  const sign = betterOf(result) === 'lower' ? '≤' : '≥'
  const unit = result.peer === null ? result.unit : 'ratio'
  return `${sign} ${chosen(result.target)} ${unitText(unit)}`.trimEnd()
}

/** What the target of a result is about: Petrel's value, or the ratio to the peer. */
export function judged({ peer, value, ratio }: Result): number | null {
  return peer === null ? value : ratio
}

/** `delivered p95`, `deliveries/s ÷ raw-uws` */
export function judgedName({ metric, peer }: Result): string {
  return peer === null ? metric : `${metric} ÷ ${peer}`
}

/** `+12 %`; nothing for what cannot be divided. */
export function percentChange(change: number | null): string {
  if (change === null || !Number.isFinite(change)) return ''
  const rounded = Math.round((change - 1) * 100)
  if (rounded === 0) return '±0 %'
  return `${rounded > 0 ? '+' : '−'}${digits(Math.abs(rounded))} %`
}

/** `48 s`, `12 min 3 s` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const minutes = Math.floor(whole / 60)
  return minutes === 0 ? `${whole} s` : `${minutes} min ${whole % 60} s`
}

/** `2026-05-04 09:31 UTC`; what is no time stays as it is. */
export function moment(iso: string): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return iso
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** What was run, and with which versions, as name and value in the order to read them. */
export function versions({ machine }: Pick<Report, 'machine'>): [name: string, version: string][] {
  return [
    ['Node.js', machine.node],
    ['PostgreSQL', machine.postgres],
    ['Redis', machine.redis],
    ['uWebSockets.js', machine.uwebsockets],
    ...Object.entries(machine.peers),
  ]
}

/** The hash at the length people use, with the mark of changed files. */
export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]+/, '$1')
}

/** `3.8 GiB` */
export function memoryText(memoryMiB: number): string {
  return memoryMiB < 1024 ? `${Math.round(memoryMiB)} MiB` : `${(memoryMiB / 1024).toFixed(1)} GiB`
}

/** How many targets there were and how many of them were met. */
export function score(results: readonly Result[]): { met: number; of: number } {
  const judgedOnes = results.filter(result => result.target !== null && result.met !== null)
  return { met: judgedOnes.filter(result => result.met).length, of: judgedOnes.length }
}

/** Every scenario that the report says anything about, in the order of their first mention. */
export function scenariosOf(report: Report): string[] {
  const { results, latencies, times: series, flames, eventLoops, notes, failures } = report
  const all = [results, latencies, series, flames, eventLoops, notes, failures].flat()
  return [...new Set(all.map(({ scenario }) => scenario))]
}

/** A metric of one scenario: Petrel's result and its peers'. */
export interface Metric {
  name: string
  own: Result | null
  peers: Result[]
}

/** The results of a scenario by metric, in the order of their first mention. */
export function metricsOf(results: readonly Result[], scenario: string): Metric[] {
  const byName = new Map<string, Metric>()
  for (const result of results) {
    if (result.scenario !== scenario) continue
    const metric = byName.get(result.metric) ?? { name: result.metric, own: null, peers: [] }
    byName.set(result.metric, metric)
    if (result.peer === null && metric.own === null) metric.own = result
    else metric.peers.push(result)
  }
  return [...byName.values()]
}
