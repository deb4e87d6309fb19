// Whose pushes this browser takes. The service worker cannot ask the page who is signed in, so the page leaves it where both
// can look: what comes for somebody who has signed out is then not shown, even if the server could not be told.

import type { UserId } from '#shared/protocol/ids.ts'

const cacheName = 'petrel-push'
const path = '/push-owner.json'

/** @param user null for nobody. Never throws: without a place for it, nobody knows */
export async function keepPushOwner(user: UserId | null): Promise<void> {
  try {
    const cache = await caches.open(cacheName)
    await cache.put(path, new Response(JSON.stringify(user)))
  } catch {
    // No room, or no caches without https.
  }
}

/** @returns null for nobody, undefined when that was never said */
export async function readPushOwner(): Promise<UserId | null | undefined> {
  try {
    const cache = await caches.open(cacheName)
    const held: unknown = await (await cache.match(path))?.json()
    return typeof held === 'number' || held === null ? held : undefined
  } catch {
    return undefined
  }
}
