// Notifications in a real browser: of the open page, and of pushes while it is closed; and what the settings say is wrong.

import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { PetrelClient } from '#client/index.ts'
import type { PushPayload } from '#shared/protocol/http.ts'
import { startPushService } from '#test/helpers/push-service.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, online, openWindow, startBrowser } from './browser.ts'
import { clientOf, openSettings, rowOf, signOut } from './pages.ts'
import { controlled, type Shown, shownIn } from './worker.ts'

let pushKey = ''
const service = await startPushService(t, () => pushKey)
const stack = await startStack(t, {
  demo: true,
  web: true,
  env: { PUSH_ORIGINS: service.origin },
})
const browser = await startBrowser(t)

async function openAs(t: Test, username: string, allowed = true) {
  const window = await openWindow(t, browser)
  if (allowed) await window.context.grantPermissions(['notifications'], { origin: stack.url })
  await enterAs(window.page, stack.url, username)
  await controlled(window.page)
  return window
}

/** A direct chat of the two, as both have it. */
async function directChat(bob: PetrelClient, page: Page): Promise<number> {
  const alice = await bob.api.lookup('alice')
  const { id } = await bob.createDirect(alice.id)
  await rowOf(page, id).waitFor()
  return id
}

t.test('a message of another chat is shown, and goes when it is read', async t => {
  const { page } = await openAs(t, 'alice')
  const bob = await clientOf(t, stack, 'bob')
  const chat = await directChat(bob, page)
  await bob.send(chat, 'Seen a petrel?').sent
  await until(async () => (await shownIn(page)).length === 1)
  t.match(await shownIn(page), [{ title: /^Bob/, body: 'Seen a petrel?', tag: `chat-${chat}` }])
  await until(async () => /^\(\d+\) Petrel$/.test(await page.title()))
  await page.locator('link[rel=icon][href*="icon-unread.svg"]').waitFor({ state: 'attached' })
  // A second one takes its place.
  await bob.send(chat, 'Two of them!').sent
  await until(async () => (await shownIn(page))[0]?.body === 'Two of them!')
  t.match(await shownIn(page), [{ title: /^Bob \(\d+\)$/, tag: `chat-${chat}` }])
  t.equal((await shownIn(page)).length, 1)
  await rowOf(page, chat).click()
  await until(async () => (await shownIn(page)).length === 0)
  // Nobody is told of what they look at, nor of what is silent.
  await bob.send(chat, 'And a third').sent
  await page.getByText('And a third').last().waitFor()
  t.same(await shownIn(page), [])
})

t.test('a muted chat and a silent message are not shown; a touch opens the chat', async t => {
  const { context, page } = await openAs(t, 'alice')
  const bob = await clientOf(t, stack, 'bob')
  const chat = await directChat(bob, page)
  const alice = await clientOf(t, stack, 'alice')
  await until(() => alice.getSnapshot().chats.some(view => view.chat.id === chat))
  await bob.send(chat, 'quietly', { silent: true }).sent
  await alice.setPlace(chat, { mutedUntil: 0 })
  await until(async () => (await alice.call('chat', { chat })).chat.me.mutedUntil !== undefined)
  await rowOf(page, chat).getByText('Muted').waitFor({ state: 'attached' })
  await bob.send(chat, 'to the wall').sent
  await page.getByText('to the wall').first().waitFor()
  t.same(await shownIn(page), [])
  await alice.setPlace(chat, { mutedUntil: null })
  await rowOf(page, chat).getByText('Muted').waitFor({ state: 'detached' })
  await bob.send(chat, 'loud').sent
  await until(async () => (await shownIn(page)).length === 1)
  await touch(context)
  await page.waitForURL(`${stack.url}/#/chat/${chat}`)
})

/**
 * As if the person touched the notification that is shown. The worker may not bring a window to the front then, as nobody
 * did touch it.
 */
async function touch(context: BrowserContext): Promise<void> {
  const [worker] = context.serviceWorkers()
  await worker?.evaluate(`registration.getNotifications().then(([notification]) =>
    dispatchEvent(new NotificationEvent('notificationclick', { notification })))`)
}

