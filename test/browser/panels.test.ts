// What stands before a conversation: where the keys go while it is open, what it sends, and what it leaves as it was.

import type { Page } from 'playwright-core'
import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { choose, conversation, holds, message, say, stored } from './conversation.ts'
import { chooseOf, openChat, openInfo, rowOf, startDialog } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const { page, bob, newGroup } = await conversation(t, { stack, browser })

const conversationIsOpen = (page: Page) => page.getByTestId('composer').isVisible()

t.test('a dialog begins in its first field, so that one can type and press Enter', async () => {
  const dialog = page.getByRole('dialog')
  await startDialog(page, 'New direct chat')
  await dialog.locator('input:focus').waitFor()
  await page.keyboard.type('carol')
  await dialog.getByRole('button', { name: 'Carol' }).waitFor()
  await page.keyboard.press('Escape')
  await until(async () => {
    // The first press empties the field.
    await page.keyboard.press('Escape')
    return (await dialog.count()) === 0
  })

  await startDialog(page, 'New channel')
  await dialog.getByLabel('Title').and(page.locator(':focus')).waitFor()
  await page.keyboard.type('Typed at once')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Typed at once' }).waitFor()

  await chooseOf(page, 'Typed at once', 'Add to folder…')
  await page.getByRole('menuitem', { name: 'New folder…' }).click()
  await dialog.locator('input:focus').waitFor()
  await page.keyboard.type('Begun here')
  await page.keyboard.press('Enter')
  await page.getByRole('tab', { name: 'Begun here' }).waitFor()
})

t.test('who adds an option to a poll goes on writing in it', async () => {
  await newGroup('Many options')
  await page.getByRole('button', { name: 'More to send' }).click()
  await page.getByRole('menuitem', { name: 'Poll or quiz' }).click()
  await page.getByRole('button', { name: 'Add an option' }).click()
  await page.keyboard.type('a third one')
  await holds(page.getByPlaceholder('Option 3'), 'a third one')
  await page.keyboard.press('Escape')
})

t.test('Escape closes all reactions and leaves the conversation open', async t => {
  const chat = await newGroup('All reactions')
  await bob.send(chat, 'so many').sent
  const row = message(page, 'so many')
  await choose(page, row, 'More reactions')
  await page.locator('.quick-reaction:focus').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
  t.ok(await conversationIsOpen(page))
})

t.test('Escape ends selecting at once, also with a message in focus', async t => {
  const chat = await newGroup('Selecting')
  for (const words of ['one of them', 'another one']) await bob.send(chat, words).sent
  await message(page, 'another one').waitFor()
  await choose(page, message(page, 'one of them'), 'Select')
  await message(page, 'another one').click()
  await page.getByTestId('selected').getByText('2 messages').waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('selected').waitFor({ state: 'detached' })
  t.ok(await conversationIsOpen(page))
})

t.test(
  'a comment on what is forwarded may be formatted, and leaves the draft there alone',
  async t => {
    const chat = await newGroup('Forwarded from')
    await bob.send(chat, 'to be passed on').sent
    await message(page, 'to be passed on').waitFor()
    await openChat(page, 'Bob')
    await page.getByTestId('composer').fill('not finished yet')
    await openChat(page, 'Forwarded from')
    await rowOf(page, 'Bob').getByText('not finished yet').waitFor()

    await choose(page, message(page, 'to be passed on'), 'Forward')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Saved messages' }).waitFor()
    t.equal(await rowOf(page, 'Saved messages').count(), 0, 'offering it does not make it')
    await dialog.getByRole('button', { name: 'Bob', exact: true }).click()
    await page.getByPlaceholder('Add a comment').fill('look at **this**')
    await page.getByTestId('forward').click()
    await page.getByRole('heading', { name: 'Bob', exact: true }).waitFor()
    await message(page, 'look at this').locator('strong').getByText('this').waitFor()
    await holds(page.getByTestId('composer'), 'not finished yet')
  },
)

t.test('the first note to oneself may be one that is forwarded', async () => {
  const chat = await newGroup('To keep')
  await bob.send(chat, 'worth keeping').sent
  await choose(page, message(page, 'worth keeping'), 'Forward')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Saved messages' }).click()
  await page.getByTestId('forward').click()
  await page.getByRole('heading', { name: 'Saved messages' }).waitFor()
  await message(page, 'worth keeping').getByText('Forwarded from Bob').waitFor()
})

