// The browser's back key: each press undoes one step and no more, whatever lies over the page.

import type { Page } from 'playwright-core'
import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { choose, message } from './conversation.ts'
import { chooseOf, openChat, openSettings, personAt, rowOf, startDialog } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }
const phone = { viewport: { width: 390, height: 844 } }
const group = 'Weekend at the cliffs'

const heading = (page: Page) => page.locator('main .conversation-title')
const menu = (page: Page) => page.getByRole('menu')
/** The list of chats alone. */
async function onList(page: Page): Promise<void> {
  await heading(page).waitFor({ state: 'detached' })
  await rowOf(page, group).waitFor()
  await until(() => new URL(page.url()).hash === '')
}

t.test('back closes what lies over a chat, and only then the chat', async t => {
  const page = await personAt(t, at, 'alice', phone)
  await openChat(page, group)
  const last = message(page, 'See you all on Saturday!')
  const forward = page.getByRole('dialog', { name: 'Forward a message' })

  await last.getByTestId('message-menu').click()
  await menu(page).waitFor()
  await page.goBack()
  await menu(page).waitFor({ state: 'detached' })
  await choose(page, last, 'Forward')
  await forward.waitFor()
  await page.goBack()
  await forward.waitFor({ state: 'detached' })
  await choose(page, last, 'Select')
  await page.getByRole('toolbar', { name: 'Select' }).waitFor()
  await page.goBack()
  await page.getByRole('toolbar', { name: 'Select' }).waitFor({ state: 'detached' })
  await page.getByTestId('emojis').click()
  await page.getByRole('dialog', { name: 'Emojis' }).waitFor()
  await page.goBack()
  await page.getByRole('dialog', { name: 'Emojis' }).waitFor({ state: 'detached' })
  await heading(page).waitFor()
  t.match(page.url(), /#\/chat\/\d+$/)
  await page.goBack()
  await onList(page)
})

t.test('what was closed otherwise needs no press of its own', async t => {
  const page = await personAt(t, at, 'alice', phone)
  await openChat(page, group)
  const last = message(page, 'See you all on Saturday!')
  const forward = page.getByRole('dialog', { name: 'Forward a message' })
  for (let times = 0; times < 2; times++) {
    await choose(page, last, 'Forward')
    await forward.waitFor()
    await page.keyboard.press('Escape')
    await forward.waitFor({ state: 'detached' })
  }
  await page.getByTestId('chat-info').click()
  await page.getByTestId('info').waitFor()
  await page.goBack()
  await page.getByTestId('info').waitFor({ state: 'detached' })
  await heading(page).waitFor()
  await page.goBack()
  await onList(page)
  await openChat(page, group)
  await choose(page, last, 'Forward')
  await forward.waitFor()
  await page.keyboard.press('Escape')
  await forward.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Back to the chats' }).click()
  await onList(page)
})

t.test('back leads from a chat that was found to what was found, and to the chats', async t => {
  const page = await personAt(t, at, 'alice', phone)
  await page.getByTestId('search').click()
  await page.getByTestId('search').fill('cliffs')
  await page.locator('#search-results [data-hit]').first().click()
  await heading(page).waitFor()
  await page.goBack()
  await page.locator('#search-results [data-hit]').first().waitFor()
  await page.goBack()
  await page.locator('#search-results').waitFor({ state: 'detached' })
  t.equal(await page.getByTestId('search').inputValue(), '')
  await onList(page)
})

t.test('back closes dialogs and menus of the list, and leaves the archive', async t => {
  const page = await personAt(t, at, 'alice', phone)
  const dialog = page.getByRole('dialog', { name: 'New group' })
  await startDialog(page, 'New group')
  await dialog.waitFor()
  await page.goBack()
  await dialog.waitFor({ state: 'detached' })
  await chooseOf(page, group, 'Archive')
  await page.getByTestId('archive').click()
  await openChat(page, group)
  await page.goBack()
  await heading(page).waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: 'Archived chats' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'Alice' }).waitFor()
  await page.getByTestId('archive').click()
  await chooseOf(page, group, 'Take out of the archive')
  await page.goBack()
  await onList(page)
})

t.test('a chat that was made in a dialog is a step from the list', async t => {
  const page = await personAt(t, at, 'alice', phone)
  await startDialog(page, 'New group')
  await page.getByLabel('Title').fill('Storm watch')
  await page.getByRole('button', { name: 'Create group' }).click()
  await page.getByRole('heading', { name: 'Storm watch', exact: true }).waitFor()
  await page.goBack()
  await onList(page)
})

t.test('a dialog over the settings is closed alone', async t => {
  const page = await personAt(t, at, 'alice', phone)
  await openSettings(page, 'sessions')
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  const question = page.getByRole('dialog', { name: 'Sign out everywhere' })
  await question.waitFor()
  await page.goBack()
  await question.waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByTestId('settings-privacy').waitFor()
  await page.goBack()
  await page.getByTestId('settings').waitFor({ state: 'detached' })
  await onList(page)
})

t.test('an address that somebody types is where they go, over whatever was open', async t => {
  const page = await personAt(t, at, 'alice', phone)
  await openChat(page, 'Bob')
  const { hash } = new URL(page.url())
  await page.goBack()
  await onList(page)
  await startDialog(page, 'New group')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  await page.getByRole('heading', { name: 'Bob', exact: true }).waitFor()
  t.equal(new URL(page.url()).hash, hash)
})
