// The table at the end of a run, for a terminal: every result by scenario, then notes, failures and how many
// targets were met. Called by the runner.

import { columns, type Line, wrap } from './columns.ts'
import {
  digits,
  duration,
  judged,
  judgedName,
  type Metric,
  memoryText,
  metricsOf,
  quantity,
  scenariosOf,
  score,
  shortCommit,
  spread,
  targetText,
  times,
  unitText,
  versions,
} from './format.ts'
import type { Report, Result } from './model.ts'

const heads = ['metric', 'value', '', 'min – max', 'ratio', 'target', '']

/** Plain text, lines of at most 120 columns, ending with a line break. */
export function table(report: Report): string {
  const lines = [
    ...head(report),
    '',
    ...results(report),
    ...texts('notes', report.notes),
    ...texts('failures', report.failures),
    ...verdict(report),
  ]
  return `${lines.join('\n')}\n`
}

function head(report: Report): string[] {
  const { profile, size, commit, tookS, machine } = report
  const parts = [
    machine.cpu,
    `${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}`,
    memoryText(machine.memoryMiB),
    ...versions(report).map(([name, version]) => `${name} ${version}`),
  ]
  return [
    ...wrap(
      `Petrel bench: ${profile}, ${size}, commit ${shortCommit(commit)}, took ${duration(tookS)}`,
    ),
    ...wrap(parts.join(' · ')),
  ]
}

function results(report: Report): string[] {
  const lines: Line[] = [heads]
  for (const scenario of scenariosOf(report)) {
    const metrics = metricsOf(report.results, scenario)
    if (metrics.length === 0) continue
    lines.push(scenario, ...metrics.flatMap(rowsOf), '')
  }
  if (lines.length === 1) return ['No results.', '']
  const laid = columns(lines, 'lrlllll')
  if (report.results.some(({ ratio }) => ratio !== null)) {
    laid.push("ratio: Petrel's value divided by the peer's, in the same run", '')
  }
  return laid
}

function rowsOf({ name, own, peers }: Metric): Line[] {
  return [
    own ? cells(own, `  ${name}`) : [`  ${name}`],
    ...peers.map(result => cells(result, `    ${result.peer ?? 'once more'}`)),
  ]
}

function cells(result: Result, name: string): string[] {
  return [
    name,
    digits(result.value),
    unitText(result.unit),
    spread(result),
    result.ratio === null ? '' : times(result.ratio),
    targetText(result),
    mark(result),
  ]
}

function mark({ met }: Result): string {
  if (met === null) return ''
  return met ? '✓ met' : '✗ MISSED'
}

function texts(title: string, entries: Report['notes']): string[] {
  if (entries.length === 0) return []
  return [
    title,
    ...entries.flatMap(({ scenario, text }) => wrap(`  ${scenario ? `${scenario}: ` : ''}${text}`)),
    '',
  ]
}

function verdict({ results: all, failures }: Report): string[] {
  const { met, of } = score(all)
  const missed = all.filter(result => result.met === false)
  const lines = of > 0 ? [`${met} of ${of} targets met`] : ['No targets in this run']
  for (const result of missed) {
    const value = judged(result)
    const unit = result.peer === null ? result.unit : 'ratio'
    const found = value === null ? 'nothing measured' : quantity(value, unit)
    lines.push(
      ...wrap(
        `  missed: ${result.scenario}, ${judgedName(result)}: ${found}, target ${targetText(result)}`,
      ),
    )
  }
  if (failures.length > 0)
    lines.push(`${failures.length} ${failures.length === 1 ? 'failure' : 'failures'}`)
  return lines
}
