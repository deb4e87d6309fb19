// The search in a real browser: chats, people, public names and messages, by keys alone, and what finds nothing.

import type { Page } from 'playwright-core'
import t from 'tap'
import type { PetrelClient } from '#client/index.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { clientOf, newcomerAt, openChat, openInfo, personAt } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

/** Waits until the search for what was typed is done; what it said to a screen reader. */
async function found(page: Page): Promise<string> {
  const status = page.locator('[data-testid=found][data-settled=true]')
  await status.waitFor({ state: 'attached' })
  return (await status.textContent()) ?? ''
}

/** When so many messages are found: the index follows a moment after what is written. */
async function indexed(client: PetrelClient, query: string, count: number): Promise<void> {
  await until(async () => (await client.search(query, { limit: count })).hits.length === count)
}

t.test('what was never written is not found, and the page helps', async t => {
  const page = await personAt(t, at, 'alice')
  await page.getByTestId('search').fill('xylophonequartz')
  await page
    .getByTestId('nothing-found')
    .getByText('Nothing found for “xylophonequartz”.')
    .waitFor()
  t.equal(await found(page), 'Nothing found')
  await page.getByTestId('search-clear').click()
  await page.getByTestId('chat-row').first().waitFor()
})

t.test('a message is found by any form of its words and opened at its place', async t => {
  const alice = await clientOf(t, stack, 'alice')
  const [group] = alice.getSnapshot().chats.filter(({ chat }) => chat.kind === 'group')
  const id = group?.chat.id ?? 0
  const first = await alice.send(id, 'The guillemots are nesting <b>early</b> this year').sent
  for (let i = 0; i < 60; i++) await alice.send(id, `Filling the log, line ${i}`).sent
  await indexed(alice, 'guillemot nest', 1)

  const page = await personAt(t, at, 'alice')
  await page.keyboard.press('Control+k')
  await page.locator('[data-testid=search]:focus').waitFor()
  await page.keyboard.type('guillemot nest')
  // Half of the words found it, too, and marked others.
  t.equal(await found(page), '1 found')
  const hit = page.getByTestId('message-hit')
  t.same(await hit.locator('mark').allTextContents(), ['guillemots', 'nesting'])
  t.match(await hit.textContent(), /<b>early<\/b>/, 'markup is only text')
  await page.keyboard.press('ArrowDown')
  await page.locator('[data-testid=message-hit]:focus').waitFor()
  await page.keyboard.press('Enter')
  await page.locator(`[data-seq="${first.seq}"]`).waitFor()
})

t.test('recent searches come back by one press, and can be forgotten', async t => {
  const page = await personAt(t, at, 'bob')
  await page.getByTestId('search').fill('cliffs')
  await page.locator('[data-hit=chat]').first().click()
  await page.getByTestId('search-clear').click()
  await page.getByTestId('search').click()
  const recent = page.locator('[data-hit=recent]')
  await recent.getByText('cliffs').click()
  await page.locator('[data-hit=chat]').first().waitFor()
  await page.getByTestId('search').fill('')
  await page.getByRole('button', { name: 'Forget them' }).click()
  await recent.waitFor({ state: 'detached' })
  t.equal(await page.getByTestId('search').inputValue(), '')
})

t.test('a stranger is found by username alone, and a public channel by its name', async t => {
  const owner = await newcomerAt(t, at, 'Keeper')
  const channel = await owner.client.rooms.createChannel('Light station')
  const name = `light_${channel.id}`
  await owner.client.rooms.setUsername(channel.id, name)
  await owner.client.send(channel.id, 'The lamp is lit').sent
  const { page } = await newcomerAt(t, at, 'Visitor')

  await page.getByTestId('search').fill('Keeper')
  await page.getByTestId('nothing-found').or(page.locator('[data-hit=person]')).first().waitFor()
  await page.getByTestId('search').fill(owner.username)
  await page.locator('[data-hit=person]').getByText(`@${owner.username}`).waitFor()
  await page.getByTestId('search').fill(`@${name}`)
  await page.locator('[data-hit=public]').click()
  await page.getByRole('heading', { name: 'Join “Light station”?' }).waitFor()
  await page.getByText('The lamp is lit').waitFor()
  await page.getByTestId('dialog-submit').click()
  await page.getByRole('heading', { name: 'Light station', exact: true }).waitFor()
  t.equal(new URL(page.url()).hash, `#/chat/${channel.id}`)
})

