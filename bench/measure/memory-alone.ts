// What processes take of a machine's memory together, as if nobody else ran on it: pages that they share count once,
// and pages of files (a program's code above all) count whole although others, like the load generator, map them too.
// PSS would take off what those others share. For idle.ts; reads some ms of /proc per process.

import { readFileSync } from 'node:fs'
import type { Watched } from './usage.ts'

/** One mapping of a process, KiB. */
export interface Mapping {
  /** `inode@offset` of a file's mapping; null for memory of its own. */
  file: string | null
  rss: number
  pss: number
  /** Of a file's mapping, what the process has changed, which is its own. */
  anonymous: number
}

/** @returns MiB; processes that are gone count nothing */
export function memoryAlone(watched: readonly Watched[]): number {
  const pids = watched.flatMap(({ pid, tree }) => (tree ? withChildren(pid) : [pid]))
  const processes = pids.map(pid => {
    try {
      return parseMappings(readFileSync(`/proc/${pid}/smaps`, 'latin1'))
    } catch {
      return []
    }
  })
  return addUp(processes) / 1024
}

/** Own memory by its share, files' by the process that holds most of them. @returns KiB */
export function addUp(processes: readonly (readonly Mapping[])[]): number {
  const files = new Map<string, number>()
  let sum = 0
  for (const { file, rss, pss, anonymous } of processes.flat()) {
    sum += file === null ? pss : anonymous
    if (file !== null) files.set(file, Math.max(files.get(file) ?? 0, rss - anonymous))
  }
  for (const rss of files.values()) sum += rss
  return sum
}

/** Reads /proc/PID/smaps. Memory that processes share without a file counts as own, by its share. */
export function parseMappings(smaps: string): Mapping[] {
  const mappings: Mapping[] = []
  for (const line of smaps.split('\n')) {
    const head = /^[0-9a-f]+-[0-9a-f]+ \S+ ([0-9a-f]+) (\S+) (\d+)\s*(\S?)/.exec(line)
    if (head) {
      const [, offset, device = '', inode, path = ''] = head
      const isFile = inode !== '0' && path === '/' && !isShared(line)
      const file = isFile ? `${device}:${inode}@${offset}` : null
      mappings.push({ file, rss: 0, pss: 0, anonymous: 0 })
      continue
    }
    const [, name, kib] = /^(Rss|Pss|Anonymous):\s+(\d+) kB/.exec(line) ?? []
    const key = fields.get(name ?? '')
    const last = mappings.at(-1)
    if (last && key) last[key] = Number(kib)
  }
  return mappings
}

const fields = new Map([
  ['Rss', 'rss'],
  ['Pss', 'pss'],
  ['Anonymous', 'anonymous'],
] as const) as ReadonlyMap<string, 'rss' | 'pss' | 'anonymous'>

/** A process and everything below it. */
function withChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(withChildren)]
}

/** Memory that processes share has the names of deleted files. */
function isShared(line: string): boolean {
  return / \/(dev\/zero|dev\/shm\/|SYSV|memfd:)/.test(line)
}
