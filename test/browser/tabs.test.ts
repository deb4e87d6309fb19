// Several windows of one person in one browser: one connection for all of them, each of them live, nothing twice.

import type { BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { offline, online, startBrowser } from './browser.ts'
import { choose, holds, message, say } from './conversation.ts'
import { friends, texts, unsent } from './keeping.ts'
import { signOut } from './pages.ts'

const stack = await startStack(t, { web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

/** The sockets that pages of a context have open. */
function socketsOf(context: BrowserContext): { open(): number } {
  let count = 0
  const watch = (page: Page) =>
    page.on('websocket', socket => {
      count++
      socket.on('close', () => count--)
    })
  for (const page of context.pages()) watch(page)
  context.on('page', watch)
  return { open: () => count }
}

async function another(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(address)
  await online(page)
  await message(page, 'And to you').waitFor()
  return page
}

t.test(
  'two windows have one connection; when the one that leads closes, the other goes on',
  async t => {
    const { context, page: first, bob, chat } = await friends(t, at)
    const sockets = socketsOf(context)
    const second = await another(context, first.url())
    t.equal(sockets.open(), 0, 'the second one opened none')

    await bob.send(chat.id, 'to both').sent
    for (const page of [first, second]) await message(page, 'to both').waitFor()
    await say(second, 'from the second')
    await message(first, 'from the second').waitFor()
    await say(first, 'from the first')
    await message(second, 'from the first').waitFor()

    await say(second, 'the last word')
    await first.close()
    await until(() => sockets.open() === 1)
    await bob.send(chat.id, 'still there?').sent
    await message(second, 'still there?').waitFor()
    const all = ['to both', 'from the second', 'from the first', 'the last word', 'still there?']
    for (const text of all) await message(second, text).waitFor()
    await until(async () => (await texts(bob, chat)).includes('the last word'))
    const found = await texts(bob, chat)
    t.same([...found].slice(2).sort(), [...all].sort())
    for (const text of all) t.equal(await message(second, text).count(), 1, text)
  },
)

t.test('what was written in a window that closed goes out from another one, once', async t => {
  const { context, page: first, bob, chat } = await friends(t, at)
  const second = await another(context, first.url())
  await stack.gateways[0]?.kill()
  await Promise.all([offline(first), offline(second)])
  await say(second, 'left behind')
  await message(second, 'left behind', 'sending').waitFor()
  await until(async () => (await unsent(second)) === 1)
  await second.close()
  await stack.gateways[0]?.start()
  await online(first)
  await until(async () => (await texts(bob, chat)).includes('left behind'))
  await message(first, 'left behind').waitFor()
  t.equal((await texts(bob, chat)).filter(text => text === 'left behind').length, 1)
  t.equal(await message(first, 'left behind').count(), 1)
})

t.test('signed out in one window, signed out in all', async t => {
  const { context, page: first } = await friends(t, at)
  const second = await another(context, first.url())
  await signOut(second)
  for (const page of [first, second]) await page.getByTestId('account-submit').waitFor()
})

t.test('where a browser gives no more than plain HTTP gets, a window is for itself', async t => {
  const { context, page: first, bob, chat } = await friends(t, at)
  await context.addInitScript(`{
    delete Crypto.prototype.randomUUID
    for (const name of ['locks', 'serviceWorker', 'clipboard', 'storage']) delete Navigator.prototype[name]
    for (const name of ['caches', 'Notification', 'PushManager', 'LockManager']) delete globalThis[name]
  }`)
  await first.reload()
  const second = await another(context, first.url())
  t.equal(
    await second.evaluate('typeof crypto.randomUUID + typeof navigator.locks'),
    'undefinedundefined',
  )
  await bob.send(chat.id, 'to both').sent
  for (const page of [first, second]) await message(page, 'to both').waitFor()
  await say(second, 'from a plain window')
  await message(first, 'from a plain window').waitFor()

  await choose(second, message(second, 'to both'), 'Copy text')
  await second.getByTestId('composer').focus()
  await second.keyboard.press('ControlOrMeta+v')
  await holds(second.getByTestId('composer'), 'to both')
})
