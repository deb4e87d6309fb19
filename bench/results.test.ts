import t from 'tap'
import type { Latency } from './generator/latency.ts'
import { median, Results } from './results.ts'

t.test('the median is the middle value, or lies between the two in the middle', async t => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.equal(median([10, 1]), 5.5)
  t.equal(median([7]), 7)
  t.ok(Number.isNaN(median([])))
})

t.test('several values are runs of which the median counts, with four digits', async t => {
  const results = new Results()
  const result = results.figure('quiet', 'ack p95', [5.432123, 2.2, 0], 'ms')
  t.same(result.runs, [5.432, 2.2, 0])
  t.equal(result.value, 2.2)
  t.match(result, { peer: null, ratio: null, target: null, met: null })
  t.same(results.figure('quiet', 'one', 123_456, 'msg/s').runs, [123_500])
})

t.test('a target is met at its bound and missed beyond it, either way', async t => {
  const results = new Results()
  const met = (value: number, target: { atMost?: number; atLeast?: number }) =>
    results.figure('quiet', 'ack p95', value, 'ms', { target }).met
  t.equal(met(4, { atMost: 4 }), true)
  t.equal(met(4.01, { atMost: 4 }), false)
  t.equal(met(4, { atLeast: 4 }), true)
  t.equal(met(3.99, { atLeast: 4 }), false)
  t.equal(met(0, { atMost: 0 }), true)
})

t.test("a ratio is Petrel's value divided by the peer's, and carries the target", async t => {
  const results = new Results()
  results.figure('fanout', 'deliveries', 300, 'deliveries/s')
  const peer = results.figure('fanout', 'deliveries', 400, 'deliveries/s', { peer: 'raw-uws' })
  results.ratio('fanout', 'deliveries', 'raw-uws', { atLeast: 0.75 })
  t.match(peer, { ratio: 0.75, target: 0.75, met: true })
  results.figure('fanout', 'deliveries', 100, 'deliveries/s', { peer: 'ws' })
  results.ratio('fanout', 'deliveries', 'ws')
  t.match(results.results[2], { ratio: 3, target: null, met: null })
  t.throws(() => results.ratio('fanout', 'deliveries', 'ejabberd'), /both Petrel and ejabberd/)
  t.throws(() => results.ratio('quiet', 'deliveries', 'ws'), /both/)
})

t.test('a note is said once, a failure each time', async t => {
  const results = new Results()
  for (let i = 0; i < 2; i++) {
    results.note('quiet', 'the generator was saturated')
    results.fail('quiet', 'lost')
  }
  results.note('fanout', 'the generator was saturated')
  t.equal(results.notes.length, 2)
  t.equal(results.failures.length, 2)
  results.plot('quiet', 'ack', { points: [[50, 1]] } as unknown as Latency)
  t.same(results.latencies, [{ scenario: 'quiet', name: 'ack', peer: null, points: [[50, 1]] }])
})
