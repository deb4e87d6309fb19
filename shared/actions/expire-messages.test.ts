// Messages that delete themselves, and the timer that makes them.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import type { BusEvent } from '#shared/store/bus.ts'
import type { Queryable } from '#shared/store/db.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { changeChat } from './change-chat.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { expireMessages } from './expire-messages.ts'
import { leaveChat, setRole } from './members.ts'
import { pinMessage } from './pin-message.ts'
import { describeChat, readHistory } from './read-chats.ts'
import { setAutoDelete } from './set-auto-delete.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, outsider = 0] = await world.people(3)
const day = 86_400
/** The same services a day and a second later. */
const later = { ...world, clock: { ...world.clock, now: () => Date.now() + day * 1000 + 1000 } }
const timer = (user: number, chat: number, s = day) => setAutoDelete(world, user, { chat, s })
const rows = async (chat: number) => (await readHistory(world, alice, chat, {}, 100)).messages
const expiring = async () =>
  world.db.query<{ chat: number }>({
    text: 'select chat_id as chat from messages where expires_at is not null',
  })

t.test('who may set the timer', async t => {
  const chat = await world.group(alice, [bob])
  t.equal(await refusal(timer(bob, chat)), 'forbidden')
  t.equal(await refusal(timer(outsider, chat)), 'not_found')
  await setRole(world, alice, { chat, user: bob, role: 'admin', rights: 64 })
  t.equal(await refusal(timer(bob, chat)), 'none', 'an admin who may change the chat')
  const direct = await world.direct(alice, bob)
  for (const user of [alice, bob]) {
    t.equal(await refusal(timer(user, direct)), 'none', 'both people of a direct chat')
    await timer(user, direct, 0)
  }
  await world.db.query({
    text: 'update chats set default_rights = 0 where id = $1',
    values: [direct],
  })
  t.equal(await refusal(timer(bob, direct)), 'forbidden', 'but not where nothing may be said')
})

t.test('the timer is told, once, and holds for new messages only', async t => {
  const chat = await world.group(alice, [bob])
  const before = await world.sent({ chat, sender: bob })
  const { rev } = await timer(alice, chat)
  t.equal(rev, before.rev + 2)
  t.same(await world.announced(() => timer(alice, chat)), { chats: {}, users: {} })
  t.match(await describeChat(world, bob, chat), {
    chat: { autoDeleteS: day, last: { svc: { t: 'autoDelete', n: day } } },
  })
  const after = await world.sent({ chat, sender: bob })
  const [old, service, fresh] = (await rows(chat)).slice(-3)
  t.notOk(old?.expires)
  t.notOk(service?.expires)
  t.equal(fresh?.expires, after.at + day * 1000)
  await timer(alice, chat, 0)
  t.notOk((await describeChat(world, bob, chat)).chat.autoDeleteS)
})

t.test('nothing is deleted before its time, and everything after it, once', async t => {
  const chat = await world.group(alice, [bob])
  await timer(alice, chat)
  await world.send({ chat, sender: bob, text: 'one' }, { chat, sender: bob, text: 'two' })
  const edited = await world.sent({ chat, sender: bob })
  await editMessage(world, bob, { chat, seq: edited.seq, text: 'changed' }, 100)
  await pinMessage(world, alice, { chat, seq: edited.seq, on: true, silent: true })
  await timer(alice, chat, 0)
  const stays = await world.sent({ chat, sender: bob })
  t.equal(await expireMessages(world), 0)
  const { rev } = await world.head(chat)
  const told = await world.announced(async () => {
    await expireMessages(later)
  })
  t.same(told.chats[chat], [rev + 1, rev + 2, rev + 3], 'a rev each')
  const gone = (await rows(chat)).filter(row => row.deleted)
  t.equal(gone.length, 3)
  for (const row of gone) t.match(row, { text: '' })
  t.notOk((await rows(chat)).find(row => row.seq === stays.seq)?.deleted)
  t.equal(await expireMessages(later), 0)
  t.same(await expiring(), [], 'the index forgets them')
})

t.test('more than fits under one lock', async t => {
  const chat = await world.group(alice, [bob])
  await timer(alice, chat)
  const count = limits.expiredPerChangeMax + 1
  await world.send(...Array.from({ length: count }, () => ({ chat, sender: bob })))
  const from = world.published.length
  t.equal(await expireMessages(later), count)
  const batches = world.published.slice(from).map(batch => batch.events.length)
  t.same(batches, [limits.expiredPerChangeMax, 1])
})

t.test(
  'a chat that somebody holds is left for the next time, and keeps no other waiting',
  async t => {
    const [held, free] = [await world.group(alice, [bob]), await world.group(alice, [bob])]
    for (const chat of [held, free]) {
      await timer(alice, chat)
      await world.sent({ chat, sender: bob })
    }
    await changeChat(world, held, alice, async () => {
      t.equal(await expireMessages(later), 1)
    })
    t.same(await expiring(), [{ chat: held }])
    t.equal(await expireMessages(later), 1)
  },
)

t.test('two at once delete each message once', async t => {
  const chat = await world.group(alice, [bob])
  await timer(alice, chat)
  await world.send(...Array.from({ length: 20 }, () => ({ chat, sender: bob })))
  const from = world.published.length
  const counts = await Promise.all([1, 2, 3].map(() => expireMessages(later)))
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    20,
  )
  const events: BusEvent[] = world.published.slice(from).flatMap(batch => batch.events)
  t.equal(events.length, 20)
})

t.test('one that is deleted, or kept for longer, since it was found', async t => {
  const chat = await world.group(alice, [bob])
  await timer(alice, chat)
  const { seq } = await world.sent({ chat, sender: bob })
  const kept = await world.sent({ chat, sender: bob })
  const overtaken = {
    ...later,
    db: {
      ...world.db,
      tx: async <Result>(work: (tx: Queryable) => Promise<Result>) => {
        await deleteMessages(world, bob, chat, [seq])
        await world.db.query({
          text: "update messages set expires_at = now() + interval '9 days' where chat_id = $1 and seq = $2",
          values: [chat, kept.seq],
        })
        return world.db.tx(work)
      },
    },
  }
  t.equal(await expireMessages(overtaken), 0)
  t.notOk((await rows(chat)).find(row => row.seq === kept.seq)?.deleted)
  await deleteMessages(world, bob, chat, [kept.seq])
})

t.test('against a person who deletes or edits at the same moment', async t => {
  const chat = await world.group(alice, [bob])
  await timer(alice, chat)
  for (let round = 0; round < 10; round++) {
    const { seq } = await world.sent({ chat, sender: bob })
    await Promise.all([
      expireMessages(later),
      deleteMessages(world, bob, chat, [seq]),
      refusal(editMessage(world, bob, { chat, seq, text: 'changed' }, 100)),
    ])
    await expireMessages(later)
    t.match((await rows(chat)).at(-1), { seq, deleted: true, text: '' })
  }
})

t.test('messages of a chat that is gone are emptied and forgotten', async t => {
  const chat = await world.group(alice)
  await timer(alice, chat)
  await world.sent({ chat, sender: alice, text: 'secret' })
  await leaveChat(world, alice, chat)
  t.equal(await expireMessages(later), 1)
  t.same(await expiring(), [])
  const found = await world.db.query({
    text: "select 1 from messages where chat_id = $1 and text = 'secret'",
    values: [chat],
  })
  t.same(found, [])
})
