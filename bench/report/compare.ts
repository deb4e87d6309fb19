// Compares a run with an earlier one, its baseline, and flags what got worse. Speeds are compared as shares of what
// the same machine could do without us in the same run, so that a slower or busier machine is no regression.

import type { Baseline } from './baseline.ts'
import { columns, type Line, wrap } from './columns.ts'
import {
  betterOf,
  digits,
  isMemory,
  memoryText,
  percentChange,
  quantity,
  shortCommit,
  times,
  unitText,
  versions,
} from './format.ts'
import type { Better, Peer, Result } from './model.ts'

/** Worse by more than this share of the earlier value is a regression. */
export const tolerance = 0.15

/** Peers that are a limit of the machine, the best one first. */
const limits = ['raw-uws', 'single-commit', 'ws'] as const satisfies Peer[]

/** What is judged: the share of this peer's value, the value itself, or nothing. */
type Basis = (typeof limits)[number] | 'value' | null

type Verdict =
  | 'worse'
  | 'same'
  | 'better'
  /** Only to look at: there is nothing to judge it by. */
  | 'shown'
  /** Measured in one of the two runs only. */
  | 'new'
  | 'gone'

export interface ComparedMetric {
  scenario: string
  metric: string
  unit: string
  better: Better
  /** Petrel's values; null where that run has none. */
  before: number | null
  now: number | null
  basis: Basis
  /** Shares of the limit where that is the basis, else null. */
  shareBefore: number | null
  shareNow: number | null
  /** The share now (or the value, without a limit) divided by the earlier one; null where that means nothing. */
  change: number | null
  verdict: Verdict
}

export interface Comparison {
  /** Commits. */
  before: string
  now: string
  /** What differs besides the code, in sentences: machine, profile, size, versions. */
  differences: string[]
  metrics: ComparedMetric[]
  /** Those of them that got worse by more than `tolerance`. */
  worse: ComparedMetric[]
}

/** Every metric that either run has, with a verdict on those that can be judged. */
export function compare(baseline: Baseline, now: Baseline): Comparison {
  const earlier = byMetric(baseline)
  const later = byMetric(now)
  const metrics: ComparedMetric[] = []
  for (const [key, after] of later) {
    const before = earlier.get(key)
    if (after.own && before?.own) metrics.push(judge(before, before.own, after, after.own))
    else if (after.own) metrics.push(once(after.own, 'new'))
  }
  for (const [key, { own }] of earlier) {
    if (own && !later.get(key)?.own) metrics.push(once(own, 'gone'))
  }
  return {
    before: baseline.commit,
    now: now.commit,
    differences: differencesOf(baseline, now),
    metrics,
    worse: metrics.filter(({ verdict }) => verdict === 'worse'),
  }
}

/** The comparison for a terminal: lines of at most 120 columns, ending with a line break. */
export function comparisonTable({ before, now, metrics, worse, differences }: Comparison): string {
  const lines: Line[] = [['metric', 'baseline', 'now', '', 'judged by', 'change', '']]
  for (const scenario of new Set(metrics.map(metric => metric.scenario))) {
    lines.push(scenario, ...metrics.filter(metric => metric.scenario === scenario).map(cells), '')
  }
  const text = [
    ...wrap(`Compared with the baseline: commit ${shortCommit(before)}, now ${shortCommit(now)}`),
    ...differences.flatMap(difference => wrap(`  ${difference}`)),
    '',
    ...(metrics.length > 0 ? columns(lines, 'lrrllrl') : ['Neither run has results.', '']),
    ...(worse.length > 0
      ? [`${worse.length} of ${metrics.length} got more than ${tolerance * 100} % worse`]
      : [`Nothing got more than ${tolerance * 100} % worse`]),
    ...worse.flatMap(metric => wrap(`  worse: ${describe(metric)}`)),
  ]
  return `${text.join('\n')}\n`
}

/** One metric of one run. */
interface Measured {
  own: Result | null
  peers: Map<Peer, Result>
}

