// How many direct messages a second become durable: a closed loop of 1,000 senders, then fixed rates with the
// latency that people would see, and beside it what one commit per message gives on the same database.

import type { Latency } from '../generator/latency.ts'
import { differences } from '../peers/peer.ts'
import { singleCommitRate } from '../peers/single-commit.ts'
import type { Bench, Measured, Scenario } from '../scenario.ts'

const pairs = 500
const singleConnections = 8
/** Rates and the delivered p95 that they must keep. */
const rates = [
  { perS: 10_000, p95Ms: 30 },
  { perS: 12_000, p95Ms: 50 },
  { perS: 15_000, p95Ms: undefined },
]

export const throughput: Scenario = {
  name: 'throughput',
  about: `${pairs * 2} senders of direct messages: closed loop, then ${rates.map(rate => rate.perS).join(', ')} a second`,
  limitS: { quick: 60, full: 240 },
  descriptors: { quick: 1_500, full: 1_500 },
  async run(bench) {
    const [place, generator] = await Promise.all([bench.place(), bench.generator()])
    const crowd = { crowd: 'pairs' }
    const members = await place.pairs(pairs)
    const { address, atOnce } = place
    await generator.call('enter', { ...crowd, dialect: 'petrel', address, members, atOnce })
    if (bench.remote) bench.note('no closed loop: the limits of a running server would refuse it')
    else await closed(bench, crowd.crowd)
    const done = new Set<number>()
    for (const rate of bench.pick(rates.slice(0, 2), rates)) {
      const perS = place.ratePerS(rate.perS, members.tokens.length)
      if (!done.has(perS)) await open(bench, crowd.crowd, { ...rate, perS })
      done.add(perS)
    }
    await generator.call('leave', crowd)
    if (!bench.remote) await singleCommits(bench)
  },
}

async function singleCommits(bench: Bench): Promise<void> {
  const { databaseUrl } = await bench.stack()
  await (await bench.seed()).settle()
  bench.note(`single-commit: ${differences['single-commit']}`)
  const seconds = bench.pick(0.4, 5)
  const perS = await bench.repeat('', () =>
    singleCommitRate({ databaseUrl, seconds, connections: singleConnections }),
  )
  bench.figure('durable messages', perS, 'msg/s', { peer: 'single-commit' })
  bench.ratio('durable messages', 'single-commit', { atLeast: 4 })
}

async function closed(bench: Bench, crowd: string): Promise<void> {
  const runs = await bench.repeat('closed loop', run =>
    bench.measure(run, {
      kind: 'closed',
      crowd,
      window: pairs * 2,
      until: 'ack',
      warmUpS: run.isFirst ? bench.pick(0.8, 5) : bench.pick(0.1, 0.5),
      seconds: bench.pick(0.8, 15),
    }),
  )
  const of = (read: (run: Measured) => number) => runs.map(read)
  bench.plot('delivered, closed loop', (runs.at(-1) as Measured).delivery)
  bench.figure(
    'durable messages',
    of(({ messagesPerS }) => messagesPerS),
    'msg/s',
  )
  bench.figure(
    'delivered p95, closed loop',
    of(({ delivery }) => delivery.p95),
    'ms',
  )
  bench.figure(
    'server CPU per message',
    of(({ cost, acked }) => (cost.serverCpuMs * 1000) / acked),
    'µs',
  )
}

async function open(
  bench: Bench,
  crowd: string,
  { perS, p95Ms }: (typeof rates)[number],
): Promise<void> {
  const deliveries = await bench.repeat(`${perS} msg/s`, async run => {
    const { delivery } = await bench.measure(run, {
      kind: 'open',
      crowd,
      ratePerS: perS,
      warmUpS: bench.pick(0.1, 0.5),
      seconds: bench.pick(0.6, 15),
    })
    return delivery
  })
  bench.plot(`delivered, ${perS} msg/s`, deliveries.at(-1) as Latency)
  const p95 = deliveries.map(delivery => delivery.p95)
  const target = p95Ms === undefined ? {} : { target: { atMost: p95Ms } }
  bench.figure(`delivered p95, ${perS} msg/s`, p95, 'ms', target)
}