t.test('inside a chat the search finds its messages only, narrowed down by kind', async t => {
  const { page, client } = await newcomerAt(t, at, 'Diver')
  const [one, two] = [
    (await client.rooms.createGroup('Reef', [])).chat,
    (await client.rooms.createGroup('Wreck', [])).chat,
  ]
  await client.send(one.id, 'Anchor at dawn').sent
  await client.send(one.id, 'Anchor chart: https://charts.example/anchor').sent
  await client.send(two.id, 'Anchor elsewhere').sent
  await indexed(client, 'anchor', 3)
  await openChat(page, 'Reef')
  await openInfo(page, 'search')
  await page.getByTestId('chat-search').fill('anchor')
  await page.getByTestId('chat-found').getByText('2 found').waitFor()
  const hits = page.getByTestId('info').getByTestId('message-hit')
  t.notMatch((await hits.allTextContents()).join(), /elsewhere/)
  await page.getByTestId('info').getByText('Filters').click()
  await page.getByTestId('info').getByLabel('Kind').selectOption('link')
  await page.getByTestId('chat-found').getByText('1 found').waitFor()
  await openInfo(page, 'links')
  await until(async () => (await hits.count()) === 1)
  t.match(await hits.textContent(), /charts\.example/)
})

t.test(
  'inside a chat keys and buttons lead from hit to hit, and the words that were found are marked there',
  async t => {
    const { page, client } = await newcomerAt(t, at, 'Climber')
    const { chat } = await client.rooms.createGroup('Ledge', [])
    const count = 23
    const seqs: number[] = []
    for (let i = 1; i <= count; i++)
      seqs.push((await client.send(chat.id, `A gannet, number ${i}`).sent).seq)
    const inLedge = () => client.search('gannet', { chat: chat.id })
    await until(async () => (await inLedge()).hits[0]?.message.seq === seqs.at(-1))
    await openChat(page, 'Ledge')
    await openInfo(page, 'search')
    const field = page.getByTestId('chat-search')
    const place = page.getByTestId('hit-place')
    const marked = page.getByTestId('message').locator('mark')
    const markedAt = (number: number) =>
      page.locator(`[data-seq="${seqs[number - 1]}"]`).locator('mark')
    await field.fill('gannet')
    await page.getByTestId('chat-found').getByText('20 found').waitFor()
    t.equal(await page.getByTestId('newer-hit').getAttribute('aria-disabled'), 'true')

    await field.press('Enter')
    await place.getByText('1 of 20+', { exact: true }).waitFor()
    await markedAt(23).waitFor()
    t.same(await marked.allTextContents(), ['gannet'])
    await field.press('Enter')
    await markedAt(22).waitFor()
    await field.press('Shift+Enter')
    await markedAt(23).waitFor()
    t.equal(await marked.count(), 1)
    await field.press('Shift+Enter')
    t.equal(await place.textContent(), '1 of 20+', 'nothing is newer')

    for (let at = 2; at <= count; at++) {
      await page.getByTestId('older-hit').click()
      await place.getByText(new RegExp(`^${at} of`)).waitFor()
    }
    t.equal(await place.textContent(), '23 of 23', 'the second page came by itself')
    await markedAt(1).waitFor()
    t.equal(await page.getByTestId('older-hit').getAttribute('aria-disabled'), 'true')
    await page.getByRole('button', { name: 'Newer hit' }).click()
    await place.getByText('22 of 23').waitFor()
    await markedAt(2).waitFor()

    await client.edit(chat.id, seqs[1] ?? 0, 'Two gannets')
    await page.getByTestId('message').filter({ hasText: 'Two gannets' }).waitFor()
    t.equal(await marked.count(), 0, 'other words than those that were found')
    await page.getByTestId('older-hit').click()
    await marked.waitFor()
    await page.getByTestId('info-back').click()
    await marked.waitFor({ state: 'detached' })
  },
)

t.test('more hits load by a press, and none twice', async t => {
  const { page, client } = await newcomerAt(t, at, 'Counter')
  const { chat } = await client.rooms.createGroup('Census', [])
  for (let i = 0; i < 25; i++) await client.send(chat.id, `Shearwater number ${i}`).sent
  await indexed(client, 'shearwater', 25)
  await page.getByTestId('search').fill('shearwater')
  await until(async () => (await page.getByTestId('message-hit').count()) === 20)
  await page.getByRole('button', { name: 'Show more' }).click()
  await until(async () => (await page.getByTestId('message-hit').count()) === 25)
  const words = await page.getByTestId('message-hit').locator('.hit-words').allTextContents()
  t.equal(new Set(words).size, 25)
})
