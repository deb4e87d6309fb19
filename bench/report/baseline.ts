// The file that later runs are compared with: a report without its plots. Written and read by the runner, judged by
// compare.ts.

import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { Report } from './model.ts'
import { causeText } from './write.ts'

/** What of a report is kept to compare later runs with. */
export type Baseline = Pick<Report, 'machine' | 'commit' | 'profile' | 'size' | 'results'>

/** The part of a report that a later run is compared with. */
export function baselineOf({ machine, commit, profile, size, results }: Report): Baseline {
  return { machine, commit, profile, size, results }
}

/**
 * A baseline, or a whole report, from its file.
 * @throws Error that names the file and says what is wrong with it: it cannot be read, is no JSON, or has another
 *         shape
 */
export async function readBaseline(path: string): Promise<Baseline> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`cannot read the baseline ${path}: ${causeText(error)}`, { cause: error })
  })
  const parsed = shape.safeParse(jsonOf(text, path))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    ({ path: at, message }) => `${at.map(String).join('.') || 'the whole'}: ${message}`,
  )
  const others = problems.length > 3 ? `; and ${problems.length - 3} more` : ''
  throw new Error(
    `the baseline ${path} has the wrong shape: ${problems.slice(0, 3).join('; ')}${others}`,
    { cause: parsed.error },
  )
}

const machine = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryMiB: z.number(),
  kernel: z.string(),
  os: z.string(),
  node: z.string(),
  postgres: z.string(),
  redis: z.string(),
  uwebsockets: z.string(),
  peers: z.record(z.string(), z.string()),
})
const result = z.object({
  scenario: z.string(),
  metric: z.string(),
  value: z.number(),
  unit: z.string(),
  peer: z.enum(['raw-uws', 'ws', 'socket.io', 'ejabberd', 'single-commit']).nullable(),
  ratio: z.number().nullable(),
  target: z.number().nullable(),
  met: z.boolean().nullable(),
  runs: z.array(z.number()).default([]),
  better: z.enum(['lower', 'higher']).exactOptional(),
})
const shape = z.object({
  machine,
  commit: z.string(),
  profile: z.enum(['two-core', 'i3', 'remote']),
  size: z.enum(['quick', 'full']),
  results: z.array(result),
})

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`the baseline ${path} is not JSON: ${why}`, { cause: error })
  }
}
