// What tests of keeping and of several windows share: somebody with an account of their own and a friend who writes to them.

import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { PetrelClient } from '#client/index.ts'
import type { Chat } from '#client/types.ts'
import type { Stack } from '#test/helpers/stack.ts'
import { openWindow } from './browser.ts'
import { clientOf, openChat, signIn } from './pages.ts'

export interface Friends {
  context: BrowserContext
  page: Page
  /** Without a window, and in the chat that the page shows. */
  bob: PetrelClient
  chat: Chat
  alice: { username: string; password: string }
}

/** Alice at a window, with her direct chat with Bob open, and Bob without one. */
export async function friends(
  t: Test,
  { stack, browser }: { stack: Stack; browser: Browser },
): Promise<Friends> {
  const [a, b] = await Promise.all([stack.newUser('Alice'), stack.newUser('Bob')])
  const nameOf = ({ user, password }: typeof a) => ({ username: user.username ?? '', password })
  const alice = nameOf(a)
  const bob = await clientOf(t, stack, nameOf(b))
  // Her first message makes it a chat and no request.
  const beforehand = await clientOf(t, stack, alice)
  const chat = await beforehand.createDirect(b.user.id)
  await beforehand.send(chat.id, 'Good morning').sent
  await beforehand.stop()
  await bob.send(chat.id, 'And to you').sent
  const { context, page } = await openWindow(t, browser)
  await page.goto(stack.url)
  await signIn(page, alice)
  await openChat(page, 'Bob')
  await message(page, 'And to you').waitFor()
  return { context, page, bob, chat, alice }
}

export function message(page: Page, words: string, state?: string): Locator {
  const test = state === undefined ? '' : `[data-state=${state}]`
  return page.locator(`[data-testid=message]${test}`, { hasText: words })
}

export async function write(page: Page, words: string): Promise<void> {
  await page.getByTestId('composer').fill(words)
  await page.getByTestId('composer').press('Enter')
}

export function online(page: Page): Promise<void> {
  const state = page.locator('[data-testid=connection][data-state=online]')
  return state.waitFor({ state: 'attached', timeout: 40_000 })
}

/** The texts of a chat as the server has them. */
export async function texts(client: PetrelClient, chat: Chat): Promise<string[]> {
  const { messages } = await client.call('history', { chat: chat.id, limit: 100 })
  return messages.map(each => each.text)
}

/** How many entries a store of some database of the page's has, over all databases whose name fits. */
export function count(page: Page, name: RegExp, store: string): Promise<number> {
  return page.evaluate(`(async () => {
    let sum = 0
    for (const { name } of await indexedDB.databases()) {
      if (!/${name.source}/.test(name)) continue
      sum += await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const db = opening.result
          const counting = db.transaction('${store}').objectStore('${store}').count()
          counting.onerror = () => reject(counting.error)
          counting.onsuccess = () => {
            db.close()
            resolve(counting.result)
          }
        }
      })
    }
    return sum
  })()`)
}
