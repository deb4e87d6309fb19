// How long gateways' event loops were held up, from the metrics that they serve. For scenarios that ask.

import { scrape } from './scrape.ts'

export interface LoopDelay {
  p99Ms: number
  maxMs: number
}

/** The gateways look every so often; what they report includes it (shared/runtime/metrics.ts). */
const precisionMs = 10

/**
 * The worst of these processes since this was last asked: each answer begins the count anew.
 * @throws Error when one does not answer
 */
export async function readLoopDelay(metricsUrls: readonly string[]): Promise<LoopDelay> {
  const found = await Promise.all(metricsUrls.map(scrape))
  const worst = (which: 'p99' | 'max') => {
    const seconds = found.map(samples =>
      samples.sum(`petrel_nodejs_eventloop_lag_${which}_seconds`),
    )
    return Math.max(0, Math.max(...seconds) * 1000 - precisionMs)
  }
  return { p99Ms: worst('p99'), maxMs: worst('max') }
}
