import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { parseMetrics, scrape, watchStall } from './scrape.ts'

const text = `# HELP closes Closes that the server began
# TYPE closes counter
closes{code="slow_consumer",process="0"} 3
closes{code="draining",process="0"} 4
# TYPE lag gauge
lag{process="0"} 0.012345
# TYPE refused counter
# TYPE seconds histogram
seconds_bucket{le="1",route="a"} 5
seconds_count{route="a"} 6
seconds_count{route="b"} 7
`

t.test('samples are summed by name and labels', async t => {
  const samples = parseMetrics(text)
  t.equal(samples.sum('closes'), 7)
  t.equal(samples.sum('closes', { code: 'draining' }), 4)
  t.equal(samples.sum('closes', { code: 'draining', process: '1' }), 0)
  t.equal(samples.sum('lag'), 0.012345)
  t.equal(samples.sum('seconds_count'), 13)
})

t.test('what was never counted is 0, what does not exist is an error', async t => {
  const samples = parseMetrics(text)
  t.equal(samples.sum('refused', { reason: 'rate' }), 0)
  t.throws(() => samples.sum('nothing'), /no metric nothing/)
})

t.test('a stall is what the last scrape says, without the period of its timer', async t => {
  const name = 'petrel_nodejs_eventloop_lag_max_seconds'
  let seconds = 70
  const server = createServer((_, response) => {
    response.end(`# TYPE ${name} gauge\n${name}{process="0"} ${seconds}\n`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
  const end = await watchStall(url)
  const endFromStart = await watchStall(url, 'start')
  seconds = 60
  t.equal(await end(), 59_990, 'what was before the watch does not count')
  t.equal(await endFromStart(), 69_990)
})

t.test('a process that refuses is an error', async t => {
  const server = createServer((_, response) => response.writeHead(401).end())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
  await t.rejects(scrape(url), /answered 401/)
})
