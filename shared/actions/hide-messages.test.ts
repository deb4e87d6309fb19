// Deleting for oneself: what the others have stays, what oneself sees is gone everywhere.

import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import type { AppError } from '#shared/protocol/codes.ts'
import type { HistoryRange } from '#shared/store/messages.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { eraseCleared } from './expire-messages.ts'
import { clearHistory, hideMessages } from './hide-messages.ts'
import { listPins, pinMessage } from './pin-message.ts'
import { describeChat, readHistory } from './read-chats.ts'
import { readDiff, readUserDiff } from './sync.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, outsider = 0] = await world.people(3)
const hide = (user: number, chat: number, ...seqs: number[]) =>
  hideMessages(world, user, chat, seqs)

/** A direct chat of Alice and Bob with so many messages of Bob; another one each time. */
async function talk(count: number) {
  const [carol = 0] = await world.people(1)
  const chat = await world.direct(alice, carol)
  for (let n = 1; n <= count; n++) await world.sent({ chat, sender: carol, text: `text ${n}` })
  return { chat, carol }
}

const seen = async (user: number, chat: number) =>
  (await readHistory(world, user, chat, {}, 100)).messages.map(({ seq, text, deleted }) =>
    deleted ? -seq : [seq, text],
  )
const place = async (user: number, chat: number) => (await describeChat(world, user, chat)).chat
const events = (from: number) =>
  world.published
    .slice(from)
    .flatMap(batch =>
      batch.events.flatMap(event => ('frame' in event ? [decode(event.frame).frame] : [])),
    )

t.test('what is not there for the user cannot be hidden; then nothing is', async t => {
  const { chat } = await talk(2)
  await clearHistory(world, alice, { chat, upTo: 1 })
  const told = await world.announced(async () => {
    t.equal(await refusal(hide(outsider, chat, 2)), 'not_found')
    t.equal(await refusal(hide(alice, 999_999, 1)), 'not_found')
    t.equal(await refusal(hide(alice, chat, 2, 99)), 'not_found')
    t.equal(await refusal(hide(alice, chat, 1, 2)), 'not_found', 'a cleared one')
  })
  t.same(told, { chats: {}, users: {} })
  t.same(await seen(alice, chat), [[2, 'text 2']])
})

t.test('hidden messages are tombstones for the user, and nothing for anybody else', async t => {
  const { chat, carol } = await talk(3)
  const { rev } = await world.head(chat)
  const from = world.published.length
  const urev = await world.urev(alice)
  const told = await world.announced(() => hide(alice, chat, 1, 3, 1))
  t.same(told, { chats: {}, users: { [alice]: [urev + 1] } })
  t.strictSame(events(from), [[3, 7, urev + 1, { chat, seqs: [1, 3] }]])
  t.same(await seen(alice, chat), [-1, [2, 'text 2'], -3])
  t.match((await place(alice, chat)).last, { seq: 3, deleted: true, text: '' })
  t.same(
    await seen(carol, chat),
    [1, 2, 3].map(n => [n, `text ${n}`]),
  )
  t.match((await place(carol, chat)).last, { text: 'text 3' })
  t.equal((await world.head(chat)).rev, rev, 'the chat does not change')
  const diff = await readDiff(world, alice, chat, 0)
  t.same(
    diff.messages.map(message => message.deleted ?? false),
    [true, false, true],
  )
  const page = await readHistory(world, alice, chat, { around: 3 }, 2)
  t.match(page.messages, [{ text: 'text 2' }, { deleted: true }])
})

t.test('devices that were away learn of it', async t => {
  const { chat } = await talk(2)
  const since = await world.urev(alice)
  await hide(alice, chat, 2)
  const news = await readUserDiff(world, alice, since)
  t.equal(news.urev, since + 1)
  t.ok(news.sections.includes('rows'), 'windows are loaded anew')
  t.match(news.chats, [{ id: chat, last: { seq: 2, deleted: true } }])
})

t.test(
  'hidden ones stay so and cost no urev; edits and pins of others do not bring them back',
  async t => {
    const { chat, carol } = await talk(2)
    await hide(alice, chat, 1)
    const told = await world.announced(() => hide(alice, chat, 1))
    t.same(told, { chats: {}, users: {} })
    await editMessage(world, carol, { chat, seq: 1, text: 'changed' }, 100)
    await pinMessage(world, carol, { chat, seq: 1, on: true, silent: true })
    t.same((await seen(alice, chat))[0], -1)
    t.same((await listPins(world, alice, chat, 99, 10)).messages, [])
    t.match((await listPins(world, carol, chat, 99, 10)).messages, [{ text: 'changed' }])
    t.equal(await refusal(pinMessage(world, alice, { chat, seq: 1, on: false })), 'conflict')
  },
)

t.test(
  'what one hid may still be deleted for everybody, and a deleted one need not be hidden',
  async t => {
    const { chat, carol } = await talk(2)
    await hide(alice, chat, 1)
    t.equal(await refusal(deleteMessages(world, alice, chat, [1])), 'none')
    t.same((await seen(carol, chat))[0], -1)
    const told = await world.announced(() => hide(alice, chat, 1))
    t.same(told.users, {})
  },
)

t.test('a hidden message no longer calls', async t => {
  const chat = await world.group(alice, [bob])
  const { seq } = await world.sent({ chat, sender: alice, mentions: [bob] })
  t.equal((await place(bob, chat)).me.mentions, 1)
  await hide(bob, chat, seq)
  t.notOk((await place(bob, chat)).me.mentions)
})

