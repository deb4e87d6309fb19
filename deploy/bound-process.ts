// Child processes that never outlive us: used for PostgreSQL and Redis, which do not watch an IPC channel.
// Where util-linux is present, the kernel signals the child when this process dies, even by SIGKILL.

import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** A user on whose behalf to run a command. */
export interface RunAs {
  uid: number
  gid: number
}

interface BoundOptions {
  /** What the child gets when this process ends without stopping it. */
  deathSignal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'
  stdio: StdioOptions
  runAs?: RunAs | undefined
  cwd?: string
  env?: NodeJS.ProcessEnv
}

let hasSetpriv: boolean | undefined

/**
 * Starts a process in a session of its own, so that Ctrl-C reaches only us, who then stop things in their
 * order. Without `setpriv` (not Linux) the child only ends when it is stopped.
 */
export function spawnBound(command: string, args: string[], options: BoundOptions): ChildProcess {
  const { deathSignal, runAs, ...rest } = options
  const common = { cwd: '/', ...rest, detached: true }
  hasSetpriv ??= spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0
  if (!hasSetpriv) return spawn(command, args, { ...common, ...runAs })
  const user = runAs ? [`--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--clear-groups'] : []
  const death = `--pdeathsig=${deathSignal.slice('SIG'.length)}`
  return spawn('setpriv', [...user, death, command, ...args], common)
}

/** Starts a server like `spawnBound`, appending what it says to a file. */
export function spawnServer(
  command: string,
  args: string[],
  { logFile, ...options }: Omit<BoundOptions, 'stdio'> & { logFile: string },
): ChildProcess {
  const log = openSync(logFile, 'a', 0o640)
  try {
    return spawnBound(command, args, { ...options, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

/** Resolves with the exit code or signal, at once if the child has ended already. */
export function exited(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(child.exitCode ?? child.signalCode)
  }
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
    child.once('error', () => resolve(null))
  })
}
