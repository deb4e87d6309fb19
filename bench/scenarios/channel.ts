// One channel with thousands of readers: what a post costs when all of them look at it, and when nobody does and
// only a bump now and then tells them that there is something new.

import { type Members, slice } from '../members.ts'
import type { Bench, Measured, Scenario } from '../scenario.ts'

const crowd = { crowd: 'channel' }

export const channel: Scenario = {
  name: 'channel',
  about:
    'a channel with thousands of readers online: all of them look at it, then none of them does',
  limitS: { quick: 60, full: 240 },
  quickRuns: 1,
  ownStack: true,
  descriptors: { quick: 2_300, full: 10_300 },
  async run(bench) {
    const readers = bench.pick(2_000, 10_000)
    const [stack, seed, generator] = await Promise.all([
      bench.stack(),
      bench.seed(),
      bench.generator(),
    ])
    const members = await seed.channel(readers + 1)
    const where = { ...crowd, dialect: 'petrel', address: stack.gateway } as const
    // The first seat is the owner's, who alone may post.
    await generator.call('enter', { ...where, members: slice(members, 0, 1), atOnce: 1 })
    const entered = await generator.call('join', {
      ...crowd,
      members: slice(members, 1, readers + 1),
      atOnce: 40,
    })
    bench.say(`${readers} readers are in after ${(entered.tookMs / 1000).toFixed(1)} s`)
    await look(bench, members, true)
    for (const perS of [1, 10]) await watched(bench, perS)
    await look(bench, members, false)
    await unwatched(bench, readers)
    await generator.call('leave', crowd)
  },
}

/** Everybody opens the channel, or closes it. */
async function look(bench: Bench, members: Members, open: boolean): Promise<void> {
  const generator = await bench.generator()
  await generator.call('ask', {
    ...crowd,
    op: 'watch',
    asks: members.tokens.map((token, i) => ({
      token,
      body: { chats: open ? [members.rooms[i]] : [] },
    })),
    atOnce: 100,
  })
}

async function watched(bench: Bench, ratePerS: number): Promise<void> {
  const runs = await bench.repeat(`${ratePerS} posts/s`, run =>
    bench.measure(run, {
      kind: 'open',
      ...crowd,
      ratePerS,
      senders: 1,
      warmUpS: bench.pick(ratePerS === 1 ? 1 : 0.5, 2),
      seconds: bench.pick(ratePerS === 1 ? 2 : 1.5, 10),
    }),
  )
  const of = (read: (run: Measured) => number) => runs.map(read)
  const which = `${ratePerS} post${ratePerS === 1 ? '' : 's'}/s`
  bench.figure(
    `delivered p50, ${which}`,
    of(({ delivery }) => delivery.p50),
    'ms',
  )
  bench.figure(
    `delivered p95, ${which}`,
    of(({ delivery }) => delivery.p95),
    'ms',
  )
  bench.figure(
    `delivered p99, ${which}`,
    of(({ delivery }) => delivery.p99),
    'ms',
  )
  bench.figure(
    `deliveries, ${which}`,
    of(({ deliveriesPerS }) => deliveriesPerS),
    'deliveries/s',
  )
  bench.figure(
    `server CPU per delivery, ${which}`,
    of(({ cost, delivered }) => (cost.serverCpuMs * 1000) / delivered),
    'µs',
  )
  bench.plot(`delivered, ${which}`, (runs.at(-1) as Measured).delivery)
}

async function unwatched(bench: Bench, readers: number): Promise<void> {
  const generator = await bench.generator()
  for (const perS of bench.pick([10], [1, 10])) {
    const { found, cost } = await bench.watch(`${perS} posts/s that nobody looks at`, onMark =>
      generator.call('listen', { ...crowd, perS, seconds: bench.pick(2.3, 10) }, onMark),
    )
    const which = `nobody looks, ${perS} post${perS === 1 ? '' : 's'}/s`
    if (found.acked < found.posts)
      throw new Error(`${which}: only ${found.acked} of ${found.posts} posts were taken`)
    bench.figure(
      `frames per reader, ${which}`,
      found.frames / readers / cost.seconds,
      'frames each second',
    )
    bench.figure(`server CPU, ${which}`, cost.serverCpuMs / cost.seconds / 10, '% of a core')
  }
}
