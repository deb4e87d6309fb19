// The gateway dies under everybody while messages flow, and comes back: all clients resume where they were, waiting
// between attempts as the SDK does, and none of what was said meanwhile is missing or doubled.

import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '#shared/protocol/limits.ts'
import { chatsEach, crowdOf, descriptors, groupSize, people, reasons } from '../crowded.ts'
import type { Compared, Stormed, Talked } from '../generator/storm.ts'
import { scrape, watchStall } from '../measure/scrape.ts'
import type { Bench, Cost, Scenario } from '../scenario.ts'
import type { Seed, Stored } from '../seed.ts'
import type { Stack } from '../stack.ts'

const talkPerS = 50
/** Below what the gateway admits, so that the way in takes no second attempts. */
const enterPerS = 900
/** One chat in so many gets a message while there is no gateway. */
const oneIn = 10
const patienceS = 100
const storm = { storm: 'reconnect' }

export const reconnectStorm: Scenario = {
  name: 'reconnect-storm',
  about: `the gateway is killed under 2,000 clients (full: 10,000) of ${chatsEach} chats each; they resume`,
  limitS: { quick: 90, full: 240 },
  ownStack: true,
  descriptors,
  async run(bench) {
    const [stack, seed, generator] = await Promise.all([
      bench.stack(),
      bench.seed(),
      bench.generator(),
    ])
    const members = await crowdOf(seed, people[bench.size])
    const before = await seed.heads()
    const enter = { address: stack.gateway, members, perS: enterPerS, limitS: patienceS }
    await generator.call('storm', { ...storm, ...enter })
    await generator.call('stormTalk', { ...storm, perS: talkPerS })
    await sleep(bench.pick(500, 3_000))
    const found = await killAndReturn(bench, stack, seed)
    reportReturn(bench, found)
    const talked = await generator.call('stormHush', { ...storm, limitS: 10 })
    const heads = (await seed.heads()).map(({ chat, rev }): [number, number] => [chat, rev])
    const compared = await generator.call('stormCompare', { ...storm, heads, limitS: 10 })
    const stored = await seed.storedSince(before)
    reportOrder(bench, talked, compared, { ...stored, posted: found.posted })
    await generator.call('stormLeave', storm)
  },
}

interface Found {
  back: Stormed
  cost: Cost
  killedAt: number
  listeningAt: number
  stallMs: number
  /** Messages that were written while there was no gateway. */
  posted: number
  /** Requests that can hash a password. */
  requests: number
}

async function killAndReturn(bench: Bench, stack: Stack, seed: Seed): Promise<Found> {
  const generator = await bench.generator()
  const [gateway] = stack.gateways()
  if (!gateway) throw new Error('the stack has no gateway')
  const chats = (people[bench.size] * chatsEach) / groupSize
  await generator.call('stormCut', storm)
  const requestsBefore = await countPosts(stack)
  const killedAt = Date.now()
  await gateway.part.kill()
  // Before the start, so that the time from listening holds nothing else.
  const posted = await seed.post(Math.round(chats / oneIn), groupSize)
  await gateway.part.start()
  const listeningAt = Date.now()
  await generator.call('stormReturn', storm)
  const { found, cost } = await bench.watch('everybody returns', async onMark => {
    onMark('begin')
    const stall = await watchStall(gateway.metricsUrl, 'start')
    const back = await generator.call('stormBack', { ...storm, limitS: patienceS })
    onMark('end')
    return { back, stallMs: await stall() }
  })
  const requests = (await countPosts(stack)) - requestsBefore
  return { ...found, cost, killedAt, listeningAt, posted, requests }
}

/** Passwords are hashed by the api alone, and only for a POST: registering, signing in, changing it. */
async function countPosts({ apiMetricsUrl }: Stack): Promise<number> {
  const samples = await scrape(apiMetricsUrl)
  return samples.sum('petrel_http_request_seconds_count', { method: 'POST' })
}

