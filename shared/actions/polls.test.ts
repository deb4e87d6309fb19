// Polls and quizzes: who may send one, votes that count exactly once, what is told to whom, and ends that happen once.

import fc from 'fast-check'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message, Own, Poll } from '#shared/protocol/models.ts'
import { right } from '#shared/protocol/permissions.ts'
import type { Spot } from '#shared/store/dirty-messages.ts'
import { until } from '#test/helpers/until.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { choose } from './choose.ts'
import { deleteMessages, editMessage } from './edit-message.ts'
import { forwardMessages } from './forward-messages.ts'
import { leaveChat } from './members.ts'
import { closeOverduePoll, closePoll, createPoll, listVoters, type NewPoll } from './polls.ts'
import { readHistory } from './read-chats.ts'
import { tellSums } from './tell-sums.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0, carol = 0, outsider = 0] = await world.people(4)
const group = () => world.group(alice, [bob, carol])
const ask = <Row>(text: string, ...values: unknown[]) => world.db.query<Row>({ text, values })
const blank = { question: 'Which bird?', options: ['Petrel', 'Gull', 'Auk'] }

async function post(chat: number, more: Partial<NewPoll> = {}, actor = alice): Promise<Spot> {
  const { seq } = await createPoll(world, actor, { chat, rid: nextRid(), ...blank, ...more })
  return { chat, seq }
}

/** One vote alone. @throws AppError */
async function vote(spot: Spot, user: number, ...options: number[]): Promise<Own> {
  const { results } = await choose(world, spot, [{ user, options }])
  const [result] = results
  if (!result || result instanceof AppError) throw result ?? new Error('no answer')
  return result
}

async function told(spot: Spot): Promise<Message> {
  await until(async () => (await tellSums(world, spot, { skip: false })) === null)
  return read(spot)
}

async function read({ chat, seq }: Spot): Promise<Message> {
  const { messages } = await readHistory(world, alice, chat, { around: seq }, 10)
  const message = messages.find(each => each.seq === seq)
  if (!message) throw new Error(`no message ${seq}`)
  return message
}

async function ownOf({ chat, seq }: Spot, user: number): Promise<Own | undefined> {
  const { own = [] } = await readHistory(world, user, chat, { around: seq }, 10)
  return own.find(each => each.seq === seq)
}

/** Polls of the `changed` events of a message published since `from`. */
function changesSince(from: number, { chat, seq }: Spot): (Poll | undefined)[] {
  const events = world.published.slice(from).flatMap(batch => batch.events)
  return events.flatMap(event => {
    if (event.type !== 'chat' || event.chat !== chat) return []
    const { frame } = decode(event.frame)
    const body = frame[4] as Message
    return frame[1] === 6 && body.seq === seq ? [body.poll] : []
  })
}

const countVotes = async ({ chat, seq }: Spot) => {
  const rows = await ask<{ option: number; n: number }>(
    'select option, count(*)::int as n from votes where chat_id = $1 and seq = $2 group by option',
    chat,
    seq,
  )
  return blank.options.map((_, option) => rows.find(row => row.option === option)?.n ?? 0)
}

t.test('a poll is a message; the same rid again is the same poll', async t => {
  const chat = await group()
  const { rev, seq } = await world.head(chat)
  const rid = nextRid()
  const input = { chat, rid, ...blank, silent: true as const }
  const sent = await createPoll(world, bob, input)
  t.match(sent, { seq: seq + 1, rev: rev + 1 })
  t.match(await createPoll(world, bob, input), sent)
  t.match(await world.head(chat), { seq: seq + 1, rev: rev + 1 })
  t.match(await read({ chat, seq: sent.seq }), {
    from: bob,
    text: 'Which bird?',
    silent: true,
    poll: { options: blank.options, counts: [0, 0, 0], voters: 0 },
  })
  t.equal(
    await refusal(editMessage(world, bob, { chat, seq: sent.seq, text: 'x' }, 10)),
    'forbidden',
  )
})

