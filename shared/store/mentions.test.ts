// Mentions and what ends them: reading, and deleting.

import t from 'tap'
import { createPoll } from '#shared/actions/polls.ts'
import { describeChat } from '#shared/actions/read-chats.ts'
import { decode } from '#shared/protocol/codec.ts'
import { limits } from '#shared/protocol/limits.ts'
import { nextRid, openWorld } from '#test/helpers/world.ts'
import { readMentions } from './mentions.ts'
import { markRead } from './read-marks.ts'

const world = await openWorld(t)

async function groupOf3() {
  const [alice = 0, bob = 0, carol = 0] = await world.people(3)
  const chat = await world.group(alice, [bob, carol])
  const call = async (...mentions: number[]) =>
    (await world.sent({ chat, sender: alice, mentions })).seq
  const stored = async (user: number) => {
    const rows = await world.db.query<{ seq: number }>({
      text: 'select seq from mentions where user_id = $1 and chat_id = $2 order by seq',
      values: [user, chat],
    })
    return rows.map(row => row.seq)
  }
  const counted = async (user: number) => (await describeChat(world, user, chat)).chat.me.mentions
  const list = (user: number, after = 0, limit = 100) =>
    readMentions(world.db, chat, user, after, limit)
  return { alice, bob, carol, chat, call, stored, counted, list }
}

t.test('whoever is called or answered has it counted, nobody else', async t => {
  const { alice, bob, carol, chat, call, counted, list } = await groupOf3()
  const { seq: bobs } = await world.sent({ chat, sender: bob })
  const first = await call(bob, carol, alice)
  const { seq: second } = await world.sent({ chat, sender: alice, reply: bobs })
  const { seq: third } = await world.sent({ chat, sender: carol, reply: bobs, mentions: [bob] })
  t.equal(await counted(bob), 3, 'called and answered by one message counts once')
  t.same(await list(bob), [first, second, third])
  t.same(await list(bob, first, 1), [second])
  t.equal(await counted(carol), 1)
  t.equal(await counted(alice), undefined, 'one does not call oneself')
  const [dora = 0] = await world.people(1)
  t.same(await list(dora), [], 'who is not in the chat')
})

t.test('the event says whom a message calls, on the send path and beside it', async t => {
  const { alice, bob, carol, chat, call, counted } = await groupOf3()
  const lastTold = () => {
    const event = world.published.at(-1)?.events.at(-1)
    if (event?.type !== 'chat') return null
    const [, , , , { calls }] = decode(event.frame).frame as [0, 0, 0, 0, { calls?: number[] }]
    return { called: event.called, calls }
  }
  await call(bob, carol)
  t.same(lastTold(), { called: [bob, carol], calls: [bob, carol] })
  await call()
  t.same(lastTold(), { called: undefined, calls: undefined })
  const { seq: reply } = await world.sent({ chat, sender: bob })
  const poll = { chat, rid: nextRid(), question: 'Tea?', options: ['Yes', 'No'], reply }
  await createPoll(world, alice, poll)
  t.same(lastTold(), { called: [bob], calls: [bob] })
  t.equal(await counted(bob), 2)
})

t.test('a read mark deletes those that it passes, and tells how many are left', async t => {
  const { bob, carol, chat, call, stored, counted } = await groupOf3()
  const seqs = [await call(bob, carol), await call(bob), await call(), await call(bob)]
  const [first = 0, second = 0, , last = 0] = seqs
  const mark = async (user: number, seq: number) => {
    const [moved] = await markRead(world.db, [{ user, chat, seq }])
    return moved && [moved.seq, moved.top, moved.mentions]
  }
  t.same(await mark(bob, first), [first, last, 2])
  t.same(await stored(bob), [second, last])
  t.equal(await counted(bob), 2)
  t.same(await stored(carol), [first], 'another’s stay')
  t.same(await mark(bob, last - 1), [last - 1, last, 1])
  t.same(await mark(bob, last), [last, last, 0])
  t.same(await stored(bob), [])
  t.equal(await counted(bob), undefined)
  t.same(await mark(carol, last), [last, last, 0])
})

t.test('a deleted message does not count, and its row goes with the next mark', async t => {
  const { bob, chat, call, stored, counted, list } = await groupOf3()
  const first = await call(bob)
  const second = await call(bob)
  await world.db.query({
    text: 'update messages set deleted_at = now() where chat_id = $1 and seq = $2',
    values: [chat, second],
  })
  t.equal(await counted(bob), 1)
  t.same(await list(bob), [first])
  const [moved] = await markRead(world.db, [{ user: bob, chat, seq: first }])
  t.equal(moved?.mentions, 0)
  await markRead(world.db, [{ user: bob, chat, seq: second }])
  t.same(await stored(bob), [])
})

t.test('counting ends at the bound', async t => {
  const { alice, bob, chat, counted } = await groupOf3()
  const max = limits.mentionsCountedMax
  const calls = (count: number) =>
    world.send(...Array.from({ length: count }, () => ({ chat, sender: alice, mentions: [bob] })))
  const { seq: before } = await world.head(chat)
  const mark = async (seq: number) => (await markRead(world.db, [{ user: bob, chat, seq }]))[0]
  await calls(max)
  t.equal(await counted(bob), max)
  await calls(1)
  t.equal(await counted(bob), max)
  await mark(before + 1)
  t.equal(await counted(bob), max)
  t.equal((await mark(before + 2))?.mentions, max - 1)
})

t.test('marks of many people in many chats: each keeps what is theirs', async t => {
  const people = await world.people(6)
  const [alice = 0, ...others] = people
  const chats = await Promise.all([1, 2, 3].map(() => world.group(alice, others)))
  const firsts = new Map<number, number>()
  for (const chat of chats) {
    firsts.set(chat, (await world.head(chat)).seq + 1)
    await world.send(
      ...Array.from({ length: 12 }, (_, i) => ({
        chat,
        sender: alice,
        mentions: i % 2 ? others : [],
      })),
    )
  }
  const marks = chats.flatMap((chat, c) =>
    others.map((user, u) => ({ user, chat, seq: (firsts.get(chat) ?? 0) + ((u + c) % 12) })),
  )
  const moved = await markRead(world.db, marks)
  t.equal(moved.length, marks.length)
  for (const { user, chat, seq, mentions } of moved) {
    const left = await readMentions(world.db, chat, user, 0, 100)
    t.equal(left.length, mentions)
    t.ok(left.every(each => each > seq))
    const passed = seq - (firsts.get(chat) ?? 0) + 1
    t.equal(left.length, 12 / 2 - Math.floor(passed / 2))
  }
})
