// What the run ran on, for the report: hardware, system, versions, the commit; and what the machine allows. Called
// by run.ts and the runner. Linux only, like what is measured.

import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Machine } from './report/model.ts'

/** The folder of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url))
const unknown = 'unknown'
/** Processes waiting for a core, per core, before the run has begun: others would be measured too. */
const busyShare = 0.5

/** To be called before this process is pinned: the cores are those it may use. */
export function readMachine(): Machine {
  const limit = process.constrainedMemory()
  const bytes = limit > 0 && limit < totalmem() ? limit : totalmem()
  return {
    cpu: cpus()[0]?.model.trim() || unknown,
    cores: availableParallelism(),
    memoryMiB: Math.round(bytes / 2 ** 20),
    kernel: release(),
    os: osName(textOf('/etc/os-release')),
    node: process.versions.node,
    postgres: unknown,
    redis: unknown,
    uwebsockets: packageVersion(textOf(`${root}node_modules/uWebSockets.js/package.json`)),
    peers: {},
  }
}

/** `PRETTY_NAME` of an os-release file. */
export function osName(osRelease: string): string {
  return /^PRETTY_NAME="?(.*?)"?$/m.exec(osRelease)?.[1] ?? 'Linux'
}

/** What a running program says to `--version`: `18.4`. */
export function versionOf(pid: number): string {
  try {
    const { stdout } = spawnSync(readlinkSync(`/proc/${pid}/exe`), ['--version'], {
      encoding: 'utf8',
    })
    return /\d+\.\d+(\.\d+)*/.exec(stdout)?.[0] ?? unknown
  } catch {
    return unknown
  }
}

/** Hash of the commit in this folder, with `+` when files differ from it; `unknown` without git. */
export function commitOf(dir: string): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: dir, encoding: 'utf8' })
  const head = git('rev-parse', 'HEAD')
  if (head.status !== 0) return unknown
  return head.stdout.trim() + (git('status', '--porcelain').stdout === '' ? '' : '+')
}

/** How many files this process and those it starts may open; Node has raised it as far as it may. */
export function descriptorsMax(limits = textOf('/proc/self/limits')): number {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

/** A sentence when others keep the machine busy, else null. */
export function busyText(
  waiting = loadavg()[0] ?? 0,
  cores = availableParallelism(),
): string | null {
  if (waiting <= cores * busyShare) return null
  return `the machine was busy before the run began: load ${waiting.toFixed(1)} on ${cores} cores`
}

function packageVersion(packageJson: string): string {
  return /"version": "(.*?)"/.exec(packageJson)?.[1] ?? unknown
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
