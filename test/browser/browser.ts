// A real Chromium for tests: each window is a person of its own, whatever is said in its console is checked,
// and all of it ends with the test.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { startChromium } from '#deploy/chromium.ts'

/** What a page may take for one step: a reload, a sign-in and all of its chats, on a machine that is busy with other things. */
const stepMs = 60_000
/** What all tests of a file may take together. */
const fileMs = 900_000
/** Of what a page showed in the end. */
const toldCharsMax = 8_000

/** @throws Error when no Chromium is installed; `npm test` installs it */
export async function startBrowser(t: Test): Promise<Browser> {
  t.setTimeout(fileMs)
  const browser = await startChromium(process.env)
  t.teardown(() => browser.close())
  return browser
}

/**
 * A fresh profile with one window. Fails the test when the page throws or breaks its security policy.
 * @param options of the profile: its language, its size
 */
export async function openWindow(
  t: Test,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    viewport: { width: 1100, height: 700 },
    ...options,
  })
  context.setDefaultTimeout(stepMs)
  t.teardown(() => context.close())
  const page = await context.newPage()
  watch(t, page)
  t.teardown(() => (t.passing() ? undefined : tell(page)))
  return { context, page }
}

/** Enters as a demo person from the first page. */
export async function enterAs(page: Page, url: string, username: string): Promise<void> {
  await page.goto(url)
  await page.getByTestId(`enter-${username}`).click()
  await online(page)
}

/** When the page is connected and has all that it missed. */
export async function online(page: Page): Promise<void> {
  await page.locator('[data-testid=connection][data-state=online]').waitFor({ state: 'attached' })
}

/** When the page knows that it is not connected. */
export async function offline(page: Page): Promise<void> {
  const connection = page.locator('[data-testid=connection]:not([data-state=online])')
  await connection.waitFor({ state: 'attached' })
}

/** What a page showed when its test failed, as words: whoever reads the log cannot look at it. */
async function tell(page: Page): Promise<void> {
  const shown = page.locator('body').ariaSnapshot({ timeout: 5_000 })
  const words = await shown.catch(error => String(error))
  process.stderr.write(
    `The page of the failed test, ${page.url()}:\n${words.slice(0, toldCharsMax)}\n`,
  )
}

function watch(t: Test, page: Page): void {
  page.on('pageerror', error => t.fail(`the page threw: ${error.stack ?? error.message}`))
  page.on('console', message => {
    if (/content security policy/i.test(message.text())) t.fail(message.text())
  })
}
