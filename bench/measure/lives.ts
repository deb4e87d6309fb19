// Notices at once when a process that is being measured ends: nobody would answer any more, and without this a
// run would wait for the end of its time.

import { bornAt } from '#deploy/processes.ts'
import type { Watched } from './usage.ts'

const checkEveryMs = 200

/** Those of the processes that have ended. */
export function ended(watched: readonly Watched[]): string[] {
  return watched.filter(({ pid }) => pid === 0 || bornAt(pid) === null).map(({ name }) => name)
}

/** `died` rejects when one of the processes has ended; stop() when that no longer matters. */
export function watchLives(watched: () => Watched[]): { died: Promise<never>; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const died = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const names = ended(watched())
      if (names.length > 0) reject(new Error(`${names.join(' and ')} ended in mid-run`))
    }, checkEveryMs)
  })
  return { died, stop: () => clearInterval(timer) }
}
