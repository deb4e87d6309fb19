// What must not grow with the service: the cost of a send when millions of messages are stored, when somebody is
// in thousands of chats, and the cost of one delivery when more people are online. Fills the stack's database, so
// it runs last.

import { statfs } from 'node:fs/promises'
import type { Entered } from '../generator/crowd.ts'
import { type Members, select } from '../members.ts'
import { median } from '../results.ts'
import type { Bench, Measured, Scenario } from '../scenario.ts'
import type { Person, Seed } from '../seed.ts'
import { type Filling, fillings, longChats } from './growth-plan.ts'

const pairs = 500
const ratePerS = 1_000
/** So few that each is a batch of its own: in batches a send costs less, and a slow machine makes larger ones. */
const alonePerS = 200
/** More would be refused in a moment's stall: a connection may have 32 requests in flight. */
const onePersonPerS = 300
/** What a stored message takes with its indexes, and what PostgreSQL's log may take beside it, for a while. */
const bytesPerMessage = 700
const logBytes = 2 * 2 ** 30
/** Chats that nobody talks in now. */
const silentChats = 4_500
/** How much more the largest may cost than the smallest. */
const growthMax = 1.15
const rowsPerCall = 40_000
const pages = 100
const crowd = { crowd: 'growth' }

export const growth: Scenario = {
  name: 'growth',
  about: 'cost of a send with more and more messages stored, chats per user, and people online',
  limitS: { quick: 90, full: 1_200 },
  quickRuns: 1,
  ownStack: true,
  async run(bench) {
    const seed = await bench.seed()
    const cancel = () => void seed.cancel().catch(() => undefined)
    bench.signal.addEventListener('abort', cancel, { once: true })
    try {
      await recipients(bench, seed)
      await chatsOfOne(bench, seed)
      await history(bench, seed)
    } finally {
      bench.signal.removeEventListener('abort', cancel)
    }
  },
}

/** The same messages a second into groups of which more and more members are online. */
async function recipients(bench: Bench, seed: Seed): Promise<void> {
  const groups = 5
  const size = 200
  const all = await seed.groups(groups, size)
  const costs = new Map<number, number>()
  for (const online of bench.pick([50, size], [10, 50, size])) {
    await enter(
      bench,
      select(all, i => i % size < online),
    )
    const runs = await windows(bench, `${online} online`, 200)
    const perDelivery = runs.map(({ cost, delivered }) => (cost.serverCpuMs * 1000) / delivered)
    bench.figure(`server CPU per delivery, ${online} online`, perDelivery, 'µs')
    costs.set(online, median(perDelivery))
    await leave(bench)
  }
  const ratio = (costs.get(size) ?? Number.NaN) / (costs.get(50) ?? Number.NaN)
  const target = { atMost: growthMax }
  bench.figure('server CPU per delivery, 200 ÷ 50 online', ratio, 'times', { target })
}

/** One person sends and receives in one chat while being a member of more and more. */
async function chatsOfOne(bench: Bench, seed: Seed): Promise<void> {
  const others = 100
  const people = await seed.people(pairs * 2 + 2 + others)
  const [busy, partner, ...rest] = people.slice(pairs * 2)
  if (!busy || !partner) return
  const [room = 0] = await seed.roomsOfTwo([{ one: busy, other: partner }])
  const costs: number[] = []
  let chats = 1
  for (const wanted of bench.pick([10, 2_000], [10, 1_000, 10_000])) {
    await seed.roomsOfTwo(
      Array.from({ length: wanted - chats }, (_, i) => ({
        one: busy,
        other: rest[i % rest.length] as Person,
      })),
    )
    chats = wanted
    const which = `${thousands(wanted)} chats`
    const token = seed.token(busy)
    const { each } = await enter(bench, { tokens: [token], rooms: [room] })
    bench.figure(`connect and sync, ${which}`, each.max, 'ms')
    const generator = await bench.generator()
    await generator.call('join', {
      ...crowd,
      members: { tokens: [seed.token(partner)], rooms: [room] },
      atOnce: 1,
    })
    const asks = Array.from({ length: pages }, () => ({ token, body: {} }))
    const list = await generator.call('ask', { ...crowd, op: 'chats', asks, atOnce: 1 })
    bench.figure(`chat list p50, ${which}`, list.latency.p50, 'ms')
    const runs = await windows(bench, which, onePersonPerS)
    const perSend = runs.map(({ cost, acked }) => (cost.serverCpuMs * 1000) / acked)
    bench.figure(`server CPU per send, ${which}`, perSend, 'µs')
    costs.push(median(perSend))
    await leave(bench)
  }
  figureGrowth(bench, 'server CPU per send, most ÷ fewest chats', costs)
}

