// No name, title, description or poll of a stranger ever runs: the same payloads as in xss.test.ts in other places.

import t from 'tap'
import { WebSocket } from 'ws'
import { PetrelClient, webSocketTransport } from '#client/index.ts'
import { isStorable } from '#shared/protocol/entities.ts'
import { limits } from '#shared/protocol/limits.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { groupOf } from './conversation.ts'
import { clientOf, openChat } from './pages.ts'
import { corpus } from './xss-corpus.ts'
import { fit, scrollThrough, watched } from './xss-watch.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const bob = await clientOf(t, stack, 'bob')

t.test('as polls and their options', async t => {
  const chat = await groupOf(bob, 'Hostile polls', ['alice'])
  const words = corpus.filter(isStorable)
  for (let at = 0; at < words.length; at += 12) {
    const options = words.slice(at, at + 12).map(each => fit(each, limits.pollOptionCharsMax))
    const question = fit(words[at] ?? 'x', limits.pollQuestionCharsMax)
    const explanation = fit(words[at + 1] ?? 'x', limits.pollExplanationCharsMax)
    if (options.length < 2) continue
    const { seq } = await bob.polls.create(chat, {
      question,
      options,
      public: true,
      quiz: { correct: 0, explanation },
    })
    await bob.polls.vote(chat, seq, [0])
    await bob.polls.close(chat, seq)
  }
  const { page, clean } = await watched(t, browser, stack.url)
  await openChat(page, 'Hostile polls')
  await page.getByTestId('poll').first().waitFor()
  await scrollThrough(page, clean)
})

t.test('as titles, descriptions, and names of people', async t => {
  const alice = await bob.api.lookup('alice')
  const words = corpus.filter(isStorable).filter((_, index) => index % 12 === 0)
  const named = new PetrelClient({ api: stack.url, transport: webSocketTransport({ WebSocket }) })
  t.teardown(() => named.stop())
  const chat = await groupOf(bob, 'Hostile names', ['alice'])
  for (const each of words) {
    const tokens = await stack.newUser('named')
    await named.signInWithTokens(tokens)
    await named.api.updateMe({
      name: fit(each, limits.nameCharsMax),
      about: fit(each, limits.aboutCharsMax),
    })
    await bob.members.add(chat, [tokens.user.id])
    await until(() => named.getSnapshot().chats.some(view => view.chat.id === chat))
    await named.send(chat, 'hello').sent
    const own = await named.rooms.createGroup(
      fit(each, limits.titleCharsMax),
      [alice.id],
      fit(each, limits.aboutCharsMax),
    )
    await named.send(own.chat.id, each).sent
  }
  const { page, clean } = await watched(t, browser, stack.url)
  await openChat(page, 'Hostile names')
  await page.getByTestId('message').first().waitFor()
  await scrollThrough(page, clean)
  await page.getByTestId('chat-info').click()
  await page.getByTestId('info-row-members').click()
  await page.getByTestId('member').first().waitFor()
  await clean('the members')
  await page.getByTestId('info-back').click()
  await page.getByTestId('info-close').click()
  const rows = page.getByTestId('chat-row')
  for (let index = 0; index < 8; index++) {
    await rows.nth(index).click()
    await page.getByTestId('message').first().waitFor()
    await clean(`chat ${index}`)
  }
})
