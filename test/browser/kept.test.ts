// What stays on the device: bounded, gone with its person, and lived without where the browser keeps nothing.

import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, openWindow, startBrowser } from './browser.ts'
import { count, friends, message, online, texts, write } from './keeping.ts'
import { openChat, signIn } from './pages.ts'

const stack = await startStack(t, { web: true, demo: true })
const browser = await startBrowser(t)
const both = { stack, browser }
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
    await write(page, 'from a private window')
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
  await write(page, 'on a full device')
  await message(page, 'on a full device').waitFor()
})

t.test('signing out leaves nothing of the person on the device', async t => {
  const { page, bob, chat } = await friends(t, both)
  await until(async () => (await count(page, history, 'stretches')) === 1)
  await page.getByTestId('account-menu').click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByTestId('account-submit').waitFor()
  const others = `indexedDB.databases().then(all => all.every(({ name }) => name === 'petrel.own'))`
  await until(() => page.evaluate<boolean>(others))
  t.equal(await count(page, /^petrel\.own$/, 'entries'), 0)
  const other = await stack.newUser('Carol')
  await signIn(page, { username: other.user.username ?? '', password: other.password })
  t.equal(await page.getByTestId('chat-row').count(), 0)
  await bob.send(chat.id, 'Nobody is here').sent
  t.equal(await page.getByText('And to you').count(), 0)
})

t.test(
  'the person says how much room messages may take, sees what they take, and can be rid of them',
  async t => {
    const { page } = await friends(t, both)
    await until(async () => (await count(page, history, 'stretches')) === 1)
    await page.getByTestId('account-menu').click()
    await page.getByRole('menuitem', { name: 'Settings' }).click()
    await page.getByTestId('settings-storage').click()
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
  const { context, page, bob, chat } = await friends(t, both)
  for (const years of [-20, 20]) {
    await context.addInitScript(`{
      const { now } = Date
      Date.now = () => now() + ${years * 365 * 86_400_000}
    }`)
    await page.reload()
    await online(page)
    await write(page, `at another time ${years}`)
    await until(async () => (await texts(bob, chat)).includes(`at another time ${years}`))
    await message(page, `at another time ${years}`, 'sending').waitFor({ state: 'detached' })
  }
})
