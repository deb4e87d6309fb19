import t from 'tap'
import { digits, direction, isMemory, percentChange, spread, targetText } from './format.ts'
import { sampleResult } from './sample-report.ts'

t.test('the unit tells which way is better', async t => {
  for (const unit of [
    'ms',
    's',
    'µs/delivery',
    'CPU µs',
    'MiB',
    'B',
    'KiB/connection',
    '%',
    'errors',
  ])
    t.equal(direction(unit), 'lower', unit)
  for (const unit of ['msg/s', 'deliveries/s', 'MiB/s', 'ratio', '×'])
    t.equal(direction(unit), 'higher', unit)
})

t.test('memory is told from traffic and from words with a B', async t => {
  for (const unit of ['B', 'KiB', 'MiB', 'KiB/connection', 'B per socket'])
    t.ok(isMemory(unit), unit)
  for (const unit of ['MiB/s', 'ms', 'msg/s', 'Bobs']) t.notOk(isMemory(unit), unit)
})

t.test('numbers show the digits that matter', async t => {
  t.equal(digits(601_432.4), '601,432')
  t.equal(digits(17.26), '17.3')
  t.equal(digits(1.7049), '1.70')
  t.equal(digits(0.042_31), '0.0423')
  t.equal(digits(0), '0')
  t.equal(digits(Number.NaN), 'n/a')
})

t.test('a change has its sign, and none where nothing can be divided', async t => {
  t.equal(percentChange(1.123), '+12 %')
  t.equal(percentChange(0.77), '−23 %')
  t.equal(percentChange(1.001), '±0 %')
  t.equal(percentChange(null), '')
})

t.test('one run has no spread; a target says on which side of it to be', async t => {
  t.equal(spread({ runs: [5], value: 5 }), '')
  t.equal(spread({ runs: [5.25, 4, 6], value: 5.25 }), '4.00 – 6.00')
  t.equal(targetText(sampleResult('a', 'b', 1, 'ms', { target: 2.5 })), '≤ 2.5 ms')
  t.equal(targetText(sampleResult('a', 'b', 1, 'msg/s', { target: 12_000 })), '≥ 12,000 msg/s')
  t.equal(targetText(sampleResult('a', 'b', 1, 'ms', { peer: 'ws', target: 0.5 })), '≤ 0.5 ×')
  t.equal(
    targetText(sampleResult('a', 'b', 1, 'ratio', { better: 'lower', target: 1.15 })),
    '≤ 1.15 ×',
  )
})
