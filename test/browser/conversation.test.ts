// What can be done with messages in the page: formatting, replies, reactions, pins, selecting, forwarding, going to a date.

import t from 'tap'
import { randomRid } from '#shared/protocol/ids.ts'
import { right } from '#shared/protocol/permissions.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import {
  atRest,
  choose,
  conversation,
  groupOf,
  holds,
  message,
  say,
  stored,
} from './conversation.ts'
import { openChat } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const { page, bob, newGroup } = await conversation(t, { stack, browser })
const composer = page.getByTestId('composer')

t.test('Markdown is sent as formatting, and comes back into the field to be edited', async t => {
  const chat = await newGroup('Formats')
  await say(page, 'a **bold** `code` ||secret|| word')
  const row = message(page, 'a bold')
  await row.locator('strong', { hasText: 'bold' }).waitFor()
  await row.locator('code', { hasText: 'code' }).waitFor()
  await row.getByText('secret').waitFor()
  t.match(await row.locator('.spoiler').getAttribute('aria-label'), /Hidden/)
  await row.locator('.spoiler').click()
  await row.locator('.spoiler-shown', { hasText: 'secret' }).waitFor()

  await stored(page, 'a bold')
  await composer.press('ArrowUp')
  await holds(composer, 'a **bold** `code` ||secret|| word')
  await composer.press('Escape')
  await holds(composer, '')

  await bob.send(chat, 'x', { ents: [{ t: 'pre', o: 0, l: 1, lang: 'ts' }] }).sent
  await page.locator('.code-block[data-lang=ts]').waitFor()
})

t.test('the bar and the keys format what is selected', async t => {
  await newGroup('Keys')
  await composer.fill('make it so')
  await page.evaluate(`document.querySelector('[data-testid=composer]').setSelectionRange(5, 7)`)
  await page.keyboard.press('Control+b')
  await holds(composer, 'make **it** so')
  await page.getByRole('button', { name: 'Italic' }).click()
  await holds(composer, 'make **__it__** so')
  await page.keyboard.press('Control+k')
  await page.getByLabel('Address').fill('javascript:alert(1)')
  await page.getByRole('button', { name: 'Insert' }).click()
  await page.getByTestId('error').getByText(/https/).waitFor()
  await page.getByLabel('Address').fill('example.org/a')
  await page.getByRole('button', { name: 'Insert' }).click()
  await until(async () => /\]\(https:\/\/example\.org\/a\)/.test(await composer.inputValue()))
  await composer.press('Enter')
  const link = page.locator('.log a', { hasText: 'it' })
  await link.waitFor()
  t.equal(await link.getAttribute('href'), 'https://example.org/a')
  t.match(await link.getAttribute('rel'), /noopener noreferrer/)
})

t.test(
  'a link whose words name another host says where it leads before it is followed',
  async t => {
    const chat = await newGroup('Links')
    const words = 'bank.example or here'
    const url = `${stack.url}/elsewhere`
    await bob.send(chat, words, {
      ents: [
        { t: 'link', o: 0, l: 12, url },
        { t: 'link', o: 16, l: 4, url },
      ],
    }).sent
    const links = message(page, words).locator('a')
    const dialog = page.getByRole('dialog')
    for (const button of ['left', 'middle'] as const) {
      await links.first().click({ button })
      await dialog.getByText(`it leads to ${new URL(url).host}.`).waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
    }
    t.equal(page.context().pages().length, 1, 'nothing was followed')
    for (const [index, isAsked] of [true, false].entries()) {
      const opened = page.context().waitForEvent('page')
      await links.nth(index).click()
      if (isAsked) await page.getByTestId('sure').click()
      const there = await opened
      await there.waitForURL(url)
      t.equal(await there.evaluate('opener'), null)
      await there.close()
    }
    await dialog.waitFor({ state: 'detached' })
  },
)

t.test('a reply leads to its origin and back, however far that is', async () => {
  const chat = await newGroup('Far away')
  const first = await bob.send(chat, 'the very first word').sent
  for (let i = 0; i < 6; i++)
    await Promise.all(
      Array.from({ length: 40 }, (_, j) => bob.send(chat, `filler ${i * 40 + j}`).sent),
    )
  await bob.send(chat, 'about the beginning', { reply: first.seq }).sent
  const reply = message(page, 'about the beginning')
  await reply.locator('.quote-button', { hasText: 'the very first word' }).click()
  await message(page, 'the very first word').first().waitFor()
  await page.locator('.message.glow', { hasText: 'the very first word' }).waitFor()
  await page.getByTestId('way-back').click()
  await page.locator('.message.glow', { hasText: 'about the beginning' }).waitFor()
})

t.test('a selected part is quoted', async () => {
  const chat = await newGroup('Quotes')
  await bob.send(chat, 'one two three').sent
  const row = message(page, 'one two three')
  await row.waitFor()
  await page.evaluate(`(() => {
    const words = [...document.querySelectorAll('.words')].find(each => each.textContent === 'one two three')
    const range = document.createRange()
    range.setStart(words.firstChild, 4)
    range.setEnd(words.firstChild, 7)
    getSelection().removeAllRanges()
    getSelection().addRange(range)
  })()`)
  await choose(page, row, 'Quote the selected part')
  await say(page, 'why two?')
  const own = message(page, 'why two?')
  await own.locator('.quote-button.with-quote span', { hasText: /^two$/ }).waitFor()
  await until(
    () => bob.getSnapshot().chats.find(view => view.chat.id === chat)?.last?.quote?.o === 4,
  )
})

