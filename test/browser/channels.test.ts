// Channels in a real browser: making one with a public name, its page for visitors, statistics, its discussion group.

import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { openWindow, startBrowser } from './browser.ts'
import { newAccount, newcomerAt, openChat, openInfo, rowOf, signIn, startDialog } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

t.test(
  'a taken name keeps the wizard open with everything typed; a free one makes the channel public',
  async t => {
    const { page, id } = await newcomerAt(t, at, 'Editor')
    const name = `tides_${id}`
    await startDialog(page, 'New channel')
    await page.getByLabel('Title').fill('Tides')
    await page.getByLabel(/^About/).fill('High and low water')
    await page.getByLabel(/Public:/).check()
    await page.getByLabel('Public name').fill('alice')
    await page.locator('[data-testid=name-state][data-state=taken]').waitFor()
    await page.getByTestId('dialog-submit').click()
    await page.getByTestId('error').getByText(/taken/).waitFor()
    t.equal(await page.getByLabel('Title').inputValue(), 'Tides')
    await page.getByLabel('Public name').fill(name)
    await page.locator('[data-testid=name-state][data-state=free]').waitFor()
    await page.getByTestId('dialog-submit').click()
    await page.getByRole('heading', { name: 'Tides', exact: true }).waitFor()
    await rowOf(page, 'Tides').first().waitFor()
    t.equal(await page.getByTestId('chat-row').filter({ hasText: 'Tides' }).count(), 1, 'made once')

    const { page: visitor } = await openWindow(t, browser)
    await visitor.goto(`${stack.url}/@${name}`)
    await visitor.getByTestId('landing-note').getByText(`@${name}`).waitFor()
    await signIn(visitor, await newAccount(stack, 'Guest'))
    await visitor.getByRole('heading', { name: 'Join “Tides”?' }).waitFor()
    await visitor.getByText('High and low water').waitFor()
    await visitor.getByTestId('dialog-submit').click()
    await visitor.getByRole('heading', { name: 'Tides', exact: true }).waitFor()
  },
)

t.test('a name that nobody has says so', async t => {
  const { page } = await openWindow(t, browser)
  await page.goto(`${stack.url}/@nobody_has_this`)
  await signIn(page, await newAccount(stack, 'Guest'))
  await page
    .getByTestId('error')
    .getByText(/Nothing was found/)
    .waitFor()
  t.pass('it is explained')
})

t.test('who runs a channel sees its figures as numbers and as a drawing with words', async t => {
  const { page, client } = await newcomerAt(t, at, 'Editor')
  const channel = await client.rooms.createChannel('Figures')
  await client.send(channel.id, 'First post').sent
  await openChat(page, 'Figures')
  await openInfo(page, 'stats')
  const chart = page.getByRole('img', { name: /^Subscribers by day: .* 1 today/ })
  await chart.waitFor()
  t.equal(await chart.locator('polyline').count(), 1)
  await page.getByRole('img', { name: /^Posts by day: .* 1 today/ }).waitFor()
})

t.test('a discussion group is linked and parted from again', async t => {
  const { page, client } = await newcomerAt(t, at, 'Editor')
  const channel = await client.rooms.createChannel('Bulletin')
  await client.rooms.createGroup('Talk about it', [])
  await openChat(page, 'Bulletin')
  await openInfo(page, 'discussion')
  await page.getByTestId('link-group').filter({ hasText: 'Talk about it' }).click()
  await page.getByTestId('linked').getByText('Talk about it').waitFor()
  await page.getByTestId('unlink').click()
  await page.getByTestId('sure').click()
  await page.getByTestId('link-group').waitFor()
  await openInfo(page, 'log')
  await page.getByText('linked “Talk about it” for discussion').waitFor()
  await page.getByText('ended the link for discussion').waitFor()
  t.ok(channel.id > 0)
})
