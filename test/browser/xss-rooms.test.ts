// No text of a stranger ever runs where a group or channel is run and talked about: its log, its links, who asks to join,
// what is pinned, quoted, voted for, commented on and signed. Each is shown as the text that it is.

import t from 'tap'
import type { PetrelClient } from '#client/index.ts'
import { limits } from '#shared/protocol/limits.ts'
import { right } from '#shared/protocol/permissions.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { startBrowser } from './browser.ts'
import { atRest, groupOf } from './conversation.ts'
import { clientOf, openChat, openInfo } from './pages.ts'
import { loadAll, namedPeople, scrollThrough, some, unseen, watched } from './xss-watch.ts'

const stack = await startStack(t, { demo: true, web: true })
const browser = await startBrowser(t)
const [alice, bob] = await Promise.all([clientOf(t, stack, 'alice'), clientOf(t, stack, 'bob')])
const names = some(12, limits.nameCharsMax)
const people = await namedPeople(t, stack, names)
const idOf = (client: PetrelClient) => client.getSnapshot().me?.id ?? 0

t.test('as what is done to a group: title, description, links, requests to join', async t => {
  const { chat } = await alice.rooms.createGroup('Hostile acts', [])
  const titles = some(60, limits.titleCharsMax)
  const abouts = some(60, limits.aboutCharsMax, 7)
  for (const [index, title] of titles.entries())
    await alice.rooms.edit(chat.id, { title, about: abouts[index] ?? 'x' })
  const links = some(30, limits.nameCharsMax, 3)
  for (const name of links) await alice.invites.create(chat.id, { name })
  const { token } = await alice.invites.create(chat.id, { approval: true })
  for (const person of people) await person.invites.join(token)

  const { page, clean } = await watched(t, browser, stack.url)
  await page.locator(`[data-testid=chat-row][data-chat="${chat.id}"]`).click()
  await page.getByTestId('service').last().waitFor()
  let hidden = titles
  await scrollThrough(page, async where => {
    await clean(where)
    hidden = await unseen(page, '[data-testid=service]', hidden)
  })
  t.same(hidden, [], 'titles in the conversation')

  await openInfo(page)
  await page.locator('.info .about').waitFor()
  t.same(await unseen(page, '.info h3', titles.slice(-1)), [])
  t.same(await unseen(page, '.info .about', abouts.slice(-1)), [])
  t.same(await unseen(page, '.info', ['not there']), ['not there'], 'what is not there is missed')
  await clean('the panel')
  await openInfo(page, 'log')
  const acts = titles.length + abouts.length + links.length + 1
  const earlier = page.getByRole('button', { name: 'Show earlier ones' })
  await loadAll(page.getByTestId('act'), earlier, acts)
  t.same(await unseen(page, '[data-testid=act]', [...titles, ...abouts, ...links]), [])
  await clean('the log')
  await openInfo(page, 'invites')
  await page.getByTestId('invite').nth(links.length).waitFor()
  t.same(await unseen(page, '[data-testid=invite]', links), [])
  await page.getByTestId('invite').last().getByRole('button', { name: 'Revoke' }).click()
  await page.getByTestId('sure').waitFor()
  t.same(await unseen(page, 'dialog', links.slice(0, 1)), [])
  await clean('the links')
  await page.keyboard.press('Escape')
  await openInfo(page, 'requests')
  await page
    .getByTestId('join-request')
    .nth(people.length - 1)
    .waitFor()
  t.same(await unseen(page, '[data-testid=join-request]', names), [])
  await clean('the requests')
})

