// Direct messages at a rate that leaves the machine mostly idle: what a person feels.

import type { Scenario } from '../scenario.ts'

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
    const acks: number[][] = []
    const deliveries: number[][] = []
    for (let run = 1; run <= bench.runs; run++) {
      const { ack, delivery } = await bench.measure(`run ${run}`, {
        kind: 'open',
        ...crowd,
        ratePerS: perS,
        warmUpS: run === 1 ? bench.pick(0.8, 5) : bench.pick(0.1, 0.5),
        seconds: bench.pick(0.9, 20),
      })
      acks.push([ack.p50, ack.p95, ack.p99])
      deliveries.push([delivery.p50, delivery.p95, delivery.p99])
      if (run !== bench.runs) continue
      bench.plot('send to ack', ack)
      bench.plot('send to delivered', delivery)
    }
    const column = (rows: number[][], at: number) => rows.map(row => row[at] as number)
    bench.figure('ack p50', column(acks, 0), 'ms')
    bench.figure('ack p95', column(acks, 1), 'ms', { target: { atMost: 4 } })
    bench.figure('ack p99', column(acks, 2), 'ms')
    bench.figure('delivered p50', column(deliveries, 0), 'ms', { target: { atMost: 2.5 } })
    bench.figure('delivered p95', column(deliveries, 1), 'ms', { target: { atMost: 6 } })
    bench.figure('delivered p99', column(deliveries, 2), 'ms', { target: { atMost: 12 } })
    await generator.call('leave', crowd)
  },
}
