// Pinned messages: who may, what the others are told, how many there may be.

import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message } from '#shared/protocol/models.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { deleteMessages } from './edit-message.ts'
import { clearHistory } from './hide-messages.ts'
import { setRole } from './members.ts'
import { listPins, pinMessage } from './pin-message.ts'
import { readHistory } from './read-chats.ts'
import { readDiff } from './sync.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, outsider = 0] = await world.people(3)
const pin = (
  user: number,
  chat: number,
  seq: number,
  more: { on?: boolean; silent?: true | undefined } = {},
) => pinMessage(world, user, { chat, seq, on: true, silent: true, ...more })
const pins = async (user: number, chat: number, before = 1e9, limit = 50) =>
  listPins(world, user, chat, before, limit)
const seqsOf = (messages: readonly Message[]) => messages.map(message => message.seq)

t.test('who may not, and what cannot be pinned', async t => {
  const chat = await world.group(alice, [bob])
  const { seq } = await world.sent({ chat, sender: bob })
  const gone = await world.sent({ chat, sender: bob })
  await deleteMessages(world, bob, chat, [gone.seq])
  await pin(alice, chat, seq, { silent: undefined })
  const service = (await world.head(chat)).seq
  const told = await world.announced(async () => {
    t.equal(await refusal(pin(bob, chat, seq)), 'forbidden', 'a member without the right')
    t.equal(await refusal(pin(bob, chat, 99)), 'forbidden', 'before what there is')
    t.equal(await refusal(pin(outsider, chat, seq)), 'not_found')
    t.equal(await refusal(pins(outsider, chat)), 'not_found')
    t.equal(await refusal(pin(alice, 999_999, 1)), 'not_found')
    t.equal(await refusal(pin(alice, chat, 99)), 'not_found')
    t.equal(await refusal(pin(alice, chat, gone.seq)), 'conflict')
    t.equal(await refusal(pin(alice, chat, service)), 'conflict', 'a service message')
  })
  t.same(told, { chats: {}, users: {} })
  await setRole(world, alice, { chat, user: bob, role: 'admin', rights: 16 })
  t.equal(await refusal(pin(bob, chat, seq, { on: false })), 'none', 'an admin with the right')
  const direct = await world.direct(alice, bob)
  await world.sent({ chat: direct, sender: alice })
  t.equal(await refusal(pin(bob, direct, 1)), 'none', 'both people of a direct chat')
})

t.test('a pin is a new state of the message, and a service message tells of it', async t => {
  const chat = await world.group(alice, [bob])
  const ents = [{ t: 'bold' as const, o: 0, l: 2 }]
  const { seq, rev } = await world.sent({ chat, sender: bob, ents, silent: true })
  const from = world.published.length
  const answer = await pin(alice, chat, seq, { silent: undefined })
  t.equal(answer.rev, rev + 2)
  const frames = world.published
    .slice(from)
    .flatMap(batch => batch.events)
    .map(event => ('frame' in event ? decode(event.frame).frame : []))
  const message = { seq, rev: rev + 1, from: bob, text: 'Hello', ents, silent: true, pinned: true }
  t.match(frames, [
    [2, 6, chat, rev + 1, message],
    [2, 1, chat, rev + 2, { from: alice, text: '', svc: { t: 'pinned', seq } }],
  ])
  const { messages } = await readHistory(world, bob, chat, {}, 2)
  t.match(messages, [message, { svc: { t: 'pinned', seq } }])
  t.match((await readDiff(world, bob, chat, rev)).messages, [message, {}], 'diffs have it too')
})

t.test('the same again changes nothing; unpinning tells only the new state', async t => {
  const chat = await world.group(alice)
  const { seq } = await world.sent({ chat, sender: alice })
  const { rev } = await pin(alice, chat, seq)
  t.same(await world.announced(() => pin(alice, chat, seq)), { chats: {}, users: {} })
  const told = await world.announced(() => pin(alice, chat, seq, { on: false }))
  t.same(told.chats, { [chat]: [rev + 1] })
  t.same((await pins(alice, chat)).messages, [])
  const off = await world.announced(() => pin(alice, chat, seq, { on: false }))
  t.same(off, { chats: {}, users: {} })
  const { messages } = await readHistory(world, alice, chat, {}, 1)
  t.notOk(messages[0]?.pinned)
})

t.test('pages, newest first, without what is deleted or cleared', async t => {
  const chat = await world.direct(alice, bob)
  const base = (await world.head(chat)).seq
  for (let n = 1; n <= 5; n++) await world.sent({ chat, sender: bob })
  for (const n of [2, 1, 5, 4, 3]) await pin(alice, chat, base + n)
  const first = await pins(bob, chat, 1e9, 2)
  t.same([seqsOf(first.messages), first.next], [[base + 5, base + 4], base + 4])
  t.same(
    first.users.map(user => user.id),
    [bob],
  )
  const second = await pins(bob, chat, first.next, 3)
  t.same([seqsOf(second.messages).slice(0, 3)], [[base + 3, base + 2, base + 1]])
  await deleteMessages(world, bob, chat, [base + 4])
  await clearHistory(world, alice, { chat, upTo: base + 2 })
  t.same(seqsOf((await pins(alice, chat)).messages), [base + 5, base + 3])
})

t.test('as many as the limit says, and not one more', async t => {
  const chat = await world.group(alice)
  const rows = await world.send(
    ...Array.from({ length: limits.pinnedMessagesMax + 1 }, () => ({ chat, sender: alice })),
  )
  const last = (rows.at(-1) as { seq: number }).seq
  await world.db.query({
    text: `update messages set pinned_at = clock_timestamp() where chat_id = $1 and seq > $2 and seq < $3`,
    values: [chat, last - limits.pinnedMessagesMax, last],
  })
  t.equal(await refusal(pin(alice, chat, last - limits.pinnedMessagesMax)), 'none')
  t.equal(await refusal(pin(alice, chat, last)), 'quota_reached')
  await pin(alice, chat, last - 1, { on: false })
  t.equal(await refusal(pin(alice, chat, last)), 'none')
})

t.test('pin against delete: never a pinned tombstone', async t => {
  const chat = await world.group(alice, [bob])
  for (let round = 0; round < 20; round++) {
    const { seq } = await world.sent({ chat, sender: bob })
    const [pinned] = await Promise.all([
      refusal(pin(alice, chat, seq)),
      deleteMessages(world, bob, chat, [seq]),
    ])
    t.ok(pinned === 'none' || pinned === 'conflict', pinned)
    const [row] = (await readHistory(world, alice, chat, { after: seq - 1 }, 1)).messages
    t.match(row, { deleted: true })
    t.notOk(row?.pinned)
  }
  t.same((await pins(alice, chat)).messages, [])
})
