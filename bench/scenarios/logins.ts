// Everybody signs in at the same moment, as after an outage, while others go on talking: how soon all are in, what
// the bounded queue of password hashes sends away, and what the talkers notice.

import { watchStall } from '../measure/scrape.ts'
import { slice } from '../members.ts'
import { givePasswords, password } from '../passwords.ts'
import type { Scenario } from '../scenario.ts'

/** As in other scenarios, so that they share them; the first talkers of them talk here. */
const pairs = 500
const talkers = 200
const ratePerS = 100

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
    const storming = bench.pick(45, 200)
    const people = await seed.people(pairs * 2 + storming)
    await givePasswords(stack, seed)
    const all = await seed.pairs(pairs)
    const crowd = { crowd: 'talkers' }
    const where = { dialect: 'petrel', address: stack.gateway } as const
    await generator.call('enter', {
      ...crowd,
      ...where,
      members: slice(all, 0, talkers),
      atOnce: 40,
    })
    const talk = { kind: 'open', ...crowd, ratePerS } as const
    const before = await bench.measure('before', {
      ...talk,
      warmUpS: bench.pick(0.6, 3),
      seconds: bench.pick(1.4, 10),
    })
    const endOfWatch = await watchStall(stack.apiMetricsUrl)
    // About as long as the storm lasts; the note says how long that was.
    const seconds = bench.pick(3, 12)
    const first = `the first ${seconds} s of the storm`
    const talking = bench.measure(first, { ...talk, warmUpS: 0, seconds })
    const storm = generator.call('loginStorm', {
      base: stack.apiUrl,
      usernames: people.slice(pairs * 2).map(({ username }) => username),
      password,
    })
    // If one of them fails, so does the scenario; the other one's end is waited for either way.
    const [inStorm, found] = await both(talking, storm)
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
    bench.figure(`delivered p95 in ${first}`, inStorm.delivery.p95, 'ms')
    bench.figure(
      'delivered p95, in the storm ÷ before',
      inStorm.delivery.p95 / before.delivery.p95,
      'times',
    )
    bench.figure('longest stall of the api', stallMs, 'ms')
    bench.plot('delivered, before', before.delivery)
    bench.plot(`delivered, ${first}`, inStorm.delivery)
    bench.plot('sign-in', found.latency)
  },
}

async function both<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other])
  return Promise.all([one, other])
}
