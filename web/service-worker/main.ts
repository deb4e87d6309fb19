// The page's service worker: opens the page without a network, and shows what is pushed while no page is open. Built by
// build-worker.ts into one file, /service-worker.js; the page registers it (state/worker.ts).

import { openChat, showPush } from './notifications.ts'
import { answer, clean, entry, fill, tend } from './shell.ts'

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', event => event.waitUntil(fill()))

self.addEventListener('activate', event => {
  event.waitUntil(Promise.all([clean(), self.clients.claim()]))
})

self.addEventListener('fetch', event => {
  const answered = answer(event.request)
  if (answered !== undefined) event.respondWith(answered)
  // The last window of another build may have gone. A window that is being opened is counted once it asks for its first script.
  if (event.request.url === new URL(entry, location.origin).href) event.waitUntil(tend())
})

self.addEventListener('message', event => {
  const { type } = (event.data ?? {}) as { type?: unknown }
  // A new worker waits until a person agrees: pages that are open may still need the files of the old one.
  if (type === 'take-over') event.waitUntil(self.skipWaiting())
  if (type === 'which') event.ports[0]?.postMessage(entry)
})

self.addEventListener('push', event => event.waitUntil(showPush(event.data)))

self.addEventListener('notificationclick', event => {
  event.notification.close()
  event.waitUntil(openChat(event.notification.data))
})
