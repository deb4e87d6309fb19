// Everybody signs in at the same moment, as after an outage, while others go on talking: how soon all are in, what
// the bounded queue of password hashes sends away, and what the talkers notice.

import { type Call, isOk, Rest } from '../generator/http-load.ts'
import { watchStall } from '../measure/scrape.ts'
import type { Scenario } from '../scenario.ts'
import type { Seed } from '../seed.ts'
import type { Stack } from '../stack.ts'

/** As in other scenarios, so that they share them; the first talkers of them talk here. */
const pairs = 500
const talkers = 200
const ratePerS = 100
/** Everybody's. */
export const password = 'petrels feed in the storm'
const registered = 'bench_registered'

export const logins: Scenario = {
  name: 'logins',
  about: `many sign in at once beside ${ratePerS} direct messages a second`,
  limitS: { quick: 60, full: 180 },
  ownStack: true,
  async run(bench) {
    const [stack, seed, generator] = await Promise.all([
      bench.stack(),
      bench.seed(),
      bench.generator(),
    ])
    const storming = bench.pick(60, 200)
    const people = await seed.people(pairs * 2 + storming)
    await givePasswords(stack, seed)
    const { tokens, rooms } = await seed.pairs(pairs)
    const crowd = { crowd: 'talkers' }
    const where = { dialect: 'petrel', address: stack.gateway } as const
    await generator.call('enter', {
      ...crowd,
      ...where,
      members: { tokens: tokens.slice(0, talkers), rooms: rooms.slice(0, talkers) },
      atOnce: 40,
    })
    const talk = { kind: 'open', ...crowd, ratePerS } as const
    const before = await bench.measure('before', {
      ...talk,
      warmUpS: bench.pick(1, 3),
      seconds: bench.pick(2, 10),
    })
    const endOfWatch = await watchStall(stack.apiMetricsUrl)
    // As long as the storm lasts, roughly.
    const talking = bench.measure('during', { ...talk, warmUpS: 0, seconds: bench.pick(4, 12) })
    const storm = generator.call('loginStorm', {
      base: stack.apiUrl,
      usernames: people.slice(pairs * 2).map(({ username }) => username),
      password,
    })
    // If one of them fails, so does the scenario; the other one's end is waited for either way.
    const [during, found] = await both(talking, storm)
    const stallMs = await endOfWatch()
    await generator.call('leave', crowd)
    if (found.done < storming)
      throw new Error(`${storming - found.done} did not get in: ${JSON.stringify(found.errors)}`)
    bench.note(
      `${storming} signed in at once: ${found.people} of them were asked to come again (503 with Retry-After), ${found.refusals} times in all; the last one was in after ${found.tookS.toFixed(1)} s`,
    )
    bench.figure('sign-ins', found.done / found.tookS, 'sign-ins/s')
    bench.figure('sign-in p50, retries included', found.latency.p50, 'ms')
    bench.figure('sign-in p95, retries included', found.latency.p95, 'ms')
    bench.figure('asked to come again', found.refusals, 'answers')
    bench.figure('delivered p95 before', before.delivery.p95, 'ms')
    bench.figure('delivered p95 during', during.delivery.p95, 'ms')
    bench.figure(
      'delivered p95, during ÷ before',
      during.delivery.p95 / before.delivery.p95,
      'times',
    )
    bench.figure('longest stall of the api', stallMs, 'ms')
    bench.plot('delivered, before', before.delivery)
    bench.plot('delivered, during', during.delivery)
    bench.plot('sign-in', found.latency)
  },
}

async function both<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other])
  return Promise.all([one, other])
}

/**
 * Gives everybody who has none the same password, hashed by the server itself.
 * @throws Error with the server's words when it refuses the registration
 */
export async function givePasswords(stack: Stack, seed: Seed): Promise<void> {
  const rest = new Rest(stack.apiUrl, 1)
  const call: Call = {
    method: 'POST',
    path: '/auth/register',
    json: { username: registered, name: 'Registered', password },
  }
  const reply = await rest.call(call)
  rest.close()
  // 409: an earlier scenario has registered it, with the same password.
  if (!isOk(reply) && reply.status !== 409)
    throw new Error(`registering was refused: ${reply.status} ${reply.text}`)
  await seed.copyPassword(registered)
}
