// Picks and thins the data of a scenario's plots, for page-plots.js to draw in the page.

import { unitText } from './format.ts'
import type { LatencyPlot, Report, TimePlot } from './model.ts'

/** One drawing; written into the page as JSON. */
export interface Plot {
  /** Unique in the page. */
  id: string
  title: string
  /** What x is: see latencyX, or seconds. */
  x: 'percentile' | 'seconds'
  unit: string
  /** What of each series is shown while nobody points at the plot. */
  resting: 'p99' | 'mean' | 'peak'
  series: PlotSeries[]
}

export interface PlotSeries {
  label: string
  /** A peer's, not Petrel's. */
  peer: boolean
  xs: number[]
  ys: number[]
}

/** A time series has at most this many points; more would not be seen. */
const pointsMax = 500

const kinds = {
  throughput: 'Throughput',
  cpu: 'CPU by process',
  rss: 'Memory (RSS) by process',
} as const satisfies Record<TimePlot['kind'], string>

/** In the order to show them: latency, throughput, CPU, memory. */
export function plotsOf(report: Report, scenario: string): Plot[] {
  const latencies = report.latencies.filter(plot => plot.scenario === scenario)
  const times = report.times.filter(plot => plot.scenario === scenario)
  const number = scenarioNumber(report, scenario)
  const plots: Plot[] = []
  const add = (plot: Omit<Plot, 'id' | 'series'>, all: PlotSeries[]) => {
    const series = distinct(all.filter(({ xs }) => xs.length > 0))
    if (series.length > 0) plots.push({ id: `${number}-${plots.length}`, ...plot, series })
  }
  add(
    { title: 'Latency by percentile, ms', x: 'percentile', unit: 'ms', resting: 'p99' },
    latencies.map(latencySeries),
  )
  for (const kind of ['throughput', 'cpu', 'rss'] as const) {
    const same = times.filter(plot => plot.kind === kind)
    for (const unit of new Set(same.map(plot => plot.unit))) {
      const title = `${kinds[kind]}, ${kind === 'cpu' && unit === '%' ? '% of one core' : unitText(unit)}`
      const resting = kind === 'rss' ? 'peak' : 'mean'
      add(
        { title, x: 'seconds', unit: unitText(unit), resting },
        same.filter(plot => plot.unit === unit).map(timeSeries),
      )
    }
  }
  return plots
}

/** Where a percentile stands on the x axis, which is logarithmic: 1 for 0, 2 for 50, 10 for 90, 100 for 99. */
export function latencyX(percentile: number): number {
  return 1 / (1 - percentile / 100)
}

function latencySeries({ name, peer, points }: LatencyPlot): PlotSeries {
  // The greatest value (percentile 100) lies infinitely far to the right.
  const drawn = finite(points).filter(([percentile]) => percentile >= 0 && percentile < 100)
  return {
    label: peer === null ? name : `${peer}: ${name}`,
    peer: peer !== null,
    xs: drawn.map(([percentile]) => rounded(latencyX(percentile))),
    ys: drawn.map(([, ms]) => rounded(ms)),
  }
}

function timeSeries({ name, points }: TimePlot): PlotSeries {
  const drawn = thinned(finite(points))
  return {
    label: name,
    peer: false,
    xs: drawn.map(([s]) => rounded(s)),
    ys: drawn.map(([, value]) => rounded(value)),
  }
}

/** Neighbours become their mean where there are too many. */
function thinned(points: [number, number][]): [number, number][] {
  const size = Math.ceil(points.length / pointsMax)
  if (size <= 1) return points
  const means: [number, number][] = []
  for (let i = 0; i < points.length; i += size) {
    const group = points.slice(i, i + size)
    const mean = (of: 0 | 1) => group.reduce((sum, point) => sum + point[of], 0) / group.length
    means.push([mean(0), mean(1)])
  }
  return means
}

/** What was not measured is not drawn. */
function finite(points: readonly [number, number][]): [number, number][] {
  return points.filter(point => point.every(Number.isFinite))
}

/** Several runs may have series of the same name. */
function distinct(series: PlotSeries[]): PlotSeries[] {
  const counts = new Map<string, number>()
  return series.map(one => {
    const count = (counts.get(one.label) ?? 0) + 1
    counts.set(one.label, count)
    return count === 1 ? one : { ...one, label: `${one.label} (${count})` }
  })
}

function scenarioNumber({ latencies, times }: Report, scenario: string): number {
  return [...new Set([...latencies, ...times].map(plot => plot.scenario))].indexOf(scenario)
}

/** Five digits that matter are more than a plot shows. */
function rounded(value: number): number {
  return Number(value.toPrecision(5))
}
