// A busy day of a thousand people, everything at once: what the small machine must carry. Each line of the table
// is an open loop of its own, so a slow answer of one thing delays no other.

import type { ActionName, MixedOutcome, MixedPerson } from '../generator/mixed.ts'
import { givePasswords, password } from '../passwords.ts'
import type { Bench, Scenario } from '../scenario.ts'
import type { Seed } from '../seed.ts'

const users = 1_000

/** What happens how often, by all people together. Things that clients learn to do get their line here. */
const day: { action: ActionName; perS: number }[] = [
  // 100 messages a second, 70 % of them to one person, the others to groups of 20 to 200.
  { action: 'sendDirect', perS: 70 },
  { action: 'sendGroup', perS: 30 },
  { action: 'read', perS: 80 },
  { action: 'typing', perS: 40 },
  { action: 'history', perS: 15 },
  { action: 'chats', perS: 5 },
  { action: 'search', perS: 2 },
  { action: 'me', perS: 10 },
  { action: 'config', perS: 5 },
  { action: 'refresh', perS: 5 },
  { action: 'lookUp', perS: 5 },
  { action: 'sessions', perS: 2 },
  { action: 'editProfile', perS: 2 },
  // Each costs a password hash, so they are judged apart.
  { action: 'login', perS: 5 },
]
/** Everybody is in one of the first kind, which takes all in turn, and in one of the second. */
const groups = [
  [
    { count: 20, size: 20 },
    { count: 8, size: 50 },
    { count: 2, size: 100 },
  ],
  [{ count: 5, size: 200 }],
]

export const mixed: Scenario = {
  name: 'mixed',
  about: `a mixed day of ${users} people: ${day.reduce((sum, { perS }) => sum + perS, 0)} actions a second of ${day.length} kinds`,
  limitS: { quick: 60, full: 240 },
  ownStack: true,
  async run(bench) {
    const [stack, seed, generator] = await Promise.all([
      bench.stack(),
      bench.seed(),
      bench.generator(),
    ])
    const people = await everybody(seed)
    await givePasswords(stack, seed)
    const crowd = { crowd: 'day' }
    await generator.call('enter', {
      ...crowd,
      dialect: 'petrel',
      address: stack.gateway,
      members: {
        tokens: people.map(({ token }) => token),
        rooms: people.map(({ direct }) => direct),
      },
      atOnce: 40,
    })
    const { found, cost } = await bench.watch('a mixed day', onMark =>
      generator.call(
        'mixed',
        {
          ...crowd,
          api: stack.apiUrl,
          people,
          password,
          actions: day,
          warmUpS: bench.pick(1, 5),
          seconds: bench.pick(3.5, 60),
          drainS: 5,
        },
        onMark,
      ),
    )
    await generator.call('leave', crowd)
    judge(bench, found)
    for (const [name, ms] of Object.entries(cost.cpuMs))
      if (name !== 'generator') bench.figure(`CPU, ${name}`, ms / cost.seconds / 10, '% of a core')
    bench.figure('CPU, all of the server', cost.serverCpuMs / cost.seconds / 10, '% of a core')
  },
}

async function everybody(seed: Seed): Promise<MixedPerson[]> {
  const people = await seed.people(users)
  const direct = await seed.pairs(users / 2)
  const inGroups: number[][] = people.map(() => [])
  for (const kind of groups) {
    let from = 0
    for (const { count, size } of kind) {
      const { rooms } = await seed.groups(count, size, from)
      rooms.forEach((room, i) => {
        inGroups[from + i]?.push(room)
      })
      from += count * size
    }
  }
  const refreshTokens = await seed.refreshTokens(people)
  return people.map(({ username }, i) => ({
    token: direct.tokens[i] as string,
    username,
    refreshToken: refreshTokens[i] as string,
    direct: direct.rooms[i] as number,
    groups: inGroups[i] as number[],
  }))
}

function judge(bench: Bench, found: MixedOutcome): void {
  const { delivery, rest, errors, closes, late } = found
  const times = new Map(found.actions.map(({ action, latency }) => [action, latency]))
  const p95 = (action: ActionName) => times.get(action)?.p95 ?? Number.NaN
  bench.figure('delivered p50', delivery.p50, 'ms')
  bench.figure('delivered p95', delivery.p95, 'ms', { target: { atMost: 20 } })
  bench.figure('delivered p99', delivery.p99, 'ms')
  bench.figure('REST p95 without sign-ins', rest.p95, 'ms', { target: { atMost: 30 } })
  bench.figure('sign-in p95', p95('login'), 'ms')
  bench.figure('history p95', p95('history'), 'ms')
  bench.figure('search p95', p95('search'), 'ms')
  bench.figure('chat list p95', p95('chats'), 'ms')
  bench.figure('read mark p95', p95('read'), 'ms')
  bench.plot('delivered', delivery)
  bench.plot('REST without sign-ins', rest)
  for (const action of ['login', 'history'] as const) {
    const latency = times.get(action)
    if (latency) bench.plot(action, latency)
  }
  const wrong: Record<string, number> = { ...errors }
  for (const [code, count] of Object.entries(closes)) wrong[`closed ${code}`] = count
  if (found.duplicates > 0) wrong['delivered twice'] = found.duplicates
  const lost = found.expected - found.arrived
  if (lost > 0) wrong['not delivered'] = lost
  const failed = Object.values(wrong).reduce((sum, count) => sum + count, 0)
  bench.figure('errors', failed, 'errors', { target: { atMost: 0 } })
  if (failed > 0) bench.fail(`what went wrong: ${JSON.stringify(wrong)}`)
  if (late.p99 > 5)
    bench.note(
      `the generator began things late (p99 ${late.p99.toFixed(1)} ms), which the times include`,
    )
}