t.test('reactions: the double click, the menu, and who reacted', async () => {
  const chat = await newGroup('Reactions')
  const { seq } = await bob.send(chat, 'fine weather').sent
  const row = message(page, 'fine weather')
  await row.locator('.words').dblclick()
  const thumb = row.getByTestId('reaction').filter({ hasText: '👍' })
  await row.locator('[data-testid=reaction][aria-pressed=true]', { hasText: '👍' }).waitFor()
  await bob.open(chat)
  await bob.react(chat, seq, ['👍'])
  await thumb.filter({ hasText: '2' }).waitFor()
  await choose(page, row, 'Who reacted')
  await page.getByTestId('reactors').getByText('Bob').waitFor()
  await page.keyboard.press('Escape')
  await thumb.click()
  await row.locator('[data-testid=reaction][aria-pressed=false]', { hasText: '1' }).waitFor()
})

t.test('a poll is made, voted in, and shows who voted', async t => {
  const chat = await newGroup('Polls')
  await page.getByTestId('composer-more').click()
  await page.getByRole('menuitem', { name: 'Poll or quiz' }).click()
  await page.getByLabel('Question').fill('Which boat?')
  await page.getByLabel('Option 1', { exact: true }).fill('The red one')
  await page.getByLabel('Option 2', { exact: true }).fill('The blue one')
  await page.getByRole('button', { name: 'Send the poll' }).click()
  const row = message(page, 'Which boat?')
  await row.getByTestId('poll-option').first().waitFor()
  t.equal(await row.getByTestId('poll-result').count(), 0, 'no counts before the vote')
  await stored(page, 'Which boat?')
  await row.getByTestId('poll-option').filter({ hasText: 'blue' }).click()
  await row
    .getByTestId('poll-result')
    .filter({ hasText: '100%' })
    .filter({ hasText: 'blue' })
    .waitFor()
  const seq = Number(await row.getAttribute('data-seq'))
  await bob.polls.vote(chat, seq, [0])
  await row.getByTestId('poll-result').filter({ hasText: '50%' }).first().click()
  await page.getByTestId('voters').getByText('Bob').waitFor()
  await page.keyboard.press('Escape')
  await row.getByRole('button', { name: 'Take back my vote' }).click()
  await row.getByTestId('poll-option').first().waitFor()
})

t.test('what is pinned stands above, and every pin tells who did it', async () => {
  const chat = await newGroup('Pins')
  const { seq } = await bob.send(chat, 'meet at nine').sent
  await bob.pin(chat, seq)
  await page.getByTestId('pinned-bar').getByText('meet at nine').waitFor()
  await page.getByTestId('service').getByText('Bob pinned a message').waitFor()
  await bob.unpin(chat, seq)
  await page.getByTestId('pinned-bar').waitFor({ state: 'detached' })
})

t.test(
  'several messages are selected, forwarded with a comment, and deleted for oneself',
  async t => {
    const chat = await newGroup('Many')
    for (const words of ['first of two', 'second of two', 'a third'])
      await bob.send(chat, words).sent
    await message(page, 'a third').waitFor()
    await choose(page, message(page, 'first of two'), 'Select')
    await message(page, 'second of two').click()
    await page.getByTestId('selected').getByText('2 messages selected').waitFor()
    await page.getByRole('button', { name: 'Forward' }).click()
    await page.getByPlaceholder('Find a chat').fill('saved')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Saved messages' }).last().click()
    await page.getByPlaceholder('Add a comment').fill('keep these')
    await page.getByTestId('forward').click()
    await page.getByRole('heading', { name: 'Saved messages' }).waitFor()
    await message(page, 'keep these').waitFor()
    await message(page, 'second of two').getByText('Forwarded from Bob').waitFor()

    await openChat(page, 'Many')
    await choose(page, message(page, 'a third'), 'Delete')
    await page.getByTestId('sure').click()
    await message(page, 'a third').waitFor({ state: 'detached' })
    const { messages } = await bob.call('history', { chat, limit: 20 })
    t.ok(
      messages.some(({ text }) => text === 'a third'),
      'the others keep it',
    )
  },
)

t.test('a click with Shift selects all messages up to there', async t => {
  const chat = await newGroup('Ranges')
  for (const words of ['pick one', 'pick two', 'pick three', 'pick four'])
    await bob.send(chat, words).sent
  await message(page, 'pick four').waitFor()
  await choose(page, message(page, 'pick one'), 'Select')
  await message(page, 'pick three').click({ modifiers: ['Shift'] })
  await page.getByTestId('selected').getByText('3 messages selected').waitFor()
  t.equal(await page.locator('.message.selected', { hasText: 'pick four' }).count(), 0)
  await message(page, 'pick four').click()
  await page.getByTestId('selected').getByText('4 messages selected').waitFor()
  await page.keyboard.press('Escape')
})

