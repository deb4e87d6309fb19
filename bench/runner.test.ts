import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import { bornAt } from '#deploy/processes.ts'
import { until } from '#test/helpers/until.ts'
import type { Remote } from './remote.ts'
import { Runner, type RunnerOptions } from './runner.ts'
import type { Bench, Scenario } from './scenario.ts'
import type { Stack } from './stack.ts'

const never = new AbortController().signal

function scenario(run: (bench: Bench) => Promise<void>, more: Partial<Scenario> = {}): Scenario {
  return {
    name: 'planted',
    about: 'something goes wrong',
    limitS: { quick: 300, full: 300 },
    run,
    ...more,
  }
}

/** A runner whose stacks are a process that sleeps. */
function newRunner(t: Test, more: Partial<RunnerOptions> = {}) {
  const gateways: ChildProcess[] = []
  const said: string[] = []
  let onTrouble: (line: string) => void = () => undefined
  const runner = new Runner({
    options: { size: 'quick', runs: 1, cpuProf: false },
    env: process.env,
    say: line => said.push(line),
    startStack: async options => {
      const gateway = spawn('sleep', ['600'])
      await once(gateway, 'spawn')
      gateways.push(gateway)
      onTrouble = options.onTrouble
      const stack: Partial<Stack> = {
        watched: () => [{ name: 'gateway-0', pid: gateway.pid ?? 0 }],
        probes: () => [],
        stop: async () => {
          gateway.kill('SIGKILL')
        },
      }
      return stack as Stack
    },
    ...more,
  })
  t.teardown(() => runner.close())
  return {
    runner,
    gateways,
    said,
    complain: (line: string) => onTrouble(line),
    failures: () => runner.results.failures.map(({ text }) => text),
  }
}

/** A measured window that only ends with its scenario. */
const forever = (bench: Bench) => bench.watch('window', () => aborted(bench))

async function aborted({ signal }: Bench): Promise<never> {
  await once(signal, 'abort')
  throw new Error('ended')
}

t.test('a server that dies in mid-run ends the scenario, which says who and why', async t => {
  const { runner, gateways, complain, failures } = newRunner(t)
  await runner.run(
    scenario(async bench => {
      bench.figure('before', 1, 'ms')
      const watching = forever(bench)
      await until(() => gateways[0])
      complain('gateway-0: Error: it broke')
      gateways[0]?.kill('SIGKILL')
      await watching
    }),
    never,
  )
  t.same(failures(), ['gateway-0 ended in mid-run; the server said: gateway-0: Error: it broke'])
  t.match(runner.results.results, [{ metric: 'before', value: 1 }], 'what was found is kept')

  t.comment('the next scenario has a new stack')
  await runner.run(
    scenario(async bench => {
      await bench.watch('window', async () => 1)
    }),
    never,
  )
  t.equal(failures().length, 1)
  t.equal(gateways.length, 2)
})

t.test('a generator that dies in mid-run ends the scenario', async t => {
  // Says nothing to a handshake.
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const { port } = silent.address() as { port: number }
  const { runner, failures } = newRunner(t)
  let pid = 0
  await runner.run(
    scenario(async bench => {
      const generator = await bench.generator()
      pid = generator.pid
      once(silent, 'connection').then(
        () => process.kill(pid, 'SIGKILL'),
        () => undefined,
      )
      await generator.call('enter', {
        crowd: 'one',
        dialect: 'petrel',
        address: { host: '127.0.0.1', port },
        members: { tokens: [''], rooms: [1] },
        atOnce: 1,
      })
    }),
    never,
  )
  t.same(failures(), ['the load generator ended in mid-run (SIGKILL)'])
  await runner.run(
    scenario(async bench => {
      t.not((await bench.generator()).pid, pid, 'the next scenario has another')
    }),
    never,
  )
  t.equal(failures().length, 1)
})

