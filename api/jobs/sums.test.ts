// What the job does when nobody else does: polls whose time is over, sums that a dead gateway left, old rows.

import t from 'tap'
import { choose } from '#shared/actions/choose.ts'
import { createPoll } from '#shared/actions/polls.ts'
import { readHistory } from '#shared/actions/read-chats.ts'
import { decode } from '#shared/protocol/codec.ts'
import type { Message } from '#shared/protocol/models.ts'
import { holdChoices, type Spot } from '#shared/store/dirty-messages.ts'
import { until } from '#test/helpers/until.ts'
import { nextRid, openWorld } from '#test/helpers/world.ts'
import { runRound } from './sums.ts'

const world = await openWorld(t)
const [alice = 0, bob = 0] = await world.people(2)
const ask = <Row>(text: string, ...values: unknown[]) => world.db.query<Row>({ text, values })
const blank = { question: 'Q', options: ['a', 'b'] }

async function read({ chat, seq }: Spot): Promise<Message | undefined> {
  const { messages } = await readHistory(world, alice, chat, { around: seq }, 5)
  return messages.find(each => each.seq === seq)
}

/** Moves the times of a message's row back. */
const age = (spot: Spot, s: number) =>
  ask(
    `update dirty_messages set due_at = due_at - make_interval(secs => $3), told_at = told_at - make_interval(secs => $3)
     where chat_id = $1 and seq = $2`,
    spot.chat,
    spot.seq,
    s,
  )

/** How many `changed` events of a message were published since `from`. */
const changesSince = (from: number, { chat, seq }: Spot) =>
  world.published
    .slice(from)
    .flatMap(batch => batch.events)
    .filter(event => {
      if (event.type !== 'chat' || event.chat !== chat) return false
      const { frame } = decode(event.frame)
      return frame[1] === 6 && (frame[4] as Message).seq === seq
    }).length

t.test('sums that are due but not late are left to the gateway that took the choice', async t => {
  const chat = await world.group(alice, [bob])
  // Where that takes a second they are late, and another message is chosen.
  const tried = await until(async () => {
    const begunMs = performance.now()
    const spot = { chat, seq: (await world.sent({ chat, sender: alice })).seq }
    await choose(world, spot, [{ user: bob, emojis: ['👍'] }])
    const round = await runRound(world)
    if (performance.now() - begunMs < 1_000) return { spot, round }
    await age(spot, 2)
    await runRound(world)
    return null
  })
  if (!tried) return
  const { spot, round } = tried
  t.same(round, { told: 0, errors: [] })
  t.notOk((await read(spot))?.reacts)
  await age(spot, 2)
  const from = world.published.length
  const rounds = await Promise.all([runRound(world), runRound(world), runRound(world)])
  t.same(
    rounds.flatMap(round => round.errors),
    [],
  )
  t.same((await read(spot))?.reacts, [{ e: '👍', n: 1 }])
  t.equal(changesSince(from, spot), 1, 'by one of them')
})

t.test('a poll whose time is over is closed and told by one of several', async t => {
  const chat = await world.group(alice, [bob])
  const { seq } = await createPoll(world, alice, { chat, rid: nextRid(), ...blank, closesInS: 60 })
  const open = await createPoll(world, alice, { chat, rid: nextRid(), ...blank })
  const spot = { chat, seq }
  await runRound(world)
  t.notOk((await read(spot))?.poll?.closed, 'not yet')
  await ask(
    'update polls set closes_at = clock_timestamp() where chat_id = $1 and seq = $2',
    chat,
    seq,
  )
  const from = world.published.length
  await Promise.all([runRound(world), runRound(world), runRound(world)])
  t.ok((await read(spot))?.poll?.closed)
  t.equal(changesSince(from, spot), 1)
  t.notOk((await read({ chat, seq: open.seq }))?.poll?.closed, 'without an end it stays open')
})

t.test('a message under work elsewhere is skipped, and the others are not', async t => {
  const chat = await world.group(alice, [bob])
  const spots: Spot[] = []
  for (let n = 0; n < 2; n++) {
    const spot = { chat, seq: (await world.sent({ chat, sender: alice })).seq }
    await choose(world, spot, [{ user: bob, emojis: ['👍'] }])
    await age(spot, 2)
    spots.push(spot)
  }
  const [held, free] = spots as [Spot, Spot]
  await world.db.tx(async tx => {
    await holdChoices(tx, held)
    t.same((await runRound(world)).errors, [])
    t.ok((await read(free))?.reacts)
    t.notOk((await read(held))?.reacts)
  })
  await runRound(world)
  t.ok((await read(held))?.reacts)
})

t.test('rows of messages that were told long ago are forgotten, others are kept', async t => {
  const chat = await world.group(alice, [bob])
  const spot = { chat, seq: (await world.sent({ chat, sender: alice })).seq }
  const rows = () => ask('select from dirty_messages where chat_id = $1', chat)
  await choose(world, spot, [{ user: bob, emojis: ['👍'] }])
  await age(spot, 2)
  await runRound(world)
  t.equal((await rows()).length, 1, 'told just now')
  await age(spot, 60)
  await runRound(world)
  t.equal((await rows()).length, 0)
})

t.test('a chat that is gone: nothing to tell, and it does not come up again', async t => {
  const chat = await world.group(alice, [bob])
  const spot = { chat, seq: (await world.sent({ chat, sender: alice })).seq }
  await choose(world, spot, [{ user: bob, emojis: ['👍'] }])
  await age(spot, 2)
  await ask('update chats set deleted_at = clock_timestamp() where id = $1', chat)
  t.same((await runRound(world)).errors, [])
  t.same(
    await ask('select from dirty_messages where chat_id = $1 and due_at is not null', chat),
    [],
  )
})

t.test('however many messages got reactions in a second, none is remembered for long', async t => {
  await ask(
    `insert into dirty_messages (chat_id, seq, told_at)
     select 1, n, clock_timestamp() - interval '1 hour' from generate_series(1000000, 1001999) n`,
  )
  await runRound(world)
  t.same(await ask('select 1 from dirty_messages where seq >= 1000000'), [])
})
