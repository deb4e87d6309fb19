// The page without a server: it opens, shows chats and history, takes messages and sends each of them once, whatever dies.

import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, offline, online, startBrowser } from './browser.ts'
import { message, say } from './conversation.ts'
import { count, friends, texts, unsent } from './keeping.ts'
import { openChat, personAt, rowOf } from './pages.ts'
import { controlled } from './worker.ts'

const stack = await startStack(t, { web: true, demo: true })
const browser = await startBrowser(t)
const at = { stack, browser }
const [gateway] = stack.gateways
const history = /^petrel\.own\.\d+$/

/** Nothing of the server answers any more. */
async function serverGoes(): Promise<void> {
  await Promise.all([stack.api.kill(), gateway?.kill()])
}

async function serverIsBack(): Promise<void> {
  if (stack.api.pid() === null) await stack.api.start()
  if (gateway?.pid() === null) await gateway.start()
}
t.afterEach(serverIsBack)

t.test('the gateway is killed in mid-send: each message is there once, in order', async t => {
  const { page, bob, chat } = await friends(t, at)
  const words = Array.from({ length: 12 }, (_, i) => `stormy ${10 + i}`)
  for (const [i, text] of words.entries()) {
    await say(page, text)
    if (i === 5) await gateway?.kill()
  }
  await gateway?.start()
  await message(page, 'stormy 21', 'sending').waitFor({ state: 'detached' })
  await until(async () => (await texts(bob, chat)).includes('stormy 21'))
  t.same(
    (await texts(bob, chat)).filter(text => text.startsWith('stormy')),
    words,
  )
  await message(page, 'stormy 21').first().waitFor()
  t.equal(await message(page, 'stormy 21').count(), 1)
})

t.test('written without a server, the page closed and opened again: sent once', async t => {
  const { context, page, bob, chat } = await friends(t, at)
  await controlled(page)
  await serverGoes()
  await offline(page)
  await say(page, 'into the night')
  await message(page, 'into the night', 'sending').waitFor()
  await until(async () => (await unsent(page)) === 1)
  await page.close()
  const again = await context.newPage()
  await again.goto(stack.url)
  await again.getByText(/1 message waits/).waitFor()
  await openChat(again, 'Bob')
  await message(again, 'into the night', 'sending').waitFor()
  await serverIsBack()
  await online(again)
  await message(again, 'into the night', 'sending').waitFor({ state: 'detached' })
  await again.reload()
  await online(again)
  await until(async () => (await texts(bob, chat)).includes('into the night'))
  t.equal((await texts(bob, chat)).filter(text => text === 'into the night').length, 1)
  await message(again, 'into the night').first().waitFor()
  t.equal(await message(again, 'into the night').count(), 1)
})

t.test('without a server the page opens, and shows chats and their history', async t => {
  const { page } = await friends(t, at)
  await controlled(page)
  await until(async () => (await count(page, history, 'stretches')) === 1)
  await serverGoes()
  await page.reload()
  await message(page, 'And to you').waitFor()
  t.not(await page.getByTestId('connection').getAttribute('data-state'), 'online')
  await rowOf(page, 'Bob').getByText('And to you').waitFor()
  await message(page, 'Good morning').waitFor()
})

t.test('a demo person, too', async t => {
  const page = await personAt(t, at, 'alice')
  await openChat(page, 'Weekend at the cliffs')
  await page.getByTestId('message').first().waitFor()
  await controlled(page)
  await until(async () => (await count(page, /^petrel\.demo-.+\.\d+$/, 'stretches')) > 0)
  await serverGoes()
  await page.reload()
  await page.getByTestId('message').first().waitFor()
  t.not(await page.getByTestId('connection').getAttribute('data-state'), 'online')
})

t.test(
  'what a demo person wrote in a window that closed goes out when they enter again, once',
  async t => {
    const page = await personAt(t, at, 'alice')
    const bob = await personAt(t, at, 'bob')
    await openChat(bob, 'Alice')
    await openChat(page, 'Bob')
    await controlled(page)
    await serverGoes()
    await offline(page)
    const words = ['left in the dark', 'left in the rain', 'left in the wind']
    for (const text of words) await say(page, text)
    await until(async () => (await unsent(page)) === words.length)
    const context = page.context()
    await page.close()
    await serverIsBack()
    const again = await context.newPage()
    // The browser takes the closed window down when it comes to it.
    await again.goto(stack.url)
    await until(
      async () =>
        await again.evaluate(`navigator.locks.query()
      .then(({ held }) => !held.some(({ name }) => name.startsWith('petrel.storage.demo-alice-')))`),
    )
    await enterAs(again, stack.url, 'alice')
    for (const text of words) await message(bob, text).waitFor()
    await openChat(again, 'Bob')
    await message(again, 'left in the wind').waitFor()
    await until(async () => (await unsent(again)) === 0)
    const shown = await bob
      .getByTestId('message')
      .filter({ hasText: 'left in the' })
      .allInnerTexts()
    t.same(
      shown.map(text => text.split('\n')[0]),
      words,
    )
  },
)

t.test('what came meanwhile is there after the server is back', async t => {
  const { page, bob, chat } = await friends(t, at)
  await until(async () => (await count(page, history, 'stretches')) === 1)
  await page.goto('about:blank')
  await bob.send(chat.id, 'You were away').sent
  await page.goto(`${stack.url}/#/chat/${chat.id}`)
  for (const words of ['You were away', 'And to you']) await message(page, words).waitFor()
})
