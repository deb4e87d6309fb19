// Copies in another chat: who may make them, in which order, and what they say of where they come from.

import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import type { Entity } from '#shared/protocol/entities.ts'
import type { Message } from '#shared/protocol/models.ts'
import { right } from '#shared/protocol/permissions.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { choose } from './choose.ts'
import { openSaved } from './create-chat.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { type ForwardInput, forwardMessages } from './forward-messages.ts'
import { clearHistory, hideMessages } from './hide-messages.ts'
import { removeMember } from './members.ts'
import { closePoll, createPoll } from './polls.ts'
import { readHistory } from './read-chats.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, carol = 0, outsider = 0] = await world.people(4)
const set = (text: string, ...values: unknown[]) => world.db.query({ text, values })

type More = Partial<Omit<ForwardInput, 'from' | 'chat' | 'seqs'>>
const forward = async (
  user: number,
  from: number,
  chat: number,
  seqs: number[],
  more: More = {},
) => {
  const input = { chat, from, seqs, rids: seqs.map(nextRid), ...more }
  const { chars: _, ...places } = await forwardMessages(world, user, input)
  return places
}
const code = (work: Promise<unknown>) => refusal(work)

/** Messages of a chat behind a seq. */
const rows = async (user: number, chat: number, after = 0): Promise<Message[]> =>
  (await readHistory(world, user, chat, { after }, 100)).messages
const last = async (user: number, chat: number) => (await rows(user, chat)).at(-1) as Message

/** A group of Alice and Bob with so many messages of Bob, another of Alice and Carol, and where each stands. */
async function pair(count = 1) {
  const from = await world.group(alice, [bob])
  const to = await world.group(alice, [carol])
  const seqs: number[] = []
  for (let n = 1; n <= count; n++) {
    seqs.push((await world.sent({ chat: from, sender: bob, text: `text ${n}` })).seq)
  }
  return { from, to, seqs, head: (await world.head(to)).seq }
}

t.test('both chats must be one’s own, and every message there', async t => {
  const { from, to, seqs, head } = await pair(2)
  const [one = 0, two = 0] = seqs
  const gone = await world.sent({ chat: from, sender: bob })
  await deleteMessages(world, bob, from, [gone.seq])
  const told = await world.announced(async () => {
    t.equal(await code(forward(outsider, from, to, [one])), 'not_found')
    t.equal(await code(forward(bob, from, to, [one])), 'not_found', 'not in the target')
    t.equal(await code(forward(carol, from, to, [one])), 'not_found', 'not in the source')
    t.equal(await code(forward(alice, 999_999, to, [one])), 'not_found')
    t.equal(await code(forward(alice, from, 999_999, [one])), 'not_found')
    t.equal(await code(forward(alice, from, to, [one, 99])), 'not_found')
    t.equal(await code(forward(alice, from, to, [one, gone.seq])), 'conflict', 'a deleted one')
    t.equal(await code(forward(alice, from, to, [1])), 'conflict', 'a service message')
    t.equal(await code(forward(alice, from, to, [one, one])), 'bad_request')
    t.equal(await code(forward(alice, from, to, [one, two], { rids: [7] })), 'bad_request')
    t.equal(await code(forward(alice, from, to, [one, two], { rids: [7, 7] })), 'bad_request')
  })
  t.same(told, { chats: {}, users: {} }, 'all or none')
  await hideMessages(world, alice, from, [one])
  t.equal(await code(forward(alice, from, to, [one])), 'conflict', 'one that is hidden')
  await clearHistory(world, alice, { chat: from })
  t.equal(await code(forward(alice, from, to, [two])), 'not_found', 'one that is cleared')
  t.equal((await world.head(to)).seq, head)
})

t.test(
  'copies stand in the order that was asked for, each at its own rev, with their text',
  async t => {
    const { from, to, seqs, head } = await pair(3)
    const ents: Entity[] = [{ t: 'bold', o: 0, l: 4 }]
    const formatted = await world.sent({
      chat: from,
      sender: bob,
      text: 'bold',
      ents,
      reply: seqs[0],
    })
    const order = [seqs[2] as number, formatted.seq, seqs[0] as number]
    const { rev } = await world.head(to)
    let answer = { rev: 0, seqs: [] as number[] }
    const told = await world.announced(async () => {
      answer = await forward(alice, from, to, order, { silent: true })
    })
    t.same(told.chats, { [to]: [rev + 1, rev + 2, rev + 3] })
    t.same(answer, { rev: rev + 3, seqs: [head + 1, head + 2, head + 3] })
    const copies = await rows(carol, to, head)
    t.match(copies, [
      { text: 'text 3', from: alice, silent: true, fwd: { from: bob } },
      { text: 'bold', ents, fwd: { from: bob, at: formatted.at } },
      { text: 'text 1' },
    ])
    t.notOk(copies[1]?.reply, 'what it answered is not there')
  },
)

