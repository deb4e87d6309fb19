// Looking at processes that are not our children: what they run, since when, and ending leftovers.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The arguments of a running process, or null when there is none with this pid. */
export function commandLine(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    // No such process, or a system without /proc.
    const ps = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
    return ps.status === 0 ? ps.stdout.trim().split(' ') : null
  }
}

/** Signals a process that another launcher left behind and waits for its end; SIGKILL after `patienceMs`. */
export async function stopLeftover(
  pid: number,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<void> {
  const born = bornAt(pid)
  const deadline = Date.now() + patienceMs
  signalQuietly(pid, signal)
  while (born !== null && bornAt(pid) === born) {
    if (Date.now() > deadline) signalQuietly(pid, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended in the meantime.
  }
}

/** When a process was started, in whatever unit the system has; null when there is none with this pid. */
export function bornAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in brackets, which may hold anything; the start time is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return ps.status === 0 ? ps.stdout.trim() : null
  }
}
