// How many direct messages a second become durable: a closed loop of 1,000 senders, then fixed rates with the
// latency that people would see, and beside it what one commit per message gives on the same database.

import { differences } from '../peers/peer.ts'
import { singleCommitRate } from '../peers/single-commit.ts'
import type { Bench, Scenario } from '../scenario.ts'

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
  const perS: number[] = []
  for (let run = 1; run <= bench.runs; run++)
    perS.push(await singleCommitRate({ databaseUrl, seconds, connections: singleConnections }))
  bench.figure('durable messages', perS, 'msg/s', { peer: 'single-commit' })
  bench.ratio('durable messages', 'single-commit', { atLeast: 4 })
}

async function closed(bench: Bench, crowd: string): Promise<void> {
  const perS: number[] = []
  const p95: number[] = []
  const cpu: number[] = []
  for (let run = 1; run <= bench.runs; run++) {
    const { messagesPerS, delivery, cost, acked } = await bench.measure(`closed loop, run ${run}`, {
      kind: 'closed',
      crowd,
      window: pairs * 2,
      until: 'ack',
      warmUpS: run === 1 ? bench.pick(0.8, 5) : bench.pick(0.1, 0.5),
      seconds: bench.pick(0.8, 15),
    })
    perS.push(messagesPerS)
    p95.push(delivery.p95)
    cpu.push((cost.serverCpuMs * 1000) / acked)
    if (run === bench.runs) bench.plot('delivered, closed loop', delivery)
  }
  bench.figure('durable messages', perS, 'msg/s')
  bench.figure('delivered p95, closed loop', p95, 'ms')
  bench.figure('server CPU per message', cpu, 'µs')
}

async function open(
  bench: Bench,
  crowd: string,
  { perS, p95Ms }: (typeof rates)[number],
): Promise<void> {
  const p95: number[] = []
  for (let run = 1; run <= bench.runs; run++) {
    const { delivery } = await bench.measure(`${perS} msg/s, run ${run}`, {
      kind: 'open',
      crowd,
      ratePerS: perS,
      warmUpS: bench.pick(0.1, 0.5),
      seconds: bench.pick(0.6, 15),
    })
    p95.push(delivery.p95)
    if (run === bench.runs) bench.plot(`delivered, ${perS} msg/s`, delivery)
  }
  const target = p95Ms === undefined ? {} : { target: { atMost: p95Ms } }
  bench.figure(`delivered p95, ${perS} msg/s`, p95, 'ms', target)
}
