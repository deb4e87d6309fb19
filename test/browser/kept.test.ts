// What stays on the device: bounded, gone with its person, and lived without where the browser keeps nothing.

import t from 'tap'
import { closeCodes } from '#shared/protocol/codes.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, offline, online, openWindow, startBrowser } from './browser.ts'
import { message, say } from './conversation.ts'
import { count, friends, texts, unsent } from './keeping.ts'
import { clientOf, newAccount, openChat, openSettings, signIn, signOut } from './pages.ts'

const stack = await startStack(t, { web: true, demo: true })
const browser = await startBrowser(t)
const at = { stack, browser }
const history = /^petrel\.own\.\d+$/

t.test(
  'where IndexedDB is refused everything works, and the person is told that nothing stays',
  async t => {
    const { page } = await openWindow(t, browser)
    await page.addInitScript(`IDBFactory.prototype.open = () => {
    throw new DOMException('not in a private window', 'SecurityError')
  }`)
    await enterAs(page, stack.url, 'carol')
    await page
      .getByTestId('error')
      .getByText(/cannot keep messages/)
      .waitFor()
    await openChat(page, 'Weekend at the cliffs')
    await say(page, 'from a private window')
    await message(page, 'from a private window', 'sent')
      .or(message(page, 'from a private window', 'read'))
      .first()
      .waitFor()
  },
)

t.test('a device without room goes on in memory and says so', async t => {
  const { page } = await openWindow(t, browser)
  await page.addInitScript(`const { put } = IDBObjectStore.prototype
  IDBObjectStore.prototype.put = function full(...args) {
    if (this.name === 'entries') return put.apply(this, args)
    throw new DOMException('no room', 'QuotaExceededError')
  }`)
  await enterAs(page, stack.url, 'carol')
  await page
    .getByTestId('error')
    .getByText(/no room left/)
    .waitFor()
  await openChat(page, 'Weekend at the cliffs')
  await say(page, 'on a full device')
  await message(page, 'on a full device').waitFor()
})

t.test('signing out leaves nothing of the person on the device', async t => {
  const { page, bob, chat } = await friends(t, at)
  await until(async () => (await count(page, history, 'stretches')) === 1)
  await signOut(page)
  await page.getByTestId('account-submit').waitFor()
  const others = `indexedDB.databases().then(all => all.every(({ name }) => name === 'petrel.own'))`
  await until(() => page.evaluate<boolean>(others))
  await until(async () => (await count(page, /^petrel\.own$/, 'entries')) === 0)
  await signIn(page, await newAccount(stack, 'Carol'))
  t.equal(await page.getByTestId('chat-row').count(), 0)
  await bob.send(chat.id, 'Nobody is here').sent
  t.equal(await page.getByText('And to you').count(), 0)
})

t.test('a session that is revoked elsewhere takes everything of its person along', async t => {
  const { page, alice } = await friends(t, at)
  await until(async () => (await count(page, history, 'stretches')) === 1)
  const elsewhere = await clientOf(t, stack, alice)
  const { sessions } = await elsewhere.api.sessions()
  const others = sessions.filter(({ current }) => !current)
  for (const { id } of others) await elsewhere.api.revokeSession(id)
  await page.getByTestId('account-submit').waitFor()
  t.equal(await page.getByTestId('chat-row').count(), 0)
  t.equal(await page.getByText('And to you').count(), 0)
  const isGone = `indexedDB.databases().then(all => all.every(({ name }) => name === 'petrel.own'))`
  await until(() => page.evaluate<boolean>(isGone))
  t.equal(await page.evaluate(`localStorage.getItem('petrel.tokens')`), null)
  await page.reload()
  await page.getByTestId('account-submit').waitFor()
})

t.test('who signs out while messages wait is asked, and who signs in again finds them', async t => {
  const { page, bob, chat, alice } = await friends(t, at)
  const elsewhere = await clientOf(t, stack, alice)
  const [gateway] = stack.gateways
  await gateway?.kill()
  await offline(page)
  await say(page, 'never to be lost')
  await signOut(page)
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/1 message waits to be sent/).waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await message(page, 'never to be lost').waitFor()

  // The session is over before the message could go.
  const { sessions } = await elsewhere.api.sessions()
  for (const { id, current } of sessions) if (!current) await elsewhere.api.revokeSession(id)
  await gateway?.start()
  await page.getByTestId('account-submit').waitFor()
  await signIn(page, alice)
  await until(async () => (await texts(bob, chat)).includes('never to be lost'))
})