t.test('a cleared history is empty for the user alone, and counts as read', async t => {
  const { chat, carol } = await talk(3)
  const from = world.published.length
  const urev = await world.urev(alice)
  let answer = { upTo: 0 }
  const told = await world.announced(async () => {
    answer = await clearHistory(world, alice, { chat })
  })
  t.same(answer, { upTo: 3 })
  t.same(told, { chats: {}, users: { [alice]: [urev + 1] } })
  const [frame] = events(from)
  t.match(frame, [3, 5, urev + 1, { chat, me: { hiddenUpTo: 3, read: 3, urev: urev + 1 } }])
  t.same(await seen(alice, chat), [])
  t.same((await readDiff(world, alice, chat, 0)).messages, [])
  const now = await place(alice, chat)
  t.match(now, { seq: 3, me: { read: 3, hiddenUpTo: 3 } })
  t.notOk(now.last)
  t.equal((await seen(carol, chat)).length, 3)
  await world.sent({ chat, sender: carol, text: 'next' })
  t.same(await seen(alice, chat), [[4, 'next']])
  t.match(await place(alice, chat), { last: { text: 'next' }, me: { read: 3 } })
})

t.test('a part is cleared; less than before changes nothing; pages stop there', async t => {
  const { chat } = await talk(5)
  t.same(await clearHistory(world, alice, { chat, upTo: 3 }), { upTo: 3 })
  t.equal((await place(alice, chat)).me.read, 3, 'what is left is unread as before')
  const told = await world.announced(async () => {
    t.same(await clearHistory(world, alice, { chat, upTo: 2 }), { upTo: 3 })
  })
  t.same(told, { chats: {}, users: {} })
  const pageOf = async (range: HistoryRange) =>
    (await readHistory(world, alice, chat, range, 3)).messages.map(({ seq }) => seq)
  t.same(await pageOf({ before: 5 }), [4])
  t.same(await pageOf({ before: 4 }), [])
  t.same(await pageOf({ after: 0 }), [4, 5])
  t.same(await pageOf({ around: 1 }), [4, 5])
  t.same(await clearHistory(world, alice, { chat, upTo: 99 }), { upTo: 5 }, 'never past the end')
})

t.test('cleared from several devices at once: as far as the furthest', async t => {
  const { chat } = await talk(8)
  const answers = await Promise.all(
    [3, 8, 1, 5, 7, 2].map(upTo => clearHistory(world, alice, { chat, upTo })),
  )
  t.equal(Math.max(...answers.map(({ upTo }) => upTo)), 8)
  t.equal((await place(alice, chat)).me.hiddenUpTo, 8)
})

t.test('clearing never moves a read mark back', async t => {
  const { chat } = await talk(3)
  await world.db.query({
    text: 'update members set read_seq = 3 where chat_id = $1 and user_id = $2',
    values: [chat, alice],
  })
  await clearHistory(world, alice, { chat, upTo: 1 })
  t.equal((await place(alice, chat)).me.read, 3)
})

t.test('for both: in direct chats only', async t => {
  const group = await world.group(alice, [bob])
  const clear = (user: number, chat: number) => clearHistory(world, user, { chat, forAll: true })
  t.equal(await refusal(clear(alice, group)), 'conflict')
  const { chat, carol } = await talk(3)
  t.equal(await refusal(clear(outsider, chat)), 'not_found')
  const told = await world.announced(() => clear(alice, chat))
  t.equal(Object.keys(told.users).length, 2, 'both are told')
  for (const user of [alice, carol]) t.same(await seen(user, chat), [])
})

t.test('what is cleared for both is emptied later, and nothing else', async t => {
  const { chat, carol } = await talk(3)
  await hide(carol, chat, 2)
  await clearHistory(world, alice, { chat, upTo: 2, forAll: true })
  const other = await talk(2)
  await clearHistory(world, alice, { chat: other.chat })
  const { rev } = await world.head(chat)
  t.ok((await eraseCleared(world)) > 0)
  t.equal(await eraseCleared(world), 0)
  const texts = async (id: number) =>
    (
      await world.db.query<{ text: string }>({
        text: 'select text from messages where chat_id = $1 order by seq',
        values: [id],
      })
    ).map(row => row.text)
  t.same(await texts(chat), ['', '', 'text 3'])
  t.same(await texts(other.chat), ['text 1', 'text 2'], 'the other person still has it')
  t.equal((await world.head(chat)).rev, rev)
  t.same(await seen(carol, chat), [[3, 'text 3']])
})

t.test('both clear for both at once: no deadlock, and both see nothing', async t => {
  const { chat, carol } = await talk(3)
  await Promise.all(
    [alice, carol, alice, carol].map(user => clearHistory(world, user, { chat, forAll: true })),
  )
  for (const user of [alice, carol]) t.same(await seen(user, chat), [])
})

t.test('hiding against deleting for everybody: whatever comes first, it is gone', async t => {
  for (let round = 0; round < 10; round++) {
    const { chat, carol } = await talk(1)
    await Promise.all([hide(alice, chat, 1), deleteMessages(world, carol, chat, [1])])
    t.same(await seen(alice, chat), [-1])
    t.same(await seen(carol, chat), [-1])
  }
})

t.test(
  'leaving while hiding: the hidden stay hidden after the return, or it was refused',
  async t => {
    const chat = await world.group(alice, [bob])
    const { seq } = await world.sent({ chat, sender: alice })
    await world.place(chat, bob, 'left')
    const error = (await hide(bob, chat, seq).catch(error => error)) as AppError
    t.equal(error.code, 'not_found')
    await world.place(chat, bob, 'member')
    await hide(bob, chat, seq)
    await world.place(chat, bob, 'left')
    await world.place(chat, bob, 'member')
    t.same((await seen(bob, chat)).at(-1), -seq)
  },
)