t.test('the same rids again answer the same places, whatever happened since', async t => {
  const { from, to, seqs } = await pair(2)
  const rids = [nextRid(), nextRid()]
  const first = await forward(alice, from, to, seqs, { rids })
  await deleteMessages(world, bob, from, [seqs[0] as number])
  await set('update chats set default_rights = 0 where id = $1', to)
  const told = await world.announced(async () => {
    t.same(await forward(alice, from, to, seqs, { rids }), first)
  })
  t.same(told, { chats: {}, users: {} })
  const [again, parallel] = await Promise.all(
    [1, 2].map(() => forward(alice, from, to, [seqs[1] as number], { rids: [77] })),
  )
  t.same(again?.seqs, parallel?.seqs, 'also at the same moment')
})

t.test('what was forwarded before keeps where it came from; hideAuthor forgets it', async t => {
  const { from, to, seqs } = await pair(1)
  const { seqs: copies } = await forward(alice, from, to, seqs)
  const third = await world.group(carol)
  await forward(carol, to, third, copies)
  t.match(await last(carol, third), { from: carol, fwd: { from: bob, name: 'Person 2' } })
  await forward(carol, to, third, copies, { hideAuthor: true })
  const bare = await last(carol, third)
  t.equal(bare.text, 'text 1')
  t.notOk(bare.fwd)
})

t.test('who does not want to be found by it is a name only, from then on', async t => {
  const { from, to, seqs } = await pair(1)
  const { seqs: copies } = await forward(alice, from, to, seqs)
  t.equal((await last(carol, to)).fwd?.from, bob)
  const hides = { forwards: { who: 'nobody' } }
  await set('update users set privacy = $2 where id = $1', bob, JSON.stringify(hides))
  for (const [source, each] of [
    [from, seqs],
    [to, copies],
  ] as const) {
    await forward(alice, source, to, [...each])
    const { fwd } = await last(carol, to)
    t.equal(fwd?.name, 'Person 2')
    t.notOk(fwd?.from)
  }
  await set("update users set privacy = '{}' where id = $1", bob)
})

t.test(
  'of a channel’s post the channel is named, and its author only where posts are signed',
  async t => {
    const channel = await world.channel(alice, [carol])
    const { to } = await pair(0)
    const post = await world.sent({ chat: channel, sender: alice, text: 'news' })
    await forward(carol, channel, to, [post.seq])
    const { fwd } = await last(carol, to)
    t.strictSame(fwd, { chat: channel, title: 'Birds', seq: post.seq, at: post.at })
    await set('update chats set signatures = true where id = $1', channel)
    const signed = await world.sent({ chat: channel, sender: alice, text: 'more' })
    await forward(carol, channel, to, [signed.seq])
    t.match((await last(carol, to)).fwd, { from: alice, chat: channel, seq: signed.seq })
    await forward(alice, to, channel, [(await last(alice, to)).seq])
    t.match(await last(carol, channel), { from: alice, fwd: { chat: channel } }, 'and back')
  },
)

t.test('the target’s rules: rights, links, quarantine, slow mode, auto-delete', async t => {
  const { from, to, seqs } = await pair(2)
  const [one = 0] = seqs
  const back = (seqs: number[], more: More = {}) => forward(bob, from, to, seqs, more)
  await world.place(to, bob, 'member')
  const link = await world.sent({ chat: from, sender: bob, text: 'see https://example.org' })
  await set('update chats set default_rights = 0 where id = $1', to)
  t.equal(await code(back([one])), 'forbidden')
  await set('update chats set default_rights = $2 where id = $1', to, right.post)
  t.equal(await code(back([one])), 'none')
  t.equal(await code(back([one, link.seq])), 'forbidden', 'one that leads elsewhere')
  await set(
    'update chats set default_rights = $2, quarantine_s = 600 where id = $1',
    to,
    right.post | right.links,
  )
  await set('update members set joined_at = now() where chat_id = $1 and user_id = $2', to, bob)
  t.equal(await code(back([link.seq])), 'forbidden', 'in quarantine')
  await set('update chats set quarantine_s = 0, slow_mode_s = 600 where id = $1', to)
  t.equal(await code(back(seqs)), 'conflict', 'several in slow mode')
  t.equal(await code(back([one])), 'none')
  t.equal(await code(back([one])), 'slow_mode')
  const [sent] = await world.send({ chat: to, sender: bob })
  t.match(sent, { code: 'slow_mode' }, 'a message counts the same')
  t.ok(sent instanceof AppError)
  await set('update chats set slow_mode_s = 0, auto_delete_s = 86400 where id = $1', to)
  await back([one])
  const { at, expires } = await last(alice, to)
  t.equal(expires, at + 86_400_000)
})

t.test('albums stay together under a new number, and a single one of them is alone', async t => {
  const { from, to, head } = await pair(0)
  const album = 500
  const seqs: number[] = []
  for (const each of [album, album, 501, undefined]) {
    const extra = each === undefined ? undefined : { album: each }
    seqs.push((await world.sent({ chat: from, sender: bob, extra })).seq)
  }
  await forward(alice, from, to, seqs)
  const [a, b, c, d] = (await rows(alice, to, head)).map(message => message.album)
  t.ok(a !== undefined && a !== album)
  t.equal(a, b)
  t.same([c, d], [undefined, undefined])
})

