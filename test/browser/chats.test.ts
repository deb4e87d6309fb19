// The chat list in a real browser: what its menus do, folders, the archive, strangers, and a list of many chats.

import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { chooseOf, clientOf, newcomerAt, openChat, personAt, rowOf } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

/** Somebody with a window and as many groups as names. */
async function personWithGroups(t: Test, titles: readonly string[]) {
  const person = await newcomerAt(t, at, 'Dora')
  for (const title of titles) await person.client.rooms.createGroup(title, [])
  for (const title of titles) await rowOf(person.page, title).waitFor()
  return person
}

const titles = (page: Page) => page.getByTestId('chat-row').locator('.chat-title').allTextContents()

t.test('a pinned chat stands first, pinned anew it goes to the top', async t => {
  const { page } = await personWithGroups(t, ['Auk', 'Booby', 'Cormorant'])
  await until(async () => (await titles(page)).join() === 'Cormorant,Booby,Auk')
  await chooseOf(page, 'Auk', 'Pin')
  await until(async () => (await titles(page))[0] === 'Auk')
  await chooseOf(page, 'Booby', 'Pin')
  await until(async () => (await titles(page))[0] === 'Booby')
  await chooseOf(page, 'Auk', 'Move to the top')
  await until(async () => (await titles(page)).join() === 'Auk,Booby,Cormorant')
  await rowOf(page, 'Auk').getByTestId('pinned').waitFor()
  await page.reload()
  await until(async () => (await titles(page)).join() === 'Auk,Booby,Cormorant')
})

t.test(
  'more pins than the plan allows are refused in words, and the chat stays where it was',
  async t => {
    const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six']
    const { page } = await personWithGroups(t, names)
    for (const name of names.slice(0, 5)) {
      await chooseOf(page, name, 'Pin')
      // The rows move with each: the next one is pressed where it is then.
      await rowOf(page, name).getByTestId('pinned').waitFor()
    }
    await chooseOf(page, 'Six', 'Pin')
    await page.getByTestId('error').getByText(/plan/).waitFor()
    await until(async () => (await titles(page)).at(-1) === 'Six')
  },
)

t.test('archived chats wait behind a row of their own and come back from there', async t => {
  const { page } = await personWithGroups(t, ['Loud', 'Quiet'])
  await chooseOf(page, 'Quiet', 'Archive')
  await page.getByTestId('archive').getByText('Quiet').waitFor()
  await until(async () => (await titles(page)).join() === 'Loud')
  await page.getByTestId('archive').click()
  await page.getByRole('heading', { name: 'Archived chats' }).waitFor()
  await chooseOf(page, 'Quiet', 'Take out of the archive')
  await page.getByText(/Nothing is archived/).waitFor()
  await page.getByTestId('list-back').click()
  await until(async () => (await titles(page)).join() === 'Quiet,Loud')
})

t.test('a chat is marked unread and read, muted for ever and heard again', async t => {
  const { page } = await personWithGroups(t, ['Harbour'])
  await chooseOf(page, 'Harbour', 'Mark as unread')
  await rowOf(page, 'Harbour').getByTestId('marked').waitFor()
  await chooseOf(page, 'Harbour', 'Mark as read')
  await rowOf(page, 'Harbour').getByTestId('marked').waitFor({ state: 'detached' })
  await chooseOf(page, 'Harbour', 'Mute…')
  await page.getByRole('radio', { name: 'Until' }).check()
  await page.locator('.date-field').fill('2001-01-01T00:00')
  await page.getByTestId('dialog-submit').click()
  await page
    .getByTestId('error')
    .getByText(/still to come/)
    .waitFor()
  await page.getByLabel('For ever').check()
  await page.getByTestId('dialog-submit').click()
  await rowOf(page, 'Harbour').getByText('muted').waitFor()
  await chooseOf(page, 'Harbour', 'Unmute')
  await rowOf(page, 'Harbour').getByText('muted').waitFor({ state: 'detached' })
})

