// What tests of keeping and of several windows share: somebody with an account of their own and a friend who writes to them.

import type { BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { PetrelClient } from '#client/index.ts'
import type { Chat } from '#client/types.ts'
import { message } from './conversation.ts'
import { type Account, accountAt, clientOf, newAccount, openChat, type Site } from './pages.ts'

export interface Friends {
  context: BrowserContext
  page: Page
  /** Without a window, and in the chat that the page shows. */
  bob: PetrelClient
  chat: Chat
  alice: Account
}

/** Alice at a window, with her direct chat with Bob open, and Bob without one. */
export async function friends(t: Test, site: Site): Promise<Friends> {
  const { stack } = site
  const [alice, hisAccount] = await Promise.all([
    newAccount(stack, 'Alice'),
    newAccount(stack, 'Bob'),
  ])
  const bob = await clientOf(t, stack, hisAccount)
  // Her first message makes it a chat and no request.
  const beforehand = await clientOf(t, stack, alice)
  const chat = await beforehand.createDirect(hisAccount.id)
  await beforehand.send(chat.id, 'Good morning').sent
  await beforehand.stop()
  await bob.send(chat.id, 'And to you').sent
  const page = await accountAt(t, site, alice)
  await openChat(page, 'Bob')
  for (const words of ['Good morning', 'And to you']) await message(page, words).waitFor()
  return { context: page.context(), page, bob, chat, alice }
}

/** The texts of a chat as the server has them. */
export async function texts(client: PetrelClient, chat: Chat): Promise<string[]> {
  const { messages } = await client.call('history', { chat: chat.id, limit: 100 })
  return messages.map(each => each.text)
}

/** How many messages lie on the device that wait to be sent: so many are there after a reload. */
export function unsent(page: Page): Promise<number> {
  return count(page, /^petrel\.(own|demo-[^.]+)$/, 'entries', 'outbox.')
}

/**
 * How many entries a store of some database of the page's has, over all databases whose name fits.
 * @param start only those whose key begins like this
 */
export function count(page: Page, name: RegExp, store: string, start = ''): Promise<number> {
  const range = start === '' ? '' : `IDBKeyRange.bound('${start}', '${start}\\uffff')`
  return page.evaluate(`(async () => {
    let sum = 0
    for (const { name } of await indexedDB.databases()) {
      if (!/${name.source}/.test(name)) continue
      sum += await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name)
        // The page has removed it since: it is not made anew.
        opening.onupgradeneeded = () => opening.transaction.abort()
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const db = opening.result
          const counting = db.transaction('${store}').objectStore('${store}').count(${range})
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
