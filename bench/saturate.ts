// Finds how much a server delivers while people still find it fast: the largest window of messages on their way
// whose delivered p95 stays within a bound, and what it gives over several runs.

import type { Peer } from './report/model.ts'
import { median } from './results.ts'
import type { Bench, Measured, Window } from './scenario.ts'

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
/** How much the next window differs from the last, until the best is surrounded. */
const step = 3
/** The last probes, on either side of the best: the factors between neighbouring windows. */
const fineSteps = [Math.sqrt(step), step ** 0.25]
/** A larger window that gives less than this share of the best is past the top: raw uWebSockets.js falls to a quarter. */
const worthwhile = 0.9

/**
 * @param boundMs of the delivered p95
 * @param isCoarse whether the search may end at the first window that is about right: for peers that are far behind
 */
export async function saturate(
  bench: Bench,
  crowd: string,
  boundMs: number,
  { peer, isCoarse = false }: { peer?: Peer; isCoarse?: boolean } = {},
): Promise<Saturated> {
  const load = (window: number, seconds: number, label: Window) =>
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
  // Compiles what is hot.
  const probe = (window: number, seconds: number, label: string) =>
    load(window, seconds, { label, profiled: false, isProbe: true })
  await probe(firstWindow, bench.pick(0.3, 5), 'warm-up')
  const best = await findWindow(
    boundMs,
    isCoarse ? bench.pick(4, 10) : bench.pick(8, 12),
    firstWindow,
    async window => {
      const found = await probe(window, bench.pick(0.25, 2), `window ${window}`)
      return { p95Ms: found.delivery.p95, deliveriesPerS: found.deliveriesPerS }
    },
  )
  const runs = await bench.repeat('saturated', run => load(best, bench.pick(0.3, 8), run))
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
    last: runs.at(-1) as Measured,
  }
}

interface Probed {
  p95Ms: number
  deliveriesPerS: number
}

/**
 * The window that delivers most within the bound: upwards or downwards in steps, then in finer
 * ones on either side of the best.
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
  const tried = new Map<number, Probed>()
  const fits = ({ p95Ms }: Probed) => p95Ms <= boundMs
  const best = () =>
    [...tried]
      .filter(([, found]) => fits(found))
      .sort(([, a], [, b]) => b.deliveriesPerS - a.deliveriesPerS)[0]
  /** @returns whether to look further in this direction */
  const look = async (window: number): Promise<boolean> => {
    if (tried.has(window) || window < 1 || window > windowMax || tried.size === probesMax)
      return false
    const most = best()?.[1].deliveriesPerS ?? 0
    const found = await probe(window)
    tried.set(window, found)
    // Far below the bound a single poor probe is the machine's mood.
    const hasRoom = found.p95Ms < boundMs / 4
    return fits(found) && (hasRoom || found.deliveriesPerS >= most * worthwhile)
  }
  let window = first
  if (await look(window)) {
    do window *= step
    while (await look(window))
    // The top may lie below.
    if (best()?.[0] === first) {
      window = first
      do window = Math.round(window / step)
      while (await look(window))
    }
  } else {
    while (best() === undefined && window > 1 && tried.size < probesMax) {
      window = Math.max(1, Math.round(window / step))
      await look(window)
    }
  }
  for (const fine of fineSteps) {
    const [top = 0] = best() ?? []
    await look(Math.round(top * fine))
    await look(Math.round(top / fine))
  }
  return best()?.[0] ?? Math.min(...tried.keys())
}
