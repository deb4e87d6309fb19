// The page without a mouse, its keys, the back key of a phone, and the developer panel that a key opens.

import type { Page } from 'playwright-core'
import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { online, openWindow, startBrowser } from './browser.ts'
import { choose, holds, message, say } from './conversation.ts'
import { openChat, openSettings, personAt, rowOf } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }
const phone = { viewport: { width: 390, height: 844 } }
/** For what comes with a ping or with the index of the search. */
const patience = { timeoutMs: 60_000 }

const heading = (page: Page) => page.locator('main .conversation-title')
const focusedTestId = (page: Page) =>
  page.evaluate<string | undefined>('document.activeElement?.dataset?.testid')
const composerHasFocus = (page: Page) =>
  until(async () => (await focusedTestId(page)) === 'composer')

/** The next chat of the list, by its key; what is written goes into it. */
async function openNext(page: Page): Promise<void> {
  await page.keyboard.press('Alt+ArrowDown')
  await composerHasFocus(page)
}

/** Presses Tab until the wanted element has the focus. */
async function tabTo(page: Page, testId: string): Promise<void> {
  await page.getByTestId(testId).waitFor()
  for (let presses = 0; presses < 40; presses++) {
    if ((await focusedTestId(page)) === testId) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never came to ${testId}`)
}

t.test('from the first page to a message that was read, with keys alone', async t => {
  const { page: alice } = await openWindow(t, browser)
  await alice.goto(stack.url)
  await tabTo(alice, 'enter-alice')
  await alice.keyboard.press('Enter')
  await online(alice)
  await rowOf(alice, 'Bob').waitFor()
  const bob = await personAt(t, at, 'bob')

  const titles = await alice.getByTestId('chat-row').locator('.chat-title').allTextContents()
  for (const title of titles.slice(0, titles.indexOf('Bob') + 1)) {
    await alice.keyboard.press('Alt+ArrowDown')
    await alice.getByRole('heading', { name: title, exact: true }).waitFor()
  }
  await composerHasFocus(alice)
  await alice.keyboard.type('By keys alone?')
  await alice.keyboard.press('Enter')
  await rowOf(bob, 'Alice').click()
  await message(bob, 'By keys alone?').waitFor()
  await message(alice, 'By keys alone?', 'read').waitFor()
})

t.test('Alt and the arrows walk through the list, Escape goes back to it', async t => {
  const page = await personAt(t, at, 'alice')
  await page.getByTestId('chat-row').nth(1).waitFor()
  await page.keyboard.press('Alt+ArrowDown')
  await heading(page).waitFor()
  const first = await heading(page).textContent()
  await page.keyboard.press('Alt+ArrowDown')
  await until(async () => (await heading(page).textContent()) !== first)
  await page.keyboard.press('Alt+ArrowUp')
  await until(async () => (await heading(page).textContent()) === first)
  await page.keyboard.press('Alt+ArrowUp')
  t.equal(await heading(page).textContent(), first, 'the first one is the end')
  await page.getByTestId('chat-info').click()
  await page.getByTestId('info').waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('info').waitFor({ state: 'detached' })
  await heading(page).waitFor()
  await page.keyboard.press('Escape')
  await heading(page).waitFor({ state: 'detached' })
})

t.test('the first press of Tab offers the way past the list', async t => {
  const page = await personAt(t, at, 'alice')
  await page.getByTestId('chat-row').first().waitFor()
  await openNext(page)
  await page.evaluate('document.activeElement.blur()')
  await page.evaluate('document.querySelector(".skip-link").focus()')
  const box = await page.locator('.skip-link').boundingBox()
  t.ok(box && box.y >= 0, 'it shows while it has the focus')
  await page.keyboard.press('Enter')
  await composerHasFocus(page)
})

t.test('a question mark shows the keys, but is a character while one writes', async t => {
  const page = await personAt(t, at, 'alice')
  await page.getByTestId('chat-row').first().waitFor()
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await sheet.waitFor()
  await sheet.getByText('Next chat').waitFor()
  await page.keyboard.press('Alt+ArrowDown')
  t.equal(await heading(page).count(), 0, 'the dialog has the keys for itself')
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  await openNext(page)
  // A draft of the window before may be there.
  await page.getByTestId('composer').fill('')
  await page.keyboard.type('Why?')
  await holds(page.getByTestId('composer'), 'Why?')
  t.equal(await sheet.count(), 0)
})

t.test(
  'Ctrl and comma open the settings, which the keyboard walks through and Escape closes',
  async t => {
    const page = await personAt(t, at, 'alice')
    await page.keyboard.press('Control+Comma')
    await page.getByTestId('settings').waitFor()
    await tabTo(page, 'settings-appearance')
    await page.keyboard.press('Enter')
    const light = page.getByRole('radio', { name: 'Light' })
    await light.waitFor()
    await page.getByRole('radio', { name: 'As the device' }).focus()
    await page.keyboard.press('ArrowDown')
    await until(() => light.isChecked())
    await page.keyboard.press('Escape')
    await page.getByTestId('settings').waitFor({ state: 'detached' })
    await until(() => new URL(page.url()).pathname === '/')
  },
)

t.test(
  'the back key of a phone leads from a page of the settings to their menu, to the list',
  async t => {
    const page = await personAt(t, at, 'alice', phone)
    await openSettings(page, 'privacy')
    await page.getByRole('heading', { name: 'Privacy' }).waitFor()
    // One of the two is shown.
    await page.getByTestId('settings-privacy').waitFor({ state: 'hidden' })
    await page.goBack()
    await page.getByTestId('settings-privacy').waitFor()
    await page.goBack()
    await page.getByTestId('settings').waitFor({ state: 'detached' })
    await page.getByTestId('chat-row').first().waitFor()
  },
)

t.test('on a phone there is one pane, and the back key closes the innermost', async t => {
  const page = await personAt(t, at, 'alice', phone)
  await page.getByTestId('chat-row').first().click()
  await heading(page).waitFor()
  await page.getByTestId('chat-row').first().waitFor({ state: 'hidden' })
  await page.getByTestId('chat-info').click()
  await page.getByTestId('info').waitFor()
  await page.getByTestId('composer').waitFor({ state: 'hidden' })
  await page.goBack()
  await page.getByTestId('info').waitFor({ state: 'detached' })
  await heading(page).waitFor()
  await page.goBack()
  await page.getByTestId('chat-row').first().waitFor()
  await heading(page).waitFor({ state: 'detached' })
})

t.test('on a phone the back key leads out of the panel page by page, as Escape does', async t => {
  const page = await personAt(t, at, 'alice', phone)
  const info = page.getByTestId('info')
  const on = (name: string) => page.locator(`[data-testid=info][data-page=${name}]`).waitFor()
  await rowOf(page, 'Weekend at the cliffs').click()
  await page.getByTestId('search-chat').click()
  await on('search')
  await page.goBack()
  await info.waitFor({ state: 'detached' })
  await heading(page).waitFor()

  const openPerson = async () => {
    await page.getByTestId('conversation-title').click()
    await page.getByTestId('info-row-members').click()
    await page.getByTestId('member').getByText('Carol').click()
    await on('person')
  }
  await openPerson()
  for (const name of ['members', 'main']) {
    await page.goBack()
    await on(name)
  }
  await page.goBack()
  await info.waitFor({ state: 'detached' })
  await openPerson()
  for (const name of ['members', 'main']) {
    await page.keyboard.press('Escape')
    await on(name)
  }
  await page.keyboard.press('Escape')
  await info.waitFor({ state: 'detached' })
  await openPerson()
  // All of them before the browser has gone back for the first one.
  await page.evaluate(`for (let presses = 0; presses < 3; presses++)
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))`)
  await info.waitFor({ state: 'detached' })
  await heading(page).waitFor()
  await page.goBack()
  await heading(page).waitFor({ state: 'detached' })
  await page.getByTestId('chat-row').first().waitFor()
})

t.test(
  'on a phone a message that was found in the panel is shown, and one goes back to the panel',
  async t => {
    const page = await personAt(t, at, 'alice', phone)
    const info = page.getByTestId('info')
    await rowOf(page, 'Weekend at the cliffs').click()
    await say(page, 'a lantern under the stairs')
    await page.getByTestId('search-chat').click()
    await until(async () => {
      await page.getByTestId('chat-search').fill('')
      await page.getByTestId('chat-search').fill('lantern stairs')
      await page
        .getByTestId('chat-found')
        .getByText(/found|Nothing/)
        .waitFor()
      return (await info.locator('[data-hit]').count()) > 0
    }, patience)
    await info.locator('[data-hit]').first().click()
    await info.waitFor({ state: 'detached' })
    await message(page, 'a lantern under the stairs').waitFor()
    const bar = page.getByTestId('hits-bar')
    await bar.getByText(/^1 of/).waitFor()
    await page.goBack()
    await page.locator('[data-testid=info][data-page=search]').waitFor()
    t.equal(await page.getByTestId('chat-search').inputValue(), 'lantern stairs')
    await bar.waitFor({ state: 'detached' })
    await page.goBack()
    await info.waitFor({ state: 'detached' })
    await bar.getByRole('button', { name: 'Close the search' }).click()
    await bar.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Back to the chats' }).click()
    await heading(page).waitFor({ state: 'detached' })
  },
)

t.test('the sheet of keys names what works where it works', async t => {
  const page = await personAt(t, at, 'alice')
  await page.getByTestId('chat-row').first().waitFor()
  await openNext(page)
  await page.keyboard.press('Escape')
  await heading(page).waitFor({ state: 'detached' })
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  const keysOf = (section: string, name: RegExp) =>
    sheet
      .locator('section', { has: page.getByRole('heading', { name: section }) })
      .locator('dl > div', { has: page.getByText(name) })
      .locator('dd')
      .textContent()
  t.equal(await keysOf('Anywhere', /^Search$/), 'Ctrl+K')
  t.equal(await keysOf('While you write', /^Link/), 'Ctrl+K')
  t.equal(await keysOf('While you write', /^Bold/), 'Ctrl+B')
  t.equal(await keysOf('While you write', /^Hidden/), 'Ctrl+Shift+P')
  t.equal(await keysOf('While you write', /^Edit your last/), '↑')
  t.equal(await keysOf('In the lists', /^One up or down/), '↑↓')
  t.equal(await keysOf('In the lists', /^Menu of/), 'Shift+F10')
  t.equal(await keysOf('In the lists', /^Older or newer/), 'EnterShift+Enter')
})

t.test(
  'the developer panel drops the connection and loses a frame, and nothing is lost for good',
  async t => {
    const [alice, bob] = await Promise.all([personAt(t, at, 'alice'), personAt(t, at, 'bob')])
    await Promise.all([openChat(alice, 'Bob'), openChat(bob, 'Alice')])
    await bob.keyboard.press('Control+Shift+D')
    const panel = bob.getByTestId('dev')
    const fact = (name: string) =>
      panel
        .locator('dl > div', { has: bob.getByText(name, { exact: true }) })
        .locator('dd')
        .textContent()
    await until(async () => /\d ms/.test((await fact('Round trip')) ?? ''), patience)
    const before = Number(await fact('Connections made'))
    await panel.getByTestId('dev-drop').click()
    await until(async () => Number(await fact('Connections made')) > before, patience)
    await until(async () => (await fact('Connection')) === 'online', patience)

    // Whatever frame comes next is gone, be it the answer to a ping.
    for (let round = 1; round <= 3; round++) {
      await panel.getByTestId('dev-lose').click()
      await say(alice, `Lost and found ${round}`)
      await until(async () => Number(await fact('Frames lost on purpose')) >= round, patience)
    }
    // A connection does not lose its end unseen; here the next message shows what is missing.
    await say(alice, 'Lost and found 4')
    for (let round = 1; round <= 4; round++) await message(bob, `Lost and found ${round}`).waitFor()
    t.equal(await message(bob, 'Lost and found').count(), 4)
    t.ok(await panel.getByTestId('position').count(), 'each chat has a position')
    await bob.keyboard.press('Control+Shift+D')
    await panel.waitFor({ state: 'detached' })
  },
)

t.test(
  'the focus is where it was after a question, or at the messages when that is gone',
  async t => {
    const page = await personAt(t, at, 'alice')
    await openChat(page, 'Weekend at the cliffs')
    await say(page, 'to be taken back')
    const written = message(page, 'to be taken back', 'sent').or(
      message(page, 'to be taken back', 'read'),
    )
    await written.waitFor()
    const question = page.getByRole('dialog', { name: 'Delete this message?' })
    await choose(page, written, 'Delete')
    await question.waitFor()
    await page.keyboard.press('Escape')
    await question.waitFor({ state: 'detached' })
    await until(async () => (await focusedTestId(page)) === 'message-menu')
    await choose(page, written, 'Delete')
    await question.getByRole('button', { name: 'Delete', exact: true }).press('Enter')
    await written.waitFor({ state: 'detached' })
    await until(() => page.evaluate(`document.activeElement.matches('.log, .log *')`))
  },
)
