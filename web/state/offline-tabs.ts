// The windows of one browser as the SDK sees them: messages over BroadcastChannel, the lead and who lives by Web Locks. Both
// are there on phones as well, where shared workers are not. Over plain HTTP from another machine a browser gives no locks:
// then each window has a connection of its own.

import type { TabHost } from '#client/types.ts'
import { isAlive, lockManager, markAlive, whenGone, windowId } from './window-life.ts'

/** @param storage its name: those who share it are tabs of one person; undefined where the browser cannot do it */
export function browserTabs(storage: string): TabHost | undefined {
  const locks = lockManager()
  if (!locks || typeof BroadcastChannel !== 'function') return undefined
  markAlive()
  const nameOf = (name: string) => `petrel.${storage}.${name}`
  return {
    id: windowId,
    join: (name, hear) => join(nameOf(name), hear),
    lead: (name, events, force) => lead(locks, nameOf(name), events, force),
    isAlive,
    whenGone,
    alone: (name, run) => locks.request(nameOf(name), () => run()) as ReturnType<typeof run>,
  }
}

function join(name: string, hear: (message: unknown) => void): ReturnType<TabHost['join']> {
  const channel = new BroadcastChannel(name)
  channel.onmessage = event => hear(event.data)
  return { tell: message => channel.postMessage(message), leave: () => channel.close() }
}

function lead(
  locks: LockManager,
  name: string,
  events: Parameters<TabHost['lead']>[1],
  force: boolean,
): () => void {
  const waiting = new AbortController()
  let release = () => {}
  let isOver = false
  let isLeading = false
  const hold = () => {
    if (isOver) return undefined
    isLeading = true
    events.led()
    return new Promise<void>(resolve => {
      release = resolve
    })
  }
  locks
    .request(name, force ? { steal: true } : { signal: waiting.signal }, hold)
    .catch(() => !isOver && isLeading && events.lost())
  return () => {
    isOver = true
    waiting.abort()
    release()
  }
}
