// What it costs to be there: a stack that nobody has used yet, and then thousands of connections that do nothing.
// On a stack of its own, since what other scenarios left in memory would count.

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chatsEach, crowdOf, descriptors, people } from '../crowded.ts'
import { memoryAlone } from '../measure/memory-alone.ts'
import { readUsage, type Usage } from '../measure/usage.ts'
import { slice } from '../members.ts'
import type { Bench, Scenario } from '../scenario.ts'
import { Seed } from '../seed.ts'
import type { Stack } from '../stack.ts'

const hook = pathToFileURL(fileURLToPath(new URL('../measure/gc-on-signal.mjs', import.meta.url)))
/** Of the connections, the first share only fills what fills once: prepared statements, compiled code, pools. */
const firstShare = 0.2
/** After a burst, until nothing is on its way any more: so long, and again while the gateway still works. */
const settleMs = 600
const collectMs = 250
/** Of its CPU time in such a while: less is what an idle gateway takes. */
const calmMs = 20
const whilesMax = 20

export const idle: Scenario = {
  name: 'idle',
  about: `2,000 idle connections (full: 10,000) with ${chatsEach} chats each: memory and CPU`,
  limitS: { quick: 90, full: 240 },
  ownStack: true,
  descriptors,
  async run(bench) {
    const stack = await bench.ownStack({
      nodeOptions: ['--expose-gc', `--import=${hook.href}`],
    })
    const seed = await Seed.open(stack)
    try {
      await sleep(bench.pick(settleMs, 10_000))
      empty(bench, stack)
      await connected(bench, stack, seed)
    } finally {
      await seed.close()
      await stack.stop()
    }
  },
}

/** Before anybody came. */
function empty(bench: Bench, stack: Stack): void {
  const watched = stack.watched()
  const node = watched.filter(({ name }) => name === 'api' || name.startsWith('gateway'))
  bench.figure('gateway + api idle', memoryAlone(node), 'MiB', { target: { atMost: 200 } })
  bench.figure('whole stack idle', memoryAlone(watched), 'MiB', { target: { atMost: 400 } })
  const each = [...readUsage(watched, { pss: true })].map(
    ([name, { rssMiB, pssMiB }]) => `${name} ${rssMiB.toFixed(0)} (PSS ${pssMiB.toFixed(0)})`,
  )
  bench.note(
    `idle memory before any connection is what the processes take together when nobody else runs, pages that they share counted once; RSS alone, in MiB: ${each.join(', ')}`,
  )
}

async function connected(bench: Bench, stack: Stack, seed: Seed): Promise<void> {
  const generator = await bench.generator()
  const count = people[bench.size]
  const members = await crowdOf(seed, count)
  const first = Math.round(count * firstShare)
  const enter = async (crowd: string, from: number, to: number) => {
    const some = slice(members, from, to)
    const where = { dialect: 'petrel', address: stack.gateway, atOnce: 40 } as const
    await generator.call('enter', { crowd, ...where, members: some })
  }
  await enter('idle, first', 0, first)
  const before = await settled(stack)
  await enter('idle', first, count)
  const after = await settled(stack)
  const kibEach = (which: 'raw' | 'collected') =>
    ((after[which].rssMiB - before[which].rssMiB) * 1024) / (count - first)
  bench.figure('gateway RSS growth per connection', kibEach('collected'), 'KiB', {
    target: { atMost: 5 },
  })
  bench.figure('gateway RSS growth per connection, garbage included', kibEach('raw'), 'KiB')
  bench.figure(`gateway RSS with ${count} connections`, after.raw.rssMiB, 'MiB')
  const seconds = bench.pick(1.5, 15)
  const usedBefore = gatewayOf(stack).cpuMs
  await sleep(seconds * 1000)
  const share = ((gatewayOf(stack).cpuMs - usedBefore) / (seconds * 1000)) * 100
  bench.figure('gateway CPU, idle', share, '% of a core')
  bench.note(
    `RSS per connection is the growth of the gateway from ${first} to ${count} connections, each time once the gateway was calm and after a full garbage collection; the first ones are not counted, since with them come compiled code and database connections`,
  )
  await generator.call('leave', { crowd: 'idle' })
  await generator.call('leave', { crowd: 'idle, first' })
}

/** The gateway's memory as it is a moment after a burst, and with its garbage collected. */
async function settled(stack: Stack): Promise<{ raw: Usage; collected: Usage }> {
  await calm(stack, settleMs)
  const raw = gatewayOf(stack)
  // Twice: the first finds what finalisers must let go of.
  for (let i = 0; i < 2; i++) {
    process.kill(stack.gateways()[0]?.part.pid() as number, 'SIGUSR2')
    await calm(stack, collectMs)
  }
  return { raw, collected: gatewayOf(stack) }
}

/** On a machine that others keep busy, a while is not always enough. */
async function calm(stack: Stack, whileMs: number): Promise<void> {
  for (let times = 0, isCalm = false; !isCalm && times < whilesMax; times++) {
    const { cpuMs } = gatewayOf(stack)
    await sleep(whileMs)
    isCalm = gatewayOf(stack).cpuMs - cpuMs < calmMs
  }
}

function gatewayOf(stack: Stack): Usage {
  const usage = readUsage(stack.watched()).get('gateway-0')
  if (!usage) throw new Error('the gateway has ended')
  return usage
}