t.test('who may not send one, and what cannot be one', async t => {
  const chat = await group()
  const channel = await world.channel(alice, [bob])
  const head = await world.head(chat)
  t.equal(await refusal(post(chat, {}, outsider)), 'not_found')
  t.equal(await refusal(post(999_999, {}, bob)), 'not_found')
  t.equal(await refusal(post(channel, {}, bob)), 'forbidden')
  t.equal(
    await refusal(post(channel, { public: true })),
    'bad_request',
    'votes in channels are secret',
  )
  t.equal(await refusal(post(chat, { question: 'a\0' })), 'bad_text')
  t.equal(await refusal(post(chat, { options: ['a', '\ud83d'] })), 'bad_text')
  t.equal(await refusal(post(chat, { quiz: { correct: 3 } })), 'bad_request')
  t.equal(await refusal(post(chat, { quiz: { correct: 0, explanation: '\0' } })), 'bad_text')
  t.equal(await refusal(post(chat, { quiz: { correct: 0 }, multiple: true })), 'bad_request')
  t.equal(await refusal(post(chat, { reply: 99 })), 'bad_reply')
  const now = Date.now()
  t.equal(await refusal(post(chat, { closesInS: 60, closesAt: now + 60_000 })), 'bad_request')
  t.equal(await refusal(post(chat, { closesAt: now })), 'bad_request')
  const tooLate = now + (limits.pollOpenSMax + 60) * 1000
  t.equal(await refusal(post(chat, { closesAt: tooLate })), 'bad_request')
  await ask('update chats set default_rights = $2 where id = $1', chat, right.post)
  t.equal(await refusal(post(chat, {}, bob)), 'forbidden', 'without the right polls')
  t.same(await world.head(chat), head, 'nothing was written')
  t.same(await ask('select from polls where chat_id = $1', chat), [])
})

t.test('an address in a poll needs the right to links, wherever it stands', async t => {
  const chat = await group()
  const rights = right.post | right.polls
  await ask('update chats set default_rights = $2 where id = $1', chat, rights)
  const url = 'https://spam.example'
  t.equal(await refusal(post(chat, { question: `See ${url}` }, bob)), 'forbidden')
  t.equal(await refusal(post(chat, { options: ['Gull', url] }, bob)), 'forbidden')
  t.equal(await refusal(post(chat, { quiz: { correct: 0, explanation: url } }, bob)), 'forbidden')
  t.equal(await refusal(post(chat, {}, bob)), 'none')
  const elsewhere = await post(await group(), { options: ['Gull', url] }, bob)
  const copy = { chat, from: elsewhere.chat, seqs: [elsewhere.seq], rids: [nextRid()] }
  t.equal(await refusal(forwardMessages(world, bob, copy)), 'forbidden', 'nor by forwarding one')
  await ask('update chats set default_rights = $2 where id = $1', chat, rights | right.links)
  t.equal(await refusal(forwardMessages(world, bob, copy)), 'none')
  t.equal(await refusal(post(chat, { question: `See ${url}` }, bob)), 'none')
})

t.test('slow mode, quarantine and auto-delete hold for polls', async t => {
  const chat = await group()
  await ask('update chats set slow_mode_s = 60, auto_delete_s = 3600 where id = $1', chat)
  const spot = await post(chat, {}, bob)
  t.ok((await read(spot)).expires)
  t.equal(await refusal(post(chat, {}, bob)), 'slow_mode')
  t.equal(await refusal(post(chat)), 'none', 'the owner does not wait')
  await ask('update chats set slow_mode_s = 0, quarantine_s = 3600 where id = $1', chat)
  t.equal(await refusal(post(chat, {}, bob)), 'forbidden')
})

