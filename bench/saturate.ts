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

const firstWindow = 4
const windowMax = 16_384

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
      { kind: 'closed', crowd, window, until: 'delivery', warmUpS: 0.3, seconds },
      peer,
    )
  const probeS = bench.pick(0.5, 2)
  // Compiles what is hot.
  await probe(firstWindow * 4, bench.pick(0.7, 5), 'warm-up')
  let best = firstWindow
  let most = 0
  for (let window = firstWindow, over = 0; window <= windowMax && over < 2; window *= 2) {
    const { delivery, deliveriesPerS } = await probe(window, probeS, `window ${window}`)
    // Once over the bound may be the machine's mood.
    over = delivery.p95 > boundMs ? over + 1 : 0
    if (over > 0 || deliveriesPerS < most) continue
    most = deliveriesPerS
    best = window
  }
  const runs: Measured[] = []
  for (let run = 1; run <= bench.runs; run++) {
    runs.push(await probe(best, bench.pick(1, 8), `saturated, run ${run}`))
  }
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
