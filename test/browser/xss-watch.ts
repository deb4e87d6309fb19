// A window in which whatever runs is noticed, for the tests that feed it strangers' texts.

import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { PetrelClient } from '#client/index.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import type { Stack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, openWindow } from './browser.ts'
import { clientOf } from './pages.ts'
import { corpus } from './xss-corpus.ts'

/** A window that notices whatever runs; `clean` says that nothing did and that no link leads anywhere odd. */
export async function watched(
  t: Test,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; clean(where: string): Promise<void> }> {
  const { context, page } = await openWindow(t, browser, options)
  const trouble: string[] = []
  page.on('dialog', dialog => {
    trouble.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('popup', () => trouble.push('a window was opened'))
  await context.addInitScript(`
    window.__broken = []
    addEventListener('securitypolicyviolation', event => window.__broken.push(event.violatedDirective + ' ' + event.sample))
  `)
  await enterAs(page, url, 'alice')
  return {
    page,
    async clean(where) {
      const found = await page.evaluate<Found>(look)
      t.same(found, { ran: false, broken: [], links: [], elements: [] }, where)
      t.same(trouble, [], where)
    },
  }
}

export interface Found {
  ran: boolean
  broken: string[]
  links: string[]
  elements: string[]
}

/** Runs in the page. */
export const look = `(() => {
  const safe = ['https:', 'http:', 'mailto:', 'tel:']
  // The page's own way to a chat, which stays within the page.
  const own = /^#\\/chat\\/\\d+$/
  const links = [...document.querySelectorAll('a[href], area, form[action], [formaction], [xlink\\\\:href]')]
    .filter(each => !own.test(each.getAttribute('href') ?? ''))
    .filter(each => !safe.includes(each.protocol) || !/noopener/.test(each.rel))
    .map(each => each.outerHTML)
  const foreign = 'script:not([src]), iframe, object, embed, base, style, template, marquee, math, video, source, meta[http-equiv]'
  const elements = [...document.querySelectorAll('body *')]
    .filter(each => each.matches(foreign) || each.getAttributeNames().some(name => name.startsWith('on') || name === 'srcdoc'))
    .map(each => each.outerHTML)
  return { ran: '__ran' in window, broken: window.__broken ?? [], links, elements }
})()`

/** Brings every message of the open chat on screen, up to the oldest and down to the newest. @returns how many there were */
export async function scrollThrough(
  page: Page,
  clean: (where: string) => Promise<void>,
): Promise<number> {
  const seen = new Set<string>()
  await scroll(page, -0.8, seen, clean)
  await scroll(page, 0.8, seen, clean)
  return seen.size
}

async function scroll(
  page: Page,
  screens: number,
  seen: Set<string>,
  clean: (where: string) => Promise<void>,
): Promise<void> {
  let still = 0
  for (let last = -1; still < 3; ) {
    const shown = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.log [data-seq]')].map(row => row.dataset.seq)`,
    )
    for (const seq of shown) seen.add(seq)
    await clean(`messages ${shown[0]} to ${shown.at(-1)}`)
    const at = await page.evaluate<number>(`(async () => {
      const log = document.querySelector('.log')
      log.scrollTop += log.clientHeight * ${screens}
      await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      return log.scrollTop
    })()`)
    still =
      at === last && (await page.locator('.log[aria-busy=false]').count()) === 1 ? still + 1 : 0
    last = at
  }
}

export const fit = (words: string, chars: number) => words.slice(0, chars).trim() || 'x'

const texts = corpus.filter(isStorable)

/** So many texts of the corpus, evenly from all of it, each as long as it may be. @param from others for another number */
export function some(count: number, charsMax: number, from = 0): string[] {
  const step = Math.floor(texts.length / count)
  const chosen = Array.from(
    { length: count },
    (_, index) => texts[(index * step + from) % texts.length],
  )
  return [...new Set(chosen.map(words => fit(words ?? 'x', charsMax)))]
}

/** People who are called so. */
export async function namedPeople(
  t: Test,
  stack: Stack,
  names: readonly string[],
): Promise<PetrelClient[]> {
  const people: PetrelClient[] = []
  for (const name of names) {
    const { user, password } = await stack.newUser('named')
    const client = await clientOf(t, stack, { username: user.username ?? '', password })
    await client.api.updateMe({ name })
    people.push(client)
  }
  return people
}

/** Which of these words no part of the page shows whole, as a text. */
export function unseen(page: Page, parts: string, words: readonly string[]): Promise<string[]> {
  return page.evaluate(`(() => {
    const shown = [...document.querySelectorAll(${JSON.stringify(parts)})].map(each => each.textContent)
    return ${JSON.stringify(words)}.filter(each => !shown.some(text => text.includes(each)))
  })()`)
}

/** Presses the button for more until so many rows are there. */
export async function loadAll(rows: Locator, more: Locator, count: number): Promise<void> {
  await rows.first().waitFor()
  for (let shown = await rows.count(); shown < count; shown = await rows.count()) {
    const before = shown
    await more.click()
    await until(async () => (await rows.count()) > before)
  }
}
