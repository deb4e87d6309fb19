// A conversation for tests of the page: people by the SDK who write into groups, and a window that has one of them open.

import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import type { Stack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

/** A signed-in client of a demo person, stopped with the test. */
export async function sdk(t: Test, stack: Stack, username: string): Promise<PetrelClient> {
  const client = new PetrelClient({ api: stack.url, transport: webSocketTransport({ WebSocket }) })
  t.teardown(() => client.stop())
  await client.api.enterDemo(username)
  await until(() => client.getSnapshot().connection.state === 'online')
  return client
}

/** A group of the demo people with this title. */
export async function groupOf(
  owner: PetrelClient,
  title: string,
  usernames: readonly string[],
): Promise<number> {
  const people = await Promise.all(usernames.map(name => owner.api.lookup(name)))
  const { chat } = await owner.rooms.createGroup(
    title,
    people.map(({ id }) => id),
  )
  return chat.id
}

export async function openTalk(page: Page, title: string): Promise<void> {
  await page
    .getByTestId('chat-row')
    .filter({ has: page.getByText(title, { exact: true }) })
    .click()
  await page.getByRole('heading', { name: title, exact: true }).waitFor()
}

export function message(page: Page, text: string): Locator {
  return page.getByTestId('message').filter({ hasText: text })
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('composer').press('Enter')
}

/** Opens the menu of a message and presses one item. */
export async function choose(page: Page, target: Locator, item: string): Promise<void> {
  await target.getByTestId('message-menu').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}
