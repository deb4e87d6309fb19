// The composer of the page: drafts on two devices, sending later, completions, emojis, channels and their comments.

import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { offline, startBrowser } from './browser.ts'
import { conversation, groupOf, holds, message, say, stored } from './conversation.ts'
import { clientOf, newAccount, openChat } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const { page, bob, newGroup } = await conversation(t, { stack, browser })
const field = page.getByTestId('composer')
/** A gateway that is killed has to start and to be found again. */
const patience = { timeoutMs: 60_000 }

t.test(
  'a draft is there on the other device, formatting and all, and goes when it is sent',
  async t => {
    const chat = await newGroup('Drafts')
    const phone = await clientOf(t, stack, 'alice')
    const draft = () => phone.getSnapshot().chats.find(view => view.chat.id === chat)?.draft
    await field.fill('half a **thought**')
    await until(() => draft()?.text === 'half a thought')
    t.match(draft()?.ents, [{ t: 'bold', o: 7, l: 7 }])
    phone.draft(chat, { text: 'a whole thought' })
    await holds(field, 'a whole thought')
    await field.press('Enter')
    await until(() => draft() === undefined)
    await holds(field, '')
  },
)

t.test('a message is sent later, changed, and sent at once after all', async t => {
  await newGroup('Later')
  await field.fill('in a while')
  await page.getByTestId('send').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Send later' }).click()
  await page.getByLabel('When').fill('2020-01-01T10:00')
  await page.getByRole('button', { name: 'Schedule' }).click()
  t.equal(await message(page, 'in a while').count(), 0)
  t.equal(await field.inputValue(), 'in a while', 'nothing typed is lost')
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)
  await page.getByLabel('When').fill(tomorrow)
  await page.getByRole('button', { name: 'Schedule' }).click()
  await holds(field, '')

  await page.getByTestId('composer-more').click()
  await page.getByRole('menuitem', { name: 'Scheduled messages (1)' }).click()
  const line = page.getByTestId('scheduled')
  await line.getByRole('button', { name: 'Change the text' }).click()
  await line.locator('textarea').fill('in a **little** while')
  await line.getByRole('button', { name: 'Save' }).click()
  await line.locator('strong', { hasText: 'little' }).waitFor()
  await line.getByRole('button', { name: 'Send now' }).click()
  await line.waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await message(page, 'in a little while').waitFor()
})

t.test('a name is completed by the keyboard and calls the person', async () => {
  const chat = await newGroup('Names')
  await field.pressSequentially('ask @bo')
  await page.getByTestId('completion').filter({ hasText: 'Bob' }).waitFor()
  await field.press('Enter')
  await holds(field, 'ask @bob ')
  await field.press('Enter')
  await page.locator('.log .mention', { hasText: '@bob' }).waitFor()
  await until(
    () => (bob.getSnapshot().chats.find(view => view.chat.id === chat)?.mentions ?? 0) === 1,
  )
})

t.test('emojis are found by their names and by the picker', async () => {
  await newGroup('Emojis')
  await field.pressSequentially(':rocke')
  await page.getByTestId('completion').filter({ hasText: '🚀' }).first().waitFor()
  await field.press('Tab')
  await holds(field, '🚀 ')
  await field.fill('')
  await page.getByTestId('emojis').click()
  await page.getByPlaceholder('Find an emoji').fill('bird')
  await page.getByTestId('emoji').first().click()
  await page.keyboard.press('Escape')
  await until(async () => /\p{Extended_Pictographic}/u.test(await field.inputValue()))
})

t.test('a text over the limit is refused before it is sent', async t => {
  await newGroup('Long')
  await field.fill('x'.repeat(4_000))
  await page.locator('.length-left', { hasText: '96' }).waitFor()
  await field.fill('x'.repeat(4_097))
  await page.getByTestId('error').getByText('1 character too long').waitFor()
  t.equal(await page.getByTestId('send').isDisabled(), true)
})

