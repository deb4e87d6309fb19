// No text of a stranger ever runs or leads to a scheme that can: hundreds of payloads as messages with and without formatting,
// as links, previews, forwards and quotes, all of them drawn by a real browser under the page's policy.

import pg from 'pg'
import t from 'tap'
import type { Entity } from '#client/types.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { entityTypes, isStorable } from '#shared/protocol/entities.ts'
import { startStack } from '#test/helpers/stack.ts'
import { startBrowser } from './browser.ts'
import { groupOf } from './conversation.ts'
import { clientOf, openChat } from './pages.ts'
import { corpus } from './xss-corpus.ts'
import { type Found, look, scrollThrough, watched } from './xss-watch.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const bob = await clientOf(t, stack, 'bob')

t.test('the corpus is as large as it says', async t => {
  t.ok(corpus.length >= 300, `${corpus.length} payloads`)
})

t.test('the watch notices what runs: it is no test that cannot fail', async t => {
  const { page } = await watched(t, browser, stack.url)
  const planted = await page.evaluate<Found>(`(() => {
    const link = document.createElement('a')
    link.href = 'javascript:void 0'
    document.body.append(link, document.createElement('marquee'))
    window.__ran = 1
    return ${look}
  })()`)
  t.match(planted, { ran: true, links: [/javascript/], elements: [/marquee/] })
})

t.test('as texts of messages', async t => {
  const chat = await groupOf(bob, 'Plain texts', ['alice'])
  const texts = corpus.filter(isStorable)
  const sent = await Promise.all(texts.map(words => bob.send(chat, words).sent))
  t.ok(sent.length >= 300)
  const { page, clean } = await watched(t, browser, stack.url)
  await openChat(page, 'Plain texts')
  await page.locator('.log [data-testid=message]').first().waitFor()
  const seen = await scrollThrough(page, clean)
  t.ok(seen >= sent.length, `${seen} of ${sent.length} were on screen`)
})

t.test('under each kind of formatting, and as the address of a link', async t => {
  const chat = await groupOf(bob, 'Formatted texts', ['alice'])
  const kinds = entityTypes.filter(kind => kind !== 'userMention')
  let refused = 0
  let sent = 0
  await Promise.all(
    corpus.filter(isStorable).map(async (words, index) => {
      const kind = kinds[index % kinds.length] ?? 'bold'
      const entity: Entity = { t: kind, o: 0, l: words.length }
      if (kind === 'link') entity.url = words
      if (kind === 'pre') entity.lang = words.slice(0, 32)
      try {
        await bob.send(chat, words, { ents: [entity] }).sent
        sent++
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        refused++
      }
    }),
  )
  t.ok(refused > 0, 'the server refuses odd links')
  const { page, clean } = await watched(t, browser, stack.url)
  await openChat(page, 'Formatted texts')
  await page.locator('.log [data-testid=message]').first().waitFor()
  const seen = await scrollThrough(page, clean)
  t.ok(seen >= sent, `${seen} of ${sent} were on screen`)
})

t.test('as what a server that is not ours may say: links, previews, forwards, quotes', async t => {
  const chat = await groupOf(bob, 'Hostile server', ['alice'])
  const texts = corpus.filter(isStorable)
  const sent = await Promise.all(texts.map(() => bob.send(chat, 'https://example.org').sent))
  const db = new pg.Client(stack.databaseUrl)
  await db.connect()
  t.teardown(() => db.end())
  for (const [index, { seq }] of sent.entries()) {
    const words = texts[index] ?? ''
    const extra = {
      preview: { url: words, title: words, text: words, site: words },
      fwd: { name: words, title: words, at: 1 },
      quote: { text: words, o: 0 },
    }
    const ents = [{ t: 'link', o: 0, l: 19, url: words }]
    await db.query(
      'update messages set extra = $3, entities = $4 where chat_id = $1 and seq = $2',
      [chat, seq, JSON.stringify(extra), JSON.stringify(ents)],
    )
  }
  const { page, clean } = await watched(t, browser, stack.url)
  await openChat(page, 'Hostile server')
  await page.locator('.preview-card').first().waitFor()
  await scrollThrough(page, clean)
})
