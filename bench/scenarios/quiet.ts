// Direct messages at a rate that leaves the machine mostly idle: what a person feels.

import type { Measured, Scenario } from '../scenario.ts'

const pairs = 500
const ratePerS = 500

export const quiet: Scenario = {
  name: 'quiet',
  about: `${ratePerS} direct messages a second between ${pairs * 2} people, open loop`,
  limitS: { quick: 60, full: 120 },
  descriptors: { quick: 1_500, full: 1_500 },
  async run(bench) {
    const [place, generator] = await Promise.all([bench.place(), bench.generator()])
    const crowd = { crowd: 'pairs' }
    const members = await place.pairs(pairs)
    const perS = place.ratePerS(ratePerS, members.tokens.length)
    await generator.call('enter', {
      ...crowd,
      dialect: 'petrel',
      address: place.address,
      members,
      atOnce: place.atOnce,
    })
    const runs = await bench.repeat('', run =>
      bench.measure(run, {
        kind: 'open',
        ...crowd,
        ratePerS: perS,
        warmUpS: run.isFirst ? bench.pick(0.8, 5) : bench.pick(0.1, 0.5),
        seconds: bench.pick(0.9, 20),
      }),
    )
    const { ack, delivery } = runs.at(-1) as Measured
    bench.plot('send to ack', ack)
    bench.plot('send to delivered', delivery)
    const each = (of: 'ack' | 'delivery', at: 'p50' | 'p95' | 'p99') => runs.map(run => run[of][at])
    bench.figure('ack p50', each('ack', 'p50'), 'ms')
    bench.figure('ack p95', each('ack', 'p95'), 'ms', { target: { atMost: 4 } })
    bench.figure('ack p99', each('ack', 'p99'), 'ms')
    bench.figure('delivered p50', each('delivery', 'p50'), 'ms', { target: { atMost: 2.5 } })
    bench.figure('delivered p95', each('delivery', 'p95'), 'ms', { target: { atMost: 6 } })
    bench.figure('delivered p99', each('delivery', 'p99'), 'ms', { target: { atMost: 12 } })
    await generator.call('leave', crowd)
  },
}
