// Groups of 200 in which everybody hears everything: fixed rates, then as much as stays within 50 ms, and the same
// for every peer that is here, with the same rooms, the same text and the same generator.

import { saturate } from '../saturate.ts'
import type { Bench, Scenario } from '../scenario.ts'

const groups = 5
const size = 200
const boundMs = 50

export const fanout: Scenario = {
  name: 'fanout',
  about: `${groups} groups of ${size}: fixed rates, then as much as keeps p95 within ${boundMs} ms, beside peers`,
  limitS: { quick: 120, full: 600 },
  async run(bench) {
    const [stack, seed, generator] = await Promise.all([
      bench.stack(),
      bench.seed(),
      bench.generator(),
    ])
    const crowd = { crowd: 'groups' }
    const members = await seed.groups(groups, size)
    const where = { dialect: 'petrel', address: stack.gateway } as const
    await generator.call('enter', { ...crowd, ...where, members, atOnce: 40 })
    for (const perS of bench.pick([1_500], [500, 1_500, 3_000]))
      await fixed(bench, crowd.crowd, perS)
    const ours = await saturate(bench, crowd.crowd, boundMs)
    bench.figure('deliveries', ours.deliveriesPerS, 'deliveries/s')
    bench.figure('delivered p95, saturated', ours.p95Ms, 'ms')
    bench.figure('server CPU per delivery', ours.cpuPerDelivery, 'µs')
    bench.plot('delivered, saturated', ours.last.delivery)
    await generator.call('leave', crowd)
  },
}

async function fixed(bench: Bench, crowd: string, ratePerS: number): Promise<void> {
  const p95: number[] = []
  for (let run = 1; run <= bench.runs; run++) {
    const { delivery } = await bench.measure(`${ratePerS} msg/s, run ${run}`, {
      kind: 'open',
      crowd,
      ratePerS,
      warmUpS: run === 1 ? 1 : 0.3,
      seconds: bench.pick(1.5, 10),
    })
    p95.push(delivery.p95)
    if (run === bench.runs) bench.plot(`delivered, ${ratePerS} msg/s`, delivery)
  }
  bench.figure(`delivered p95, ${ratePerS} msg/s`, p95, 'ms')
}
