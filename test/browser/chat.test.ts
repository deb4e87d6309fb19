// Two people in two windows of a real browser: the main job of the page, from the first click to a reload
// without a gateway.

import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { enterAs, offline, openWindow, startBrowser } from './browser.ts'
import { holds, message, say, stored } from './conversation.ts'
import { unsent } from './keeping.ts'
import { openChat, personAt, rowOf } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const at = { stack, browser }

/** Alice and Bob, each with their direct chat on screen. */
async function twoPeople(t: Test): Promise<{ alice: Page; bob: Page }> {
  const [alice, bob] = await Promise.all([personAt(t, at, 'alice'), personAt(t, at, 'bob')])
  await Promise.all([openChat(alice, 'Bob'), openChat(bob, 'Alice')])
  return { alice, bob }
}

/** Texts no two tests share, as all of them write into the same chat. */
let last = 0
function unique(words: string): string {
  last += 1
  return `${words} (${last})`
}

t.test('what one writes the other reads at once, and the writer sees that it was read', async t => {
  const { alice, bob } = await twoPeople(t)
  const question = unique('Did the ferry come in?')
  const answer = unique('It did.')
  await say(alice, question)
  await message(bob, question).waitFor()
  await message(alice, question, 'read').waitFor()
  t.equal(await alice.getByTestId('composer').inputValue(), '', 'the field is free again')
  await say(bob, answer)
  await message(alice, answer).waitFor()
  t.equal(await message(bob, question).count(), 1)
  t.equal(await message(alice, answer).count(), 1)
  const seqs = await Promise.all(
    [question, answer].map(text => message(alice, text).getAttribute('data-seq')),
  )
  t.equal(Number(seqs[1]), Number(seqs[0]) + 1, 'in the order of writing')
})

t.test('somebody who is not looking has not read', async t => {
  const { alice, bob } = await twoPeople(t)
  const words = unique('Are you there?')
  await openChat(bob, 'Weekend at the cliffs')
  await say(alice, words)
  await rowOf(bob, 'Alice').getByTestId('unread').waitFor()
  await until(async () => /^\(\d+\) /.test(await bob.title()), {
    message: 'the window title counts unread messages',
  })
  await message(alice, words, 'delivered').waitFor()
  await openChat(bob, 'Alice')
  await message(alice, words, 'read').waitFor()
  await rowOf(bob, 'Alice').getByTestId('unread').waitFor({ state: 'detached' })
})

t.test('typing shows to the other, and ends with the message', async t => {
  const { alice, bob } = await twoPeople(t)
  // It shows for some seconds only, wherever the keys are by then.
  await Promise.all([
    bob.getByTestId('status').getByTestId('typing').waitFor(),
    alice.getByTestId('composer').pressSequentially('Thinking'),
  ])
  await alice.getByTestId('composer').press('Enter')
  await bob.getByTestId('typing').first().waitFor({ state: 'detached' })
  t.equal(await alice.getByTestId('typing').count(), 0, 'nobody sees themselves typing')
})

t.test('Shift+Enter breaks the line, and markup in a message is only text', async t => {
  const { alice, bob } = await twoPeople(t)
  const words = unique('<img src=x onerror=alert(1)>')
  await alice.getByTestId('composer').fill(words)
  await alice.getByTestId('composer').press('Shift+Enter')
  await alice.getByTestId('composer').pressSequentially('second line')
  await alice.getByTestId('composer').press('Enter')
  await message(bob, words).waitFor()
  t.match(await message(bob, words).locator('.words').textContent(), /\)\nsecond line/)
  t.equal(await bob.locator('.log img').count(), 0)
})

t.test('a reload keeps the person, the open chat and every message once', async t => {
  const { alice, bob } = await twoPeople(t)
  const before = unique('before the reload')
  const after = unique('after the reload')
  await say(alice, before)
  await message(bob, before).waitFor()
  await bob.reload()
  await message(bob, before).waitFor()
  t.equal(await bob.getByTestId('me').textContent(), 'Bob')
  await say(alice, after)
  await message(bob, after).waitFor()
  t.equal(await message(bob, before).count(), 1)
  t.equal(await message(bob, after).count(), 1)
})

