// A flame graph in HTML and CSS, with the functions that took most below it. For page.ts; a click on a call
// widens it (page-plots.js).

import { busyPart, ownTimes, prune } from './flame.ts'
import { digits } from './format.ts'
import { Html, html } from './html.ts'
import type { Flame, FlameNode } from './model.ts'

/** Calls below this share of the whole are not drawn. */
const shareMin = 0.003
const bytesMax = 100_000

/** Folded unless `open`. */
export function flameSection({ process, root }: Flame, open: boolean): Html {
  const { busy, idleShare } = busyPart(root)
  if (busy.samples <= 0) return html`<p>${process}: the profile has no samples of work.</p>`
  return html`<details class="flame"${open ? new Html(' open') : null}>
<summary>Where <b>${process}</b> spent its CPU time <span class="dim">${idle(idleShare)}</span></summary>
${drawing(busy)}
<p class="picked dim">A wider bar took more time; below it is what it called. Point at a bar for its name, click it to widen it, and the topmost to see all again.</p>
<table class="own"><thead><tr><th>function, without what it called</th><th class="num">share</th></tr></thead>
<tbody>${ownTimes(busy)
    .slice(0, 10)
    .map(({ name, samples }) => ownRow(name, samples / busy.samples))}</tbody></table>
</details>`
}

function idle(share: number): string {
  return share > 0 ? `(left out: ${digits(share * 100)} % of the time, in which it waited)` : ''
}

function ownRow(name: string, share: number): Html {
  const [call, place] = split(name)
  return html`<tr><td><code>${call}</code> <span class="dim">${place}</span></td><td class="num">${digits(share * 100)} %</td></tr>
`
}

/** Coarser when it would be too long for a page that one sends around. */
function drawing(root: FlameNode): Html {
  for (let share = shareMin; ; share *= 1.5) {
    const bars: string[] = []
    const depth = draw(prune(root, share), root.samples, 0, 0, bars)
    const text = bars.join('\n')
    if (text.length > bytesMax && share < 1) continue
    return html`<div class="scroll"><div class="bars" style="--rows:${depth}">${new Html(text)}</div></div>`
  }
}

/** Adds the node's bar and those below it; returns how many rows they take. */
function draw(node: FlameNode, all: number, from: number, row: number, bars: string[]): number {
  const share = node.samples / all
  const hue = hueOf(node.name)
  const title = `${node.name} · ${digits(share * 100)} %`
  const colour = hue === null ? '' : `;--h:${hue}`
  const style = `--x:${percent(from / all)};--w:${percent(share)};--d:${row}${colour}`
  bars.push(html`<i style="${style}" title="${title}"></i>`.text)
  let rows = row + 1
  let start = from
  for (const child of node.children) {
    rows = Math.max(rows, draw(child, all, start, row + 1, bars))
    start += child.samples
  }
  return rows
}

/** By file, so that a module has one colour; null (grey) for what has none. */
function hueOf(name: string): number | null {
  const file = split(name)[1].replace(/:\d+$/, '')
  if (file === '') return null
  let hash = 0
  for (const character of file) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003
  return (hash * 47) % 360
}

/** The function and `file:line`. */
function split(name: string): [call: string, place: string] {
  const space = name.lastIndexOf(' ')
  const place = name.slice(space + 1)
  return space > 0 && /:\d+$/.test(place) ? [name.slice(0, space), place] : [name, '']
}

function percent(share: number): string {
  return String(Math.round(share * 100_00) / 100)
}
