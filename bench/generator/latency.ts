// Latencies in an HDR histogram: microseconds inside, milliseconds outside. One per thing measured.

import { build, type Histogram } from 'hdr-histogram-js'

/** What a histogram says, as plain data; all times in ms. */
export interface Latency {
  count: number
  mean: number
  p50: number
  p90: number
  p95: number
  p99: number
  p999: number
  max: number
  /** For a plot: percentile (0–100) and ms. */
  points: [percentile: number, ms: number][]
}

const plotted = [
  0, 10, 25, 50, 75, 80, 85, 90, 92.5, 95, 96.25, 97.5, 98.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99,
  99.999, 100,
]

/** Records from 1 µs to 10 min with three digits. */
export class Latencies {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  })

  /** HOT: per delivery. */
  add(ms: number): void {
    this.#histogram.recordValue(ms > 0.001 ? ms * 1000 : 1)
  }

  get summary(): Latency {
    const histogram = this.#histogram
    const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000
    return {
      count: histogram.totalCount,
      mean: histogram.mean / 1000,
      p50: at(50),
      p90: at(90),
      p95: at(95),
      p99: at(99),
      p999: at(99.9),
      max: histogram.maxValue / 1000,
      points: plotted.map(percentile => [percentile, at(percentile)]),
    }
  }
}