async function history(bench: Bench, seed: Seed): Promise<void> {
  const levels = bench.pick([10_000, 200_000], [10_000, 1_000_000, 10_000_000])
  await checkSpace(seed, levels.at(-1) as number)
  const { rooms } = await seed.pairs(pairs)
  const people = await seed.people(pairs * 2)
  const two = (i: number) => ({
    one: people[(i * 2) % people.length] as Person,
    other: people[(i * 2 + 1) % people.length] as Person,
  })
  const chat = (room: number, i: number) => {
    const { one, other } = two(i)
    return { room, one: one.user, other: other.user }
  }
  const used = rooms.filter((_, i) => i % 2 === 0).map(chat)
  const silentTwos = Array.from({ length: silentChats }, (_, i) => two(i))
  const silent = (await seed.roomsOfTwo(silentTwos)).map(chat)
  await seed.forgetMessages()
  const bases = await seed.lastSeqs(used.map(({ room }) => room))
  const costs = { busy: [] as number[], alone: [] as number[] }
  let stored = 0
  for (const level of levels) {
    const beganMs = performance.now()
    await fill(bench, seed, fillings(used, silent, level - stored, rowsPerCall))
    stored = level
    bench.say(`${thousands(level)} messages stored after ${seconds(beganMs)} s`)
    await seed.settle()
    bench.say(`and settled after ${seconds(beganMs)} s`)
    // Whoever was in before would have missed what was stored without being sent.
    const members = await seed.pairs(pairs)
    await enter(bench, members)
    const which = `${thousands(level)} stored`
    costs.busy.push(await sends(bench, `${thousands(ratePerS)}/s, ${which}`, ratePerS))
    costs.alone.push(await sends(bench, `one by one, ${which}`, alonePerS))
    await deepPages(bench, seed, { members, used, bases, level })
    await leave(bench)
  }
  const metric = (how: string) => `PostgreSQL CPU per send, ${how}, most ÷ fewest stored`
  bench.figure(metric(`${thousands(ratePerS)}/s`), growthOf(costs.busy), 'times')
  figureGrowth(bench, metric('one by one'), costs.alone)
}

async function fill(
  bench: Bench,
  seed: Seed,
  calls: readonly (readonly Filling[])[],
): Promise<void> {
  for (const call of calls) {
    bench.signal.throwIfAborted()
    await seed.addMessages(call)
  }
}

/** @returns µs of PostgreSQL's CPU for a send */
async function sends(bench: Bench, which: string, perS: number): Promise<number> {
  // CPU time is told in steps of 10 ms a process.
  const runs = await windows(bench, which, perS, perS === alonePerS ? 1.6 : 1)
  const perSend = runs.map(({ cost, acked }) => ((cost.cpuMs.postgres ?? 0) * 1000) / acked)
  bench.figure(`PostgreSQL CPU per send, ${which}`, perSend, 'µs')
  bench.figure(
    `ack p50, ${which}`,
    runs.map(({ ack }) => ack.p50),
    'ms',
  )
  bench.plot(`send to ack, ${which}`, (runs.at(-1) as Measured).ack)
  return median(perSend)
}

/** Pages from the middle of the chats with the longest history. */
async function deepPages(
  bench: Bench,
  seed: Seed,
  at: {
    members: Members
    used: readonly { room: number }[]
    bases: readonly number[]
    level: number
  },
): Promise<void> {
  const long = at.used.slice(0, longChats)
  const heads = await seed.lastSeqs(long.map(({ room }) => room))
  const asks = Array.from({ length: pages }, (_, i) => {
    const n = i % long.length
    const middle = Math.ceil(((at.bases[n] as number) + (heads[n] as number)) / 2)
    const before = middle - Math.floor(i / long.length)
    return {
      token: at.members.tokens[n * 2] as string,
      body: { chat: (long[n] as { room: number }).room, before },
    }
  })
  const generator = await bench.generator()
  const { latency } = await generator.call('ask', { ...crowd, op: 'history', asks, atOnce: 1 })
  bench.figure(`history page p50, ${thousands(at.level)} stored`, latency.p50, 'ms')
}

async function enter(bench: Bench, members: Members): Promise<Entered> {
  const [stack, generator] = await Promise.all([bench.stack(), bench.generator()])
  const where = { ...crowd, dialect: 'petrel', address: stack.gateway } as const
  return generator.call('enter', { ...where, members, atOnce: 40 })
}

async function leave(bench: Bench): Promise<void> {
  const generator = await bench.generator()
  await generator.call('leave', crowd)
}

function windows(bench: Bench, label: string, perS: number, quickS = 1): Promise<Measured[]> {
  return bench.repeat(label, run =>
    bench.measure(run, {
      kind: 'open',
      ...crowd,
      ratePerS: perS,
      warmUpS: run.isFirst ? bench.pick(0.4, 3) : 0.3,
      seconds: bench.pick(quickS, 8),
    }),
  )
}

function figureGrowth(bench: Bench, metric: string, costs: readonly number[]): void {
  bench.figure(metric, growthOf(costs), 'times', { target: { atMost: growthMax } })
}

function growthOf(costs: readonly number[]): number {
  return (costs.at(-1) ?? Number.NaN) / (costs[0] ?? Number.NaN)
}

/** @throws Error when the database's disk is too small */
async function checkSpace(seed: Seed, messages: number): Promise<void> {
  const { bavail, bsize } = await statfs(await seed.dataDirectory())
  const needed = messages * bytesPerMessage + logBytes
  if (bavail * bsize >= needed) return
  const gb = (bytes: number) => (bytes / 1e9).toFixed(1)
  throw new Error(`growth needs about ${gb(needed)} GB free, there are ${gb(bavail * bsize)} GB`)
}

/** `300k`, `10M` */
function thousands(count: number): string {
  if (count >= 1e6) return `${count / 1e6}M`
  return count >= 1e3 ? `${count / 1e3}k` : String(count)
}

function seconds(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(1)
}
