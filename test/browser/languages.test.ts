// The page in Russian: as the browser asks for it, as a person chooses it, and what then is said in it.

import type { Page } from 'playwright-core'
import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { enterAs, openWindow, startBrowser } from './browser.ts'
import { message } from './conversation.ts'
import { personAt, rowOf } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

/** When the page says that it is in this language and runs in this direction. */
const isIn = (page: Page, lang: string, dir: string) =>
  page.locator(`html[lang=${lang}][dir=${dir}]`).waitFor({ state: 'attached' })

async function chooseLanguage(page: Page, menu: string, item: string, name: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menuitem', { name: item }).click()
  await page.getByTestId('settings-language').click()
  await page.getByRole('radio', { name }).check()
}

t.test('a language that does not exist is English', async t => {
  const { page } = await openWindow(t, browser, { locale: 'tlh' })
  await page.goto(stack.url)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await isIn(page, 'en', 'ltr')
})

t.test('who has Russian in the browser reads Russian from the first page on', async t => {
  const { page } = await openWindow(t, browser, { locale: 'ru-RU' })
  await page.goto(stack.url)
  await page.getByRole('heading', { name: 'Войти' }).waitFor()
  await isIn(page, 'ru', 'ltr')
  await page.getByLabel('Имя пользователя').fill('nobody_here')
  await page.getByLabel('Пароль').fill('some password')
  await page.getByTestId('account-submit').click()
  await page.getByTestId('error').getByText('Неверное имя пользователя или пароль.').waitFor()
})

t.test('English is loaded alone where nobody asks for another language', async t => {
  const { page } = await openWindow(t, browser, { locale: 'en-GB' })
  const scripts: string[] = []
  page.on('response', response => {
    if (/\.js$/.test(new URL(response.url()).pathname)) scripts.push(response.url())
  })
  await enterAs(page, stack.url, 'alice')
  const bodies = await Promise.all(scripts.map(async url => (await page.request.get(url)).text()))
  t.ok(bodies.length > 0)
  t.notOk(bodies.some(body => body.includes('Сообщение удалено')))
})

t.test('two people, one in each language, read the same messages', async t => {
  const [alice, bob] = await Promise.all([
    personAt(t, at, 'alice', { locale: 'ru-RU' }),
    personAt(t, at, 'bob', { locale: 'en-GB' }),
  ])
  await rowOf(alice, 'Bob').click()
  await rowOf(bob, 'Alice').click()
  // It shows for some seconds only, wherever the keys are by then.
  await Promise.all([
    bob.getByText('typing…').first().waitFor(),
    alice.getByTestId('composer').pressSequentially('Привет'),
  ])
  await alice.getByTestId('composer').press('Enter')
  await message(bob, 'Привет').first().waitFor()
  await Promise.all([
    alice.getByText('печатает…').first().waitFor(),
    bob.getByTestId('composer').pressSequentially('Hello'),
  ])
  await bob.getByTestId('composer').press('Enter')
  await message(alice, 'Hello').first().waitFor()
  await alice.getByText('Сегодня', { exact: true }).first().waitFor()
  t.equal(await alice.getByText('Today', { exact: true }).count(), 0, 'days are said in Russian')
})

t.test(
  'a chosen language shows at once, in other windows too, and stays after a reload',
  async t => {
    const { context, page } = await openWindow(t, browser, { locale: 'en-GB' })
    await enterAs(page, stack.url, 'carol')
    const second = await context.newPage()
    await second.goto(`${stack.url}/?demo=bob`)
    await second.getByTestId('me').waitFor()
    await chooseLanguage(page, 'Account', 'Settings', 'Русский')
    await page.getByRole('heading', { name: 'Язык' }).waitFor()
    await isIn(page, 'ru', 'ltr')
    await second.getByRole('navigation', { name: 'Чаты' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Язык' }).waitFor()
    await page.getByRole('radio', { name: 'English' }).check()
    await page.getByRole('heading', { name: 'Language' }).waitFor()
    await isIn(page, 'en', 'ltr')
  },
)
