// Searching through the SDK: long searches that the server answers in parts, people of what was found, and the way there.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import type { MessageHit, SearchPosition } from '#shared/protocol/models.ts'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import { snapshot } from './test/pair.ts'
import { World } from './test/world.ts'

function hit(seq: number): MessageHit {
  const message = { seq, rev: seq, from: 2, rid: seq, at: seq, text: `storm ${seq}` }
  return { chat: 1, message, marks: [{ o: 0, l: 5 }], snippet: { o: 0, l: message.text.length } }
}

const next: SearchPosition = { place: 5, chat: 1, seq: 5 }

/** The server's answers in turn, and what it was asked. */
async function searching(answers: OpOut<'search'>[]) {
  const world = new World()
  const chat = world.server.addChat(1, [1, 2])
  for (let i = 0; i < 5; i++) world.server.post(chat, 2, `storm ${i + 1}`)
  world.server.found = answers
  const asked = () =>
    world.server.requests.flatMap(({ op, body }) =>
      op === 'search' ? [body as OpIn<'search'>] : [],
    )
  return { asked, world, alice: await world.join('alice', 1) }
}

t.test('a part without hits is followed by the next one; a page tells where to go on', async t => {
  const users = [{ id: 7, name: 'Carol' }]
  const { asked, world, alice } = await searching([
    { hits: [], users: [], next: { ...next, place: 9 } },
    { hits: [hit(5)], users, next },
    { hits: [hit(4)], users: [] },
  ])
  const first = await world.drive(alice.client.search('storm', { chat: 1 }))
  t.strictSame(first, { hits: [hit(5)], next })
  t.equal(snapshot(alice).users.get(7)?.name, 'Carol')
  const second = await world.drive(alice.client.search('storm', { chat: 1, next }))
  t.strictSame(second, { hits: [hit(4)] })
  t.strictSame(
    asked().map(body => body.next?.place),
    [undefined, 9, 5],
  )
  t.ok(asked().every(({ query, chat }) => query === 'storm' && chat === 1))
})

t.test('a search that finds nothing for long ends, and says where to go on', async t => {
  const endless = Array.from({ length: 20 }, () => ({ hits: [], users: [], next }))
  const { asked, world, alice } = await searching(endless)
  t.strictSame(await world.drive(alice.client.search('storm')), { hits: [], next })
  t.equal(asked().length, 5)
})

t.test('what the server refuses is told', async t => {
  const { world, alice } = await searching([])
  world.server.refusals = [new AppError('rate_limited', { retryMs: 500 })]
  await t.rejects(world.drive(alice.client.search('storm')), { code: 'rate_limited' })
})

t.test('a hit is shown in the window of its chat', async t => {
  const { world, alice } = await searching([{ hits: [hit(2)], users: [] }])
  const { hits } = await world.drive(alice.client.search('storm'))
  const [found] = hits
  if (!found) return t.fail('there is a hit')
  await world.drive(alice.client.open(found.chat))
  await world.drive(alice.client.jumpTo(found.chat, found.message.seq))
  const window = snapshot(alice).windows.get(1)
  t.ok(window?.messages.some(({ seq, text }) => seq === 2 && text === 'storm 2'))
})
