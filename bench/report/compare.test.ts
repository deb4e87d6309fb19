import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Baseline, baselineOf, readBaseline } from './baseline.ts'
import { widthMax } from './columns.ts'
import { compare, comparisonTable } from './compare.ts'
import type { Peer, Report } from './model.ts'
import { sampleReport } from './sample-report.ts'
import { writeJson } from './write.ts'

/** A run whose values of that metric are the sample's times `factor`, for Petrel (null) or a peer. */
function changed(metric: string, factor: number, peer: Peer | null = null): Report {
  const report = sampleReport()
  const found = report.results.filter(result => result.metric === metric && result.peer === peer)
  if (found.length === 0) throw new Error(`no ${metric} of ${peer}`)
  for (const result of found) result.value *= factor
  return report
}

const worseIn = (now: Report, baseline: Baseline = baselineOf(sampleReport())) =>
  compare(baseline, now).worse.map(({ metric }) => metric)

async function folder(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-baseline-'))
  t.teardown(() => rm(dir, { recursive: true }))
  return dir
}

t.test('a planted regression is flagged, by share of the limit', async t => {
  t.same(worseIn(changed('deliveries', 0.8)), ['deliveries'], 'less of what should be more')
  t.same(worseIn(changed('server CPU per delivery', 1.2)), ['server CPU per delivery'])
  const [metric] = compare(sampleReport(), changed('deliveries', 0.8)).metrics.filter(
    ({ verdict }) => verdict === 'worse',
  )
  t.equal(metric?.basis, 'raw-uws')
  t.equal(metric?.change?.toFixed(6), '0.800000')
})

t.test('durable throughput is measured against one commit per message', async t => {
  const metric = 'sent at delivered p95 ≤ 50 ms'
  t.same(worseIn(changed(metric, 0.8)), [metric])
  t.same(worseIn(changed(metric, 1.25, 'single-commit')), [metric], 'the limit alone became faster')
})

t.test('an improvement, noise of ten per cent and a slower machine are not', async t => {
  t.same(worseIn(sampleReport()), [])
  t.same(worseIn(changed('deliveries', 1.5)), [])
  t.same(worseIn(changed('server CPU per delivery', 0.5)), [])
  t.same(worseIn(changed('deliveries', 0.9)), [])
  t.same(worseIn(changed('server CPU per delivery', 1.1)), [])
  const slower = sampleReport()
  for (const result of slower.results) if (result.unit === 'deliveries/s') result.value *= 0.5
  t.same(worseIn(slower), [], 'raw uWS became as much slower')
})

t.test('ws is the limit where there is no better one, and only when both runs have it', async t => {
  const without = (report: Report, ...peers: Peer[]): Report => ({
    ...report,
    results: report.results.filter(({ peer }) => peer === null || !peers.includes(peer)),
  })
  const baseline = baselineOf(sampleReport())
  const now = without(changed('deliveries', 0.8), 'raw-uws')
  t.equal(compare(baseline, now).worse[0]?.basis, 'ws')
  const alone = compare(baseline, without(changed('deliveries', 0.2), 'raw-uws', 'ws'))
  t.same(alone.worse, [])
  t.equal(alone.metrics.find(({ metric }) => metric === 'deliveries')?.verdict, 'shown')
})

t.test('what has no limit is shown and never flagged, but memory is compared as it is', async t => {
  t.same(worseIn(changed('delivered p99', 10)), [])
  t.equal(
    compare(sampleReport(), changed('delivered p99', 10)).metrics.find(
      ({ metric }) => metric === 'delivered p99',
    )?.change,
    10,
  )
  t.same(worseIn(changed('gateway and api, idle', 1.2)), ['gateway and api, idle'])
  t.same(worseIn(changed('gateway and api, idle', 1.1)), [])
})

t.test('a metric of one run only is named, and so is one that is nothing', async t => {
  const now = sampleReport()
  now.results = now.results.filter(({ metric }) => metric !== 'delivered p50')
  for (const result of now.results) if (result.metric === 'whole stack, idle') result.unit = 'KiB'
  const verdict = (metric: string, unit: string) =>
    compare(sampleReport(), now).metrics.find(one => one.metric === metric && one.unit === unit)
      ?.verdict
  t.equal(verdict('delivered p50', 'ms'), 'gone')
  t.equal(verdict('whole stack, idle', 'MiB'), 'gone')
  t.equal(verdict('whole stack, idle', 'KiB'), 'new')
  t.same(worseIn(changed('deliveries', 0)), ['deliveries'], 'nothing at all is worse')
  const withoutLimit = compare(changed('deliveries', 0, 'raw-uws'), sampleReport())
  t.same(withoutLimit.worse, [], 'a limit that was not measured is none')
})

t.test('another machine, profile, size or version is said', async t => {
  const baseline = baselineOf(sampleReport())
  t.same(compare(baseline, sampleReport()).differences, [])
  baseline.machine.cpu = 'AMD EPYC'
  baseline.machine.postgres = '16.14'
  baseline.profile = 'i3'
  baseline.size = 'quick'
  const { differences } = compare(baseline, sampleReport())
  t.match(differences, [
    /another machine.*EPYC.*i3-2120/,
    /profile.*i3, now two-core/,
    /quick, now full/,
    /PostgreSQL: 16\.14, now 18\.4/,
  ])
  t.match(comparisonTable(compare(baseline, sampleReport())), /another machine/)
})

t.test('the table names each regression and stays within a terminal', async t => {
  const text = comparisonTable(compare(sampleReport(), changed('deliveries', 0.8)))
  t.match(text, /deliveries .* ÷ raw-uws: 0\.934 → 0\.747 × +−20 % +✗ WORSE/)
  t.match(text, /1 of 12 got more than 15 % worse\n {2}worse: fan-out, groups of 200, deliveries/)
  t.ok(text.split('\n').every(line => [...line].length <= widthMax))
  t.match(
    comparisonTable(compare(sampleReport(), sampleReport())),
    /Nothing got more than 15 % worse\n$/,
  )
})

t.test(
  'a baseline comes back from its file as it was, and so does the one in a report',
  async t => {
    const path = join(await folder(t), 'baseline.json')
    await writeJson(path, baselineOf(sampleReport()))
    t.same(await readBaseline(path), baselineOf(sampleReport()))
    await writeJson(path, sampleReport())
    t.same(await readBaseline(path), baselineOf(sampleReport()))
  },
)

t.test('a baseline that is missing, broken or something else is refused by name', async t => {
  const path = join(await folder(t), 'baseline.json')
  await t.rejects(readBaseline(path), {
    message: `cannot read the baseline ${path}: no such file or folder (ENOENT)`,
  })
  await writeFile(path, '{"machine": ')
  await t.rejects(readBaseline(path), { message: `the baseline ${path} is not JSON: ` })
  await writeFile(path, '[]')
  await t.rejects(readBaseline(path), {
    message: /^the baseline .*baseline\.json has the wrong shape: the whole: .*expected object/,
  })
  const broken = { ...baselineOf(sampleReport()), results: [{ scenario: 'a', value: '5' }] }
  await writeJson(path, broken)
  await t.rejects(readBaseline(path), {
    message: /results\.0\.value: .*expected number.*and \d more/s,
  })
})