function reportReturn(bench: Bench, found: Found): void {
  const { back, cost, killedAt, listeningAt } = found
  const { clients } = back
  const returnS = (back.lastInAt - listeningAt) / 1000
  const none = { target: { atMost: 0 } }
  bench.figure(
    'all resumed, from listening',
    returnS,
    's',
    bench.pick({}, { target: { atMost: 8 } }),
  )
  bench.figure('all resumed, from the kill', (back.lastInAt - killedAt) / 1000, 's')
  bench.figure('resumes', clients / returnS, 'clients/s')
  bench.figure('from own cut until in, p50', back.each.p50, 'ms')
  bench.figure('from own cut until in, p95', back.each.p95, 'ms')
  bench.figure('resume p95, last attempt alone', back.attempt.p95, 'ms')
  bench.figure('event-loop stall', found.stallMs, 'ms', { target: { atMost: 100 } })
  bench.figure('gateway CPU per resume', (cost.cpuMs['gateway-0'] ?? 0) / clients, 'ms')
  bench.figure('server CPU per resume', cost.serverCpuMs / clients, 'ms')
  const { late, turnedAway, errors } = sorted(back.retried)
  const early = sum(back.early) + late
  bench.figure('turned away by admission', turnedAway, 'attempts')
  bench.figure('errors', sum(errors), 'attempts', none)
  bench.figure('had to load everything anew', clients - back.resumed, 'clients', none)
  bench.figure('password hashes', found.requests, 'hashes', none)
  bench.plot('from own cut until in', back.each)
  bench.note(
    `cut: ${reasons(back.cut)}; the gateway was away for ${((listeningAt - killedAt) / 1000).toFixed(1)} s, in which ${early} attempts met nobody or the process that was dying (${reasons(back.early)}) and ${found.posted} messages were written into as many of the chats; clients wait as the SDK does (full jitter from 0.5 s, doubling); errors: ${reasons(errors)}`,
  )
  bench.note(
    `the gateway lets ${limits.helloPerS} clients in a second (HELLO_PER_S); password hashes are counted as the api's POST requests, of which clients that resume make none`,
  )
}

/**
 * Admission is meant to turn people away, and who was refused met nobody, though the busy generator may hear of it
 * only when somebody listens again: neither is an error.
 */
function sorted({
  ECONNREFUSED: late = 0,
  'closed 4013': turnedAway = 0,
  ...errors
}: Record<string, number>): { late: number; turnedAway: number; errors: Record<string, number> } {
  return { late, turnedAway, errors }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}

/** Whatever is said here of a message that is not as it should be fails the run. */
function reportOrder(
  bench: Bench,
  talked: Talked,
  compared: Compared,
  { said, distinct, others, posted }: Stored & { posted: number },
): void {
  const lost = Math.max(0, talked.sent - distinct) + Math.max(0, posted - others)
  const doubled = said - distinct + Math.max(0, others - posted)
  const unanswered = talked.unanswered + talked.refused
  const none = { target: { atMost: 0 } }
  bench.figure('positions unlike the server’s', compared.wrong, 'positions', none)
  bench.figure('messages lost or doubled', lost + doubled, 'messages', none)
  bench.figure('messages never answered', unanswered, 'messages', none)
  if (compared.wrong > 0)
    bench.fail(`${compared.wrong} positions of clients are unlike the server’s`)
  if (lost > 0) bench.fail(`${lost} messages are not stored`)
  if (doubled > 0) bench.fail(`${doubled} messages are stored twice`)
  if (unanswered > 0)
    bench.fail(`${talked.unanswered} messages were never answered, ${talked.refused} refused`)
  bench.note(
    `${compared.positions} positions in chats were compared; ${talked.sent} messages were sent by clients, ${talked.resent} of them again after the cut; ${compared.asked} times a client asked for a chat`,
  )
}
