import t from 'tap'
import { Neighbours, otherBenchText, othersText, readMachineTime } from './neighbours.ts'

t.test('the time of all cores is read', async t => {
  const stat = 'cpu  100 20 300 4000 50 6 7 80 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n'
  t.same(readMachineTime(stat), { busyMs: 4_200, idleMs: 40_500, stolenMs: 800 })
  const { busyMs, idleMs } = readMachineTime()
  t.ok(busyMs > 0 && idleMs > 0)
})

const begin = { busyMs: 1_000, idleMs: 1_000, stolenMs: 0 }

t.test('what is busy and not ours is others’, over all windows of a scenario', async t => {
  const neighbours = new Neighbours()
  t.equal(neighbours.use('quiet', 2), null)
  const end = { busyMs: 3_000, idleMs: 2_800, stolenMs: 200 }
  neighbours.add(2, begin, end, 1_500)
  t.match(neighbours.use('quiet', 2), {
    scenario: 'quiet',
    seconds: 2,
    othersCores: 0.25,
    stolenShare: 0.05,
    idleShare: 0.45,
  })
  neighbours.add(2, begin, { ...begin, idleMs: 5_000 }, 0)
  t.match(neighbours.use('quiet', 2), { seconds: 4, othersCores: 0.125, stolenShare: 0.025 })
})

t.test('steps of the clock are nobody’s', async t => {
  const neighbours = new Neighbours()
  neighbours.add(0.2, begin, { ...begin, busyMs: 1_090 }, 30)
  t.match(neighbours.use('quiet', 2), { othersCores: 0 })
  neighbours.add(0.2, begin, begin, 50)
  t.match(neighbours.use('quiet', 2), { othersCores: 0 })
})

t.test('only what makes figures doubtful is said', async t => {
  const use = { scenario: 'quiet', seconds: 3, cores: 2, idleShare: 0.5 }
  t.equal(othersText({ ...use, othersCores: 0.1, stolenShare: 0.01 }), null)
  t.equal(
    othersText({ ...use, othersCores: 0.31, stolenShare: 0.04 }),
    'while this was measured, other programs kept 0.31 of 2 cores busy and the hypervisor took 4 % of the time',
  )
})

t.test('another bench is known by its generator', async t => {
  t.equal(otherBenchText(['node deploy/start.mjs', 'vi bench/run.ts']), null)
  t.match(
    otherBenchText(['node --import=tsx /srv/petrel/bench/generator/main.ts ']),
    /another bench/,
  )
})