t.test(
  'a poll that answers somebody calls them, and belongs to the thread that it answers in',
  async t => {
    const chat = await group()
    const asked = await world.sent({ chat, sender: bob })
    const spot = await post(chat, { reply: asked.seq })
    const calls = () => ask('select user_id, seq from mentions where chat_id = $1', chat)
    t.same(await calls(), [{ user_id: bob, seq: spot.seq }])
    t.match(await read(spot), { reply: asked.seq })
    t.notOk((await read(spot)).thread)
    await post(chat, { reply: spot.seq })
    t.equal((await calls()).length, 1, 'nobody calls themself')
    const channel = await world.channel(alice)
    await ask('update chats set linked_id = $2 where id = $1', chat, channel)
    await ask('update messages set kind = 3 where chat_id = $1 and seq = $2', chat, asked.seq)
    const comment = await post(chat, { reply: asked.seq })
    t.equal((await read(comment)).thread, asked.seq)
    const further = await createPoll(world, carol, {
      chat,
      rid: nextRid(),
      ...blank,
      reply: comment.seq,
    })
    t.equal(further.thread, asked.seq)
  },
)

t.test('one vote each: given, changed, taken back, and the message follows', async t => {
  const spot = await post(await group())
  t.same(await vote(spot, bob, 1), { seq: spot.seq, votes: [1] })
  await vote(spot, carol, 1)
  t.match((await told(spot)).poll, { counts: [0, 2, 0], voters: 2 })
  t.same(await vote(spot, bob, 2), { seq: spot.seq, votes: [2] })
  t.match((await told(spot)).poll, { counts: [0, 1, 1], voters: 2 })
  t.same(await ownOf(spot, bob), { seq: spot.seq, votes: [2] })
  t.equal(await ownOf(spot, alice), undefined)
  const silent = await world.announced(() => vote(spot, bob, 2, 2))
  t.same(silent, { chats: {}, users: {} }, 'the same again')
  t.same(await vote(spot, bob), { seq: spot.seq })
  t.match((await told(spot)).poll, { counts: [0, 1, 0], voters: 1 })
  t.equal(await refusal(vote(spot, bob, 0, 1)), 'bad_request', 'one option only')
  t.equal(await refusal(vote(spot, bob, 3)), 'bad_request', 'no such option')
  t.equal(await refusal(vote(spot, outsider, 0)), 'not_found')
  t.equal(await refusal(vote({ ...spot, seq: 99 }, bob, 0)), 'not_found')
  const { seq } = await world.sent({ chat: spot.chat, sender: alice })
  t.equal(await refusal(vote({ ...spot, seq }, bob, 0)), 'not_found', 'no poll')
  t.same(await countVotes(spot), [0, 1, 0])
})

t.test('several options where the poll says so; a voter counts once', async t => {
  const spot = await post(await group(), { multiple: true })
  t.same((await vote(spot, bob, 2, 0)).votes, [0, 2])
  await vote(spot, carol, 0)
  t.match((await told(spot)).poll, { counts: [2, 0, 1], voters: 2, multiple: true })
  t.same((await vote(spot, bob, 1, 0)).votes, [0, 1])
  t.match((await told(spot)).poll, { counts: [2, 1, 0], voters: 2 })
})

t.test('a quiz: the right answer is for who has voted, for all only at the end', async t => {
  const quiz = { correct: 2, explanation: 'Auks fly under water.' }
  const from = world.published.length
  const spot = await post(await group(), { quiz })
  const secret = () =>
    JSON.stringify([changesSince(from, spot), world.published.slice(from)]).includes('under water')
  t.match(await read(spot), { poll: { quiz: true } })
  const answer = { correct: 2, why: quiz.explanation }
  t.same(await vote(spot, bob, 0), { seq: spot.seq, votes: [0], answer })
  const before = await told(spot)
  t.notOk('correct' in (before.poll ?? {}))
  t.notOk('why' in (before.poll ?? {}))
  t.notOk(secret())
  t.same((await ownOf(spot, bob))?.answer, answer)
  t.equal(await ownOf(spot, carol), undefined)
  t.equal(await refusal(vote(spot, bob, 2)), 'conflict', 'a vote is final')
  t.equal(await refusal(vote(spot, bob)), 'conflict')
  t.equal(await refusal(vote(spot, bob, 0)), 'none', 'the same again, its answer may be lost')
  t.equal(await refusal(vote(spot, carol)), 'none', 'nothing to take back')
  await closePoll(world, alice, spot)
  const poll = (await told(spot)).poll
  t.match(poll, { closed: true, correct: 2, why: quiz.explanation, counts: [1, 0, 0], voters: 1 })
})