t.test(
  'a scenario over its time is ended with all it started, and starts nothing more',
  async t => {
    const { runner, gateways, failures } = newRunner(t)
    let late = 'started'
    await runner.run(
      scenario(
        async bench => {
          await bench.stack()
          await aborted(bench).catch(() => undefined)
          await bench.stack().catch((error: Error) => {
            late = error.message
          })
        },
        { limitS: { quick: 3, full: 3 } },
      ),
      never,
    )
    t.same(failures(), ['took more than 3 s and was ended'])
    t.match(late, /took more than/)
    await until(() => bornAt(gateways[0]?.pid ?? 0) === null)
    t.equal(gateways.length, 1)
  },
)

t.test('a run that is stopped ends its scenario at once', async t => {
  const { runner, gateways, failures } = newRunner(t)
  const stop = new AbortController()
  const running = runner.run(
    scenario(async bench => void (await forever(bench))),
    stop.signal,
  )
  await until(() => gateways[0])
  stop.abort(new Error('stopped by SIGINT'))
  await running
  t.same(failures(), ['stopped by SIGINT'])
  await until(() => bornAt(gateways[0]?.pid ?? 0) === null)
})

t.test('a measurement is repeated as often as asked for, by whoever asked last', async t => {
  const labels = async (runs: number | undefined, more: Partial<Scenario>) => {
    const { runner } = newRunner(t, { options: { size: 'quick', runs, cpuProf: false } })
    const found: unknown[] = []
    await runner.run(
      scenario(async bench => {
        await bench.repeat('', async ({ label }) => found.push(label))
        await bench.repeat('fast', async ({ label, isFirst, profiled }) =>
          found.push([label, isFirst, profiled]),
        )
      }, more),
      never,
    )
    return found
  }
  t.same(await labels(1, { quickRuns: 2 }), ['run 1', ['fast, run 1', true, true]])
  const two = ['run 1', 'run 2', ['fast, run 1', true, false], ['fast, run 2', false, true]]
  t.same(await labels(2, {}), two)
  t.same(await labels(undefined, { quickRuns: 2 }), two)
  t.equal((await labels(undefined, {})).length, 6)
})

t.test('what must not happen fails the run, and the scenario goes on', async t => {
  const { runner, failures } = newRunner(t)
  await runner.run(
    scenario(async bench => {
      bench.fail('a message is lost')
      bench.figure('after', 1, 'ms')
    }),
    never,
  )
  t.same(failures(), ['a message is lost'])
  t.match(runner.results.results, [{ metric: 'after', value: 1 }])
})

t.test('nothing of the person’s shell but what every program needs reaches a scenario', async t => {
  const env = { PATH: '/bin', LANES: '8', NODE_OPTIONS: '--jitless' }
  const { runner } = newRunner(t, { env })
  await runner.run(
    scenario(async bench => void t.same(bench.env, { PATH: '/bin' })),
    never,
  )
})

t.test('too few file descriptors are told before anything starts', async t => {
  const { runner, gateways, failures } = newRunner(t)
  await runner.run(
    scenario(async bench => void (await bench.stack()), {
      descriptors: { quick: 1e9, full: 0 },
    }),
    never,
  )
  t.match(failures(), [/^needs 1000000000 open files, has \d+: ulimit -n 1000000000$/])
  t.equal(gateways.length, 0)
})

t.test('what was not measured is a failure, but not of a server that is not ours', async t => {
  const unmeasured = scenario(async bench => {
    bench.figure('server CPU', [1, Number.NaN], 'µs')
    bench.figure('p95', 5, 'ms', { target: { atMost: 4 } })
  })
  const own = newRunner(t)
  await own.runner.run(unmeasured, never)
  t.same(own.failures(), ['server CPU could not be measured'])
  t.match(own.runner.results.results, [{ metric: 'p95', met: false }])

  const remote = newRunner(t, { remote: {} as Remote })
  await remote.runner.run(unmeasured, never)
  t.same(remote.failures(), [])
  t.match(remote.runner.results.results, [{ metric: 'p95', target: null }])
  await remote.runner.run(
    scenario(async bench => void (await bench.stack())),
    never,
  )
  t.match(remote.failures(), [/there is no stack/])
})
