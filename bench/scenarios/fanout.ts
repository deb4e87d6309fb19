// Groups of 200 in which everybody hears everything: fixed rates, then as much as stays within 50 ms, and the same
// for every peer that is here, with the same rooms, the same text and the same generator.

import type { Latency } from '../generator/latency.ts'
import type { PeerServer } from '../peers/peer.ts'
import { saturate } from '../saturate.ts'
import type { Bench, Scenario } from '../scenario.ts'

const groups = 5
const size = 200
const boundMs = 50
/** What Petrel should deliver, as a multiple of what they do. */
const peers = [
  { name: 'raw-uws', target: { atLeast: 0.75 } },
  { name: 'ws', target: undefined },
  { name: 'socket.io', target: { atLeast: 3.5 } },
  { name: 'ejabberd', target: { atLeast: 10 } },
] as const

export const fanout: Scenario = {
  name: 'fanout',
  about: `${groups} groups of ${size}: fixed rates, then as much as keeps p95 within ${boundMs} ms, beside peers`,
  limitS: { quick: 120, full: 600 },
  descriptors: { quick: 1_500, full: 1_500 },
  async run(bench) {
    const [place, generator] = await Promise.all([bench.place(), bench.generator()])
    const crowd = { crowd: 'groups' }
    const members = await place.groups(groups, size)
    const { address, atOnce } = place
    await generator.call('enter', { ...crowd, dialect: 'petrel', address, members, atOnce })
    const done = new Set<number>()
    for (const wanted of bench.pick([1_500], [500, 1_500, 3_000])) {
      const perS = place.ratePerS(wanted, members.tokens.length)
      if (!done.has(perS)) await fixed(bench, crowd.crowd, perS)
      done.add(perS)
    }
    if (bench.remote) {
      bench.note('not saturated and no peers: a running server has limits and other users')
      await generator.call('leave', crowd)
      return
    }
    const ours = await saturate(bench, crowd.crowd, boundMs)
    bench.figure('deliveries', ours.deliveriesPerS, 'deliveries/s')
    bench.figure('delivered p95, saturated', ours.p95Ms, 'ms')
    bench.figure('server CPU per delivery', ours.cpuPerDelivery, 'µs')
    bench.plot('delivered, saturated', ours.last.delivery)
    await generator.call('leave', crowd)
    // What our load left behind must not be paid for by those who use the same PostgreSQL.
    await (await bench.seed()).settle()
    // All at once, which saves seconds; they are idle while they are not measured.
    const rooms = { rooms: groups, membersPerRoom: size }
    const servers = await Promise.all(peers.map(({ name }) => bench.peer(name, rooms)))
    for (const [i, server] of servers.entries())
      if (server) await beside(bench, server, peers[i] as (typeof peers)[number])
  },
}

async function beside(
  bench: Bench,
  server: PeerServer,
  { name, target }: (typeof peers)[number],
): Promise<void> {
  const generator = await bench.generator()
  const crowd = { crowd: name }
  const members = {
    tokens: Array.from({ length: groups * size }, (_, i) => `member${i}`),
    rooms: Array.from({ length: groups * size }, (_, i) => Math.floor(i / size)),
  }
  await generator.call('enter', {
    ...crowd,
    dialect: name,
    address: server.address,
    members,
    atOnce: 20,
  })
  const isCoarse = name !== 'raw-uws'
  const theirs = await saturate(bench, name, boundMs, { peer: name, isCoarse })
  bench.figure('deliveries', theirs.deliveriesPerS, 'deliveries/s', { peer: name })
  bench.figure('delivered p95, saturated', theirs.p95Ms, 'ms', { peer: name })
  bench.figure('server CPU per delivery', theirs.cpuPerDelivery, 'µs', { peer: name })
  bench.plot('delivered, saturated', theirs.last.delivery, name)
  bench.ratio('deliveries', name, target)
  bench.ratio('server CPU per delivery', name)
  await generator.call('leave', crowd)
  await server.stop()
}

async function fixed(bench: Bench, crowd: string, ratePerS: number): Promise<void> {
  const deliveries = await bench.repeat(`${ratePerS} msg/s`, async run => {
    const { delivery } = await bench.measure(run, {
      kind: 'open',
      crowd,
      ratePerS,
      warmUpS: bench.pick(run.isFirst ? 0.5 : 0.1, 1),
      seconds: bench.pick(0.7, 10),
    })
    return delivery
  })
  bench.plot(`delivered, ${ratePerS} msg/s`, deliveries.at(-1) as Latency)
  const p95 = deliveries.map(delivery => delivery.p95)
  bench.figure(`delivered p95, ${ratePerS} msg/s`, p95, 'ms')
}