t.test('a touch opens the chat in a window of whoever was told, and in no other', async t => {
  const { context, page: alices } = await openAs(t, 'alice')
  const bob = await clientOf(t, stack, 'bob')
  const chat = await directChat(bob, alices)
  const carols = await context.newPage()
  await enterAs(carols, stack.url, 'carol')
  await bob.send(chat, 'Only for Alice').sent
  await until(async () => (await shownIn(carols)).length === 1)
  // Carol's is the window before the eyes.
  await carols.bringToFront()
  await touch(context)
  await alices.waitForURL(`${stack.url}/#/chat/${chat}`)
  t.equal(carols.url(), `${stack.url}/`)
  // Nobody's here: no window takes it.
  await carols.evaluate(`navigator.serviceWorker.dispatchEvent(
    new MessageEvent('message', { data: { type: 'open-chat', user: 1e9, chat: ${chat} } }))`)
  t.equal(carols.url(), `${stack.url}/`)
})

t.test('of two windows of one person one tells, and not of what the other one shows', async t => {
  const { context, page } = await openAs(t, 'alice')
  const bob = await clientOf(t, stack, 'bob')
  await directChat(bob, page)
  const count = (window: Page) =>
    window.evaluate(`(() => {
      const { prototype } = ServiceWorkerRegistration
      const show = prototype.showNotification
      globalThis.shown = 0
      prototype.showNotification = function (...call) {
        globalThis.shown += 1
        return show.apply(this, call)
      }
    })()`)
  const shown = (window: Page) => window.evaluate<number>('globalThis.shown')
  const second = await context.newPage()
  const storage = await page.evaluate<string>('JSON.stringify({ ...sessionStorage })')
  await second.goto(stack.url)
  await second.evaluate(`Object.assign(sessionStorage, ${storage})`)
  await second.reload()
  await online(second)
  await Promise.all([count(page), count(second)])
  const chat = await directChat(bob, page)
  await bob.send(chat, 'Once').sent
  await until(async () => (await shownIn(page)).length === 1)
  await second.getByText('Once').first().waitFor()
  t.equal((await shown(page)) + (await shown(second)), 1)
})

t.test('a window that went without a word keeps no chat quiet', async t => {
  const { page } = await openAs(t, 'alice')
  const bob = await clientOf(t, stack, 'bob')
  const chat = await directChat(bob, page)
  const { id } = await bob.api.lookup('alice')
  // Another window, as long as it lives, has the chat before the person's eyes.
  await page.evaluate(`(async () => {
    await new Promise(marked => {
      const life = new Promise(end => { globalThis.crash = end })
      navigator.locks.request('petrel.tab.another', () => (marked(), life))
    })
    const [channel, witness] = [1, 2].map(() => new BroadcastChannel('petrel-windows:${id}'))
    // The page listens for longer than the witness, and has heard it before.
    const heard = new Promise(resolve => { witness.onmessage = resolve })
    channel.postMessage({ window: 'another', chat: ${chat}, attentive: true })
    await heard
  })()`)
  await bob.send(chat, 'Seen there').sent
  await rowOf(page, chat).getByText('Seen there').waitFor()
  t.same(await shownIn(page), [])
  await page.evaluate(`(globalThis.crash(),
    navigator.locks.request('petrel.tab.another', { mode: 'shared' }, () => {}))`)
  await bob.send(chat, 'Seen nowhere').sent
  await until(async () => (await shownIn(page))[0]?.body === 'Seen nowhere')
})

/** Delivers a push as the browser's push service would. */
async function push(context: BrowserContext, payload: PushPayload | string): Promise<void> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  const registered = new Promise<string>(resolve => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const found = registrations.find(each => each.scopeURL === `${stack.url}/`)
      if (found) resolve(found.registrationId)
    })
  })
  await session.send('ServiceWorker.enable')
  await session.send('ServiceWorker.deliverPushMessage', {
    origin: stack.url,
    registrationId: await registered,
    data: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })
  await page.close()
}

/** So many notifications, looked at from a window that is no page: none were shown before the eyes of somebody. */
async function shownTo(context: BrowserContext, count: number): Promise<Shown[]> {
  const window = await context.newPage()
  await window.goto(`${stack.url}/manifest.webmanifest`)
  await until(async () => (await shownIn(window)).length === count)
  const shown = await shownIn(window)
  await window.close()
  return shown
}

