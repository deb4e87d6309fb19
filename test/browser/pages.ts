// What tests of the page do again and again: somebody at a window of their own, a chat opened, a row of the list, a menu,
// and the same person with an SDK, for what a test only needs to be there.

import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import type { Stack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, online, openWindow } from './browser.ts'

/** What runs, and a browser to look at it. */
export interface Site {
  stack: Stack
  browser: Browser
}

export interface Account {
  id: number
  username: string
  password: string
}

/** A demo person at a window. @param options of the window's profile: its language, its size */
export async function personAt(
  t: Test,
  { stack, browser }: Site,
  username: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { page } = await openWindow(t, browser, options)
  await enterAs(page, stack.url, username)
  return page
}

/** Somebody registered just now. @param name the username begins like it */
export async function newAccount(stack: Stack, name: string): Promise<Account> {
  const { user, password } = await stack.newUser(name)
  return { id: user.id, username: user.username ?? '', password }
}

/** Somebody with an account at a window. */
export async function accountAt(
  t: Test,
  { stack, browser }: Site,
  account: Omit<Account, 'id'>,
): Promise<Page> {
  const { page } = await openWindow(t, browser)
  await page.goto(stack.url)
  await signIn(page, account)
  return page
}

/** Somebody registered, at a window and with an SDK; with the password for what asks for it. */
export async function newcomerAt(
  t: Test,
  site: Site,
  name: string,
): Promise<Account & { page: Page; client: PetrelClient }> {
  const account = await newAccount(site.stack, name)
  const page = await accountAt(t, site, account)
  const client = await clientOf(t, site.stack, account)
  return { ...account, page, client }
}

export async function signIn(
  page: Page,
  { username, password }: Omit<Account, 'id'>,
): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByTestId('account-submit').click()
  await online(page)
}

/** Asks for it only: what waits to be sent has the page ask back. */
export async function signOut(page: Page): Promise<void> {
  await page.getByTestId('account-menu').click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
}

/** The person without a window; a demo person by the username alone. */
export async function clientOf(
  t: Test,
  stack: Stack,
  who: Omit<Account, 'id'> | string,
): Promise<PetrelClient> {
  const client = new PetrelClient({ api: stack.url, transport: webSocketTransport({ WebSocket }) })
  t.teardown(() => client.stop())
  if (typeof who === 'string') await client.api.enterDemo(who)
  else await client.api.login({ username: who.username, password: who.password })
  await until(() => client.getSnapshot().connection.state === 'online')
  return client
}

/** A row of the list by the title of its chat, or by its id. */
export function rowOf(page: Page, chat: string | number): Locator {
  if (typeof chat === 'number') return page.locator(`[data-testid=chat-row][data-chat="${chat}"]`)
  return page.getByTestId('chat-row').filter({ has: page.getByText(chat, { exact: true }) })
}

export async function openChat(page: Page, title: string): Promise<void> {
  await rowOf(page, title).click()
  await page.getByRole('heading', { name: title, exact: true }).waitFor()
}

/** Opens the menu of a chat of the list by its right button and chooses something. */
export async function chooseOf(page: Page, title: string, item: string): Promise<void> {
  await rowOf(page, title).click({ button: 'right' })
  await page.getByRole('menuitem', { name: item }).click()
}

export async function startDialog(page: Page, item: string): Promise<void> {
  await page.getByTestId('new-chat').click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Opens a page of the settings. */
export async function openSettings(page: Page, name: string): Promise<void> {
  await page.getByTestId('account-menu').click()
  await page.getByRole('menuitem', { name: 'Settings' }).click()
  await page.getByTestId(`settings-${name}`).click()
}

/** Opens the panel beside the conversation, and one of its pages. */
export async function openInfo(page: Page, place?: string): Promise<void> {
  if ((await page.getByTestId('info').count()) === 0) await page.getByTestId('chat-info').click()
  if (place === undefined) return
  const entry = page.getByTestId(`info-row-${place}`)
  await until(async () => {
    if ((await entry.count()) > 0) return true
    // What was stored there closes a page by itself: only a button that is still there is pressed.
    await page.evaluate(`document.querySelector('[data-testid=info-back]')?.click()`)
    return false
  })
  await entry.click()
}