t.test('clearing a direct chat for both asks once and empties it on both sides', async t => {
  const { page, client, id } = await newcomerAt(t, at, 'Dora')
  const bob = await newcomerAt(t, at, 'Emil')
  const chat = await client.createDirect(bob.id)
  await client.send(chat.id, 'Burn after reading').sent
  await bob.page.getByTestId('requests').click()
  await bob.page.getByRole('button', { name: 'Accept' }).click()
  await bob.page.getByTestId('message').filter({ hasText: 'Burn after reading' }).waitFor()
  await chooseOf(page, 'Emil', 'Clear history')
  await page.getByLabel('Also for Emil').check()
  await page.getByTestId('sure').click()
  await rowOf(page, 'Emil').getByText('No messages yet').waitFor()
  await bob.page.getByTestId('message').first().waitFor({ state: 'detached' })
  t.ok(id > 0)
})

t.test(
  'folders stand as tabs with what is unread, and the arrow keys move between them',
  async t => {
    const { page, client } = await personWithGroups(t, ['Work', 'Home'])
    const [work] = client.getSnapshot().chats.filter(view => view.title === 'Work')
    await client.folders.set([{ id: 1, title: 'Office', include: [work?.chat.id ?? 0] }])
    await client.setPlace(work?.chat.id ?? 0, { unread: true })
    const office = page.getByRole('tab', { name: /Office/ })
    await office.getByText('1 unread chat').waitFor()
    await page.getByRole('tab', { name: /All/ }).focus()
    await page.keyboard.press('ArrowRight')
    await until(async () => (await titles(page)).join() === 'Work')
    t.equal(await office.getAttribute('aria-selected'), 'true')
    await page.keyboard.press('Home')
    await until(async () => (await titles(page)).length === 2)
  },
)

t.test('a stranger waits in the inbox, is declined and gone, another is accepted', async t => {
  const carol = await newcomerAt(t, at, 'Carola')
  const [first, second] = await Promise.all([
    newcomerAt(t, at, 'Stranger'),
    newcomerAt(t, at, 'Friend'),
  ])
  for (const { client } of [first, second]) {
    const chat = await client.createDirect(carol.id)
    await client.send(chat.id, 'Hello there').sent
  }
  await carol.page
    .getByTestId('requests')
    .getByText(/2 people want/)
    .waitFor()
  t.equal(await rowOf(carol.page, 'Stranger').count(), 0, 'not among the chats')
  await carol.page.getByTestId('requests').click()
  const item = (name: string) => carol.page.locator('li', { has: rowOf(carol.page, name) })
  await item('Stranger').getByRole('button', { name: 'Decline' }).click()
  await rowOf(carol.page, 'Stranger').waitFor({ state: 'detached' })
  await item('Friend').getByRole('button', { name: 'Accept' }).click()
  await carol.page.getByTestId('list-back').click()
  await rowOf(carol.page, 'Friend').waitFor()
  t.equal(await carol.page.getByTestId('requests').count(), 0)
})

t.test('the list is used by keys alone: arrows, the menu, Enter', async t => {
  const { page } = await personWithGroups(t, ['Alpha', 'Beta', 'Gamma'])
  await page.locator('[data-row="0"]').focus()
  await page.keyboard.press('End')
  await page.locator('[data-row="2"]:focus').waitFor()
  await page.keyboard.press('ArrowUp')
  await page.locator('[data-row="1"]:focus').waitFor()
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menu').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('[data-row="1"]:focus').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Beta', exact: true }).waitFor()
})

t.test(
  'of many chats only those near the screen are in the document, all can be reached',
  async t => {
    const { page, client } = await newcomerAt(t, at, 'Crowded')
    const count = 38
    // As many of each kind as the plan allows, nearly.
    for (let made = 0; made < count; made += 2) {
      await client.rooms.createGroup(`Colony ${made}`, [])
      await client.rooms.createChannel(`Colony ${made + 1}`)
    }
    const list = page.getByRole('navigation', { name: 'Chats', exact: true })
    await until(async () => (await list.getAttribute('data-rows')) === String(count))
    t.ok((await page.getByTestId('chat-row').count()) < 30)
    await page.locator('[data-row="0"]').focus()
    await page.keyboard.press('End')
    await page
      .locator(`[data-row="${count - 1}"]:focus .chat-title`)
      .getByText('Colony 0', { exact: true })
      .waitFor()
    t.ok((await page.getByTestId('chat-row').count()) < 30)
  },
)

