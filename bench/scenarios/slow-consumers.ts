// Half of every group stops reading in the midst of a conversation: the others must not feel it, and the gateway's
// memory must not grow for ever. Large messages beside the measured ones fill the buffers of those who stopped.

import { reasons } from '../crowded.ts'
import { ballastBytes } from '../generator/ballast.ts'
import { scrape, watchStall } from '../measure/scrape.ts'
import { readUsage, type Usage } from '../measure/usage.ts'
import { select } from '../members.ts'
import type { Bench, Measured, Scenario } from '../scenario.ts'
import type { Stack } from '../stack.ts'

const groupSize = 200
const good = { crowd: 'good' }
const stopped = { crowd: 'stopped' }
const rssEveryMs = 100
/** Large messages a second, over all groups: a kernel takes 4 MB for who does not read, before the gateway must. */
const ballastPerS = 120
const textMiBPerS = (ballastPerS * ballastBytes) / 2 ** 20

export const slowConsumers: Scenario = {
  name: 'slow-consumers',
  about: `half of each group of ${groupSize} stops reading: 200 of 400 people (full: 1,000 of 2,000)`,
  limitS: { quick: 60, full: 240 },
  ownStack: true,
  async run(bench) {
    const [stack, seed, generator] = await Promise.all([
      bench.stack(),
      bench.seed(),
      bench.generator(),
    ])
    const groups = bench.pick(2, 10)
    const members = await seed.groups(groups, groupSize)
    const where = { dialect: 'petrel', address: stack.gateway, atOnce: 40 } as const
    await generator.call('enter', { ...good, ...where, members: select(members, i => i % 2 === 0) })
    await generator.call('enter', {
      ...stopped,
      ...where,
      members: select(members, i => i % 2 === 1),
    })
    const without = await talk(bench, 'everybody reads', bench.pick(1.5, 15))
    const closedBefore = await closedAsSlow(stack)
    const rss = watchRss(stack)
    await generator.call('pause', { ...stopped, every: 1 })
    const seconds = bench.pick(7, 45)
    const stall = await watchStall(stack.gateways()[0]?.metricsUrl ?? '')
    const withThem = await talk(bench, 'half of them stopped', seconds)
    const stallMs = await stall()
    const grown = rss()
    const closed = (await closedAsSlow(stack)) - closedBefore
    const cut = await generator.call('wake', { ...stopped, waitMs: bench.pick(4_000, 15_000) })
    report(bench, {
      without,
      withThem,
      grown,
      stallMs,
      closed,
      cut,
      eachMiB: (textMiBPerS * seconds) / groups,
    })
    await generator.call('leave', stopped)
    await generator.call('leave', good)
  },
}

interface Found {
  without: Measured
  withThem: Measured
  /** MiB. */
  grown: { most: number; last: number }
  stallMs: number
  closed: number
  cut: Record<string, number>
  /** What was sent to each of those who stopped. */
  eachMiB: number
}

function report(bench: Bench, found: Found): void {
  const { without, withThem, grown, closed, cut, eachMiB } = found
  const people = bench.pick(200, 1_000)
  bench.figure('delivered p95, everybody reads', without.delivery.p95, 'ms')
  bench.figure('delivered p95, half of them stopped', withThem.delivery.p95, 'ms')
  bench.figure(
    'delivered p95, half of them stopped ÷ everybody reads',
    withThem.delivery.p95 / without.delivery.p95,
    'times',
  )
  bench.figure('gateway RSS growth at most', grown.most, 'MiB')
  bench.figure('gateway RSS growth in the end', grown.last, 'MiB')
  bench.figure('event-loop stall, half of them stopped', found.stallMs, 'ms')
  bench.figure('stopped readers closed', (closed / people) * 100, '% of them')
  const closedGood = Object.values(withThem.closes).reduce((sum, count) => sum + count, 0)
  bench.figure('good readers closed', closedGood, 'clients', { target: { atMost: 0 } })
  bench.plot('delivered, everybody reads', without.delivery)
  bench.plot('delivered, half of them stopped', withThem.delivery)
  bench.note(
    `each stopped reader was sent ${eachMiB.toFixed(1)} MiB, of which the kernel keeps up to net.ipv4.tcp_wmem (often 4 MiB) outside of the gateway's memory; the gateway closed ${closed} of ${people} with slow_consumer; when they read again they saw ${reasons(cut)} (1006: cut before they had read up to the close)`,
  )
}

/** Messages that count and large ones that fill buffers, at the same rates whoever reads. */
async function talk(bench: Bench, label: string, seconds: number): Promise<Measured> {
  const generator = await bench.generator()
  await generator.call('ballast', { ...good, perS: ballastPerS })
  const measured = await bench.measure(label, {
    kind: 'open',
    ...good,
    ratePerS: bench.pick(200, 500),
    warmUpS: 0.5,
    seconds,
  })
  await generator.call('ballast', { ...good, perS: 0 })
  return measured
}

async function closedAsSlow(stack: Stack): Promise<number> {
  const counts = stack.gateways().map(async ({ metricsUrl }) => {
    const samples = await scrape(metricsUrl)
    return samples.sum('petrel_gateway_closes_total', { code: 'slow_consumer' })
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

/** Watches the gateways' memory. @returns ends it and tells by how many MiB it grew */
function watchRss(stack: Stack): () => { most: number; last: number } {
  const read = () => {
    const own = stack.watched().filter(({ name }) => name.startsWith('gateway'))
    return [...readUsage(own).values()].reduce((sum, { rssMiB }: Usage) => sum + rssMiB, 0)
  }
  const first = read()
  let most = first
  const timer = setInterval(() => {
    most = Math.max(most, read())
  }, rssEveryMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    const last = read()
    return { most: Math.max(most, last) - first, last: last - first }
  }
}
