// No text of a stranger ever runs in lists and cards: what a search finds, folders, contacts, what a link or a public name
// leads to, notifications. Each is shown as the text that it is.

import pg from 'pg'
import t from 'tap'
import type { PetrelClient } from '#client/index.ts'
import { limits } from '#shared/protocol/limits.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { groupOf } from './conversation.ts'
import { clientOf, startDialog } from './pages.ts'
import { controlled, shownIn } from './worker.ts'
import { loadAll, namedPeople, some, unseen, watched } from './xss-watch.ts'

const stack = await startStack(t, {
  demo: true,
  web: true,
  env: { SEARCHES_PER_USER: '1000000/1' },
})
const browser = await startBrowser(t)
const db = new pg.Client(stack.databaseUrl)
await db.connect()
t.teardown(() => db.end())
const [alice, bob] = await Promise.all([clientOf(t, stack, 'alice'), clientOf(t, stack, 'bob')])
const people = await namedPeople(t, stack, some(12, limits.nameCharsMax))
const idOf = (client: PetrelClient) => client.getSnapshot().me?.id ?? 0
/** What Alice calls them, and the groups into which they take her. */
const ownNames = some(people.length, limits.nameCharsMax, 11)
const titles = some(people.length, limits.titleCharsMax, 5)
const groups: number[] = []
for (const [index, person] of people.entries()) {
  const { chat } = await person.rooms.createGroup(titles[index] ?? 'x', [idOf(alice)])
  groups.push(chat.id)
  await alice.people.setContact(idOf(person), ownNames[index] ?? 'x')
}

/** When all of a chat can be found. */
async function indexed(chat: number): Promise<void> {
  const behind = `select from chats c left join search_cursors s on s.chat_id = c.id
    where c.id = $1 and (s.rev is null or s.rev < c.last_rev or s.back_seq > 0)`
  await until(async () => (await db.query(behind, [chat])).rowCount === 0)
}

t.test('as what a search finds, and as what was searched for', async t => {
  const chat = await groupOf(bob, 'Hostile finds', ['alice'])
  const words = some(60, 180, 2)
  await Promise.all(words.map(each => bob.send(chat, `plover ${each}`).sent))
  await indexed(chat)

  const { page, clean } = await watched(t, browser, stack.url)
  const field = page.getByTestId('search')
  const settled = page.locator('[data-testid=found][data-settled=true]')
  const find = async (query: string) => {
    await field.fill(query)
    await settled.waitFor({ state: 'attached' })
  }
  await find('plover')
  const hits = page.getByTestId('message-hit')
  await loadAll(hits, page.locator('[data-hit=more]'), words.length)
  t.same(await unseen(page, '.hit-words', words), [])
  await clean('messages')
  await find('plover alert')
  await hits.first().waitFor()
  t.ok((await page.locator('.hit-words mark', { hasText: /^alert$/ }).count()) > 0)
  await clean('marked words')

  await find('<')
  t.ok((await page.locator('[data-hit=chat]').count()) > 0, 'chats')
  t.ok((await page.locator('[data-hit=person]').count()) > 0, 'people')
  await clean('chats and people')
  const [title = ''] = titles
  await find(title)
  await page.locator('[data-hit=chat]').first().click()
  await page.getByTestId('search-clear').click()
  await field.click()
  await page.locator('[data-hit=recent]').first().waitFor()
  t.same(await unseen(page, '[data-hit=recent]', [title]), [])
  await clean('what was searched for')
  const nowhere = `${title} zqx`
  await find(nowhere)
  await page.getByTestId('nothing-found').waitFor()
  t.same(await unseen(page, '[data-testid=nothing-found]', [nowhere]), [])
  await clean('what was not found')
})

t.test('as what a public name or a link leads to', async t => {
  const [title = 'x'] = some(1, limits.titleCharsMax, 40)
  const [about = 'x'] = some(1, limits.aboutCharsMax, 41)
  const posts = some(limits.previewMessagesMax, 200, 6)
  const channel = await bob.rooms.createChannel(title, about)
  await bob.rooms.setUsername(channel.id, `hostile_${channel.id}`)
  for (const words of posts) await bob.send(channel.id, words).sent

  const { page, clean } = await watched(t, browser, stack.url)
  await page.getByTestId('search').fill(`@hostile_${channel.id}`)
  const hit = page.locator('[data-hit=public]')
  await hit.waitFor()
  t.same(await unseen(page, '[data-hit=public]', [title]), [])
  await clean('the search')
  await hit.click()
  await page.locator('.post-preview li').first().waitFor()
  t.same(await unseen(page, '.post-preview .about', posts), [])
  t.same(await unseen(page, '.room-title', [title]), [])
  t.same(await unseen(page, '.room-card .about', [about]), [])
  await clean('the public name')

  for (const [index, person] of people.slice(0, 4).entries()) {
    const { chat } = await person.rooms.createGroup(ownNames[index] ?? 'x', [])
    const { token } = await person.invites.create(chat.id)
    await page.goto(`${stack.url}/join#${token}`)
    await page.locator('.room-title').waitFor()
    t.same(await unseen(page, '.room-title', [ownNames[index] ?? 'x']), [])
    t.same(await unseen(page, 'dialog h2', [ownNames[index] ?? 'x']), [])
    await clean(`link ${index}`)
  }
})

t.test('as folders and contacts', async t => {
  const folders = some(limits.foldersMax, limits.folderTitleCharsMax)
  await alice.folders.set(folders.map((title, id) => ({ id: id + 1, title, rule: {} })))

  const { page, clean } = await watched(t, browser, stack.url)
  await page.getByRole('tab').nth(folders.length).waitFor()
  t.same(await unseen(page, '[role=tab]', folders), [])
  await page.getByRole('tab').nth(1).click()
  await clean('the folders')
  await startDialog(page, 'Contacts')
  await page
    .getByTestId('contact')
    .nth(people.length - 1)
    .waitFor()
  t.same(await unseen(page, '[data-testid=contact]', ownNames), [])
  await page.getByTestId('contact-menu').first().click()
  await page.getByRole('menuitem', { name: 'Remove from contacts' }).click()
  await page.getByTestId('sure').waitFor()
  await clean('the contacts')
  await page.keyboard.press('Escape')
  await page.getByTestId('sure').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  await page.keyboard.press('Control+Comma')
  await page.getByTestId('settings-folders').click()
  const rows = page.getByTestId('settings').getByTestId('folder')
  await rows.nth(folders.length - 1).waitFor()
  t.same(await unseen(page, '.settings-card [data-testid=folder]', folders), [])
  await rows.first().getByRole('button').last().click()
  await page.getByTestId('sure').waitFor()
  t.same(await unseen(page, 'dialog p', folders.slice(0, 1)), [])
  await clean('the settings')
})

t.test('as notifications', async t => {
  const { page, clean } = await watched(t, browser, stack.url, { permissions: ['notifications'] })
  await controlled(page)
  for (const [index, chat] of groups.slice(0, 4).entries()) {
    const words = some(people.length, 200, 8)[index] ?? 'x'
    await people[index]?.send(chat, words).sent
    const tag = `chat-${chat}`
    const shown = await until(async () => (await shownIn(page)).find(each => each.tag === tag), {
      message: `a notification of ${titles[index]}`,
    })
    t.ok(shown?.title.startsWith(titles[index] ?? 'x'), `${shown?.title}`)
    t.equal(shown?.body, `${ownNames[index]}: ${words}`)
  }
  await clean('the page')
})