t.test('closing: by the author or who runs the chat, once, and then no vote counts', async t => {
  const chat = await group()
  const spot = await post(chat, {}, bob)
  await vote(spot, carol, 1)
  t.equal(await refusal(closePoll(world, carol, spot)), 'forbidden')
  t.equal(await refusal(closePoll(world, outsider, spot)), 'not_found')
  t.equal(await refusal(closePoll(world, bob, { chat, seq: 99 })), 'not_found')
  const { seq } = await world.sent({ chat, sender: bob })
  t.equal(await refusal(closePoll(world, bob, { chat, seq })), 'not_found', 'no poll')
  const from = world.published.length
  t.type(await closePoll(world, bob, spot), 'number')
  t.equal(await closePoll(world, alice, spot), null, 'closed before')
  t.equal(await refusal(vote(spot, carol, 0)), 'conflict')
  t.equal(await refusal(vote(spot, carol)), 'conflict')
  t.equal(await refusal(vote(spot, carol, 1)), 'none', 'the same again')
  await told(spot)
  t.match(changesSince(from, spot), [{ closed: true, counts: [0, 1, 0], voters: 1 }])
  const other = await post(chat, {}, bob)
  t.equal(await refusal(closePoll(world, alice, other)), 'none', 'the owner')
})

t.test('closed by time: no vote after it, one event, whoever tries at once', async t => {
  const spot = await post(await group(), { closesInS: limits.pollOpenSMin })
  await vote(spot, bob, 0)
  await told(spot)
  t.equal(await closeOverduePoll(world, spot), null, 'its time is not over')
  await ask(
    `update polls set closes_at = clock_timestamp() where chat_id = $1 and seq = $2`,
    spot.chat,
    spot.seq,
  )
  t.equal(await refusal(vote(spot, carol, 0)), 'conflict', 'before the job has come')
  const from = world.published.length
  const closings = await Promise.all(Array.from({ length: 6 }, () => closeOverduePoll(world, spot)))
  t.equal(closings.filter(dueInMs => dueInMs !== null).length, 1)
  await told(spot)
  t.match(changesSince(from, spot), [{ closed: true, voters: 1 }])
})

t.test('a vote at the very end counts or is refused: what is told as closed is final', async t => {
  for (let round = 0; round < 12; round++) {
    const from = world.published.length
    const spot = await post(await group())
    const outcomes = await Promise.all([
      refusal(vote(spot, bob, 0)),
      closePoll(world, alice, spot).then(() => tellSums(world, spot, { skip: false })),
      refusal(vote(spot, carol, 1)),
      refusal(vote(spot, alice, 2)),
    ])
    const counted = outcomes.filter(outcome => outcome === 'none').length
    t.match((await told(spot)).poll, { closed: true, voters: counted })
    t.equal(
      (await countVotes(spot)).reduce((sum, n) => sum + n, 0),
      counted,
    )
    t.equal(changesSince(from, spot).filter(poll => poll?.closed).length, 1)
  }
})