t.test(
  'a draft of another device shows in the list, what is typed here does not while it is open',
  async t => {
    const alice = await personAt(t, at, 'alice')
    const client = await clientOf(t, stack, 'alice')
    const [bob] = client.getSnapshot().chats.filter(view => view.title === 'Bob')
    client.draft(bob?.chat.id ?? 0, { text: 'half a thought' })
    await rowOf(alice, 'Bob').getByText('half a thought').waitFor()
    await openChat(alice, 'Bob')
    await rowOf(alice, 'Bob').getByText('Draft:').waitFor({ state: 'detached' })
    client.draft(bob?.chat.id ?? 0, null)
  },
)

t.test('the menu of a chat puts it into folders and takes it out again', async t => {
  const { page, client } = await personWithGroups(t, ['Dunlin', 'Egret'])
  const tab = (name: string) => page.getByRole('tab', { name, exact: true })
  const folder = (name: string) => page.getByRole('menuitemcheckbox', { name, exact: true })
  const menu = page.getByRole('menu', { name: 'Folders of Dunlin' })
  const folders = async () => (await client.folders.list.load()).map(({ id: _, ...rest }) => rest)
  const idOf = (title: string) =>
    client.getSnapshot().chats.find(view => view.title === title)?.chat.id ?? 0

  await chooseOf(page, 'Dunlin', 'Add to folder…')
  await menu.getByRole('menuitem', { name: 'New folder…' }).click()
  await page.getByLabel('Name').fill('Waders')
  await page.getByTestId('dialog-submit').click()
  await tab('Waders').click()
  await until(async () => (await titles(page)).join() === 'Dunlin')

  await client.folders.list.load()
  const [waders] = client.folders.list.get() ?? []
  const groups = { id: 9, title: 'Waders', rule: { kinds: ['group' as const] } }
  if (waders) await client.folders.set([waders, groups])
  await tab('All').click()
  await until(async () => (await page.getByRole('tab').count()) === 3)
  await chooseOf(page, 'Egret', 'Add to folder…')
  await until(async () => (await folder('Waders').count()) === 2)
  t.equal(await folder('Waders').first().getAttribute('aria-checked'), 'false')
  t.equal(await folder('Waders').last().getAttribute('aria-checked'), 'true', 'by its rule')
  await folder('Waders').last().click()
  await until(async () => (await folders())[1]?.exclude?.join() === String(idOf('Egret')))

  await rowOf(page, 'Dunlin').focus()
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menuitem', { name: 'Add to folder…' }).press('Enter')
  await menu.waitFor()
  await page.locator('[role=menuitemcheckbox][aria-checked=true]:focus').waitFor()
  await page.keyboard.press('Enter')
  await until(async () => (await folders())[0]?.include === undefined)
  await rowOf(page, 'Dunlin').and(page.locator(':focus')).waitFor()
})

t.test(
  'a row is a link: the browser opens the chat in another tab, a press opens it here',
  async t => {
    const { page, client } = await personWithGroups(t, ['Fulmar', 'Gannet'])
    const [first] = client.getSnapshot().chats
    const id = first?.chat.id ?? 0
    const title = first?.title ?? ''
    const row = page.getByRole('link', { name: title })
    t.equal(await row.getAttribute('href'), `#/chat/${id}`)
    const presses = [
      () => row.click({ modifiers: ['ControlOrMeta'] }),
      () => row.click({ button: 'middle' }),
    ]
    for (const press of presses) {
      const opens = page.context().waitForEvent('page')
      await press()
      const other = await opens
      await other.getByRole('heading', { name: title, exact: true }).waitFor()
      t.equal(new URL(other.url()).hash, `#/chat/${id}`)
      await other.close()
    }
    t.equal(new URL(page.url()).hash, '', 'here nothing was opened')
    await rowOf(page, title).focus()
    await page.keyboard.press('Space')
    await page.getByRole('heading', { name: title, exact: true }).waitFor()
    t.equal(new URL(page.url()).hash, `#/chat/${id}`)
    await page.goBack()
    await page.getByRole('heading', { name: title, exact: true }).waitFor({ state: 'detached' })
    await rowOf(page, title).click()
    await page.getByRole('heading', { name: title, exact: true }).waitFor()
    t.equal(page.context().pages().length, 1)
  },
)
