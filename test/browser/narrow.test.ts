// The page in a small window and from right to left: all of it can be reached, and arrows and menus follow the line.

import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { holds, message } from './conversation.ts'
import { openChat, openSettings, personAt, rowOf } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }
const narrow = { width: 360, height: 640 }
const group = 'Weekend at the cliffs'
const greeting = 'See you all on Saturday!'

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

/** Where it stands in the window, once it does. */
async function boxOf(element: Locator): Promise<Box> {
  const { x, y, width, height } = (await element.boundingBox()) ?? {
    x: Number.NaN,
    y: Number.NaN,
    width: 0,
    height: 0,
  }
  return { left: x, right: x + width, top: y, bottom: y + height }
}

async function isInside(t: Tap, page: Page, element: Locator): Promise<void> {
  await element.waitFor()
  const { left, right } = await boxOf(element)
  t.ok(left >= 0 && right <= (page.viewportSize()?.width ?? 0), `from ${left} to ${right}`)
}

type Tap = Pick<typeof t, 'ok'>

async function largest(page: Page): Promise<void> {
  await openSettings(page, 'appearance')
  await page.getByText('Very large').click()
  await page.goBack()
  await page.goBack()
  await page.getByTestId('settings').waitFor({ state: 'detached' })
}

t.test('the emojis stand within the window of a phone', async t => {
  for (const viewport of [narrow, { width: 390, height: 844 }, { width: 820, height: 1180 }]) {
    const page = await personAt(t, at, 'alice', { viewport })
    await openChat(page, group)
    await page.getByTestId('emojis').click()
    await isInside(t, page, page.getByRole('dialog', { name: 'Emojis' }))
  }
})

t.test('with the largest letters nothing is cut off in a small window', async t => {
  const page = await personAt(t, at, 'alice', { viewport: narrow })
  await largest(page)
  await openChat(page, group)
  await message(page, greeting).getByTestId('message-menu').click()
  const more = page.getByRole('menuitem', { name: 'More reactions' })
  await isInside(t, page, more)
  const menu = await boxOf(page.getByRole('menu'))
  t.ok((await boxOf(more)).right <= menu.right)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'More to send' }).click()
  await page.getByRole('menuitem', { name: 'Poll or quiz' }).click()
  const dialog = page.getByRole('dialog', { name: 'New poll' })
  await dialog.waitFor()
  const isWider = `document.querySelector('dialog').scrollWidth > document.querySelector('dialog').clientWidth`
  t.equal(await page.evaluate(isWider), false)
})

t.test('on a phone a notice leaves the field free that one writes in', async t => {
  const page = await personAt(t, at, 'alice', { viewport: narrow })
  await page.addInitScript(`Object.defineProperty(window, 'indexedDB', {
    get() { throw new DOMException('not here', 'SecurityError') } })`)
  await page.reload()
  await openChat(page, group)
  await page.getByTestId('error').waitFor()
  const notice = await boxOf(page.getByTestId('error'))
  const field = await boxOf(page.getByTestId('composer'))
  t.ok(notice.bottom < field.top, `${notice.bottom} above ${field.top}`)
})

t.test('by a finger: Enter begins a line, and the emojis bring up no keyboard', async t => {
  const page = await personAt(t, at, 'alice', { viewport: narrow, hasTouch: true, isMobile: true })
  await rowOf(page, group).tap()
  const field = page.getByTestId('composer')
  await field.tap()
  await page.keyboard.type('to the cliffs')
  await page.keyboard.press('Enter')
  await page.keyboard.type('and back')
  await holds(field, 'to the cliffs\nand back')
  await page.getByTestId('emojis').tap()
  await page.getByTestId('emoji').first().waitFor()
  const isTyped = `document.activeElement.matches('input, textarea')`
  t.equal(await page.evaluate(isTyped), false)
  await page.goBack()
  await page.getByTestId('send').tap()
  await message(page, 'and back').waitFor()
  t.equal(await message(page, 'to the cliffs').count(), 1)
})

t.test('from right to left a menu opens to the left of where it was asked for', async t => {
  const page = await personAt(t, at, 'alice')
  await page.evaluate(`document.documentElement.dir = 'rtl'`)
  const row = rowOf(page, group)
  const middle = (page.viewportSize()?.width ?? 0) / 2
  await until(async () => (await boxOf(row)).left > middle)
  const { left, right, top } = await boxOf(row)
  const x = (left + right) / 2
  await page.mouse.click(x, top + 20, { button: 'right' })
  const menu = page.getByRole('menu')
  await menu.waitFor()
  const { right: end } = await boxOf(menu)
  t.ok(Math.abs(end - x) < 2, `it ends at ${end}, asked for at ${x}`)
})

t.test('from right to left the arrows of calendar and emojis follow the line', async t => {
  const page = await personAt(t, at, 'alice')
  await openChat(page, group)
  await page.evaluate(`document.documentElement.dir = 'rtl'`)
  const isTurned = `getComputedStyle(document.querySelector('main .icon.pointing')).scale === '-1 1'`
  t.equal(await page.evaluate(isTurned), true)

  await page.locator('.day button').first().click()
  const chosen = page.locator('[data-testid=day][aria-current=date]')
  await chosen.waitFor()
  const today = await chosen.getAttribute('aria-label')
  const isToday = (same: boolean) =>
    until(async () => ((await chosen.getAttribute('aria-label')) === today) === same)
  // Yesterday stands to the right; there is nothing after today.
  await page.keyboard.press('ArrowRight')
  await isToday(false)
  await page.keyboard.press('ArrowLeft')
  await isToday(true)
  await page.keyboard.press('Escape')

  await page.getByTestId('emojis').click()
  const emojis = page.getByTestId('emoji')
  await emojis.first().focus()
  await page.keyboard.press('ArrowLeft')
  const second = `document.querySelectorAll('[data-testid=emoji]')[1] === document.activeElement`
  await until(() => page.evaluate<boolean>(second))
})

t.test('the Tab key passes the search on its way to the chats', async t => {
  const page = await personAt(t, at, 'alice')
  await rowOf(page, group).waitFor()
  await page.getByTestId('search').focus()
  await page.keyboard.press('Tab')
  await until(() =>
    page.evaluate(`document.activeElement.closest('[data-testid=chat-row]') !== null`),
  )
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.type('cliffs')
  await page.locator('#search-results [data-hit]').first().waitFor()
  await page.keyboard.press('Escape')
  await rowOf(page, group).waitFor()
  t.equal(await page.evaluate('document.activeElement.dataset.testid'), 'search')
  await page.keyboard.press('ArrowDown')
  await page.locator('#search-results').waitFor()
})
