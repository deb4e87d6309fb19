// The windows of one browser as the SDK sees them: messages over BroadcastChannel, the lead and who lives by Web Locks. Both
// are there on phones as well, where shared workers are not. Over plain HTTP from another machine a browser gives no locks:
// then each window has a connection of its own.

import type { TabHost } from '#client/types.ts'
import { randomId } from './random-id.ts'

/** One name for the life of the window; a lock of that name shows that it lives. */
const id = randomId()
let isMarked = false

/** @param place those who share it are tabs of one person; undefined where the browser cannot do it */
export function browserTabs(place: string): TabHost | undefined {
  const { locks } = navigator as { locks?: LockManager }
  if (!locks || typeof BroadcastChannel !== 'function') return undefined
  markAlive(locks)
  const nameOf = (name: string) => `petrel.${place}.${name}`
  return {
    id,
    join: (name, hear) => join(nameOf(name), hear),
    lead: (name, events, force) => lead(locks, nameOf(name), events, force),
    async isAlive(tab) {
      const { held = [] } = await locks.query()
      return held.some(lock => lock.name === lifeOf(tab) && lock.mode === 'exclusive')
    },
    whenGone(tab, then) {
      const waiting = new AbortController()
      locks
        .request(lifeOf(tab), { mode: 'shared', signal: waiting.signal }, () => then())
        .catch(() => {})
      return () => waiting.abort()
    },
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

function markAlive(locks: LockManager): void {
  if (isMarked) return
  isMarked = true
  // Held until the window goes.
  void locks.request(lifeOf(id), () => new Promise(() => {}))
}

function lifeOf(tab: string): string {
  return `petrel.tab.${tab}`
}