/** The first of each where a run has several. A value in another unit is another metric. */
function byMetric({ results }: Baseline): Map<string, Measured> {
  const metrics = new Map<string, Measured>()
  for (const result of results) {
    const key = JSON.stringify([result.scenario, result.metric, result.unit])
    const measured = metrics.get(key) ?? { own: null, peers: new Map() }
    metrics.set(key, measured)
    if (result.peer === null) measured.own ??= result
    else if (!measured.peers.has(result.peer)) measured.peers.set(result.peer, result)
  }
  return metrics
}

function judge(before: Measured, earlier: Result, after: Measured, later: Result): ComparedMetric {
  const limit = isMemory(later.unit) ? null : commonLimit(before, after)
  const shareBefore = limit && earlier.value / limit.before
  const shareNow = limit && later.value / limit.now
  const change = (shareNow ?? later.value) / (shareBefore ?? earlier.value)
  const basis = isMemory(later.unit) ? 'value' : (limit?.peer ?? null)
  return {
    ...nameOf(later),
    before: earlier.value,
    now: later.value,
    basis,
    shareBefore,
    shareNow,
    change: Number.isFinite(change) ? change : null,
    verdict: basis === null ? 'shown' : verdictOf(change, betterOf(later)),
  }
}

/** The best limit that both runs measured. */
function commonLimit(before: Measured, after: Measured) {
  for (const peer of limits) {
    const [earlier, now] = [before.peers.get(peer)?.value ?? 0, after.peers.get(peer)?.value ?? 0]
    if (earlier > 0 && now > 0) return { peer, before: earlier, now }
  }
  return null
}

function verdictOf(change: number, better: Better): Verdict {
  if (!Number.isFinite(change)) return 'shown'
  const more = change > 1 + tolerance
  const less = change < 1 - tolerance
  if (!more && !less) return 'same'
  return more === (better === 'higher') ? 'better' : 'worse'
}

function once(result: Result, verdict: 'new' | 'gone'): ComparedMetric {
  return {
    ...nameOf(result),
    before: verdict === 'gone' ? result.value : null,
    now: verdict === 'new' ? result.value : null,
    basis: null,
    shareBefore: null,
    shareNow: null,
    change: null,
    verdict,
  }
}

function nameOf(result: Result): Pick<ComparedMetric, 'scenario' | 'metric' | 'unit' | 'better'> {
  const { scenario, metric, unit } = result
  return { scenario, metric, unit, better: betterOf(result) }
}

function differencesOf(before: Baseline, now: Baseline): string[] {
  const [old, current] = [before.machine, now.machine]
  const found: string[] = []
  const differ = (what: string, earlier: string, later: string) => {
    if (earlier !== later) found.push(`${what}: ${earlier}, now ${later}`)
  }
  const hardware = ({ cpu, cores, memoryMiB }: Baseline['machine']) =>
    `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryText(memoryMiB)}`
  differ(
    'another machine, so even shares of its limits may differ',
    hardware(old),
    hardware(current),
  )
  differ('another profile, so the loads differ', before.profile, now.profile)
  differ('another size, so the loads differ', before.size, now.size)
  differ('system', `${old.os}, ${old.kernel}`, `${current.os}, ${current.kernel}`)
  const earlier = new Map(versions(before))
  for (const [name, version] of versions(now)) differ(name, earlier.get(name) ?? version, version)
  return found
}

const verdicts: Record<Verdict, string> = {
  worse: '✗ WORSE',
  same: 'same',
  better: 'better',
  shown: '',
  new: 'only now',
  gone: 'not measured now',
}

function cells(metric: ComparedMetric): string[] {
  const { before, now, change, verdict } = metric
  return [
    `  ${metric.metric}`,
    before === null ? '' : digits(before),
    now === null ? '' : digits(now),
    unitText(metric.unit),
    basisText(metric),
    percentChange(change),
    verdicts[verdict],
  ]
}

function basisText({ basis, shareBefore, shareNow }: ComparedMetric): string {
  if (shareBefore === null || shareNow === null) return basis ?? ''
  return `÷ ${basis}: ${digits(shareBefore)} → ${times(shareNow)}`
}

function describe(metric: ComparedMetric): string {
  const { scenario, unit, before, now, change } = metric
  const values = [before, now].map(value => (value === null ? '' : quantity(value, unit)))
  const basis = basisText(metric)
  return `${scenario}, ${metric.metric}: ${values.join(' → ')} (${basis}, ${percentChange(change)})`
}
