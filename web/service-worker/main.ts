// The page's service worker: opens the page without a network, and shows what is pushed while no page is open. Built by
// build-worker.ts into one file, /service-worker.js; the page registers it (state/worker.ts).

import { openChat, showPush } from './notifications.ts'
import { answer, entry, fill, tend } from './shell.ts'

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', event => event.waitUntil(fill()))

self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', event => {
  const answered = answer(event.request)
  if (answered !== undefined) event.respondWith(answered)
  // The last window of another build may have gone. The one that asks for the first script of this build is none of those.
  if (event.request.url === new URL(entry, location.origin).href)
    event.waitUntil(tend(event.clientId))
})

self.addEventListener('message', event => {
  const { type } = (event.data ?? {}) as { type?: unknown }
  // A new worker waits until a person agrees: pages that are open may still need the files of the old one.
  if (type === 'take-over') event.waitUntil(self.skipWaiting())
  if (type === 'which') event.ports[0]?.postMessage(entry)
  // A window of this build has found this worker in charge.
  if (type === 'tend' && event.source instanceof WindowClient)
    event.waitUntil(tend(event.source.id))
})

self.addEventListener('push', event => event.waitUntil(showPush(event.data)))

self.addEventListener('notificationclick', event => {
  event.notification.close()
  event.waitUntil(openChat(event.notification.data))
})
