import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { markRead } from '#shared/store/read-marks.ts'
import { purgeReadTimes } from '#shared/store/read-times.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { openSaved } from './create-chat.ts'
import { addMembers, leaveChat } from './members.ts'
import { readBy } from './read-by.ts'

const world = await openWorld(t)

async function groupOf4() {
  const [alice = 0, bob = 0, carol = 0, dora = 0] = await world.people(4)
  const chat = await world.group(alice, [bob, carol, dora])
  const read = (user: number, seq: number) => markRead(world.db, [{ user, chat, seq }])
  const told = async (seq: number) =>
    (await readBy(world, alice, chat, seq)).readers.map(reader => reader.user)
  return { alice, bob, carol, dora, chat, read, told }
}

t.test('only an author is told, only of what is there', async t => {
  const { alice, bob, chat } = await groupOf4()
  const { seq } = await world.sent({ chat, sender: bob })
  const [eve = 0] = await world.people(1)
  t.equal(await refusal(readBy(world, eve, chat, seq)), 'not_found')
  t.equal(await refusal(readBy(world, bob, 987_654, seq)), 'not_found')
  t.equal(await refusal(readBy(world, alice, chat, seq)), 'forbidden')
  t.equal(await refusal(readBy(world, bob, chat, seq + 1)), 'not_found')
  await world.db.query({
    text: 'update messages set deleted_at = now() where chat_id = $1 and seq = $2',
    values: [chat, seq],
  })
  t.equal(await refusal(readBy(world, bob, chat, seq)), 'not_found')
})

t.test('who has read is told with the time at which the mark passed, the latest last', async t => {
  const { alice, bob, carol, dora, chat, read, told } = await groupOf4()
  const { seq: first } = await world.sent({ chat, sender: alice })
  const { seq: second } = await world.sent({ chat, sender: alice })
  t.same(await told(first), [])
  const from = Date.now() - 1
  await read(bob, first)
  await read(carol, second)
  await read(bob, second)
  await read(alice, second)
  t.same(await told(first), [bob, carol])
  t.same(await told(second), [carol, bob])
  const { readers, users } = await readBy(world, alice, chat, second)
  t.ok(readers.every(({ at = 0 }) => at >= from && at <= Date.now()))
  t.same(users.map(user => user.id).sort(), [bob, carol].sort())
  await leaveChat(world, bob, chat)
  t.same(await told(second), [carol], 'not of who has left')
  const { seq: third } = await world.sent({ chat, sender: alice })
  await addMembers(world, alice, chat, [bob])
  t.same(await told(third), [], 'nor of who joined later, for whom it counts as read')
  await read(dora, third)
  t.same(await told(third), [dora])
})

t.test('in large chats and channels nobody is told', async t => {
  const { alice, bob, chat } = await groupOf4()
  const { seq } = await world.sent({ chat, sender: alice })
  const sized = (members: number) =>
    world.db.query({
      text: 'update chats set member_count = $2 where id = $1',
      values: [chat, members],
    })
  await sized(limits.readMarksMembersMax)
  t.equal(await refusal(readBy(world, alice, chat, seq)), 'none')
  await sized(limits.readMarksMembersMax + 1)
  t.equal(await refusal(readBy(world, alice, chat, seq)), 'conflict')
  const channel = await world.channel(alice, [bob])
  await world.sent({ chat: channel, sender: alice })
  t.equal(await refusal(readBy(world, alice, channel, 1)), 'conflict')
})

t.test('in a direct chat and with oneself', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  const chat = await world.direct(alice, bob)
  await world.sent({ chat, sender: alice })
  await markRead(world.db, [{ user: bob, chat, seq: 1 }])
  t.match((await readBy(world, alice, chat, 1)).readers, [{ user: bob, at: Number }])
  await world.db.query({
    text: 'update members set shown_seq = 0 where chat_id = $1 and user_id = $2',
    values: [chat, bob],
  })
  t.same(
    (await readBy(world, alice, chat, 1)).readers,
    [],
    'quiet: as little as the read mark tells',
  )
  const saved = await openSaved(world, alice)
  await world.sent({ chat: saved, sender: alice })
  t.same((await readBy(world, alice, saved, 1)).readers, [])
})

t.test('after a week it is told no more, and the rows go', async t => {
  const { alice, bob, carol, chat, read, told } = await groupOf4()
  const { seq: old } = await world.sent({ chat, sender: alice })
  await read(bob, old)
  const { seq: young } = await world.sent({ chat, sender: alice })
  await read(bob, young)
  await read(carol, young)
  const age = (table: string, column: string, seq: number, byMs: number) =>
    world.db.query({
      text: `update ${table} set ${column} = ${column} - make_interval(secs => $3::float8 / 1000)
             where chat_id = $1 and seq = $2`,
      values: [chat, seq, byMs],
    })
  const weekMs = limits.readTimesKeptMs
  await age('messages', 'created_at', old, weekMs - 60_000)
  t.same(await told(old), [], 'they joined later than that, as far as anybody knows')
  await world.db.query({
    text: "update members set joined_at = joined_at - interval '8 days' where chat_id = $1",
    values: [chat],
  })
  t.same(await told(old), [bob, carol])
  await age('messages', 'created_at', old, 60_001)
  t.equal(await refusal(readBy(world, alice, chat, old)), 'too_old')
  await age('read_times', 'at', old, weekMs)
  const purge = (limit: number) => purgeReadTimes(world.db, Date.now() - weekMs, limit)
  await world.db.query({
    text: `insert into read_times (chat_id, user_id, seq, at)
           select $1, 1, n, now() - interval '8 days' from generate_series(1, 20) n`,
    values: [chat],
  })
  t.equal(await purge(15), 15)
  t.equal(await purge(15), 6)
  t.equal(await purge(15), 0)
  t.same(await told(young), [bob, carol])
})
