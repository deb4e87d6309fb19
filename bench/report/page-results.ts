// The results of one scenario as an HTML table, peers below Petrel with bars to compare. For page.ts.

import { betterOf, digits, type Metric, spread, targetText, times, unitText } from './format.ts'
import { type Html, html } from './html.ts'
import type { Result } from './model.ts'

/** Without peers the table is narrower; nothing where there are no results. */
export function resultsTable(metrics: readonly Metric[]): Html | null {
  if (metrics.length === 0) return null
  const compared = metrics.some(({ peers }) => peers.length > 0)
  return html`<table class="results">
<thead><tr><th>metric</th>${compared ? html`<th class="bar"></th>` : null}
<th class="num">value</th><th class="num wide">min – max</th>${compared ? html`<th class="num">ratio</th>` : null}
<th class="num wide">target</th><th></th></tr></thead>
${metrics.map(metric => metricRows(metric, compared))}
</table>
${compared ? html`<p class="dim small">Ratio: Petrel’s value divided by the peer’s, in the same run.</p>` : null}`
}

/** Whether the target was met; nothing without one. */
export function badge({ met }: Pick<Result, 'met'>): Html | null {
  if (met === null) return null
  return met
    ? html`<span class="badge good">✓<span> met</span></span>`
    : html`<span class="badge bad">✗<span> missed</span></span>`
}

/** Scenarios are named in lower case, for the middle of a line. */
export function titleOf(scenario: string): string {
  return scenario === '' ? 'The whole run' : scenario.charAt(0).toUpperCase() + scenario.slice(1)
}

function metricRows({ name, own, peers }: Metric, compared: boolean): Html {
  const all = own ? [own, ...peers] : peers
  const greatest = Math.max(...all.map(({ value }) => value))
  const lessIsBetter = all[0] && betterOf(all[0]) === 'lower'
  const label = html`${name} <span class="way">${lessIsBetter ? 'less is better' : 'more is better'}</span>`
  const barOf = ({ value }: Result) => (peers.length > 0 ? value / greatest : null)
  const first = own
    ? row(own, label, barOf(own), compared)
    : html`<tr class="own"><td colspan="${compared ? 7 : 5}">${label}</td></tr>`
  const others = peers.map(result =>
    row(result, html`${result.peer ?? 'once more'}`, barOf(result), compared),
  )
  return html`<tbody>${first}${others}</tbody>`
}

/** @param share  length of the bar, 0–1; null for none: then the label may be as long as both columns */
function row(result: Result, label: Html, share: number | null, compared: boolean): Html {
  const wide = compared && share === null
  return html`<tr class="${result.peer === null ? 'own' : 'peer'}">
<td${wide ? html` colspan="2"` : null}>${label}</td>${share === null ? null : bar(share)}
<td class="num">${digits(result.value)}<span class="unit"> ${unitText(result.unit)}</span></td><td class="num wide dim">${spread(result)}</td>
${compared ? html`<td class="num ratio">${result.ratio === null ? null : times(result.ratio)}</td>` : null}
<td class="num wide dim">${targetText(result)}</td><td>${badge(result)}</td></tr>
`
}

function bar(share: number): Html {
  const width = Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : 0
  return html`<td class="bar"><span style="width:${(width * 100).toFixed(1)}%"></span></td>`
}