t.test(
  'a page that the server no longer understands is loaded anew, and nobody signed out',
  async t => {
    const { page, bob, chat } = await friends(t, at)
    let isOld = true
    await page.routeWebSocket(/\/ws$/, socket => {
      if (isOld) void socket.close({ code: closeCodes.bad_frame.code })
      else socket.connectToServer()
    })
    await page.reload()
    await page.locator('[data-testid=connection][data-state=stopped]').waitFor()
    t.equal(await page.getByRole('button', { name: 'Sign in again' }).count(), 0)
    await say(page, 'from an old page')
    await until(async () => (await unsent(page)) === 1)
    isOld = false
    await page.getByTestId('reload').click()
    await online(page)
    await until(async () => (await texts(bob, chat)).includes('from an old page'))
  },
)

t.test('what somebody searched for, used and wanted here goes with them', async t => {
  const { page } = await friends(t, at)
  const id = await page.evaluate<number>(
    `JSON.parse(localStorage.getItem('petrel.tokens')).user.id`,
  )
  await page.evaluate(`for (const key of ['emojis', 'skin', 'searches:${id}', 'push:${id}'])
    localStorage.setItem('petrel-page:' + key, key === 'emojis' ? '["🐦"]' : '1')`)
  await signOut(page)
  await page.getByTestId('account-submit').waitFor()
  const left = `Object.keys(localStorage).filter(key => /emojis|skin|searches|push|tokens/.test(key))`
  await until(async () => (await page.evaluate<string[]>(left)).length === 0)
})

t.test(
  'the person says how much room messages may take, sees what they take, and can be rid of them',
  async t => {
    const { page } = await friends(t, at)
    await until(async () => (await count(page, history, 'stretches')) === 1)
    await openSettings(page, 'storage')
    await page
      .getByTestId('storage-used')
      .getByText(/of 200 MB/)
      .waitFor()
    await page.getByRole('radio', { name: '50 MB' }).check({ force: true })
    await page
      .getByTestId('storage-used')
      .getByText(/of 50 MB/)
      .waitFor()
    await page.getByTestId('storage-drop').click()
    await until(async () => (await count(page, history, 'stretches')) === 0)
    t.ok((await count(page, history, 'chats')) > 0, 'the list stays')
  },
)

t.test('a clock that is years off changes only what is shown', async t => {
  const { context, page, bob, chat } = await friends(t, at)
  for (const years of [-20, 20]) {
    // From the true time: the script of the year before runs, too.
    await context.addInitScript(`Date.now = () =>
      Math.round(performance.timeOrigin + performance.now()) + ${years * 365 * 86_400_000}`)
    await page.reload()
    await online(page)
    await say(page, `at another time ${years}`)
    await until(async () => (await texts(bob, chat)).includes(`at another time ${years}`))
    await message(page, `at another time ${years}`, 'sending').waitFor({ state: 'detached' })
  }
})

t.test(
  'a demo window that is open for days keeps its storage, and one that went loses it',
  async t => {
    const { context, page } = await openWindow(t, browser)
    await enterAs(page, stack.url, 'alice')
    const storage = await page.evaluate<string>(
      `sessionStorage.getItem('petrel-page:demo-storage')`,
    )
    const databases = () =>
      page.evaluate<string[]>('indexedDB.databases().then(all => all.map(({ name }) => name))')
    await until(async () => (await databases()).includes(`petrel.${storage}`))
    await page.evaluate(`(async () => {
    await new Promise(resolve => {
      indexedDB.open('petrel.demo-gone').onsuccess = ({ target }) => resolve(target.result.close())
    })
    const daysAgo = Date.now() - 3 * 86_400_000
    const storages = { '${storage}': daysAgo, 'demo-gone': daysAgo }
    localStorage.setItem('petrel-page:demo-storages', JSON.stringify(storages))
  })()`)
    await enterAs(await context.newPage(), stack.url, 'bob')
    const storages = () =>
      page.evaluate<string>(`localStorage.getItem('petrel-page:demo-storages')`)
    await until(async () => !(await storages()).includes('demo-gone'))
    t.match(await storages(), storage)
    await until(async () => !(await databases()).includes('petrel.demo-gone'))
    t.ok((await databases()).includes(`petrel.${storage}`))
  },
)
