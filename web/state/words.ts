// The few sentences that the service worker shows, in the language of the page: it can read neither the page's settings
// nor its sentences, so the page leaves them where both can look.

const cacheName = 'petrel-words'
const path = '/words.json'

export interface Words {
  app: string
  newMessage: string
  test: string
}

const plain: Words = {
  app: 'Petrel',
  newMessage: 'New message',
  test: 'Notifications reach this device.',
}

/** Leaves them for the worker. Never throws: without them it speaks English. */
export async function keepWords(words: Words): Promise<void> {
  try {
    const cache = await caches.open(cacheName)
    await cache.put(path, new Response(JSON.stringify(words)))
  } catch {
    // No room, or no caches without https.
  }
}

export async function readWords(): Promise<Words> {
  try {
    const cache = await caches.open(cacheName)
    const held = await cache.match(path)
    const words = held ? ((await held.json()) as Partial<Words>) : {}
    return { ...plain, ...words }
  } catch {
    return plain
  }
}
