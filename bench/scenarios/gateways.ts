// The same load on one, two and four gateway processes that share a port: what more processes bring, and what they
// cost, where they have no more cores.

import { availableParallelism } from 'node:os'
import type { Members } from '../members.ts'
import type { Bench, Scenario } from '../scenario.ts'

const counts = [1, 2, 4]
const groupSize = 200
/**
 * Messages on their way: enough to keep four processes busy. Many more only wait, and what waits for longer than
 * limits.gatewayHoldMs between two processes becomes a bump that no load counts as a delivery.
 */
const directWindow = 64
const groupWindow = 8

export const gateways: Scenario = {
  name: 'gateways',
  about: `direct messages and groups of ${groupSize} over ${counts.join(', ')} gateway processes on one port`,
  limitS: { quick: 90, full: 400 },
  quickRuns: 1,
  ownStack: true,
  async run(bench) {
    const [stack, seed] = await Promise.all([bench.stack(), bench.seed(), bench.generator()])
    const pairs = bench.pick(200, 500)
    const groups = bench.pick(2, 5)
    try {
      for (const count of counts) {
        await stack.setGateways(count)
        const processes = count === 1 ? '1 process' : `${count} processes`
        await direct(bench, processes, await seed.pairs(pairs))
        await inGroups(bench, processes, await seed.groups(groups, groupSize))
      }
    } finally {
      await stack.setGateways(1)
    }
    bench.note(
      `gateways, PostgreSQL, Redis, api and generator share ${availableParallelism()} cores: where one process already leaves none idle, more of them only share it; the kernel spreads connections over the processes (SO_REUSEPORT)`,
    )
  },
}

async function direct(bench: Bench, processes: string, members: Members): Promise<void> {
  const generator = await bench.generator()
  const { gateway } = await bench.stack()
  const crowd = { crowd: 'pairs' }
  const where = { dialect: 'petrel', address: gateway } as const
  await generator.call('enter', { ...crowd, ...where, members, atOnce: 40 })
  const runs = await bench.repeat(`direct, ${processes}`, run =>
    bench.measure(run, {
      kind: 'closed',
      ...crowd,
      window: directWindow,
      until: 'ack',
      warmUpS: run.isFirst ? bench.pick(0.3, 3) : 0.3,
      seconds: bench.pick(0.7, 8),
    }),
  )
  await generator.call('leave', crowd)
  bench.figure(
    `durable messages, ${processes}`,
    runs.map(run => run.messagesPerS),
    'msg/s',
  )
  bench.figure(
    `delivered p95, direct, ${processes}`,
    runs.map(run => run.delivery.p95),
    'ms',
  )
  bench.figure(
    `server CPU per message, ${processes}`,
    runs.map(run => (run.cost.serverCpuMs * 1000) / run.acked),
    'µs',
  )
}

async function inGroups(bench: Bench, processes: string, members: Members): Promise<void> {
  const generator = await bench.generator()
  const { gateway } = await bench.stack()
  const crowd = { crowd: 'groups' }
  const where = { dialect: 'petrel', address: gateway } as const
  await generator.call('enter', { ...crowd, ...where, members, atOnce: 40 })
  const runs = await bench.repeat(`groups, ${processes}`, run =>
    bench.measure(run, {
      kind: 'closed',
      ...crowd,
      window: groupWindow,
      until: 'delivery',
      warmUpS: run.isFirst ? bench.pick(0.3, 3) : 0.3,
      seconds: bench.pick(0.7, 8),
    }),
  )
  await generator.call('leave', crowd)
  bench.figure(
    `deliveries, ${processes}`,
    runs.map(run => run.deliveriesPerS),
    'deliveries/s',
  )
  bench.figure(
    `delivered p95, groups, ${processes}`,
    runs.map(run => run.delivery.p95),
    'ms',
  )
  bench.figure(
    `server CPU per delivery, ${processes}`,
    runs.map(run => (run.cost.serverCpuMs * 1000) / run.delivered),
    'µs',
  )
}
