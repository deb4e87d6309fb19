// The service worker: the page opens without a server, nothing of the server's answers is kept, a new version is offered
// and loses nothing that was being written.

import { readdirSync, readFileSync } from 'node:fs'
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { webDir } from '#deploy/build.ts'
import { anyPort } from '#deploy/ports.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, online, openWindow, startBrowser } from './browser.ts'
import { holds, say, stored } from './conversation.ts'
import { openChat } from './pages.ts'
import { controlled } from './worker.ts'

const host = '127.0.0.1'
/** Where the build is served beside the stack. */
const buildPort = await anyPort(host)
const stack = await startStack(t, {
  web: true,
  demo: true,
  origins: [`http://${host}:${buildPort}`],
})
const browser = await startBrowser(t)

/** Everything that any cache holds. */
const cached = (page: Page) =>
  page.evaluate<string[]>(`(async () => {
    const names = await caches.keys()
    const all = await Promise.all(
      names.map(async name => (await (await caches.open(name)).keys()).map(each => each.url)),
    )
    return all.flat()
  })()`)

t.test('the page opens while the server is away, and nothing of the api was kept', async t => {
  const { page } = await openWindow(t, browser)
  await enterAs(page, stack.url, 'alice')
  await controlled(page)
  const urls = (await cached(page)).map(url => new URL(url).pathname)
  t.ok(urls.includes('/'))
  t.ok(urls.some(path => /^\/assets\/.*\.js$/.test(path)))
  t.ok(urls.some(path => /^\/assets\/.*\.css$/.test(path)))
  t.same(
    urls.filter(path => /^\/(api|media|health|ws)/.test(path)),
    [],
  )
  await stack.api.kill()
  await page.reload()
  await page.locator('[data-testid=connection]').waitFor({ state: 'attached' })
  t.match(await page.title(), /Petrel$/)
  t.equal(await page.locator('[data-testid=connection][data-state=online]').count(), 0)
  // An address of the page that was never opened.
  await page.goto(`${stack.url}/#/chat/1`)
  await page.locator('[data-testid=connection]').waitFor({ state: 'attached' })
  t.equal(
    await page.evaluate(() =>
      fetch('/api/v1/config').then(
        () => true,
        () => false,
      ),
    ),
    false,
  )
  await stack.api.start()
  await page.reload()
  await online(page)
})

