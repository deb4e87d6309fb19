// Every main screen on a desk in the light and on a phone in the dark: axe finds nothing serious in it, and it fits the
// window. With PETREL_SCREENSHOTS naming a folder both sizes are looked at in both themes, and a picture of each is put there.

import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { enterAs, openWindow, startBrowser } from './browser.ts'
import { clientOf } from './pages.ts'
import { enliven, type Screen, screens } from './screens.ts'

const into = process.env.PETREL_SCREENSHOTS
const sizes = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true },
}
type Size = keyof typeof sizes
type Theme = 'light' | 'dark'
const pictured = [
  ['desktop', 'light'],
  ['phone', 'dark'],
  ['desktop', 'dark'],
  ['phone', 'light'],
] as const
const looks: readonly (readonly [Size, Theme])[] = into ? pictured : pictured.slice(0, 2)

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const [alice, bob, carol] = await Promise.all([
  clientOf(t, stack, 'alice'),
  clientOf(t, stack, 'bob'),
  clientOf(t, stack, 'carol'),
])
await enliven({ alice, bob, carol })

interface Violation {
  id: string
  impact: string
  help: string
  nodes: { html: string; failureSummary: string }[]
}

/** What axe finds that keeps people out or makes it hard for them. */
async function serious(page: Page): Promise<string[]> {
  const violations = await page.evaluate<Violation[]>(
    `axe.run().then(({ violations }) => violations)`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
    )
}

const overflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

async function show(
  t: Test,
  browser: Browser,
  { screen, size, theme }: { screen: Screen; size: Size; theme: Theme },
): Promise<Page> {
  const { context, page } = await openWindow(t, browser, {
    ...sizes[size],
    colorScheme: theme,
    // What is half faded in is not what is looked at.
    reducedMotion: 'reduce',
  })
  await context.addInitScript({ content: axe.source })
  if (screen.isPublic) await page.goto(stack.url)
  else await enterAs(page, stack.url, 'alice')
  await screen.go(page, size === 'phone')
  return page
}

for (const screen of screens) {
  t.test(`${screen.name}: nothing serious by axe, and it fits`, async t => {
    for (const [size, theme] of looks) {
      const page = await show(t, browser, { screen, size, theme })
      const where = `${screen.name}, ${size}, ${theme}`
      t.same(await serious(page), [], where)
      t.ok((await page.evaluate<number>(overflow)) <= 0, `${where}: nothing stands out sideways`)
      if (into) await page.screenshot({ path: join(into, `${screen.name}-${size}-${theme}.png`) })
      await page.context().close()
    }
  })
}

t.test('axe would find a button without a name', async t => {
  const { context, page } = await openWindow(t, browser)
  await context.addInitScript({ content: axe.source })
  await page.goto(stack.url)
  await page.evaluate(`document.body.append(document.createElement('button'))`)
  t.match(await serious(page), [/button-name/])
})
