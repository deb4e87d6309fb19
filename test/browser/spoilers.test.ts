// What a spoiler covers is covered wherever the page shows a message in a line: in the chat list, in quotes, among pins and
// among what a search found.

import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { choose, conversation, groupOf, message } from './conversation.ts'
import { openChat } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const { page, bob } = await conversation(t, { stack, browser })

t.test('a spoiler is uncovered nowhere but in its message', async t => {
  const title = 'Whodunit'
  const chat = await groupOf(bob, title, ['alice'])
  const words = 'It was the cook'
  const covered = 'It was ▒▒▒▒▒▒▒▒'
  const ents = [{ t: 'spoiler' as const, o: 7, l: 8 }]
  const row = page.getByTestId('chat-row').filter({ hasText: title })

  const { seq } = await bob.send(chat, words, { ents }).sent
  await row.locator('.chat-last', { hasText: covered }).waitFor()

  await openChat(page, title)
  await message(page, words).waitFor()
  await bob.open(chat)
  await bob.pin(chat, seq)
  const pin = page.getByTestId('pinned-bar')
  await pin.getByText(covered).waitFor()
  await pin.getByRole('button').last().click()
  await page.getByTestId('pins').getByText(covered).waitFor()
  await page.keyboard.press('Escape')

  await bob.send(chat, 'Really', { reply: seq }).sent
  const quote = { text: words.slice(3), ents: [{ t: 'spoiler' as const, o: 4, l: 8 }], o: 3 }
  await bob.send(chat, 'Never', { reply: seq, quote }).sent
  await message(page, 'Really').locator('.quote-button', { hasText: covered }).waitFor()
  await message(page, 'Never')
    .locator('.quote-button', { hasText: covered.slice(3) })
    .waitFor()

  await choose(page, message(page, words), 'Reply')
  await page.getByTestId('composer-extra').getByText(covered).waitFor()

  // Nothing in the page says it but the message itself, whose spoiler is hidden by its looks alone.
  const said = () =>
    page.evaluate<number>(`[...document.querySelectorAll('body *')]
      .filter(each => each.children.length === 0 && each.textContent.includes('the cook')).length`)
  await until(async () => (await said()) === 1)
  t.equal(await page.locator('.spoiler', { hasText: 'the cook' }).count(), 1)
})
