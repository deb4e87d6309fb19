// How the runner ends what it started without ever waiting for long.

import type { Stack } from './stack.ts'

/** Ends what runs without waiting for it: PostgreSQL in its own way, which frees its shared memory. */
export function killAll(stack: Stack): void {
  for (const { name, pid } of stack.watched()) {
    try {
      if (pid > 0) process.kill(pid, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
}

/** Whether it came to an end, good or bad, in time. */
export async function within(ms: number, ending: Promise<unknown> | undefined): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(resolve, ms, false)
  })
  const done = Promise.resolve(ending).then(
    () => true,
    () => true,
  )
  const inTime = await Promise.race([done, late])
  clearTimeout(timer)
  return inTime
}

/** Rejects with the signal's reason once it is aborted. */
export function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