t.test('more messages than can be selected are refused with a word', async t => {
  const chat = await newGroup('Heaps')
  const words = (n: number) => `heap ${String(n).padStart(3, '0')}`
  for (let n = 1; n <= 110; n++) await bob.send(chat, words(n)).sent
  await choose(page, message(page, words(110)), 'Select')
  await until(async () => {
    await page.locator('.log').focus()
    await page.keyboard.press('Home')
    return (await message(page, words(1)).count()) === 1
  })
  await atRest(page)
  await message(page, words(1)).click({ modifiers: ['Shift'] })
  await page.getByTestId('selected').getByText('100 messages selected').waitFor()
  await page.getByText('At most 100 messages can be selected at once.').waitFor()
  t.equal(await page.locator('.message.selected', { hasText: words(1) }).count(), 0)
  await page.keyboard.press('Escape')
})

t.test(
  'what some chats refuse of a forward is tried again without saying anything twice',
  async t => {
    const from = await newGroup('Sources')
    const titles = ['Free to post', 'No links', 'Slow to post']
    const chats = await Promise.all(titles.map(title => groupOf(bob, title, ['alice'])))
    const [, plain = 0, slow = 0] = chats
    await bob.send(from, 'pass this on').sent
    await bob.send(from, 'and that').sent
    await message(page, 'and that').waitFor()
    // One refuses the comment, the other one what follows it: two messages at once.
    await bob.rooms.setDefaultRights(plain, right.post)
    await bob.rooms.setRules(slow, { slowModeS: 3_600 })
    await choose(page, message(page, 'pass this on'), 'Select')
    await message(page, 'and that').click()
    await page.getByRole('button', { name: 'Forward' }).click()
    const dialog = page.getByRole('dialog')
    for (const name of titles) await dialog.getByRole('button', { name }).click()
    const comment = dialog.getByPlaceholder('Add a comment')
    await comment.fill('see https://example.org')
    await dialog.getByTestId('forward').click()
    await dialog
      .getByTestId('error')
      .getByText(/No links.*Slow to post|Slow to post.*No links/)
      .waitFor()
    t.equal(await comment.inputValue(), 'see https://example.org')
    await bob.rooms.setDefaultRights(plain, right.post | right.links)
    await bob.rooms.setRules(slow, { slowModeS: 0 })
    await dialog.getByTestId('forward').click()
    await dialog.waitFor({ state: 'detached' })
    for (const chat of chats) {
      const { messages } = await bob.call('history', { chat, limit: 20 })
      const said = messages.filter(({ svc }) => !svc).map(each => each.text)
      t.same(said, ['see https://example.org', 'pass this on', 'and that'], `chat ${chat}`)
    }
    await page.getByTestId('composer').waitFor()
    // Whose answer was lost asks again with the same numbers, and gets the copies that there are.
    const { messages } = await bob.call('history', { chat: from, limit: 5 })
    const seqs = messages.slice(-1).map(({ seq }) => seq)
    const again = { rids: [randomRid()] }
    const copies = await bob.forward(plain, from, seqs, again)
    t.same(await bob.forward(plain, from, seqs, again), copies)
    t.notSame(await bob.forward(plain, from, seqs), copies)
  },
)

t.test('a day of the calendar leads to its first message', async () => {
  const chat = await newGroup('Calendar')
  for (let i = 0; i < 60; i++) await bob.send(chat, `today ${i}`).sent
  await message(page, 'today 59').waitFor()
  const first = page.getByTestId('service').getByText('Bob created')
  const scrollTo = (top: string) =>
    page.evaluate(`(log => { log.scrollTop = ${top} })(document.querySelector('.log'))`)
  await until(async () => {
    await scrollTo('0')
    return (await first.count()) === 1
  })
  await page.locator('.log .day button').click()
  // From the end it is far away again.
  await until(async () => {
    await scrollTo('log.scrollHeight')
    return (await first.count()) === 0
  })
  await page.locator('[data-testid=day][aria-current=date]').click()
  await first.waitFor()
})

t.test(
  'the arrow keys walk through the messages, Enter opens the menu, and the focus comes back',
  async () => {
    const chat = await newGroup('Walk')
    for (const words of ['step one', 'step two']) await bob.send(chat, words).sent
    await message(page, 'step two').waitFor()
    await atRest(page)
    await page.locator('.log').focus()
    await page.keyboard.press('ArrowUp')
    await page.locator('.message:focus', { hasText: 'step two' }).waitFor()
    await page.keyboard.press('ArrowUp')
    await page.locator('.message:focus', { hasText: 'step one' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.message:focus', { hasText: 'step one' }).waitFor()
  },
)

t.test('a new message is announced with its author, history is not', async t => {
  const chat = await newGroup('Heard')
  await page.getByTestId('service').getByText('Bob created').waitFor()
  t.equal(await page.getByTestId('announced').textContent(), '')
  await bob.send(chat, 'listen').sent
  await page.getByTestId('announced').getByText('Bob: listen').waitFor()
})
