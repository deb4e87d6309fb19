// CPU time and memory of processes, read from /proc. A name may stand for a process with all its children, as
// PostgreSQL's. Linux only, like the servers that are measured.

import { readdirSync, readFileSync } from 'node:fs'

/** A process, or one with everything below it, under a name for people. */
export interface Watched {
  name: string
  pid: number
  /** Count its children, and theirs, too. */
  tree?: boolean
}

export interface Usage {
  /** CPU time since it started, ms; moves in steps of 10. */
  cpuMs: number
  rssMiB: number
  /** Shared pages divided by who shares them: what PostgreSQL's processes add up to. */
  pssMiB: number
}

/** USER_HZ, which Linux fixes for what /proc shows. */
const ticksPerS = 100
const pageBytes = 4096

/** What each uses now; processes that are gone are left out. @param pss also the shares of shared pages, which takes some ms */
export function readUsage(watched: readonly Watched[], { pss = false } = {}): Map<string, Usage> {
  const found = new Map<string, Usage>()
  const children = watched.some(each => each.tree) ? childrenOfAll() : new Map<number, number[]>()
  for (const { name, pid, tree } of watched) {
    const sum = found.get(name) ?? { cpuMs: 0, rssMiB: 0, pssMiB: 0 }
    for (const each of tree ? [pid, ...below(pid, children)] : [pid])
      add(sum, each, { pss, ended: tree === true })
    found.set(name, sum)
  }
  return found
}

function add(sum: Usage, pid: number, { pss, ended }: { pss: boolean; ended: boolean }): void {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Behind the command's name, which may hold anything, come state, ppid …; utime and stime are 11 and 12, those of
    // children that have ended 13 and 14: a back-end of PostgreSQL that goes must not take its time with it.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = fields.slice(11, ended ? 15 : 13).reduce((all, each) => all + each, 0)
    sum.cpuMs += (ticks * 1000) / ticksPerS
    sum.rssMiB += ((fields[21] ?? 0) * pageBytes) / 2 ** 20
    if (!pss) return
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
    sum.pssMiB += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024
  } catch {
    // Gone between listing and reading.
  }
}

function below(pid: number, children: ReadonlyMap<number, readonly number[]>): number[] {
  return (children.get(pid) ?? []).flatMap(child => [child, ...below(child, children)])
}

function childrenOfAll(): Map<number, number[]> {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0])
      children.set(parent, [...(children.get(parent) ?? []), pid])
    } catch {
      // Gone.
    }
  }
  return children
}
