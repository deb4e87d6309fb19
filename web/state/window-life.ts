// Which windows of this browser live: each holds a lock of its own name for as long as it does, so the others learn that it is
// gone however it went. Over plain HTTP from another machine a browser gives no locks; then nobody learns it.

import { randomId } from './random-id.ts'

/** One name for the life of the window. */
export const windowId = randomId()
let isMarked = false

/** Undefined where the browser has none. */
export function lockManager(): LockManager | undefined {
  return (navigator as { locks?: LockManager }).locks
}

/** From now on the others see that this window lives. */
export function markAlive(): void {
  const locks = lockManager()
  if (isMarked || !locks) return
  isMarked = true
  // Held until the window goes.
  void locks.request(lifeOf(windowId), () => new Promise(() => {}))
}

/** Whether a window lives that has marked itself. */
export async function isAlive(window: string): Promise<boolean> {
  const { held = [] } = (await lockManager()?.query()) ?? {}
  return held.some(lock => lock.name === lifeOf(window) && lock.mode === 'exclusive')
}

/** Calls back when the window is gone. @returns ends the waiting */
export function whenGone(window: string, then: () => void): () => void {
  const waiting = new AbortController()
  lockManager()
    ?.request(lifeOf(window), { mode: 'shared', signal: waiting.signal }, () => then())
    .catch(() => {})
  return () => waiting.abort()
}

function lifeOf(window: string): string {
  return `petrel.tab.${window}`
}
