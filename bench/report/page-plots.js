// Runs in the report page: draws its plots with uPlot, again when the colours or the width change, and widens the
// calls of a flame graph that are clicked.

const { uPlot } = window
const plots = JSON.parse(document.getElementById('plots').textContent)
const byId = new Map(plots.map(plot => [plot.id, plot]))
const colourCount = 8

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** One x column for all series; a series has a value at each x between its first and its last. */
function align({ series, x }) {
  const [xs, ...columns] = uPlot.join(series.map(({ xs, ys }) => [xs, ys]))
  const at = x === 'percentile' ? Math.log : value => value
  return [xs, ...columns.map(ys => filled(xs, ys, at))]
}

function filled(xs, ys, at) {
  const known = [...ys.keys()].filter(i => ys[i] != null)
  for (let k = 1; k < known.length; k++) {
    const [from, to] = [known[k - 1], known[k]]
    for (let i = from + 1; i < to; i++) {
      const share = (at(xs[i]) - at(xs[from])) / (at(xs[to]) - at(xs[from]))
      ys[i] = ys[from] + share * (ys[to] - ys[from])
    }
  }
  return ys
}

/** Three digits that matter. */
function short(value) {
  if (value == null) return '–'
  const size = Math.abs(value)
  if (size >= 100 || size === 0) return Math.round(value).toLocaleString('en-US')
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

function tick(value) {
  if (value == null) return ''
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`
  if (Math.abs(value) >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`
  return Number(value.toPrecision(3)).toLocaleString('en-US')
}

function percentile(x) {
  const value = 100 * (1 - 1 / x)
  const places = Math.max(0, Math.ceil(Math.log10(x)) - (x > 1000 ? 1 : 2) + (x > 10 ? 1 : 0))
  return `${Number(value.toFixed(Math.min(places, 5)))} %`
}

const nines = [2, 10, 100, 1e3, 1e4, 1e5, 1e6]

/** Latencies of one server lie close together, those of several peers far apart. */
function isWide(columns) {
  const values = columns.flat().filter(value => value != null)
  const least = Math.min(...values)
  return least > 0 && Math.max(...values) / least > 40
}

function logTicks(low, high) {
  const ticks = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const value = digit * 10 ** power
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value)
    }
  }
  return ticks
}

function axes({ x }, wide) {
  const common = {
    stroke: colour('--dim'),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
  }
  const below = {
    ...common,
    size: 30,
    values: (_u, splits) => splits.map(value => xText(x, value)),
  }
  const atNines = {
    splits: (_u, _axis, low, high) => nines.filter(at => at >= low && at <= high * 1.001),
    filter: (_u, splits) => splits,
  }
  const beside = { ...common, size: 52, values: (_u, splits) => splits.map(tick) }
  const atDigits = {
    splits: (_u, _axis, low, high) => logTicks(low, high),
    filter: (_u, splits) => splits,
  }
  return [
    x === 'percentile' ? { ...below, ...atNines } : below,
    wide ? { ...beside, ...atDigits } : beside,
  ]
}

function xText(x, value) {
  if (value == null) return ''
  return x === 'percentile' ? percentile(value) : `${short(value)} s`
}

function scales({ x }, wide) {
  const percentiles = { time: false, distr: 3, range: (_u, _low, high) => [1, Math.max(10, high)] }
  const fromZero = { range: (_u, _low, high) => [0, high > 0 ? high * 1.08 : 1] }
  const powers = { distr: 3, range: (_u, low, high) => [low * 0.8, high * 1.25] }
  return { x: x === 'percentile' ? percentiles : { time: false }, y: wide ? powers : fromZero }
}

/** What the legend says while nobody points at the plot: what it is, and each series' value of it. */
function summary({ resting }, [xs, ...columns]) {
  if (resting !== 'p99') {
    const known = columns.map(ys => ys.filter(y => y != null))
    const mean = ys => ys.reduce((sum, y) => sum + y, 0) / ys.length
    const of = resting === 'peak' ? ys => Math.max(...ys) : mean
    return { name: resting, values: known.map(of) }
  }
  const distance = i => Math.abs(Math.log(xs[i] / 100))
  const nearest = [...xs.keys()].reduce((best, i) => (distance(i) < distance(best) ? i : best), 0)
  return { name: `at ${percentile(xs[nearest])}`, values: columns.map(ys => ys[nearest]) }
}

function seriesOf(plot, data) {
  const { name, values } = summary(plot, data)
  const valueText = y => (y == null ? '–' : `${short(y)} ${plot.unit}`)
  const at = { label: 'at', value: (_u, x) => (x == null ? name : `at ${xText(plot.x, x)}`) }
  const drawn = plot.series.map(({ label, peer }, i) => ({
    label,
    value: (_u, y, _series, index) => valueText(index == null ? values[i] : y),
    stroke: colour(seriesColour(i)),
    width: peer ? 1.5 : 2,
    dash: peer || i >= colourCount ? [5, 4] : undefined,
    points: { show: data[i + 1].filter(y => y != null).length < 3 },
  }))
  return [at, ...drawn]
}

function seriesColour(i) {
  return `--s${(i % colourCount) + 1}`
}

function draw(holder) {
  const plot = byId.get(holder.dataset.plot)
  const data = align(plot)
  const wide = plot.x === 'percentile' && isWide(data.slice(1))
  const width = holder.clientWidth
  const options = {
    width,
    height: Math.round(Math.min(280, Math.max(200, width * 0.5))),
    scales: scales(plot, wide),
    axes: axes(plot, wide),
    series: seriesOf(plot, data),
    legend: { markers: { width: 0, fill: (_u, i) => colour(seriesColour(i - 1)) } },
    cursor: { drag: { x: true, y: false } },
    padding: [10, 18, 0, 0],
  }
  holder.replaceChildren()
  return new uPlot(options, data, holder)
}

const drawn = new Map()
const holders = [...document.querySelectorAll('[data-plot]')]
const drawAll = () => {
  for (const holder of holders) {
    drawn.get(holder)?.destroy()
    drawn.set(holder, draw(holder))
  }
}
drawAll()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
const observer = new ResizeObserver(entries => {
  for (const { target } of entries) {
    const plot = drawn.get(target)
    const width = target.clientWidth
    if (plot && width > 0 && width !== plot.width) plot.setSize({ width, height: plot.height })
  }
})
for (const holder of holders) observer.observe(holder)

/** Fills the graph with one call; the calls above it stay in view, cut to the width. */
function widen(graph, bar) {
  const number = (element, name) => Number(element.style.getPropertyValue(name))
  const [from, width, row] = ['--x', '--w', '--d'].map(name => number(bar, name))
  graph.style.setProperty('--from', from)
  graph.style.setProperty('--zoom', 100 / width)
  for (const other of graph.children) {
    const start = number(other, '--x')
    const above = number(other, '--d') < row
    const covers = start <= from + 0.01 && start + number(other, '--w') >= from + width - 0.01
    other.classList.toggle('above', above && covers)
  }
}

for (const graph of document.querySelectorAll('.bars')) {
  const name = graph.closest('.flame').querySelector('.picked')
  graph.addEventListener('pointerover', ({ target }) => {
    if (target.title) name.textContent = target.title
  })
  graph.addEventListener('click', ({ target }) => {
    if (target.title) widen(graph, target)
  })
}
