// The npm that started us. When it is killed, the signals of the terminal and of service managers no longer
// reach us, so we stop too.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { bornAt, commandLine } from './processes.ts'

const checkEveryMs = 500

/** The pid of the npm behind `npm start`, `npm test` or `npm run bench`, or null when we were started in another way. */
export function npmPid(): number | null {
  if (!['start', 'test', 'bench'].includes(process.env.npm_lifecycle_event ?? '')) return null
  const [shell = '', flag] = commandLine(process.ppid) ?? []
  // npm runs scripts through a shell, which some shells replace by the command.
  const throughShell = flag === '-c' && basename(shell).endsWith('sh')
  return throughShell ? parentOf(process.ppid) : process.ppid
}

/** Calls `gone` once npm has ended. Does not keep the process alive. */
export function watchNpm(gone: () => void): void {
  const npm = npmPid()
  if (npm === null) return
  const born = bornAt(npm)
  const timer = setInterval(() => {
    if (bornAt(npm) === born) return
    clearInterval(timer)
    gone()
  }, checkEveryMs)
  timer.unref()
}

function parentOf(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]) || null
  } catch {
    return null
  }
}
