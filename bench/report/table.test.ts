import t from 'tap'
import { widthMax } from './columns.ts'
import { sampleReport, sampleResult } from './sample-report.ts'
import { table } from './table.ts'

/** The first line that contains the words, with single spaces. */
function lineWith(text: string, words: string): string {
  const line = text.split('\n').find(found => found.includes(words)) ?? ''
  return line.trim().replaceAll(/ +/g, ' ')
}

t.test('each result stands under its scenario with value, spread, target and mark', async t => {
  const text = table(sampleReport())
  t.equal(lineWith(text, 'delivered p50'), 'delivered p50 1.71 ms 1.64 – 1.80 ≤ 2.5 ms ✓ met')
  t.equal(lineWith(text, '  delivered p99 '), 'delivered p99 13.6 ms 13.1 – 14.3 ≤ 12 ms ✗ MISSED')
  t.equal(
    lineWith(text, '    socket.io '),
    'socket.io 128,011 deliveries/s 122,891 – 134,412 4.70 × ≥ 3.5 × ✓ met',
  )
  t.ok(text.indexOf('quiet latency') < text.indexOf('delivered p50'))
  t.ok(text.indexOf('delivered p99') < text.indexOf('durable throughput'))
})

t.test('notes, failures and missed targets are at the end', async t => {
  const text = table(sampleReport())
  t.match(text, /notes\n {2}durable throughput: The generator used 93 % of a core/)
  t.match(text, /failures\n {2}memory: whole stack, idle: redis took/)
  t.match(
    text,
    /11 of 13 targets met\n {2}missed: quiet latency, delivered p99: 13\.6 ms, target ≤ 12 ms\n/,
  )
})

t.test('a run without results, targets or failures says so and nothing else', async t => {
  const text = table({ ...sampleReport(), results: [], notes: [], failures: [] })
  t.match(text, /No results\.\n/)
  t.match(text, /No targets in this run\n$/)
  t.notMatch(text, /failure|ratio/)
})

t.test('no line is wider than a terminal, however long the names are', async t => {
  const report = sampleReport()
  const long = 'a metric whose name tells the whole story of what is measured, '.repeat(4)
  report.results.push(sampleResult(long, long, 123_456_789.5, 'deliveries/s per core and member'))
  report.results.push(sampleResult('x'.repeat(300), 'y'.repeat(300), 0.000_123, 'z'.repeat(300)))
  report.notes.push({ scenario: long, text: long.repeat(9) })
  const text = table(report)
  const widest = Math.max(...text.split('\n').map(line => [...line].length))
  t.ok(widest <= widthMax, `${widest}`)
  t.match(text, /123,456,790/)
})

t.test('nothing in a text is an order to the terminal', async t => {
  const report = sampleReport()
  report.notes.push({ scenario: 'quiet\u001b[2Jlatency', text: 'one\ntwo\r\u001b]0;title\u0007' })
  report.results.push(sampleResult('quiet latency', 'metric\u001b[31m', 1, 'ms\u0007'))
  t.notMatch(table(report), /(?!\n)\p{Cc}/u)
})
