// The loop of a job that comes round again and again.

import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `round`, rests, and so on, until it is stopped.
 * @param round answers how long to rest after it, ms; must not throw. `signal` is aborted when it is to be the last one
 * @returns stops it, and resolves when the round under way has ended
 */
export function repeat(round: (signal: AbortSignal) => Promise<number>): () => Promise<void> {
  const stop = new AbortController()
  const { signal } = stop
  const loop = async () => {
    while (!signal.aborted) {
      const restMs = await round(signal)
      await sleep(restMs, undefined, { signal }).catch(() => undefined)
    }
  }
  const done = loop()
  return async () => {
    stop.abort()
    await done
  }
}
