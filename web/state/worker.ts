// The page's service worker (web/service-worker): registers it, and says when it has brought a new version of the page.

import { drafts, takeUp } from './drafts.ts'
import { screenView } from './navigation.ts'
import { createStore } from './store.ts'

/** Whether a newer version of the page is ready. */
export const newVersion = createStore(false)

const path = '/service-worker.js'
const lookEveryMs = 3_600_000
const answerMs = 5_000
const keptDraftsKey = 'petrel-page:drafts'

let registered: Promise<ServiceWorkerRegistration | null> = Promise.resolve(null)

/** Registers the worker once the page has loaded, and looks for new versions now and then. */
export function startWorker(): void {
  restoreDrafts()
  const { serviceWorker } = navigator
  if (!import.meta.env.PROD || !serviceWorker) return
  serviceWorker.addEventListener('controllerchange', () => void compare(serviceWorker.controller))
  registered = loaded().then(register)
}

/** The registration with a worker that runs; null where there is none within 5 s. */
export async function workerReady(): Promise<ServiceWorkerRegistration | null> {
  const { serviceWorker } = navigator
  if (!serviceWorker || !(await registered)) return null
  return Promise.race([serviceWorker.ready, after(answerMs, null)])
}

/** Opens the page anew in its new version. What is being written is there again. */
export async function takeNewVersion(): Promise<void> {
  const registration = await registered
  const { waiting } = registration ?? {}
  if (waiting) {
    const { serviceWorker } = navigator
    const over = new Promise(resolve =>
      serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    )
    waiting.postMessage({ type: 'take-over' })
    await Promise.race([over, after(answerMs, null)])
  }
  // Not before: meanwhile somebody went on writing.
  keepDrafts()
  location.reload()
}

async function loaded(): Promise<void> {
  if (document.readyState === 'complete') return
  await new Promise(resolve => addEventListener('load', resolve, { once: true }))
}

async function register(): Promise<ServiceWorkerRegistration | null> {
  try {
    const options = { scope: '/', updateViaCache: 'none' } as const
    const registration = await navigator.serviceWorker.register(trusted(path), options)
    watch(registration)
    return registration
  } catch {
    // Without one the page works all the same, as long as there is a network.
    return null
  }
}

/** The page's policy lets nothing become the address of a script that did not come through here. */
function trusted(address: typeof path): string {
  const { trustedTypes } = window as {
    trustedTypes?: {
      createPolicy(name: string, rules: object): { createScriptURL(url: string): string }
    }
  }
  const rules = { createScriptURL: (url: string) => (url === path ? url : '') }
  return trustedTypes?.createPolicy('petrel-worker', rules).createScriptURL(address) ?? address
}

function watch(registration: ServiceWorkerRegistration): void {
  if (registration.waiting) void offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const { installing } = registration
    installing?.addEventListener('statechange', () => {
      // The first worker of all has nothing to replace.
      if (installing.state === 'installed' && navigator.serviceWorker.controller)
        void offer(installing)
    })
  })
  const look = () => void registration.update().catch(() => undefined)
  setInterval(look, lookEveryMs)
  addEventListener('online', look)
}

/** A worker waits to take over: of this very page, loaded from the network already, or of a newer one. */
async function offer(worker: ServiceWorker): Promise<void> {
  if (await isOurs(worker)) worker.postMessage({ type: 'take-over' })
  else newVersion.set(true)
}

/** Another worker is in charge: of this very page, which lets it put its files in order, or of another version. */
async function compare(worker: ServiceWorker | null): Promise<void> {
  if (!worker) return
  if (await isOurs(worker)) worker.postMessage({ type: 'tend' })
  else newVersion.set(true)
}

/** Whether a worker belongs to the build that this page is of; true when it does not say. */
async function isOurs(worker: ServiceWorker): Promise<boolean> {
  const script = document.querySelector<HTMLScriptElement>('script[type=module][src]')
  const channel = new MessageChannel()
  const answer = new Promise<unknown>(resolve => {
    channel.port1.onmessage = event => resolve(event.data)
  })
  worker.postMessage({ type: 'which' }, [channel.port2])
  const entry = await Promise.race([answer, after(answerMs, null)])
  channel.port1.close()
  return typeof entry !== 'string' || script?.src === new URL(entry, location.origin).href
}

function keepDrafts(): void {
  sessionStorage.setItem(keptDraftsKey, JSON.stringify([...drafts.get()]))
}

function restoreDrafts(): void {
  const kept = sessionStorage.getItem(keptDraftsKey)
  if (kept === null) return
  sessionStorage.removeItem(keptDraftsKey)
  // Nobody but this page in this window could have written it.
  takeUp(JSON.parse(kept), screenView.get().chat)
}

function after<Value>(ms: number, value: Value): Promise<Value> {
  return new Promise(resolve => setTimeout(() => resolve(value), ms))
}
