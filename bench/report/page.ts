// The report as one HTML file that asks the network for nothing: machine, targets, results beside the peers', plots
// and flame graphs. Called by the runner; page.css and page-plots.js go into the page as they are.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  duration,
  judged,
  judgedName,
  memoryText,
  metricsOf,
  moment,
  percentChange,
  quantity,
  scenariosOf,
  score,
  shortCommit,
  targetText,
  versions,
} from './format.ts'
import { Html, html, jsonScript } from './html.ts'
import type { Report, Result } from './model.ts'
import { flameSection } from './page-flame.ts'
import { insideSection } from './page-inside.ts'
import { badge, resultsTable, titleOf } from './page-results.ts'
import { type Plot, plotsOf } from './plots.ts'

const require = createRequire(import.meta.url)
const fileText = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

/**
 * The whole page. Only the scripts put into it here may run in it: its policy names them by their hashes, so that
 * even text that was not escaped could not.
 * @throws Error when `uplot` is not installed
 */
export function page(report: Report): string {
  const scenarios = scenariosOf(report).map((name, i) => ({
    name,
    id: `scenario-${i + 1}`,
    plots: plotsOf(report, name),
  }))
  const library = readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8')
  const drawing = fileText('page-plots.js')
  const styles =
    readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8') + fileText('page.css')
  const all = scenarios.flatMap(({ plots }) => plots)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy([library, drawing])}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Petrel bench, ${moment(report.startedAt)}</title>
<link rel="icon" href="data:,">
<style>${new Html(styles)}</style>
</head>
<body>
<main>
${header(report)}
${failures(report)}
${targets(report)}
<nav><span class="dim">Scenarios</span> ${scenarios.map(({ name, id }) => html`<a href="#${id}">${titleOf(name)}</a> `)}<a href="#run">The run</a></nav>
${scenarios.map(scenario => section(report, scenario))}
${run(report)}
</main>
${jsonScript('plots', all)}
<script>${new Html(library)}</script>
<script type="module">${new Html(drawing)}</script>
</body>
</html>
`.text
}

function policy(scripts: readonly string[]): string {
  const hashes = scripts.map(
    text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  )
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${hashes.join(' ')}`
}

function header(report: Report): Html {
  const { met, of } = score(report.results)
  const { machine, profile, size, startedAt, tookS, commit } = report
  const failed = report.failures.length
  return html`<header>
<h1>Petrel bench</h1>
<p class="dim">${moment(startedAt)} · profile <b>${profile}</b>, ${size} · commit <code>${shortCommit(commit)}</code></p>
<p class="dim">${machine.cpu} · ${coresText(machine.cores)} · ${memoryText(machine.memoryMiB)} · ${machine.os}</p>
<div class="tiles">
${tile(`${met} / ${of}`, 'targets met', toneOf(of - met, of))}
${tile(String(failed), failed === 1 ? 'failure' : 'failures', failed > 0 ? 'bad' : 'good')}
${tile(duration(tookS), 'taken', '')}
</div>
</header>`
}

function tile(value: string, label: string, tone: string): Html {
  return html`<div class="tile ${tone}"><b>${value}</b><span>${label}</span></div>`
}

function toneOf(missed: number, of: number): string {
  if (of === 0) return ''
  return missed === 0 ? 'good' : 'warn'
}

function coresText(cores: number): string {
  return `${cores} ${cores === 1 ? 'core' : 'cores'}`
}

function failures({ failures: all }: Report): Html | null {
  if (all.length === 0) return null
  return html`<section class="failures"><h2>What went wrong</h2><ul>
${all.map(({ scenario, text }) => html`<li><b>${titleOf(scenario)}</b>: ${text}</li>`)}
</ul></section>`
}

function targets({ results }: Report): Html | null {
  const withTarget = results.filter(({ target }) => target !== null)
  if (withTarget.length === 0) return null
  const scenarios = [...new Set(withTarget.map(({ scenario }) => scenario))]
  return html`<section><h2>Targets</h2>
<table class="targets">
<thead><tr>
<th>what</th><th class="num">measured</th><th class="num">target</th><th class="num wide">margin</th><th></th>
</tr></thead>
${scenarios.map(
  scenario => html`<tbody><tr><th colspan="5">${titleOf(scenario)}</th></tr>
${withTarget.filter(result => result.scenario === scenario).map(targetRow)}</tbody>`,
)}
</table></section>`
}

function targetRow(result: Result): Html {
  const value = judged(result)
  const unit = result.peer === null ? result.unit : 'ratio'
  return html`<tr><td>${judgedName(result)}</td>
<td class="num"><b>${value === null ? '' : quantity(value, unit)}</b></td>
<td class="num">${targetText(result)}</td><td class="num wide dim">${marginText(result)}</td>
<td>${badge(result)}</td></tr>
`
}

/** How far the value is from its target, on which side. */
function marginText(result: Result): string {
  const value = judged(result)
  if (value === null || !result.target) return ''
  const change = percentChange(value / result.target)
  if (change === '' || change.startsWith('±')) return change
  const above = change.startsWith('+')
  return `${change.slice(1)} ${above ? 'above' : 'below'}`
}

interface Scenario {
  name: string
  id: string
  plots: Plot[]
}

function section(report: Report, { name, id, plots }: Scenario): Html {
  const metrics = metricsOf(report.results, name)
  const flames = report.flames.filter(flame => flame.scenario === name)
  const notes = report.notes.filter(note => note.scenario === name)
  return html`<section id="${id}"><h2>${titleOf(name)}</h2>
${notes.map(({ text }) => html`<p class="note">${text}</p>`)}
${resultsTable(metrics)}
<div class="plots">${plots.map(plot => html`<figure><figcaption>${plot.title}</figcaption><div class="plot" data-plot="${plot.id}"></div></figure>`)}</div>
${plots.length > 0 ? html`<noscript><p class="note">The plots need JavaScript.</p></noscript>` : null}
${insideSection(report, name)}
${flames.map((flame, i) => flameSection(flame, i === 0))}
</section>`
}

function run(report: Report): Html {
  const { machine, commit, profile, size, startedAt, tookS, command, settings } = report
  const rows: [string, string][] = [
    ['Processor', `${machine.cpu}, ${coresText(machine.cores)}`],
    ['Memory', memoryText(machine.memoryMiB)],
    ['System', `${machine.os}, ${machine.kernel}`],
    ...versions(report),
  ]
  const about: [string, string][] = [
    ['Started', moment(startedAt)],
    ['Took', duration(tookS)],
    ['Commit', commit],
    ['Profile', `${profile}, ${size}`],
    ...Object.entries(settings),
  ]
  return html`<section id="run"><h2>The run</h2>
<div class="halves"><div><h3>Machine and versions</h3>${list(rows)}</div>
<div><h3>Run and settings</h3>${list(about)}</div></div>
<h3>Command</h3><pre>${command}</pre></section>`
}

function list(rows: readonly [string, string][]): Html {
  return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}