t.test('the end of the messages stays in sight however tall the field is', async () => {
  const chat = await newGroup('Tall')
  for (let i = 1; i <= 30; i++) await bob.send(chat, `line ${i}`).sent
  await message(page, 'line 30').waitFor()
  const below = () =>
    page.evaluate<number>(
      `(log => log.scrollHeight - log.scrollTop - log.clientHeight)(document.querySelector('[role=log]'))`,
    )
  const composer = page.getByTestId('composer')
  const isAtEnd = async (message: string) => {
    await until(async () => (await below()) < 2, { message })
    await page.evaluate(
      'new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
    )
  }
  await isAtEnd('the list begins at its end')
  // Which comes first, the scroll or the size, is the browser’s choice each time.
  for (let i = 1; i <= 30; i++) {
    await composer.fill('\n'.repeat(25))
    await isAtEnd(`under a tall field, time ${i}`)
    await composer.fill('')
    await isAtEnd(`under a low field, time ${i}`)
  }
})

t.test('what follows a quote begins on the next line', async t => {
  await newGroup('Quotes')
  await say(page, '> as you said\nand so it is')
  await stored(page, 'and so it is')
  const gap = await page.evaluate<number>(`(() => {
    const words = [...document.querySelectorAll('[data-testid=message] .words')].at(-1)
    const range = document.createRange()
    range.selectNodeContents(words)
    const quote = words.querySelector('blockquote').getBoundingClientRect()
    const last = [...range.getClientRects()].at(-1)
    return (last.top - quote.bottom) / last.height
  })()`)
  t.ok(gap < 0.8, `${gap} lines are between them`)
  const words = await message(page, 'and so it is').locator('.words').textContent()
  t.match(words, 'as you said\nand so it is', 'what is selected keeps the line break')
})

t.test('in the list only a message that was read has the mark of one', async t => {
  const read = await newGroup('Read')
  await say(page, 'a question')
  await stored(page, 'a question')
  const seq = Number(await message(page, 'a question').getAttribute('data-seq'))
  await newGroup('Not read yet')
  await say(page, 'is anybody there?')
  bob.markRead(read, seq)
  for (const [title, state] of [
    ['Read', 'read'],
    ['Not read yet', 'sent'],
  ]) {
    await rowOf(page, title ?? '')
      .locator(`.state-mark.${state}`)
      .waitFor()
  }
  const [first, second] = await page.evaluate<string[]>(
    `['read', 'sent'].map(state => getComputedStyle(document.querySelector('.chat-row .state-mark.' + state)).color)`,
  )
  t.not(first, second)
})

t.test('a wrong answer of a quiz is marked as wrong, and 100% has room beside it', async t => {
  const chat = await newGroup('Quiz')
  await bob.polls.create(chat, {
    question: 'Which one dives?',
    options: ['The auk', 'The fulmar'],
    quiz: { correct: 0 },
  })
  await page.getByTestId('poll-option').filter({ hasText: 'fulmar' }).click()
  const wrong = page.getByTestId('poll-result').filter({ hasText: 'fulmar' })
  await wrong.locator('.poll-own.wrong').waitFor()
  await wrong.getByText('100%').waitFor()
  const room = await page.evaluate<number>(`(() => {
    const [, element] = document.querySelectorAll('.poll-percent')
    const range = document.createRange()
    range.selectNodeContents(element)
    return element.getBoundingClientRect().width - range.getBoundingClientRect().width
  })()`)
  t.ok(room > 4, `${room} px are left`)
})

t.test('what is selected is counted in one line beside the info panel', async t => {
  const chat = await newGroup('Little room')
  await bob.send(chat, 'select me').sent
  await message(page, 'select me').waitFor()
  await page.setViewportSize({ width: 1280, height: 800 })
  await openInfo(page)
  await choose(page, message(page, 'select me'), 'Select')
  const count = page.getByTestId('selected')
  await count.getByText('1 message selected').waitFor()
  const lines = await page.evaluate<number>(`(() => {
    const count = document.querySelector('[data-testid=selected]')
    const range = document.createRange()
    range.selectNodeContents(count)
    return new Set([...range.getClientRects()].map(({ top }) => top)).size
  })()`)
  t.equal(lines, 1)
  await page.getByRole('button', { name: 'Forward', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Select no more' }).click()
})

t.test('a post that is the channel’s own is told as such', async () => {
  await startDialog(page, 'New channel')
  await page.getByRole('dialog').getByLabel('Title').fill('Nobody in person')
  await page.getByTestId('dialog-submit').click()
  await page.getByRole('heading', { name: 'Nobody in person' }).waitFor()
  await say(page, 'from all of us')
  await page.getByRole('article', { name: 'The channel' }).getByText('from all of us').waitFor()
})
