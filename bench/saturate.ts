// Finds how much a server delivers while people still find it fast: the largest window of messages on their way
// whose delivered p95 stays within a bound, and what it gives over several runs.

import type { Peer } from './report/model.ts'
import { median } from './results.ts'
import type { Bench, Measured } from './scenario.ts'

export interface Saturated {
  window: number
  /** One value a run. */
  deliveriesPerS: number[]
  p95Ms: number[]
  /** Of all the server's processes, µs. */
  cpuPerDelivery: number[]
  last: Measured
}

const firstWindow = 16
const windowMax = 16_384
/** What is aimed at, as a share of the bound, and what is close enough. */
const aim = 0.85
const near = 0.7
/** How much the next window may differ from the last. */
const stepMax = 8

/** @param boundMs of the delivered p95 */
export async function saturate(
  bench: Bench,
  crowd: string,
  boundMs: number,
  peer?: Peer,
): Promise<Saturated> {
  const probe = (window: number, seconds: number, label: string) =>
    bench.measure(
      label,
      {
        kind: 'closed',
        crowd,
        window,
        until: 'delivery',
        warmUpS: bench.pick(0.1, 0.5),
        seconds,
      },
      peer,
    )
  // Compiles what is hot, and tells where to begin.
  const { delivery } = await probe(firstWindow, bench.pick(0.3, 5), 'warm-up')
  const first = nextWindow(firstWindow, boundMs, delivery.p95)
  const best = await findWindow(boundMs, bench.pick(3, 8), first, async window => {
    const found = await probe(window, bench.pick(0.25, 2), `window ${window}`)
    return { p95Ms: found.delivery.p95, deliveriesPerS: found.deliveriesPerS }
  })
  const runs: Measured[] = []
  for (let run = 1; run <= bench.runs; run++) {
    runs.push(await probe(best, bench.pick(0.3, 8), `saturated, run ${run}`))
  }
  const p95Ms = median(runs.map(run => run.delivery.p95))
  if (p95Ms > boundMs)
    bench.note(
      `${peer ?? 'Petrel'}, saturated: p95 was ${p95Ms.toFixed(0)} ms, beyond the ${boundMs} ms aimed at`,
    )
  return {
    window: best,
    deliveriesPerS: runs.map(run => run.deliveriesPerS),
    p95Ms: runs.map(run => run.delivery.p95),
    cpuPerDelivery: runs.map(run => (run.cost.serverCpuMs * 1000) / run.delivered),
    last: runs.find(
      run => run.deliveriesPerS === median(runs.map(each => each.deliveriesPerS)),
    ) as Measured,
  }
}

interface Probed {
  p95Ms: number
  deliveriesPerS: number
}

/** Beyond saturation the p95 grows as the window does, since the server delivers no more in a second. */
function nextWindow(window: number, boundMs: number, p95Ms: number): number {
  const factor = p95Ms > 0 ? (boundMs * aim) / p95Ms : stepMax
  return Math.min(windowMax, Math.max(1, Math.round(window * clamped(factor))))
}

function clamped(factor: number): number {
  return Math.min(stepMax, Math.max(1 / stepMax, factor))
}

/**
 * The window that delivers most within the bound; each probe tells where to look next.
 * @param probesMax bounds the search
 * @param first the window to begin with
 * @returns the smallest window tried when none kept the bound
 */
export async function findWindow(
  boundMs: number,
  probesMax: number,
  first: number,
  probe: (window: number) => Promise<Probed>,
): Promise<number> {
  let window = first
  let best: { window: number; deliveriesPerS: number } | null = null
  let smallest = window
  /** Between these lies what is looked for: the largest window within the bound and the smallest beyond. */
  let within = 0
  let beyond = windowMax + 1
  for (let probes = 0; probes < probesMax; probes++) {
    smallest = Math.min(smallest, window)
    const { p95Ms, deliveriesPerS } = await probe(window)
    if (p95Ms > boundMs) beyond = Math.min(beyond, window)
    else {
      within = Math.max(within, window)
      if (!best || deliveriesPerS > best.deliveriesPerS) best = { window, deliveriesPerS }
      if (p95Ms >= boundMs * near) break
    }
    const next = nextWindow(window, boundMs, p95Ms)
    window = Math.max(within + 1, Math.min(beyond - 1, next))
    if (window >= beyond || window < 1) break
  }
  return best?.window ?? smallest
}
