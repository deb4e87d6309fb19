// What tests of the page do again and again: somebody at a window of their own, a chat opened, a row of the list, a menu,
// and the same person with an SDK, for what a test only needs to be there.

import type { Browser, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import type { Stack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, openWindow } from './browser.ts'

/** A demo person at a window. */
export async function personAt(
  t: Test,
  { stack, browser }: { stack: Stack; browser: Browser },
  username: string,
): Promise<Page> {
  const { page } = await openWindow(t, browser)
  await enterAs(page, stack.url, username)
  return page
}

/** Somebody registered, at a window; with the password for what asks for it. */
export async function newcomerAt(
  t: Test,
  { stack, browser }: { stack: Stack; browser: Browser },
  name: string,
): Promise<{ page: Page; client: PetrelClient; username: string; password: string; id: number }> {
  const { user, password } = await stack.newUser(name)
  const username = user.username ?? ''
  const { page } = await openWindow(t, browser)
  await page.goto(stack.url)
  await signIn(page, { username, password })
  const client = await clientOf(t, stack, { username, password })
  return { page, client, username, password, id: user.id }
}

export async function signIn(
  page: Page,
  { username, password }: { username: string; password: string },
): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByTestId('account-submit').click()
  await page.locator('[data-testid=connection][data-state=online]').waitFor({ state: 'attached' })
}

/** The person without a window; a demo person by the username alone. */
export async function clientOf(
  t: Test,
  stack: Stack,
  who: { username: string; password: string } | string,
): Promise<PetrelClient> {
  const client = new PetrelClient({ api: stack.url, transport: webSocketTransport({ WebSocket }) })
  t.teardown(() => client.stop())
  if (typeof who === 'string') await client.api.enterDemo(who)
  else await client.api.login(who)
  await until(() => client.getSnapshot().connection.state === 'online')
  return client
}

export function rowOf(page: Page, title: string): Locator {
  return page.getByTestId('chat-row').filter({ has: page.getByText(title, { exact: true }) })
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

/** Opens the panel beside the conversation, and one of its pages. */
export async function openPlace(page: Page, place?: string): Promise<void> {
  if ((await page.getByTestId('info').count()) === 0) await page.getByTestId('chat-info').click()
  const back = page.getByTestId('info-back')
  while (place && (await back.count()) > 0) await back.click()
  if (place) await page.getByTestId(`place-${place}`).click()
}