t.test('a push is shown while the page is closed, one for each chat', async t => {
  const { context, page } = await openAs(t, 'carol')
  await page.close()
  const payload: PushPayload = { v: 1, chat: 7, seq: 3, title: 'Birds', from: 'Bob', text: 'Hello' }
  await push(context, payload)
  await push(context, { ...payload, seq: 4, text: 'Again', unread: 2 })
  await push(context, { ...payload, chat: 8, title: 'Carol' })
  await push(context, { v: 1, chat: 9, seq: 1, unread: 1, badge: 3 })
  await push(context, '{"chat": "<b>", "title": 5')
  const byTag = (a: Shown, b: Shown) => a.tag.localeCompare(b.tag)
  t.same((await shownTo(context, 4)).toSorted(byTag), [
    { title: 'Birds (2)', body: 'Bob: Again', tag: 'chat-7' },
    { title: 'Carol', body: 'Bob: Hello', tag: 'chat-8' },
    { title: 'Petrel', body: 'New message', tag: 'chat-9' },
    { title: 'Petrel', body: 'Notifications reach this device.', tag: 'test' },
  ])
})

/** A browser that reaches its push service, which this one does not: what it says of itself is the test's. */
async function withPushService(page: Page) {
  const { endpoint, keys } = service.subscribe()
  await page.addInitScript(`(() => {
    const held = () => localStorage.getItem('test:subscribed')
    const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0))
    const subscription = () => ({
      endpoint: ${JSON.stringify(endpoint)},
      options: { applicationServerKey: bytes(held()).buffer },
      toJSON: () => ({ keys: ${JSON.stringify(keys)} }),
      async unsubscribe() { localStorage.removeItem('test:subscribed') },
    })
    PushManager.prototype.getSubscription = async () => (held() ? subscription() : null)
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
      localStorage.setItem('test:subscribed', applicationServerKey)
      return subscription()
    }
  })()`)
  return { isSubscribed: () => page.evaluate<boolean>(`'test:subscribed' in localStorage`) }
}

t.test('whoever signs out without a network is pushed to no more', async t => {
  const { context, page } = await openWindow(t, browser)
  await context.grantPermissions(['notifications'], { origin: stack.url })
  const { isSubscribed } = await withPushService(page)
  await enterAs(page, stack.url, 'alice')
  await controlled(page)
  const alice = await clientOf(t, stack, 'alice')
  const user = alice.getSnapshot().me?.id ?? 0
  pushKey = (await alice.api.pushState()).key ?? ''
  await openSettings(page, 'notifications')
  await page.getByLabel('Also while Petrel is closed').click()
  await until(isSubscribed)
  const payload: PushPayload = { v: 1, user, chat: 7, seq: 3, title: 'Birds', text: 'A secret' }
  await page.goto('about:blank')
  await push(context, payload)
  t.match(await shownTo(context, 1), [{ title: 'Birds', body: 'A secret' }])

  await page.goto(stack.url)
  await online(page)
  await context.setOffline(true)
  await signOut(page)
  await page.getByLabel('Username').waitFor()
  await until(async () => !(await isSubscribed()))
  await until(async () => (await shownIn(page)).length === 0)
  await context.setOffline(false)
  // Also what was on its way: to nobody, and to the next one here.
  await page.goto('about:blank')
  await push(context, { ...payload, seq: 4, text: 'Another secret' })
  t.same(await shownTo(context, 1), [{ title: 'Petrel', body: 'New message', tag: 'foreign' }])
})

t.test('the settings show a test, and say what is wrong', async t => {
  const { page } = await openAs(t, 'alice')
  await openSettings(page, 'notifications')
  await page.getByTestId('test-notifications').click()
  await page.locator('[data-testid=test-result][data-result=fine]').waitFor()
  t.match(await shownIn(page), [{ tag: 'test', body: 'Notifications reach this device.' }])
  // This browser reaches no push service.
  await page.getByLabel('Also while Petrel is closed').click()
  await page
    .getByTestId('push-trouble')
    .getByText(/could not reach its push service/)
    .waitFor()
  await until(async () => !(await page.getByLabel('Also while Petrel is closed').isChecked()))
})

t.test('without permission the settings say so and ask nobody by themselves', async t => {
  const { page } = await openAs(t, 'bob', false)
  await openSettings(page, 'notifications')
  await page.getByTestId('test-notifications').click()
  const result = page.locator('[data-testid=test-result]:not([data-result=""])')
  await result.waitFor()
  t.match(await result.getAttribute('data-result'), /^(denied|unasked)$/)
  t.match(await result.textContent(), /allowed|Allow/)
})
