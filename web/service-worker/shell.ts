// The files of the page, kept so that it opens without a network. All of one build or none: they lie in a cache named
// after it. Nothing of the server's answers is ever kept: neither /api nor /media, nor whatever is asked for with a token.

/** What build-worker.ts found in the build. */
interface Shell {
  /** Differs whenever any of the files does. */
  version: string
  /** The page's first script, which has a hash in its name. */
  entry: string
  /** Everything but index.html. */
  files: readonly string[]
}

declare const shell: Shell
declare const self: ServiceWorkerGlobalScope

const prefix = 'petrel-shell-'
const name = prefix + shell.version
/** A page that does not come within this time comes from the cache. */
const patienceMs = 2_500

/** Never the page's: as api/web-page.ts has them. */
const reserved = /^\/(api|health|media|metrics|ws)(\/|$)/

/** Tells builds apart: the script that a page of this build began with. */
export const { entry } = shell

/** @throws Error when a file does not come, or is of another build: the browser tries again later */
export async function fill(): Promise<void> {
  const index = await ask('/', 'no-store')
  const text = await index.clone().text()
  if (!text.includes(entry)) throw new Error('the page is of another build')
  const cache = await caches.open(name)
  await Promise.all(shell.files.map(path => keep(cache, path)))
  // The last one: where it is, all of them are.
  await cache.put('/', index)
}

async function keep(cache: Cache, path: string): Promise<void> {
  // What has a hash in its name is the same in every build.
  const held = path.startsWith('/assets/') ? await caches.match(path) : undefined
  await cache.put(path, held ?? (await ask(path, 'no-cache')))
}

async function ask(path: string, cache: RequestCache): Promise<Response> {
  const response = await fetch(path, { cache, credentials: 'omit' })
  if (!response.ok || response.redirected) throw new Error(`${path} answered ${response.status}`)
  return response
}

/** Keeps what is kept in order while pages are opened: no files of builds that are gone, and all of this one. @param opened the window that is one of this build */
export async function tend(opened: string): Promise<void> {
  await clean(opened)
  await heal()
}

/** Deletes the files of other builds, unless windows are open that may be of one of them, or one is about to take over. */
async function clean(opened: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const others = windows.filter(each => each.id !== opened)
  const names = await caches.keys()
  const { installing, waiting } = self.registration
  if (others.length > 0 || installing || waiting) return
  for (const each of names) {
    if (each.startsWith(prefix) && each !== name) await caches.delete(each)
  }
}

/** A worker is installed once: files that got lost since then would be missing for as long as it runs. */
async function heal(): Promise<void> {
  const cache = await caches.open(name)
  if (await cache.match('/', { ignoreVary: true })) return
  // Without a network, or with a newer build there, the next time.
  await fill().catch(() => undefined)
}

/** @returns undefined for what is none of ours: the browser asks for it as if there were no worker */
export function answer(request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin || reserved.test(pathname))
    return undefined
  if (request.headers.has('authorization') || request.headers.has('range')) return undefined
  if (request.mode === 'navigate') return /\.\w+$/.test(pathname) ? undefined : openPage(request)
  const isPart = pathname.startsWith('/assets/') || shell.files.includes(pathname)
  return isPart ? fromCache(request, pathname) : undefined
}

/** The newest page where the network is quick, so that updates arrive; else the one that is kept. */
async function openPage(request: Request): Promise<Response> {
  const fresh = fetch(request)
  const first = await Promise.race([fresh.catch(() => undefined), patience()])
  // A proxy answers so while its server is away.
  if (first && first.status < 500) return first
  const cache = await caches.open(name)
  return (await cache.match('/', { ignoreVary: true })) ?? fresh
}

function patience(): Promise<undefined> {
  return new Promise(resolve => setTimeout(() => resolve(undefined), patienceMs))
}

async function fromCache(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(name)
  const held = await cache.match(path, { ignoreVary: true })
  // A window of the build before still loads parts of its own.
  return held ?? (await caches.match(request, { ignoreVary: true })) ?? keepLate(cache, request)
}

/** A part that is too large to be kept before anybody wants it. */
async function keepLate(cache: Cache, request: Request): Promise<Response> {
  const response = await fetch(request)
  const isFile = response.ok && response.type === 'basic' && !response.redirected
  // A full device keeps none, and the page has it all the same.
  if (isFile) await cache.put(request, response.clone()).catch(() => undefined)
  return response
}
