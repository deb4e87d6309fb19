import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { openWindow, startBrowser } from '#test/browser/browser.ts'
import type { FlameNode, Report } from './model.ts'
import { page } from './page.ts'
import { sampleReport } from './sample-report.ts'
import { writeText } from './write.ts'

const browser = await startBrowser(t)
const attack = `</script><script>window.hurt = 1</script><img src=x onerror="window.hurt = 1">"'\`&`

/** The same report with the attack in every text that is no number and no date. */
function hostile(report: Report): Report {
  const spoil = (value: unknown): unknown => {
    if (typeof value === 'string') return value + attack
    if (Array.isArray(value)) return value.map(spoil)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner)]))
  }
  const keep = { startedAt: report.startedAt, times: report.times.map(spoilNames) }
  return { ...(spoil(report) as Report), ...keep }
}

/** `kind` stays one that is drawn. */
function spoilNames(plot: Report['times'][number]): Report['times'][number] {
  return {
    ...plot,
    scenario: plot.scenario + attack,
    name: plot.name + attack,
    unit: plot.unit + attack,
  }
}

/** The page in a window, with all it asked the network for besides itself. */
async function open(t: Test, html: string) {
  const dir = await mkdtemp(join(tmpdir(), 'petrel-page-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const path = join(dir, 'report.html')
  await writeText(path, html)
  const { page: window } = await openWindow(t, browser)
  const asked: string[] = []
  const url = pathToFileURL(path).href
  window.on('request', request => {
    if (request.url() !== url && !request.url().startsWith('data:')) asked.push(request.url())
  })
  await window.goto(url, { waitUntil: 'load' })
  return { window, asked }
}

t.test(
  'the page shows machine, targets, peers, plots and flame graphs, without the network',
  async t => {
    const report = sampleReport()
    const { window, asked } = await open(t, page(report))
    const drawn = window.locator('.plot canvas')
    await drawn.last().waitFor()
    const kinds = new Set(report.times.map(({ scenario, kind }) => `${scenario} ${kind}`))
    const scenarios = new Set(report.latencies.map(({ scenario }) => scenario))
    t.equal(await drawn.count(), kinds.size + scenarios.size)
    t.equal(await window.locator('.flame').count(), report.flames.length)
    t.ok(await window.locator('.bars').first().isVisible())
    t.equal(await window.locator('.targets tbody td .badge.bad').count(), 2)
    const text = (await window.locator('body').textContent()) ?? ''
    for (const words of [
      report.machine.cpu,
      report.commit,
      report.command,
      'PostgreSQL',
      '18.4',
      'GATEWAYS',
    ])
      t.ok(text.includes(words), words)
    t.match(text, /socket\.io.*128,011 deliveries\/s.*4\.70 ×/s)
    t.same(asked, [])
  },
)

t.test('on a phone nothing is wider than the screen', async t => {
  const { window } = await open(t, page(sampleReport()))
  await window.setViewportSize({ width: 390, height: 800 })
  t.ok(((await window.evaluate('document.documentElement.scrollWidth')) as number) <= 390)
})

t.test('what the report says does not run in the page, and is shown as it is', async t => {
  const report = hostile(sampleReport())
  const html = page(report)
  t.notOk(html.includes('<img src=x'))
  t.notOk(html.includes('<script>window.hurt'))
  const { window, asked } = await open(t, html)
  await window.locator('.plot canvas').last().waitFor()
  t.equal(await window.evaluate('window.hurt'), undefined)
  t.equal(await window.locator('img').count(), 0)
  t.ok((await window.locator('.note').first().textContent())?.endsWith(attack))
  t.same(asked, [])
})

t.test('even a script that got into the page may not run', async t => {
  const html = page(sampleReport()).replace('</main>', '<script>window.hurt = 1</script></main>')
  const dir = await mkdtemp(join(tmpdir(), 'petrel-page-'))
  t.teardown(() => rm(dir, { recursive: true }))
  await writeText(join(dir, 'report.html'), html)
  const window = await browser.newPage()
  t.teardown(() => window.close())
  await window.goto(pathToFileURL(join(dir, 'report.html')).href, { waitUntil: 'load' })
  t.equal(await window.evaluate('window.hurt'), undefined)
  t.equal(await window.evaluate('typeof uPlot'), 'function', 'ours do')
})

t.test('a report with nothing in it is a page, too', async t => {
  const empty = { results: [], latencies: [], times: [], flames: [], notes: [], failures: [] }
  const { window } = await open(t, page({ ...sampleReport(), ...empty }))
  t.equal(await window.locator('h1').textContent(), 'Petrel bench')
})

t.test('values that were not measured leave gaps, not a broken page', async t => {
  const report = sampleReport()
  for (const plot of report.times)
    plot.points = plot.points.map(([s, v]) => [s, s < 5 ? Number.NaN : v])
  for (const plot of report.latencies)
    plot.points = [
      [50, 0],
      [100, 3],
    ]
  for (const result of report.results) result.value = Number.NaN
  const { window } = await open(t, page(report))
  await window.locator('.plot canvas').last().waitFor()
})

t.test('a flame graph stays below 100 KB, however many calls there were', async t => {
  const deep = (depth: number, samples: number): FlameNode => ({
    name: `someFunctionWithAName${depth} a-package/of/some/length/file-${samples % 91}.js:${depth}`,
    samples,
    children: depth === 0 ? [] : Array.from({ length: 3 }, () => deep(depth - 1, samples / 3)),
  })
  const root = deep(9, 100_000)
  const one = (flame: FlameNode | null) =>
    page({
      ...sampleReport(),
      flames: flame ? [{ scenario: 'memory', process: 'api', root: flame }] : [],
    }).length
  const size = one(root) - one(null)
  t.ok(size < 110_000 && size > 10_000, `${size}`)
})
