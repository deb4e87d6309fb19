// A conversation for tests of the page: groups that people with an SDK write into, a window that has one of them open, and
// what is read, written and chosen there.

import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { PetrelClient } from '#client/index.ts'
import { until } from '#test/helpers/until.ts'
import { clientOf, openChat, personAt, type Site } from './pages.ts'

export interface Conversation {
  /** Alice's window. */
  page: Page
  /** Without one. */
  bob: PetrelClient
  /** A new group of Bob's with Alice and Carol, open in Alice's window. @returns its id */
  newGroup(title: string): Promise<number>
}

/** One window for all tests of a file: each has a group of its own. */
export async function conversation(t: Test, site: Site): Promise<Conversation> {
  const bob = await clientOf(t, site.stack, 'bob')
  const page = await personAt(t, site, 'alice')
  return {
    page,
    bob,
    async newGroup(title) {
      const chat = await groupOf(bob, title, ['alice', 'carol'])
      await openChat(page, title)
      return chat
    },
  }
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

/** The messages of the open chat with these words. @param state only those of it, for one's own */
export function message(page: Page, text: string, state?: string): Locator {
  const test = state === undefined ? '' : `[data-state=${state}]`
  return page.locator(`[data-testid=message]${test}`, { hasText: text })
}

/** When the server has the message: only then it can be edited, voted in and the like. */
export async function stored(page: Page, text: string): Promise<void> {
  await page.locator('[data-testid=message][data-seq]', { hasText: text }).first().waitFor()
}

/** Writes it and presses Enter. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('composer').press('Enter')
}

/** When this and nothing else stands in a field. */
export async function holds(field: Locator, text: string): Promise<void> {
  const message = `the field holds “${text}”`
  await until(async () => (await field.inputValue()) === text, { message })
}

/** Opens the menu of a message and presses one item. */
export async function choose(page: Page, target: Locator, item: string): Promise<void> {
  await target.getByTestId('message-menu').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

export interface Standing {
  seq: string
  /** Of its top, in px below the top of the window. */
  y: number
  /** Of the list. */
  scrollTop: number
}

/** The first message on the screen and where it and the list stand, once the list has measured its rows. */
export function atRest(page: Page): Promise<Standing> {
  return page.evaluate(`new Promise(resolve => {
    const log = document.querySelector('[role=log]')
    let last
    let calmFrames = 0
    const look = () => {
      const { top } = log.getBoundingClientRect()
      const topOf = row => row.getBoundingClientRect().top
      const row = [...log.querySelectorAll('[data-seq]')].find(each => topOf(each) >= top)
      const now = row && { seq: row.dataset.seq, y: topOf(row) }
      calmFrames = now && now.seq === last?.seq && now.y === last.y ? calmFrames + 1 : 0
      if (calmFrames === 10) return resolve({ ...now, scrollTop: log.scrollTop })
      last = now
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })`)
}
