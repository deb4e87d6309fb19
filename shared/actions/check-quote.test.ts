// What a reply may quote.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import type { Quote } from '#shared/protocol/models.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { checkQuote } from './check-quote.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { hideMessages } from './hide-messages.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, outsider = 0] = await world.people(3)
const chat = await world.group(alice, [bob])
const text = 'A storm petrel is a small bird.'
const { seq: reply } = await world.sent({ chat, sender: alice, text })
const check = (quote: Quote, more: { reply?: number | undefined; rid?: number } = {}, user = bob) =>
  refusal(checkQuote(world, user, { chat, rid: nextRid(), reply, quote, ...more }))

t.test('only a reply quotes, and only what stands in the message', async t => {
  t.equal(await check({ text: 'petrel', o: 8 }, { reply: undefined }), 'bad_reply')
  t.equal(await check({ text: 'albatross', o: 0 }), 'bad_reply')
  t.equal(await check({ text: 'Petrel', o: 8 }), 'bad_reply', 'letter by letter')
  t.equal(await check({ text: 'petrel', o: 8 }, { reply: 99 }), 'bad_reply')
  t.equal(await check({ text: 'petrel', o: 8 }), 'none')
  t.equal(await check({ text: 'petrel', o: 500 }), 'none', 'where it began is a hint')
  t.equal(await check({ text, o: 0 }), 'none', 'the whole of it')
})

t.test('its entities are those of its own text, and lead nowhere', async t => {
  const quote = (...ents: NonNullable<Quote['ents']>) => check({ text: 'petrel', o: 8, ents })
  t.equal(await quote({ t: 'bold', o: 0, l: 6 }), 'none')
  t.equal(await quote({ t: 'bold', o: 0, l: 7 }), 'bad_entities')
  t.equal(await quote({ t: 'link', o: 0, l: 6, url: 'https://example.org' }), 'bad_entities')
  t.equal(await quote({ t: 'userMention', o: 0, l: 6, user: alice }), 'bad_entities')
  t.equal(await check({ text: ' ', o: 1 }), 'text_empty')
  t.equal(await check({ text: 'a\0', o: 1 }), 'bad_text')
})

t.test('as long as the limit says, and not one more', async t => {
  const long = await world.sent({ chat, sender: alice, text: 'x'.repeat(limits.quoteCharsMax + 1) })
  const of = (chars: number) => check({ text: 'x'.repeat(chars), o: 0 }, { reply: long.seq })
  t.equal(await of(limits.quoteCharsMax), 'none')
  t.equal(await of(limits.quoteCharsMax + 1), 'text_too_long')
})

t.test('nobody learns by it what is said in a chat of others', async t => {
  for (const words of ['petrel', 'albatross']) {
    t.equal(await check({ text: words, o: 0 }, {}, outsider), 'not_found')
  }
})

t.test(
  'a deleted, hidden or changed message is not quoted, but a repeated send is answered',
  async t => {
    const { seq } = await world.sent({ chat, sender: alice, text: 'petrel' })
    const rid = nextRid()
    const quote = { text: 'petrel', o: 0 }
    await world.sent({ chat, sender: bob, rid, reply: seq, extra: { quote } })
    await editMessage(world, alice, { chat, seq, text: 'gull' }, 100)
    t.equal(await check(quote, { reply: seq }), 'bad_reply')
    t.equal(
      await check(quote, { reply: seq, rid }),
      'none',
      'it was sent when it still stood there',
    )
    await hideMessages(world, bob, chat, [seq])
    t.equal(await check({ text: 'gull', o: 0 }, { reply: seq }), 'bad_reply')
    await deleteMessages(world, alice, chat, [seq])
    t.equal(await check({ text: 'gull', o: 0 }, { reply: seq }, alice), 'bad_reply')
  },
)