t.test('who reads a channel sees how often posts were seen, and comments on them', async () => {
  const channel = await bob.rooms.createChannel('Signals')
  const group = await groupOf(bob, 'Signals talk', [])
  await bob.rooms.linkDiscussion(channel.id, group)
  const { id } = await bob.api.lookup('alice')
  await bob.members.add(channel.id, [id])
  await bob.send(channel.id, 'fog tonight').sent
  await openChat(page, 'Signals')
  await page.getByTestId('read-only').getByRole('button', { name: 'Mute' }).click()
  await page.getByTestId('read-only').getByRole('button', { name: 'Unmute' }).waitFor()
  const post = message(page, 'fog tonight')
  await post.locator('.views').waitFor()
  await post.getByTestId('comments').click()
  await page.getByRole('button', { name: 'Join the discussion to comment' }).click()
  await page.getByTestId('comment').fill('thick **fog**')
  await page.getByTestId('comment').press('Enter')
  await page.getByTestId('comments-panel').locator('strong', { hasText: 'fog' }).waitFor()
  await page.keyboard.press('Escape')
  await post.getByTestId('comments').getByText('1 comment').waitFor()
})

t.test('a stranger’s chat asks what to do with it', async t => {
  const stranger = await clientOf(t, stack, await newAccount(stack, 'stranger'))
  const alice = await clientOf(t, stack, 'alice')
  const chat = await stranger.createDirect((await stranger.api.lookup('alice')).id)
  await stranger.send(chat.id, 'buy my boat').sent
  await until(() => alice.getSnapshot().requests.some(view => view.chat.id === chat.id))
  await page.goto(`${stack.url}/#/chat/${chat.id}`)
  await page.getByTestId('request-bar').getByRole('button', { name: 'Accept' }).click()
  await page.getByTestId('request-bar').waitFor({ state: 'detached' })
  await field.waitFor()
})

t.test('what is written while an edit is being stored is not lost', async t => {
  const chat = await newGroup('Edits')
  const textNow = () => bob.getSnapshot().chats.find(view => view.chat.id === chat)?.last?.text
  await say(page, 'a thought')
  await until(() => textNow() === 'a thought')
  await stored(page, 'a thought')
  const [gateway] = stack.gateways
  t.teardown(async () => {
    if (gateway?.pid() === null) await gateway.start()
  })
  await gateway?.kill()
  await offline(page)
  await field.press('ArrowUp')
  await holds(field, 'a thought')
  await field.fill('a better thought')
  await field.press('Enter')
  await field.pressSequentially(', and more')
  await gateway?.start()
  await page.evaluate(`dispatchEvent(new Event('online'))`)
  await until(() => textNow() === 'a better thought', patience)
  await message(page, 'a better thought').getByText('edited').waitFor()
  await holds(field, 'a better thought, and more')
  await until(async () => {
    await field.press('Enter')
    return (await field.inputValue()) === ''
  })
  await until(() => textNow() === 'a better thought, and more')
})

t.test('what a reload brought back is newer than what was shared before it', async t => {
  const chat = await newGroup('Reload')
  const phone = await clientOf(t, stack, 'alice')
  const draft = () => phone.getSnapshot().chats.find(view => view.chat.id === chat)?.draft
  await field.fill('old words')
  await until(() => draft()?.text === 'old words')
  // As a page leaves it that is replaced by its new version.
  await page.evaluate(`sessionStorage.setItem('petrel-page:drafts',
    JSON.stringify([[${chat}, { text: 'old words and new ones' }]]))`)
  await page.reload()
  await holds(field, 'old words and new ones')
  await until(() => draft()?.text === 'old words and new ones')
  t.equal(await field.inputValue(), 'old words and new ones')
  // Told, it is no newer than what comes from elsewhere.
  phone.draft(chat, { text: 'words of the phone' })
  await holds(field, 'words of the phone')
})
