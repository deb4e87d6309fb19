// Reactions and polls over the wire, through two gateways: what everybody is told, how often, and what a death between
// a choice and its sums leaves.

import pg from 'pg'
import t from 'tap'
import { frameType } from '#shared/protocol/codec.ts'
import { chatEvents, userEvents } from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message, Own } from '#shared/protocol/models.ts'
import { type Frame, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { ask } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'
import { refusal } from '#test/helpers/world.ts'

/** What the `changed` events of a message brought this client, oldest first. */
function changes(client: RawClient, chat: number, seq: number): Message[] {
  return client.frames.flatMap(frame => {
    const isChange =
      frame[0] === frameType.chatEvent && frame[1] === chatEvents.changed.kind && frame[2] === chat
    const message = frame[4] as Message
    return isChange && message.seq === seq ? [message] : []
  })
}

function owns(client: RawClient): (Own & { chat: number })[] {
  const isOwn = (frame: Frame) =>
    frame[0] === frameType.userEvent && frame[1] === userEvents.own.kind
  return client.frames.filter(isOwn).map(frame => frame[3] as Own & { chat: number })
}

t.test('reactions and polls', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const sql = <Row extends object>(text: string, ...values: unknown[]) =>
    ask<Row>(stack.databaseUrl, text, values)
  const [alice, bob, carol] = await Promise.all(
    ['Alice', 'Bob', 'Carol'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !carol) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const apart = (node: string) => node !== a.node
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, apart)
  const [b2, c] = await Promise.all([
    RawClient.join(t, stack.wsUrl, bob.accessToken),
    RawClient.join(t, stack.wsUrl, carol.accessToken),
  ])
  const room = async (users: number[], rid: number) => {
    const { chat } = await a.call('createGroup', { rid, title: 'Birds', users })
    return chat.id
  }
  let lastRid = 100
  const post = async (chat: number) => {
    const { seq } = await a.call('send', { chat, rid: ++lastRid, text: 'Hello' })
    return { chat, seq }
  }
  const users = [bob.user.id, carol.user.id]
  const chat = await room(users, 1)
  /** Whether all sums are told. */
  const isIdle = async () =>
    (await sql('select from dirty_messages where due_at is not null')).length === 0

  t.test('a reaction reaches everybody, what one chose only the own devices', async t => {
    const spot = await post(chat)
    const { own } = await b.call('react', { ...spot, emojis: ['👍'] })
    t.same(own, { seq: spot.seq, reacts: ['👍'] })
    for (const client of [a, b, b2, c]) {
      await until(() => changes(client, chat, spot.seq).length === 1)
      t.match(changes(client, chat, spot.seq), [{ text: 'Hello', reacts: [{ e: '👍', n: 1 }] }])
    }
    await until(() => owns(b).length === 1 && owns(b2).length === 1)
    t.match(owns(b2), [{ chat, seq: spot.seq, reacts: ['👍'] }])
    const mine = await b.call('history', { chat, around: spot.seq })
    t.same(mine.own, [{ seq: spot.seq, reacts: ['👍'] }])
    const theirs = await c.call('history', { chat, around: spot.seq })
    t.notOk('own' in theirs)
    t.same([owns(a), owns(c)], [[], []])
  })

  t.test('a quiz: its answer for who voted, and never in what all are told', async t => {
    const quiz = { correct: 1, explanation: 'It walks on water.' }
    const body = { chat, rid: ++lastRid, question: 'Which?', options: ['Gull', 'Petrel'], quiz }
    const { seq } = await a.call('createPoll', body)
    const { own } = await b.call('vote', { chat, seq, options: [0] })
    t.same(own, { seq, votes: [0], answer: { correct: 1, why: quiz.explanation } })
    await until(() => changes(c, chat, seq).length === 1)
    t.notOk(JSON.stringify(c.frames).includes(quiz.explanation))
    t.equal(await refusal(b.call('vote', { chat, seq, options: [1] })), 'conflict')
    t.equal(await refusal(b.call('closePoll', { chat, seq })), 'forbidden')
    await a.call('closePoll', { chat, seq })
    await until(() => changes(c, chat, seq).length === 2)
    t.match(changes(c, chat, seq)[1]?.poll, { closed: true, correct: 1, why: quiz.explanation })
  })

  t.test('a poll closes by itself, with one event', async t => {
    const body = { chat, rid: ++lastRid, question: 'Q', options: ['a', 'b'], closesInS: 60 }
    const { seq } = await a.call('createPoll', body)
    await sql('update polls set closes_at = now() where chat_id = $1 and seq = $2', chat, seq)
    await until(() => changes(b, chat, seq).length > 0)
    await post(chat)
    t.match(changes(b, chat, seq), [{ poll: { closed: true, voters: 0 } }])
  })

  t.test('plans, lists and floods are bounded', async t => {
    const spot = await post(chat)
    const two = { ...spot, emojis: ['👍', '🔥'] }
    t.equal(await refusal(b.call('react', two)), 'quota_reached')
    t.equal(await refusal(b.call('react', { ...spot, emojis: ['👍', '👍'] })), 'none', 'one, twice')
    await sql(
      `update users set premium_until = now() + interval '1 day' where id = $1`,
      bob.user.id,
    )
    const rich = await RawClient.join(t, stack.wsUrl, bob.accessToken)
    const three = ['👍', '🔥', '👏']
    t.equal(await refusal(rich.call('react', { ...spot, emojis: three })), 'none')
    t.equal(await refusal(rich.call('react', { ...spot, emojis: [...three, '❤️'] })), 'bad_request')
    t.equal(await refusal(rich.call('react', { ...spot, emojis: ['x'] })), 'bad_request')
    const elsewhere = { chat: 999_999, seq: 1 }
    t.equal(await refusal(b.call('react', { ...elsewhere, emojis: ['👍'] })), 'not_found')
    t.equal(await refusal(b.call('vote', { ...elsewhere, options: [0] })), 'not_found')
    t.equal(await refusal(b.call('reactors', elsewhere)), 'not_found')
    t.equal(await refusal(b.call('voters', { ...elsewhere, option: 0 })), 'not_found')

    const next = await post(chat)
    const codes: string[] = []
    for (let n = 0; n < 3 * limits.burstChoicesMax; n++) {
      codes.push(await refusal(c.call('react', { ...next, emojis: n % 2 ? [] : ['👍'] })))
    }
    t.same(new Set(codes.slice(0, limits.burstChoicesMax)), new Set(['none']))
    t.ok(codes.includes('rate_limited'), 'one person at one message')
    t.equal(await refusal(c.call('react', { ...spot, emojis: ['👍'] })), 'none', 'at another')
    t.equal(await refusal(a.call('react', { ...next, emojis: ['👍'] })), 'none', 'another person')
  })

  t.test('who took a reaction is killed before its sums are told: the job tells them', async t => {
    const choosers = [a, b, c]
    // Of what was chosen before, too, nothing is under way when they die.
    await until(isIdle)
    const spots = [await post(chat), await post(chat), await post(chat)]
    const blocker = new pg.Client({ connectionString: stack.databaseUrl })
    await blocker.connect()
    t.teardown(() => blocker.end())
    // While somebody else has the chat nobody can tell sums; a first choice does not need it.
    await blocker.query('begin')
    const held = await blocker.query('select from chats where id = $1 for update', [chat])
    t.equal(held.rowCount, 1)
    await Promise.all(
      spots.map((spot, i) => choosers[i]?.call('react', { ...spot, emojis: ['👍'] })),
    )
    await Promise.all(stack.gateways.map(gateway => gateway.kill()))
    await Promise.all(stack.gateways.map(gateway => gateway.start()))
    // Asked by who holds the chat: an answer says that it was held all the time.
    const { rows: told } = await blocker.query(
      'select seq, reacts from messages where chat_id = $1 and seq = any ($2) and reacts is not null',
      [chat, spots.map(spot => spot.seq)],
    )
    t.same(told, [], 'nothing was told before they died')
    const listener = await RawClient.join(t, stack.wsUrl, carol.accessToken)
    await blocker.query('commit')
    for (const { seq } of spots) {
      await until(() => changes(listener, chat, seq).length > 0)
      t.match(changes(listener, chat, seq), [{ reacts: [{ e: '👍', n: 1 }] }])
    }
    const { own } = await listener.call('history', { chat })
    t.same(
      own?.filter(each => each.seq === spots[2]?.seq),
      [{ seq: spots[2]?.seq, reacts: ['👍'] }],
    )
  })

  t.test('a storm of 200 through two gateways: seldom told, and exact in the end', async t => {
    const owner = await RawClient.join(t, stack.wsUrl, alice.accessToken)
    const people = []
    for (let n = 0; n < 199; n += 20) {
      const count = Math.min(20, 199 - n)
      people.push(
        ...(await Promise.all(Array.from({ length: count }, () => stack.newUser('Member')))),
      )
    }
    const { chat: made } = await owner.call('createGroup', {
      rid: 2,
      title: 'Storm',
      users: people.map(person => person.user.id),
    })
    t.equal(made.members, 200)
    const clients = [owner]
    for (let n = 0; n < people.length; n += 20) {
      const some = people.slice(n, n + 20)
      clients.push(
        ...(await Promise.all(some.map(each => RawClient.join(t, stack.wsUrl, each.accessToken)))),
      )
    }
    t.equal(new Set(clients.map(client => client.node)).size, 2, 'on both gateways')
    await sql('create table told (seq bigint, at timestamptz default clock_timestamp())')
    await sql(`create function note_told() returns trigger language plpgsql as $$
      begin insert into told (seq) values (new.seq); return new; end $$`)
    await sql(`create trigger told after update of reacts on messages for each row
      when (new.chat_id = ${made.id}) execute function note_told()`)
    const tooSoon = (seq: number) =>
      sql(
        `select gap from (select extract(epoch from at - lag(at) over (order by at)) * 1000 as gap
           from told where seq = $1) g where gap < ${limits.choicesToldEveryMs}`,
        seq,
      )

    const { seq } = await owner.call('send', { chat: made.id, rid: 3, text: 'React!' })
    const emojis = ['👍', '🔥', '👏', '❤️', '🎉']
    const storm = (shift: number) =>
      Promise.all(
        clients.map((client, i) =>
          client.call('react', { chat: made.id, seq, emojis: [emojis[(i + shift) % 5] ?? ''] }),
        ),
      )
    await storm(0)
    await storm(1)
    await storm(2)
    const rows = await sql<{ e: string; n: number }>(
      `select emoji as e, count(*)::int as n from reactions where chat_id = $1 and seq = $2 group by emoji order by emoji`,
      made.id,
      seq,
    )
    t.equal(
      rows.reduce((sum, { n }) => sum + n, 0),
      200,
    )
    const sorted = (message: Message | undefined) =>
      [...(message?.reacts ?? [])].sort((x, y) => (Buffer.from(x.e) < Buffer.from(y.e) ? -1 : 1))
    await until(isIdle)
    const [told] = await sql<{ n: number }>(
      'select count(*)::int as n from told where seq = $1',
      seq,
    )
    for (const client of clients) {
      await until(() => changes(client, made.id, seq).length === told?.n)
      const last = sorted(changes(client, made.id, seq).at(-1))
      t.strictSame(new Map(last.map(({ e, n }) => [e, n])), new Map(rows.map(({ e, n }) => [e, n])))
    }
    t.same(await tooSoon(seq), [], 'never two within the bound')

    const poll = await owner.call('createPoll', {
      chat: made.id,
      rid: 4,
      question: 'Which?',
      options: ['a', 'b', 'c'],
      multiple: true,
      public: true,
    })
    const vote = (shift: number) =>
      Promise.all(
        clients.map((client, i) => {
          const options = i % 7 === 0 ? [0, (i % 2) + 1] : [(i + shift) % 3]
          return client.call('vote', { chat: made.id, seq: poll.seq, options })
        }),
      )
    await vote(0)
    await vote(1)
    await until(isIdle)
    const counts = await sql<{ n: number }>(
      `select count(*)::int as n from votes where chat_id = $1 and seq = $2 group by option order by option`,
      made.id,
      poll.seq,
    )
    for (const client of clients) {
      await until(() => changes(client, made.id, poll.seq).at(-1)?.poll?.voters === 200)
      await until(() =>
        counts.every(
          ({ n }, option) => changes(client, made.id, poll.seq).at(-1)?.poll?.counts[option] === n,
        ),
      )
    }
    t.same(await tooSoon(poll.seq), [])
    const page = await owner.call('voters', { chat: made.id, seq: poll.seq, option: 1 })
    t.equal(page.voters.length, 50)
    t.ok(page.next)
  })
  t.test('nothing of it was an error for the servers', async t => {
    t.same(stack.trouble, [])
  })
})
