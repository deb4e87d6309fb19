// A chat in which more is written than anybody reads: one press leads to its end, who is there stays there, and who reads
// older messages keeps them on the screen.

import t from 'tap'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { atRest, conversation, groupOf, message } from './conversation.ts'
import { openChat, rowOf } from './pages.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const { page, bob } = await conversation(t, { stack, browser })
const toEnd = page.getByTestId('to-end')
const patience = { timeoutMs: 120_000 }

/** A window of the SDK is cut when it has more rows than this. */
const rowsMax = 2_500

/** Bob writes so many messages, twenty at a time: "words 1", "words 2" and so on. */
async function write(chat: number, words: string, count: number): Promise<void> {
  let next = 1
  const writer = async () => {
    while (next <= count) await bob.send(chat, `${words} ${next++}`).sent
  }
  await Promise.all(Array.from({ length: 20 }, writer))
}

/** Bob writes without a pause. @returns `stop` ends it and says the last words */
function flood(chat: number): { count(): number; stop(): Promise<string> } {
  let isOver = false
  let count = 0
  const writer = async () => {
    while (!isOver) {
      await bob.send(chat, `wave ${count + 1}`).sent
      count++
    }
  }
  const writers = Array.from({ length: 20 }, writer)
  return {
    count: () => count,
    async stop() {
      isOver = true
      await Promise.all(writers)
      await bob.send(chat, 'low tide').sent
      return 'low tide'
    },
  }
}

/** Whether a message stands whole in the part of the list that is on the screen. */
const isInView = (words: string) =>
  page.evaluate<boolean>(`(() => {
    const log = document.querySelector('.log').getBoundingClientRect()
    return [...document.querySelectorAll('[data-testid=message]')].some(each => {
      const { top, bottom } = each.getBoundingClientRect()
      const isThere = top >= log.top - 1 && bottom <= log.bottom + 1
      return isThere && each.querySelector('.words')?.textContent === ${JSON.stringify(words)}
    })
  })()`)

/** Goes to this place of the list, as somebody does who drags its bar. */
const scrollTo = (top: number) =>
  page.evaluate(`new Promise(resolve => {
    document.querySelector('.log').scrollTop = ${top}
    requestAnimationFrame(() => requestAnimationFrame(resolve))
  })`)

const rowCount = async () => Number(await page.locator('.log').getAttribute('data-rows'))

t.test(
  'one press leads to the newest message while others write without a pause, and the list stays there',
  async t => {
    const chat = await groupOf(bob, 'Flood', ['alice'])
    const { seq } = await bob.send(chat, 'the beginning').sent
    await write(chat, 'filler', 200)
    await page.goto(`${stack.url}/#/chat/${chat}/${seq}`)
    await page.locator('.message.glow', { hasText: 'the beginning' }).waitFor()
    const waves = flood(chat)
    await until(() => waves.count() > 100, patience)
    await toEnd.click()
    await toEnd.waitFor({ state: 'detached' })
    const before = waves.count()
    await until(() => waves.count() > before + 500, patience)
    t.equal(await toEnd.count(), 0)
    const last = await waves.stop()
    await until(() => isInView(last), patience)
    t.equal(await toEnd.count(), 0)
  },
)

t.test('who is at the end stays there while thousands of messages come', async t => {
  const chat = await groupOf(bob, 'Stream', ['alice'])
  await openChat(page, 'Stream')
  await page.getByTestId('service').waitFor()
  await scrollTo(0)
  // More than once the oldest rows are cut off.
  await write(chat, 'drop', rowsMax + 700)
  await bob.send(chat, 'the last drop').sent
  await until(() => isInView('the last drop'), patience)
  t.equal(await toEnd.count(), 0)
  t.ok((await rowCount()) <= rowsMax)
})

t.test(
  'who reads older messages keeps them on the screen while thousands come, and finds the end',
  async t => {
    const chat = await groupOf(bob, 'Reader', ['alice'])
    await openChat(page, 'Reader')
    await page.getByTestId('service').waitFor()
    await scrollTo(0)
    await write(chat, 'page', 120)
    await message(page, 'page').first().waitFor()
    await until(async () => {
      await scrollTo(0)
      return (await page.locator('.log [data-seq="1"]').count()) === 1
    })
    // Below the first message: then nothing holds the list at its place but itself.
    await until(async () => {
      await scrollTo(300)
      const seq = Number((await atRest(page)).seq)
      return seq > 3 && seq < 60
    })
    const before = await atRest(page)
    await write(chat, 'leaf', rowsMax + 200)
    await until(async () => {
      const badge = await toEnd.locator('.badge').textContent()
      return Number(badge?.replace(/\D/g, '')) >= rowsMax + 200
    }, patience)
    const after = await atRest(page)
    t.equal(after.seq, before.seq)
    t.ok(Math.abs(after.y - before.y) <= 3, `${before.y}, ${after.y}`)
    t.ok((await rowCount()) <= rowsMax)
    await toEnd.click()
    await bob.send(chat, 'the last leaf').sent
    await until(() => isInView('the last leaf'), patience)
    await toEnd.waitFor({ state: 'detached' })
  },
)

t.test(
  'a way to a message that was deleted leads to the next one and holds nobody there',
  async t => {
    const chat = await groupOf(bob, 'Gone', ['alice'])
    await write(chat, 'before', 100)
    const { seq } = await bob.send(chat, 'not meant for you').sent
    await bob.send(chat, 'after it').sent
    await write(chat, 'later', 100)
    await bob.delete(chat, [seq])
    await page.goto(`${stack.url}/#/chat/${chat}/${seq}`)
    await until(() => isInView('after it'), patience)
    t.equal(await message(page, 'not meant for you').count(), 0)
    await toEnd.click()
    await bob.send(chat, 'the newest').sent
    await until(() => isInView('the newest'), patience)
  },
)

t.test('a last message that was deleted counts as read with the one before it', async () => {
  const chat = await groupOf(bob, 'Taken back', ['alice'])
  await page.goto(`${stack.url}/#/`)
  await bob.send(chat, 'this stays').sent
  const { seq } = await bob.send(chat, 'this does not').sent
  await bob.delete(chat, [seq])
  const unread = rowOf(page, 'Taken back').getByTestId('unread')
  await unread.waitFor()
  await openChat(page, 'Taken back')
  await message(page, 'this stays').waitFor()
  await unread.waitFor({ state: 'detached' })
  const read = async () => (await bob.readBy(chat, seq - 1)).map(({ user }) => user)
  const { id } = await bob.api.lookup('alice')
  await until(async () => (await read()).includes(id))
})