t.test('as what is pinned, quoted and voted for', async t => {
  const title = 'Hostile pins'
  const chat = await groupOf(bob, title, ['alice'])
  const words = some(60, 200, 2)
  const sent = await Promise.all(words.map(each => bob.send(chat, each).sent))
  for (const { seq } of sent) await bob.pin(chat, seq, { silent: true })
  for (const [index, { seq }] of sent.entries()) {
    const quote = { text: words[index] ?? 'x', o: 0 }
    await bob.send(chat, 'Indeed', { reply: seq, quote }).sent
  }
  const options = some(limits.pollOptionsMax, limits.pollOptionCharsMax)
  const { seq } = await bob.polls.create(chat, { question: 'Which?', options, public: true })
  await bob.polls.vote(chat, seq, [0])
  await bob.polls.close(chat, seq)
  const answered = words.slice(0, 5)
  for (const { seq } of sent.slice(0, 5)) await bob.send(chat, 'All of it', { reply: seq }).sent

  const { page, clean } = await watched(t, browser, stack.url)
  await openChat(page, title)
  await page.getByTestId('message').first().waitFor()
  let hidden = words
  await scrollThrough(page, async where => {
    await clean(where)
    hidden = await unseen(page, '.quote-button', hidden)
  })
  t.same(hidden, [], 'quotes')
  // What is answered is far above, and read by itself.
  const whole = '.quote-button:not(.with-quote)'
  await until(async () => (await unseen(page, whole, answered)).length === 0)
  await clean('answers')
  // The answers that were read just now have moved everything.
  const result = page.getByTestId('poll-result').first()
  await result.scrollIntoViewIfNeeded()
  await atRest(page)
  await result.click()
  await page.getByTestId('voters').waitFor()
  t.same(await unseen(page, 'dialog h2', options.slice(0, 1)), [])
  await clean('the voters')
  await page.keyboard.press('Escape')
  const bar = page.getByTestId('pinned-bar')
  for (let turn = 0; turn < 5; turn++) {
    t.same(await unseen(page, '[data-testid=pinned-bar]', [words.at(-1 - turn) ?? 'x']), [])
    await clean(`pinned, ${turn}`)
    await bar.locator('.pinned-current').click()
    await bar.getByText(`${turn + 2} of`).waitFor()
  }
  await bar.getByRole('button').last().click()
  const more = page.getByRole('dialog').getByRole('button', { name: 'Show more' })
  await loadAll(page.locator('.pin-line'), more, words.length)
  t.same(await unseen(page, '.pin-line', words), [])
  await clean('the pins')
})

t.test('as comments, and as the names of those who sign posts and comment', async t => {
  const channel = await bob.rooms.createChannel('Hostile news')
  const group = await groupOf(bob, some(1, limits.titleCharsMax, 5)[0] ?? 'x', [])
  await bob.rooms.linkDiscussion(channel.id, group)
  await bob.rooms.setSignatures(channel.id, true)
  const { id } = await bob.api.lookup('alice')
  await bob.members.add(channel.id, [id, ...people.map(idOf)])
  for (const person of people) {
    await bob.members.setRole(channel.id, idOf(person), 'admin', right.post)
    await until(() => person.getSnapshot().chats.some(view => view.chat.id === channel.id))
    await person.send(channel.id, 'By me').sent
  }
  const post = await bob.send(channel.id, 'Comment on this').sent
  const { thread } = await until(() => bob.rooms.comments(channel.id, post.seq))
  const words = some(100, 200, 4)
  await Promise.all(words.map(each => bob.send(group, each, { reply: thread }).sent))
  for (const person of people) {
    await person.rooms.joinDiscussion(channel.id)
    await person.send(group, 'Me too', { reply: thread }).sent
  }

  const { page, clean } = await watched(t, browser, stack.url)
  await openChat(page, 'Hostile news')
  await page.getByText('Comment on this').last().waitFor()
  let hidden = names
  await scrollThrough(page, async where => {
    await clean(where)
    hidden = await unseen(page, '.signature', hidden)
  })
  t.same(hidden, [], 'signatures')
  const own = page.getByTestId('message').filter({ hasText: 'Comment on this' })
  await atRest(page)
  await own.getByTestId('comments').click()
  const count = words.length + people.length
  const older = page.locator('.comments-panel > .text-button')
  await loadAll(page.locator('.comment'), older, count)
  t.same(await unseen(page, '.comment .words', words), [])
  t.same(await unseen(page, '.comment .author', names), [])
  await clean('the comments')
})
