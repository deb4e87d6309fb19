// How the page looks: what a person chooses holds everywhere and from the first paint on, and every colour can be read.

import type { Page } from 'playwright-core'
import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { choices } from '../../web/state/setting-choices.ts'
import { enterAs, openWindow, startBrowser } from './browser.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)

const attribute = (page: Page, name: string) =>
  page.evaluate<string | null>(`document.documentElement.getAttribute('data-${name}')`)

t.test('dark, accent, size and motion hold in all windows and after a reload', async t => {
  const { context, page } = await openWindow(t, browser)
  await enterAs(page, stack.url, 'alice')
  const second = await context.newPage()
  await second.goto(`${stack.url}/?demo=bob`)
  await second.getByTestId('me').waitFor()
  await page.keyboard.press('Control+Comma')
  await page.getByTestId('settings-appearance').click()
  const before = await fontSize(page)
  await page.getByRole('radio', { name: 'Dark' }).check()
  await page.getByRole('radio', { name: 'Heather' }).check()
  await page.getByRole('radio', { name: 'Very large' }).check()
  await page.getByRole('checkbox', { name: 'Less motion' }).check()
  for (const [name, value] of [
    ['theme', 'dark'],
    ['accent', 'heather'],
    ['size', 'xl'],
    ['motion', 'reduced'],
  ] as const) {
    for (const window of [page, second])
      await until(async () => (await attribute(window, name)) === value)
  }
  t.ok((await fontSize(page)) > before)
  await page.reload()
  await page.getByRole('radio', { name: 'Dark' }).waitFor()
  t.equal(await attribute(page, 'theme'), 'dark')
})

t.test('the chosen look is there before the page itself is', async t => {
  const { page } = await openWindow(t, browser, { colorScheme: 'light' })
  await page.goto(stack.url)
  await page.evaluate(`localStorage.setItem('petrel-page:settings', '{"theme":"dark","size":"l"}')`)
  await page.route('**/assets/*.js', route => route.abort())
  await page.reload()
  t.equal(await attribute(page, 'theme'), 'dark')
  t.equal(await attribute(page, 'size'), 'l')
  const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  t.ok(Math.max(...channels(ground)) < 60, `${ground} is dark`)
})

t.test('what is stored and makes no sense is left out', async t => {
  const { page } = await openWindow(t, browser)
  await page.goto(stack.url)
  await page.evaluate(
    `localStorage.setItem('petrel-page:settings', '{"theme":"pink","accent":7,"size":"l"}')`,
  )
  await page.reload()
  await page.getByTestId('account-submit').waitFor()
  t.equal(await attribute(page, 'theme'), 'system')
  t.equal(await attribute(page, 'accent'), 'sea')
  t.equal(await attribute(page, 'size'), 'l')
})

/** Colours that stand on each other somewhere on the page. */
const pairs = [
  ...['ground', 'surface', 'raised', 'conversation', 'hover'].flatMap(ground => [
    ['ink', ground] as const,
    ['muted', ground] as const,
    ['accent', ground] as const,
  ]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['accent-strong', 'accent-soft'],
  ['ink', 'accent-soft'],
  ['muted', 'accent-soft'],
  ['ink', 'bubble'],
  ['muted', 'bubble'],
  ['accent', 'bubble'],
  ['ink', 'bubble-own'],
  ['accent', 'bubble-own'],
  ['bubble-own-muted', 'bubble-own'],
  ['danger', 'surface'],
  ['danger', 'danger-soft'],
  ['on-accent', 'danger'],
  ...['surface', 'raised', 'hover'].map(ground => ['online', ground] as const),
  ['ink', 'found'],
  ...[0, 1, 2, 3, 4, 5, 6].map(number => [`ink-${number}`, 'bubble'] as const),
] as const

t.test('every accent can be read in both themes: 4.5 to 1 wherever words stand', async t => {
  const { page } = await openWindow(t, browser)
  await page.goto(stack.url)
  await page.getByTestId('account-submit').waitFor()
  for (const theme of ['light', 'dark']) {
    for (const accent of choices.accent) {
      const colours = await coloursOf(page, theme, accent)
      for (const [ink, ground] of pairs) {
        const ratio = contrast(colours.get(ink) ?? '', colours.get(ground) ?? '')
        if (ratio < 4.5) t.fail(`${ink} on ${ground}, ${accent} ${theme}: ${ratio.toFixed(2)}`)
      }
    }
  }
  t.ok(contrast('rgb(0, 0, 0)', 'rgb(255, 255, 255)') > 20.9)
  t.ok(contrast('rgb(120, 120, 120)', 'rgb(255, 255, 255)') < 4.5, 'a pale grey would be seen')
  const [light, dark] = await Promise.all([
    coloursOf(page, 'light', 'sea'),
    coloursOf(page, 'dark', 'sea'),
  ])
  t.not(light.get('accent'), dark.get('accent'), 'the themes differ')
})

async function coloursOf(page: Page, theme: string, accent: string): Promise<Map<string, string>> {
  const names = [...new Set(pairs.flat())]
  const values = await page.evaluate<string[]>(`(() => {
    const { dataset } = document.documentElement
    dataset.theme = '${theme}'
    dataset.accent = '${accent}'
    const probe = document.body.appendChild(document.createElement('span'))
    const values = ${JSON.stringify(names)}.map(name => {
      probe.style.color = 'var(--' + name + ')'
      return getComputedStyle(probe).color
    })
    probe.remove()
    return values
  })()`)
  return new Map(names.map((name, index) => [name, values[index] ?? '']))
}

function channels(colour: string): number[] {
  return [...colour.matchAll(/\d+/g)].slice(0, 3).map(([number]) => Number(number))
}

/** As WCAG 2.2 defines it. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map(channel => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function fontSize(page: Page): Promise<number> {
  return page.evaluate<number>('parseFloat(getComputedStyle(document.documentElement).fontSize)')
}