t.test('a quote stays where it was made', async t => {
  const { from, to, seqs } = await pair(1)
  const extra = { quote: { text: 'text', o: 0 } }
  const { seq } = await world.sent({ chat: from, sender: alice, reply: seqs[0], extra })
  await forward(alice, from, to, [seq])
  t.notOk((await last(alice, to)).quote)
})

t.test('a poll is forwarded as a poll of its own, as long as it is open', async t => {
  const { from, to } = await pair(0)
  const poll = { question: 'Which bird?', options: ['Petrel', 'Gull'] }
  const quiz = { correct: 1, explanation: 'Look at its beak.' }
  const { seq } = await createPoll(world, bob, { chat: from, rid: nextRid(), ...poll, quiz })
  await choose(world, { chat: from, seq }, [{ user: bob, options: [0] }])
  await choose(world, { chat: from, seq }, [{ user: alice, options: [0] }])
  const { seqs } = await forward(alice, from, to, [seq])
  const copy = await last(carol, to)
  t.match(copy, {
    text: 'Which bird?',
    poll: { options: poll.options, quiz: true, voters: 0, counts: [0, 0] },
    fwd: { from: bob },
  })
  const { results } = await choose(world, { chat: to, seq: seqs[0] as number }, [
    { user: carol, options: [1] },
  ])
  t.match(results, [{ votes: [1], answer: { correct: 1, why: quiz.explanation } }])
  await closePoll(world, bob, { chat: from, seq })
  t.equal(await code(forward(alice, from, to, [seq])), 'conflict', 'one that has ended')
  await set('update chats set default_rights = $2 where id = $1', to, right.post)
  await world.place(to, bob, 'member')
  t.equal(await code(forward(bob, to, to, seqs)), 'forbidden', 'without the right to polls')
})

t.test('a quiz goes on only from who knows its answer: a copy would tell it', async t => {
  const { from, to } = await pair(0)
  const saved = await openSaved(world, alice)
  const poll = { question: 'Which bird?', options: ['Petrel', 'Gull'] }
  const made = { chat: from, rid: nextRid(), ...poll, quiz: { correct: 1 } }
  const { seq } = await createPoll(world, bob, made)
  t.equal(await code(forward(alice, from, saved, [seq])), 'conflict', 'not answered yet')
  t.equal(await code(forward(alice, from, to, [seq], { hideAuthor: true })), 'conflict')
  await world.place(to, bob, 'member')
  t.equal(await code(forward(bob, from, to, [seq])), 'none', 'its author')
  await choose(world, { chat: from, seq }, [{ user: alice, options: [0] }])
  t.equal(await code(forward(alice, from, saved, [seq])), 'none')
})

t.test('a forwarded message stays as it was written, and is the forwarder’s to delete', async t => {
  const { from, to, seqs } = await pair(1)
  const [copy = 0] = (await forward(alice, from, to, seqs)).seqs
  const edit = editMessage(world, alice, { chat: to, seq: copy, text: 'x' }, 100)
  t.equal(await code(edit), 'forbidden')
  t.equal(await code(deleteMessages(world, alice, to, [copy])), 'none')
})

t.test('within one chat, and what one did oneself is read if everything before was', async t => {
  const { from, seqs } = await pair(1)
  const read = async (user: number) =>
    (
      await world.db.query<{ read: number }>({
        text: 'select read_seq as read from members where chat_id = $1 and user_id = $2',
        values: [from, user],
      })
    )[0]?.read
  await set('update members set read_seq = $2 where chat_id = $1', from, seqs[0])
  await forward(alice, from, from, seqs)
  t.equal(await read(alice), (seqs[0] as number) + 1)
  t.equal(await read(bob), seqs[0])
})

t.test('against being removed from the source: all of it or nothing', async t => {
  for (let round = 0; round < 10; round++) {
    const { from, to, seqs, head } = await pair(3)
    await world.place(to, bob, 'member')
    const [forwarded] = await Promise.all([
      code(forward(bob, from, to, seqs)),
      removeMember(world, alice, from, bob),
    ])
    const copies = (await rows(alice, to, head)).length
    t.equal(copies, forwarded === 'none' ? 3 : 0, forwarded)
    t.equal(await code(forward(bob, from, to, seqs)), 'not_found', 'and nothing afterwards')
  }
})

t.test('to and fro at once: no deadlock, nothing lost', async t => {
  const { from, to, seqs, head } = await pair(5)
  const back = await world.sent({ chat: to, sender: alice, text: 'back' })
  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      i % 2 ? forward(alice, from, to, seqs) : forward(alice, to, from, [back.seq]),
    ),
  )
  t.equal((await world.head(to)).seq, head + 1 + 25)
})
