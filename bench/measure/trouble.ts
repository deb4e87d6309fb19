// What servers complained of, for the story of a failure: `refused` alone does not say that the disk was full.
// Collects what their parts log as errors, and reads the logs of PostgreSQL and Redis, which write to files.

import { readFileSync, readlinkSync, statSync } from 'node:fs'
import type { Watched } from './usage.ts'

const linesMax = 50
const shownMax = 3
const charsMax = 300
/** The places in a crash's trace. */
const idle = /: +at |: *\^*$/
const telling = /error|panic|fatal|cannot|could not|no space|killed|out of memory/i

export class Trouble {
  #lines: string[] = []
  /** Logs of running servers and how long they were when all was well. */
  #logs: { name: string; path: string; from: number }[] = []

  /** A line that a part wrote, with its name before it. @returns whether it is worth showing */
  add(line: string): boolean {
    if (idle.test(line)) return false
    if (this.#lines.length < linesMax) this.#lines.push(line)
    return true
  }

  /** From now on the logs of these count, as far as they write into files. */
  follow(watched: readonly Watched[]): void {
    this.#logs = watched.flatMap(({ name, pid }) => {
      try {
        const path = readlinkSync(`/proc/${pid}/fd/2`)
        const { size } = statSync(path)
        return [{ name, path, from: size }]
      } catch {
        // A pipe, which we read anyway.
        return []
      }
    })
  }

  /** The most telling lines since it was last asked, ready to stand behind a sentence; '' when there are none. */
  take(): string {
    const all = [...this.#lines, ...this.#logs.flatMap(complaintsOf)]
    for (const log of this.#logs) log.from = sizeOf(log.path)
    this.#lines = []
    const distinct = [...new Set(all)]
    const told = distinct.filter(line => telling.test(line))
    const shown = (told.length > 0 ? told : distinct).slice(-shownMax)
    if (shown.length === 0) return ''
    return `; the server said: ${shown.map(line => line.slice(0, charsMax)).join(' | ')}`
  }
}

/** PostgreSQL's errors and Redis's warnings (marked by `#`), without their times. */
function complaintsOf({ name, path, from }: { name: string; path: string; from: number }) {
  try {
    const lines = readFileSync(path).subarray(from).toString().split('\n')
    return lines
      .map(line => /\b(?:PANIC|FATAL|ERROR): .*$| # .*$/.exec(line)?.[0].trim())
      .filter(line => line !== undefined)
      .map(line => `${name}: ${line}`)
  } catch {
    return []
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