t.test('a draft waits while another chat is open', async t => {
  const { alice } = await twoPeople(t)
  await alice.getByTestId('composer').fill('half a thou')
  await openChat(alice, 'Weekend at the cliffs')
  await holds(alice.getByTestId('composer'), '')
  await openChat(alice, 'Bob')
  await holds(alice.getByTestId('composer'), 'half a thou')
})

t.test(
  'without a gateway messages wait, over a reload too, and go out once when it is back',
  async t => {
    const { alice, bob } = await twoPeople(t)
    const [gateway] = stack.gateways
    const [first, second] = [unique('into the storm'), unique('still writing')]
    t.teardown(async () => {
      if (gateway?.pid() === null) await gateway.start()
    })
    await gateway?.kill()
    await offline(alice)
    await say(alice, first)
    await say(alice, second)
    await message(alice, first, 'sending').waitFor()
    await message(alice, second, 'sending').waitFor()
    t.equal(await message(bob, first).count(), 0)
    await until(async () => (await unsent(alice)) === 2)
    await alice.reload()
    await alice
      .getByTestId('connection')
      .getByText(/2 messages wait/)
      .waitFor()
    await gateway?.start()
    for (const text of [first, second]) {
      await message(bob, text).waitFor()
      await message(alice, text, 'read').waitFor()
    }
    const order = await Promise.all(
      [first, second].map(text => message(bob, text).getAttribute('data-seq')),
    )
    t.ok(Number(order[0]) < Number(order[1]), 'in the order of writing')
    for (const page of [alice, bob]) {
      t.equal(await message(page, first).count(), 1)
      t.equal(await message(page, second).count(), 1)
    }
  },
)

t.test('reply, edit and delete by the keyboard show on both sides', async t => {
  const { alice, bob } = await twoPeople(t)
  const words = unique('The moon is a lantern')
  const reply = unique('So it is')
  await say(alice, words)
  await message(bob, words).waitFor()

  await chooseByKeys(bob, message(bob, words), 'Reply')
  await say(bob, reply)
  await message(alice, reply).locator('.quote-button', { hasText: words }).waitFor()

  const changed = unique('The moon is a boat')
  await stored(alice, words)
  await chooseByKeys(alice, message(alice, words).first(), 'Edit')
  await holds(alice.getByTestId('composer'), words)
  await say(alice, changed)
  await message(bob, changed).first().getByText('edited').waitFor()

  await stored(bob, reply)
  await chooseByKeys(bob, message(bob, reply), 'Delete')
  await bob.getByLabel('Delete for both of us').check()
  await bob.getByTestId('sure').click()
  for (const page of [alice, bob])
    await until(async () => (await message(page, reply).count()) === 0)
})

t.test(
  'the address of a second window enters as that person and does not disturb the first',
  async t => {
    const { context, page: alice } = await openWindow(t, browser)
    await enterAs(alice, stack.url, 'alice')
    const bob = await context.newPage()
    await bob.goto(`${stack.url}/?demo=bob`)
    await bob.getByTestId('me').getByText('Bob').waitFor()
    t.equal(new URL(bob.url()).search, '', 'a reload does not enter again')
    await alice.reload()
    await alice.getByTestId('me').getByText('Alice').waitFor()
    await bob.reload()
    await bob.getByTestId('me').getByText('Bob').waitFor()
  },
)

/** Opens the menu of a message by keyboard and presses one item. */
async function chooseByKeys(page: Page, target: Locator, item: string): Promise<void> {
  await target.getByTestId('message-menu').focus()
  await page.keyboard.press('Enter')
  const wanted = page.getByRole('menuitem', { name: item })
  await wanted.waitFor()
  const focused = page.locator('[role=menuitem]:focus', { hasText: item })
  for (let step = 0; step < 20 && (await focused.count()) === 0; step++) {
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
}