t.test('a shortcut of the installed app does what it says, once', async t => {
  const { page } = await openWindow(t, browser)
  await enterAs(page, stack.url, 'alice')
  await page.goto(`${stack.url}/?do=new`)
  await page.getByRole('dialog').waitFor()
  await until(() => new URL(page.url()).search === '')
  await page.goto(`${stack.url}/?do=saved`)
  await page.getByTestId('composer').waitFor()
  await until(() => /\/#\/chat\/\d+$/.test(page.url()))
})

t.test('the worker is asked for anew each time, under the policy of the page', async t => {
  const answer = await fetch(`${stack.url}/service-worker.js`)
  t.equal(answer.headers.get('cache-control'), 'no-cache')
  t.match(answer.headers.get('content-type'), /javascript/)
  t.match(answer.headers.get('content-security-policy'), "default-src 'none'")
  const manifest = await fetch(`${stack.url}/manifest.webmanifest`)
  t.equal(manifest.headers.get('content-type')?.split(';')[0], 'application/manifest+json')
  const { icons, shortcuts } = (await manifest.json()) as {
    icons: { src: string; type: string }[]
    shortcuts: { icons: { src: string }[] }[]
  }
  t.ok(icons.length >= 3)
  for (const { src } of [...icons, ...shortcuts.flatMap(each => each.icons)]) {
    const icon = await fetch(stack.url + src)
    t.equal(icon.status, 200, src)
    t.match(icon.headers.get('content-type'), /^image\/(png|svg\+xml)/)
  }
})

/** The built page, served before the stack's api, in a version that can be changed. */
async function serveBuild(t: Test) {
  let mark = 'one'
  let isBehind = false
  let isAway = false
  const types: Record<string, string> = {
    js: 'text/javascript',
    css: 'text/css',
    html: 'text/html',
    svg: 'image/svg+xml',
    png: 'image/png',
    webmanifest: 'application/manifest+json',
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    if (isAway) return request.socket.destroy()
    if (pathname.startsWith('/api')) return pass(request, response)
    const path = pathname === '/' ? '/index.html' : pathname
    try {
      let body: string | Buffer = readFileSync(join(webDir, path))
      // Another build differs in the name of its first script, and so in the version of its worker.
      const isOld = mark === 'one' || (isBehind && path === '/index.html')
      if (!isOld && /(index\.html|service-worker\.js)$/.test(path))
        body = body
          .toString('utf8')
          .replaceAll(/\/assets\/(first-[\w-]+\.js)/g, '/assets/$1?two')
          .replaceAll(/version:"/g, 'version:"two')
      const type = types[path.split('.').at(-1) ?? ''] ?? 'text/plain'
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>(resolve => server.listen(buildPort, host, resolve))
  t.teardown(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return {
    url: `http://${host}:${buildPort}`,
    release() {
      mark = 'two'
    },
    /** The page alone is the one before: a proxy still had it. */
    fallBehind() {
      isBehind = true
    },
    /** Answers nobody any more. */
    leave() {
      isAway = true
    },
  }
}

function pass(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url } = request
  const asked = ask(stack.url + url, { method, headers }, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  asked.on('error', () => response.writeHead(502).end())
  request.pipe(asked)
}

t.test('a new version is offered, and comes when the person says so', async t => {
  const build = await serveBuild(t)
  const { page } = await openWindow(t, browser)
  await enterAs(page, build.url, 'alice')
  await controlled(page)
  t.equal(await page.getByTestId('new-version').count(), 0)
  await openChat(page, 'Bob')
  await page.getByTestId('composer').fill('Half a sent')
  const before = await page.evaluate<string[]>('caches.keys()')
  build.release()
  await page.evaluate('navigator.serviceWorker.ready.then(registration => registration.update())')
  await page.getByTestId('new-version').waitFor()
  // Nothing happens by itself.
  t.notMatch(await page.locator('script[type=module]').getAttribute('src'), 'two')
  await page.getByTestId('take-version').click()
  await page.locator('script[src*="two"]').waitFor({ state: 'attached' })
  await until(async () => {
    const names = await page.evaluate<string[]>('caches.keys()')
    return before.every(name => !name.startsWith('petrel-shell') || !names.includes(name))
  })
  t.equal(await page.getByTestId('new-version').count(), 0)
  await holds(page.getByTestId('composer'), 'Half a sent')
})

t.test('a page that has come with the new version already is asked nothing', async t => {
  const build = await serveBuild(t)
  const { page } = await openWindow(t, browser)
  await page.goto(build.url)
  await controlled(page)
  const [old] = (await page.evaluate<string[]>('caches.keys()')).filter(name => /shell/.test(name))
  build.release()
  await page.reload()
  await page.evaluate('navigator.serviceWorker.ready.then(registration => registration.update())')
  await until(async () => {
    const names = await page.evaluate<string[]>('caches.keys()')
    return names.some(name => /shell/.test(name)) && !names.includes(old ?? '')
  })
  t.equal(await page.getByTestId('new-version').count(), 0)
})

/** The caches of builds. */
const shells = async (page: Page) =>
  (await page.evaluate<string[]>('caches.keys()')).filter(name => name.startsWith('petrel-shell-'))

const isWhole = (shell: string) =>
  `caches.match('/', { cacheName: '${shell}' }).then(found => found !== undefined)`

t.test('what is written while the new version takes over is there after it', async t => {
  const build = await serveBuild(t)
  const { page } = await openWindow(t, browser)
  await enterAs(page, build.url, 'alice')
  await controlled(page)
  await openChat(page, 'Bob')
  const field = page.getByTestId('composer')
  await say(page, 'Said already')
  await stored(page, 'Said already')
  build.release()
  await page.evaluate('navigator.serviceWorker.ready.then(registration => registration.update())')
  await page.getByTestId('new-version').waitFor()
  // The worker is slow to take over.
  await page.evaluate(`(() => {
    const { prototype } = ServiceWorker
    const { postMessage } = prototype
    prototype.postMessage = function (...call) {
      if (call[0]?.type === 'take-over') globalThis.goOn = () => postMessage.apply(this, call)
      else postMessage.apply(this, call)
    }
  })()`)
  // An edit is nowhere but in this window.
  await field.press('ArrowUp')
  await holds(field, 'Said already')
  // What the next page finds; this build's parts know only the first script of before, which is another one to them.
  await page.addInitScript(`globalThis.found = sessionStorage.getItem('petrel-page:drafts')`)
  await page.getByTestId('take-version').click()
  await until(() => page.evaluate<boolean>('globalThis.goOn !== undefined'))
  await field.fill('Said already, and better')
  await page.evaluate('globalThis.goOn()')
  await page.locator('script[src*="two"]').waitFor({ state: 'attached' })
  t.match(await page.evaluate<string | null>('globalThis.found'), 'Said already, and better')
})

t.test('a window of the build before keeps its files while another one is opened', async t => {
  const build = await serveBuild(t)
  const { context, page: first } = await openWindow(t, browser)
  await first.goto(build.url)
  await controlled(first)
  const [old = ''] = await shells(first)
  build.release()
  const open = async () => {
    const page = await context.newPage()
    await page.goto(build.url)
    await page.locator('script[src*="two"]').waitFor({ state: 'attached' })
    return page
  }
  const second = await open()
  await second.evaluate('navigator.serviceWorker.ready.then(registration => registration.update())')
  // The new worker takes over for the window that is of its build.
  await until(async () => (await shells(second)).length === 2)
  await until(() =>
    second.evaluate<boolean>(`navigator.serviceWorker.ready.then(
      ({ active, waiting, installing }) =>
        !waiting && !installing && active.state === 'activated')`),
  )
  await second.close()
  const third = await open()
  await controlled(third)
  const tended = async () => {
    // Its files are in order as soon as what was lost of them is back.
    const [name = ''] = (await shells(third)).filter(each => each !== old)
    await third.evaluate(`caches.delete('${name}')`)
    await third.reload()
    await until(async () => (await shells(third)).some(each => each !== old))
  }
  await tended()
  t.ok((await shells(third)).includes(old))
  await first.close()
  // A window counts until the browser has taken it down, which is a moment after it is closed.
  await until(async () => {
    await third.reload()
    return !(await shells(third)).includes(old)
  })
})

t.test('a reload before the new version takes over loses nothing of it', async t => {
  const build = await serveBuild(t)
  const { page } = await openWindow(t, browser)
  await page.goto(build.url)
  await controlled(page)
  const [old = ''] = await shells(page)
  build.release()
  await page.evaluate('navigator.serviceWorker.ready.then(registration => registration.update())')
  await page.getByTestId('new-version').waitFor()
  const [next = ''] = (await shells(page)).filter(name => name !== old)
  // Opened once more in the old version, whose worker puts its files in order: what was lost of them is back when it has.
  build.fallBehind()
  await page.evaluate(`caches.delete('${old}')`)
  await page.reload()
  await until(() => page.evaluate<boolean>(isWhole(old)))
  t.ok((await shells(page)).includes(next))
  t.ok(await page.evaluate<boolean>(isWhole(next)))
  // Without the server the one opens that is in charge.
  build.leave()
  await page.reload()
  await page.getByLabel('Username').waitFor()
})

t.test('files that got lost are kept anew when the page is opened', async t => {
  const build = await serveBuild(t)
  const { page } = await openWindow(t, browser)
  await page.goto(build.url)
  await controlled(page)
  const [name = ''] = await shells(page)
  await page.evaluate(`caches.delete('${name}')`)
  await page.reload()
  await until(() => page.evaluate<boolean>(isWhole(name)))
  build.leave()
  await page.reload()
  await page.getByLabel('Username').waitFor()
})

t.test('the page makes no Trusted Types policy that its own does not name', async t => {
  const assets = join(webDir, 'assets')
  const made = readdirSync(assets)
    .filter(name => name.endsWith('.js'))
    .flatMap(name => [
      ...readFileSync(join(assets, name), 'utf8').matchAll(/createPolicy\(\s*["'`]([^"'`]+)/g),
    ])
    .map(([, name]) => name)
  const header = (await fetch(stack.url)).headers.get('content-security-policy') ?? ''
  const named = /trusted-types ([^;]*)/.exec(header)?.[1]?.split(' ')
  t.same(named, [...new Set(made)])
  const page = await (await browser.newContext()).newPage()
  await page.goto(stack.url)
  const make = (name: string) =>
    page.evaluate<boolean>(`(() => {
      try { return Boolean(trustedTypes.createPolicy('${name}', {})) } catch { return false }
    })()`)
  t.equal(await make('another'), false)
})
