// The page without a mouse, its keys, the back key of a phone, and the developer panel that a key opens.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, openWindow, startBrowser } from './browser.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const phone = { viewport: { width: 390, height: 844 } }

async function person(t: Test, username: string, options = {}): Promise<Page> {
  const { page } = await openWindow(t, browser, options)
  await enterAs(page, stack.url, username)
  return page
}

const rowOf = (page: Page, title: string) =>
  page.getByTestId('chat-row').filter({ has: page.getByText(title, { exact: true }) })
const heading = (page: Page) => page.locator('main .talk-title')
const focusedTestId = (page: Page) =>
  page.evaluate<string | undefined>('document.activeElement?.dataset?.testid')

/** Presses Tab until the wanted element has the focus. */
async function tabTo(page: Page, testId: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if ((await focusedTestId(page)) === testId) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never came to ${testId}`)
}

t.test('from the first page to a message that was read, with keys alone', async t => {
  const { page: alice } = await openWindow(t, browser)
  await alice.goto(stack.url)
  await alice.getByTestId('enter-alice').waitFor()
  await tabTo(alice, 'enter-alice')
  await alice.keyboard.press('Enter')
  await alice.getByTestId('chat-row').first().waitFor()
  const bob = await person(t, 'bob')

  await until(async () => {
    await alice.keyboard.press('Alt+ArrowDown')
    return (await heading(alice).textContent()) === 'Bob'
  })
  await until(async () => (await focusedTestId(alice)) === 'composer')
  await alice.keyboard.type('By keys alone?')
  await alice.keyboard.press('Enter')
  await rowOf(bob, 'Alice').click()
  await bob.locator('[data-testid=message]', { hasText: 'By keys alone?' }).waitFor()
  await alice
    .locator('[data-testid=message][data-state=read]', { hasText: 'By keys alone?' })
    .waitFor()
})

t.test('Alt and the arrows walk through the list, Escape goes back to it', async t => {
  const page = await person(t, 'alice')
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
  const page = await person(t, 'alice')
  await page.getByTestId('chat-row').first().waitFor()
  await page.keyboard.press('Alt+ArrowDown')
  await page.getByTestId('composer').waitFor()
  await page.evaluate('document.activeElement.blur()')
  await page.evaluate('document.querySelector(".skip-link").focus()')
  const box = await page.locator('.skip-link').boundingBox()
  t.ok(box && box.y >= 0, 'it shows while it has the focus')
  await page.keyboard.press('Enter')
  t.equal(await focusedTestId(page), 'composer')
})

t.test('a question mark shows the keys, but is a character while one writes', async t => {
  const page = await person(t, 'alice')
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
  await page.keyboard.press('Alt+ArrowDown')
  await until(async () => (await focusedTestId(page)) === 'composer')
  await page.keyboard.type('Why?')
  t.equal(await page.getByTestId('composer').inputValue(), 'Why?')
  t.equal(await sheet.count(), 0)
})

t.test(
  'Ctrl and comma open the settings, which the keyboard walks through and Escape closes',
  async t => {
    const page = await person(t, 'alice')
    await page.keyboard.press('Control+Comma')
    await page.getByTestId('settings').waitFor()
    await tabTo(page, 'settings-appearance')
    await page.keyboard.press('Enter')
    const light = page.getByRole('radio', { name: 'Light' })
    await light.waitFor()
    await page.getByRole('radio', { name: 'As the device' }).focus()
    await page.keyboard.press('ArrowDown')
    t.ok(await light.isChecked())
    await page.keyboard.press('Escape')
    await page.getByTestId('settings').waitFor({ state: 'detached' })
    t.equal(new URL(page.url()).pathname, '/')
  },
)

t.test(
  'the back key of a phone leads from a page of the settings to their menu, to the list',
  async t => {
    const page = await person(t, 'alice', phone)
    await page.getByTestId('account-menu').click()
    await page.getByRole('menuitem', { name: 'Settings' }).click()
    await page.getByTestId('settings-privacy').click()
    await page.getByRole('heading', { name: 'Privacy' }).waitFor()
    t.notOk(await page.getByTestId('settings-privacy').isVisible(), 'one of the two is shown')
    await page.goBack()
    await page.getByTestId('settings-privacy').waitFor()
    await page.goBack()
    await page.getByTestId('settings').waitFor({ state: 'detached' })
    await page.getByTestId('chat-row').first().waitFor()
  },
)

t.test('on a phone there is one pane, and the back key closes the innermost', async t => {
  const page = await person(t, 'alice', phone)
  await page.getByTestId('chat-row').first().click()
  await heading(page).waitFor()
  t.notOk(await page.getByTestId('chat-row').first().isVisible())
  await page.getByTestId('chat-info').click()
  await page.getByTestId('info').waitFor()
  t.notOk(await page.getByTestId('composer').isVisible())
  await page.goBack()
  await page.getByTestId('info').waitFor({ state: 'detached' })
  await heading(page).waitFor()
  await page.goBack()
  await page.getByTestId('chat-row').first().waitFor()
  t.equal(await heading(page).count(), 0)
})

t.test('on a phone the back key leads out of the panel page by page, as Escape does', async t => {
  const page = await person(t, 'alice', phone)
  const info = page.getByTestId('info')
  const on = (name: string) => page.locator(`[data-testid=info][data-page=${name}]`).waitFor()
  await rowOf(page, 'Weekend at the cliffs').click()
  await page.getByTestId('search-chat').click()
  await on('search')
  await page.goBack()
  await info.waitFor({ state: 'detached' })
  await heading(page).waitFor()

  const openPerson = async () => {
    await page.getByTestId('talk-title').click()
    await page.getByTestId('place-members').click()
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
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Escape')
  await info.waitFor({ state: 'detached' })
  await heading(page).waitFor()
  await page.goBack()
  await heading(page).waitFor({ state: 'detached' })
  await page.getByTestId('chat-row').first().waitFor()
})

t.test(
  'on a phone a message that was found in the panel is shown, and one goes back to the panel',
  async t => {
    const page = await person(t, 'alice', phone)
    const info = page.getByTestId('info')
    await rowOf(page, 'Weekend at the cliffs').click()
    await page.getByTestId('composer').fill('a lantern under the stairs')
    await page.getByTestId('composer').press('Enter')
    await page.getByTestId('search-chat').click()
    await until(async () => {
      await page.getByTestId('chat-search').fill('')
      await page.getByTestId('chat-search').fill('lantern stairs')
      await page
        .getByTestId('chat-found')
        .getByText(/found|Nothing/)
        .waitFor()
      return (await info.locator('[data-hit]').count()) > 0
    })
    await info.locator('[data-hit]').first().click()
    await info.waitFor({ state: 'detached' })
    await page.locator('[data-testid=message]', { hasText: 'a lantern under the stairs' }).waitFor()
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
  const page = await person(t, 'alice')
  await page.getByTestId('chat-row').first().waitFor()
  await page.keyboard.press('Alt+ArrowDown')
  await page.getByTestId('composer').waitFor()
  await page.keyboard.press('Escape')
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
})

t.test(
  'the developer panel drops the connection and loses a frame, and nothing is lost for good',
  async t => {
    const [alice, bob] = await Promise.all([person(t, 'alice'), person(t, 'bob')])
    await rowOf(alice, 'Bob').click()
    await rowOf(bob, 'Alice').click()
    await bob.getByTestId('composer').waitFor()
    await bob.keyboard.press('Control+Shift+D')
    const panel = bob.getByTestId('dev')
    const fact = (name: string) =>
      panel
        .locator('dl > div', { has: bob.getByText(name, { exact: true }) })
        .locator('dd')
        .textContent()
    await until(async () => /\d ms/.test((await fact('Round trip')) ?? ''))
    const before = Number(await fact('Connections made'))
    await panel.getByTestId('dev-drop').click()
    await until(async () => Number(await fact('Connections made')) > before)
    await until(async () => (await fact('Connection')) === 'online')

    // Whatever frame comes next is gone, be it the answer to a ping.
    for (let round = 1; round <= 3; round++) {
      await panel.getByTestId('dev-lose').click()
      await alice.getByTestId('composer').fill(`Lost and found ${round}`)
      await alice.getByTestId('composer').press('Enter')
      await until(async () => Number(await fact('Frames lost on purpose')) >= round)
    }
    // A connection does not lose its end unseen; here the next message shows what is missing.
    await alice.getByTestId('composer').fill('Lost and found 4')
    await alice.getByTestId('composer').press('Enter')
    for (let round = 1; round <= 4; round++) {
      await bob.locator('[data-testid=message]', { hasText: `Lost and found ${round}` }).waitFor()
    }
    t.equal(await bob.locator('[data-testid=message]', { hasText: 'Lost and found' }).count(), 4)
    t.ok(await panel.getByTestId('position').count(), 'each chat has a position')
    await bob.keyboard.press('Control+Shift+D')
    await panel.waitFor({ state: 'detached' })
  },
)
