// Everybody comes at once with nothing in hand, as after a power cut at the clients': each signs in and loads the
// whole chat list. Nobody is in the way but the gateway's own admission.

import { limits } from '#shared/protocol/limits.ts'
import { chatsEach, crowdOf, descriptors, people, reasons } from '../crowded.ts'
import { watchStall } from '../measure/scrape.ts'
import type { Scenario } from '../scenario.ts'

const storm = { storm: 'connect' }
const patienceS = 100

export const connectStorm: Scenario = {
  name: 'connect-storm',
  about: `1,500 clients (full: 10,000) connect at once and load ${chatsEach} chats each`,
  limitS: { quick: 90, full: 240 },
  ownStack: true,
  descriptors,
  async run(bench) {
    const [stack, seed, generator] = await Promise.all([
      bench.stack(),
      bench.seed(),
      bench.generator(),
    ])
    const clients = bench.pick(1_500, 10_000)
    const members = await crowdOf(seed, people[bench.size], clients)
    const args = { ...storm, address: stack.gateway, members, perS: 0, limitS: patienceS }
    const stall = await watchStall(stack.gateways()[0]?.metricsUrl ?? '')
    const { found, cost } = await bench.watch('everybody connects', async onMark => {
      onMark('begin')
      const beganAt = Date.now()
      const all = await generator.call('storm', args)
      onMark('end')
      return { ...all, tookS: (all.lastInAt - beganAt) / 1000 }
    })
    bench.figure('all in', found.tookS, 's')
    bench.figure('connects', clients / found.tookS, 'clients/s')
    bench.figure('connect p50', found.each.p50, 'ms')
    bench.figure('connect p95', found.each.p95, 'ms')
    bench.figure('connect p95, last attempt alone', found.attempt.p95, 'ms')
    bench.figure('event-loop stall', await stall(), 'ms')
    bench.figure('gateway CPU per connect', (cost.cpuMs['gateway-0'] ?? 0) / clients, 'ms')
    bench.figure('server CPU per connect', cost.serverCpuMs / clients, 'ms')
    bench.plot('from the start until in', found.each)
    bench.note(
      `attempts that were made again: ${reasons(found.retried)}; the gateway lets ${limits.helloPerS} in a second (HELLO_PER_S) and tells the others when to come back`,
    )
    await generator.call('stormLeave', storm)
  },
}
