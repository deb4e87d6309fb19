// What a scenario's figures came from, as HTML tables: the delays of the servers' event loops, the statements that took
// longest, and how much of the machine was others'. For page.ts.

import { digits } from './format.ts'
import { type Html, html } from './html.ts'
import type { LoopDelay, MachineUse, Report, Statement } from './model.ts'

/** Nothing of what was not measured. */
export function insideSection(report: Report, scenario: string): Html {
  const own = <Entry extends { scenario: string }>(entries: readonly Entry[]) =>
    entries.filter(entry => entry.scenario === scenario)
  return html`${loops(own(report.eventLoops))}${statements(own(report.statements))}${own(report.machineUse).map(machine)}`
}

function loops(delays: readonly LoopDelay[]): Html | null {
  if (delays.length === 0) return null
  return html`<table class="results">
<thead><tr><th>event-loop delay, ms</th><th class="num">p50</th><th class="num">p95</th><th class="num">p99</th><th class="num">max</th></tr></thead>
<tbody>${delays.map(
    ({ process, p50, p95, p99, max }) => html`<tr class="own"><td>${process}</td>
<td class="num">${digits(p50)}</td><td class="num">${digits(p95)}</td><td class="num">${digits(p99)}</td><td class="num">${digits(max)}</td></tr>
`,
  )}</tbody></table>
<p class="dim small">How late a timer of 10 ms came, in all measured windows; up to a millisecond is the timer’s own.</p>`
}

function statements(all: readonly Statement[]): Html | null {
  const [first] = all
  if (!first) return null
  return html`<details><summary>What PostgreSQL did in <b>${first.window}</b></summary>
<table class="results">
<thead><tr><th>statement</th><th class="num">calls</th><th class="num">total ms</th><th class="num">mean ms</th><th class="num">rows</th></tr></thead>
<tbody>${all.map(
    ({ query, inside, calls, totalMs, meanMs, rows }) => html`<tr class="own">
<td>${inside ? html`<span class="dim">inside a function:</span> ` : null}<code>${query}</code></td>
<td class="num">${digits(calls)}</td><td class="num">${digits(totalMs)}</td><td class="num">${digits(meanMs)}</td><td class="num">${digits(rows)}</td></tr>
`,
  )}</tbody></table></details>`
}

function machine({ seconds, cores, othersCores, stolenShare, idleShare }: MachineUse): Html {
  const percent = (share: number) => `${digits(Math.round(share * 100))} %`
  return html`<p class="dim small">In ${digits(seconds)} s of measuring, other programs used ${digits(othersCores)} of ${cores} cores, ${percent(stolenShare)} of the time was taken by the hypervisor and ${percent(idleShare)} left over.</p>`
}
