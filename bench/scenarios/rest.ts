// The REST routes that clients use often, one after another, each as fast as eight connections can ask.

import type { Call, RestLoop, RestOutcome } from '../generator/http-load.ts'
import type { Bench, Scenario } from '../scenario.ts'
import type { Seed } from '../seed.ts'

const connections = 8
/** People whom no other scenario needs: their refresh tokens change. */
const firstPerson = 1_000

interface Route {
  name: string
  call: Call
  /** Not below /api/v1. */
  atRoot?: true
  refresh?: true
}

const routes: Route[] = [
  { name: 'GET /health/live', call: { method: 'GET', path: '/health/live' }, atRoot: true },
  { name: 'GET /health/ready', call: { method: 'GET', path: '/health/ready' }, atRoot: true },
  { name: 'GET /config', call: { method: 'GET', path: '/config' } },
  { name: 'GET /me', call: { method: 'GET', path: '/me' } },
  { name: 'GET /sessions', call: { method: 'GET', path: '/sessions' } },
  {
    name: 'GET /users/by-username',
    call: { method: 'GET', path: `/users/by-username/bench_${firstPerson}` },
  },
  {
    name: 'PATCH /me',
    call: { method: 'PATCH', path: '/me', json: { about: 'Here since this morning' } },
  },
  { name: 'POST /auth/refresh', call: { method: 'POST', path: '/auth/refresh' }, refresh: true },
]

export const rest: Scenario = {
  name: 'rest',
  about: `${routes.length} REST routes one after another, closed loop of ${connections} connections`,
  limitS: { quick: 60, full: 300 },
  ownStack: true,
  async run(bench) {
    const seed = await bench.seed()
    for (const route of routes) await measure(bench, seed, route)
  },
}

async function measure(bench: Bench, seed: Seed, route: Route): Promise<void> {
  const { apiUrl } = await bench.stack()
  const generator = await bench.generator()
  const people = (await seed.people(firstPerson + connections)).slice(firstPerson)
  const base = route.atRoot ? new URL(apiUrl).origin : apiUrl
  const { name, call, refresh } = route
  const runs = await bench.repeat(name, async run => {
    const load: RestLoop = {
      base,
      call,
      tokens: refresh ? await seed.refreshTokens(people) : people.map(person => seed.token(person)),
      ...(refresh && { refresh }),
      warmUpS: run.isFirst ? bench.pick(0.25, 2) : 0.05,
      seconds: bench.pick(0.25, 5),
    }
    const { found } = await bench.watch(run, onMark => generator.call('restLoop', load, onMark))
    const refused = Object.entries(found.refused)
    if (refused.length > 0) throw new Error(`${name} was refused: ${JSON.stringify(found.refused)}`)
    return found
  })
  bench.plot(name, (runs.at(-1) as RestOutcome).latency)
  const each = (of: (run: RestOutcome) => number) => runs.map(of)
  bench.figure(
    name,
    each(({ perS }) => perS),
    'requests/s',
  )
  bench.figure(
    `${name} p50`,
    each(({ latency }) => latency.p50),
    'ms',
  )
  bench.figure(
    `${name} p95`,
    each(({ latency }) => latency.p95),
    'ms',
  )
}