t.test(
  'one person votes from two devices at once: one vote, and in a quiz the first one',
  async t => {
    for (let round = 0; round < 12; round++) {
      const chat = await group()
      const [single, quiz] = [await post(chat), await post(chat, { quiz: { correct: 0 } })]
      const codes = await Promise.all([
        ...[0, 1, 2].map(option => refusal(vote(single, bob, option))),
        ...[0, 1, 2].map(option => refusal(vote(quiz, bob, option))),
      ])
      t.same(codes.slice(0, 3), ['none', 'none', 'none'])
      t.same(codes.slice(3).sort(), ['conflict', 'conflict', 'none'])
      for (const spot of [single, quiz]) {
        t.equal(
          (await countVotes(spot)).reduce((sum, n) => sum + n, 0),
          1,
        )
        t.equal((await told(spot)).poll?.voters, 1)
      }
    }
  },
)

t.test('votes of who left count on; deleting the message deletes them', async t => {
  const spot = await post(await group())
  await vote(spot, bob, 0)
  await vote(spot, carol, 2)
  await leaveChat(world, bob, spot.chat)
  t.match((await told(spot)).poll, { counts: [1, 0, 1], voters: 2 })
  await deleteMessages(world, alice, spot.chat, [spot.seq])
  for (const table of ['votes', 'polls', 'reactions']) {
    t.same(await ask(`select from ${table} where chat_id = $1`, spot.chat), [], table)
  }
  t.equal(await refusal(vote(spot, carol, 0)), 'conflict')
  t.equal(await refusal(closePoll(world, alice, spot)), 'not_found')
  t.notOk('poll' in (await read(spot)))
})

t.test('who voted: for public polls, newest first, page by page', async t => {
  const people = await world.people(12)
  const chat = await world.group(alice, people)
  const spot = await post(chat, { public: true })
  await choose(
    world,
    spot,
    people.map((user, i) => ({ user, options: [i % 2] })),
  )
  const first = await listVoters(world, alice, spot, { option: 1, limit: 4 })
  const second = await listVoters(world, alice, spot, { option: 1, after: first.next, limit: 4 })
  const voters = [...first.voters, ...second.voters].map(each => each.user)
  t.same(new Set(voters), new Set(people.filter((_, i) => i % 2 === 1)))
  t.equal(voters.length, 6)
  t.notOk(second.next)
  t.same(new Set(first.users.map(user => user.id)), new Set(first.voters.map(each => each.user)))
  t.same((await listVoters(world, alice, spot, { option: 2, limit: 4 })).voters, [])
  const secret = await post(chat)
  const page = { option: 0, limit: 4 }
  t.equal(await refusal(listVoters(world, alice, secret, page)), 'forbidden')
  t.equal(await refusal(listVoters(world, outsider, spot, page)), 'not_found')
  t.equal(await refusal(listVoters(world, alice, { chat, seq: 99 }, page)), 'not_found')
})

t.test(
  'many votes at once, with closings between them: the message tells what the rows are',
  async t => {
    const people = await world.people(25)
    const chat = await world.group(alice, people)
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(
          fc.record({
            user: fc.nat(people.length - 1),
            options: fc.subarray([0, 1, 2]),
            does: fc.constantFrom('votes', 'votes', 'votes', 'tells', 'closes'),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        async (multiple, steps) => {
          const spot = await post(chat, multiple ? { multiple: true } : {})
          await Promise.all(
            steps.map(async ({ user, options, does }) => {
              if (does === 'votes') {
                const wanted = multiple ? options : options.slice(0, 1)
                await refusal(vote(spot, people[user] ?? 0, ...wanted))
              } else if (does === 'tells') await tellSums(world, spot, { skip: false })
              else await closePoll(world, alice, spot)
            }),
          )
          const { poll } = await told(spot)
          t.strictSame(poll?.counts, await countVotes(spot))
          const [row] = await ask<{ n: number }>(
            'select count(distinct user_id)::int as n from votes where chat_id = $1 and seq = $2',
            spot.chat,
            spot.seq,
          )
          t.strictSame(poll?.voters, row?.n)
          t.strictSame(
            poll?.closed ?? false,
            steps.some(step => step.does === 'closes'),
          )
        },
      ),
      { numRuns: 15 },
    )
  },
)
