// What people do with messages, over the wire and through two gateways: forward, pin, quote, hide, clear, let expire.

import t from 'tap'
import { frameType } from '#shared/protocol/codec.ts'
import { chatEvents, userEvents } from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Message, Mine } from '#shared/protocol/models.ts'
import { ops } from '#shared/protocol/ops.ts'
import { right } from '#shared/protocol/permissions.ts'
import { joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { ask } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

/** What events of a kind brought this client of a chat, oldest first. */
function told(client: RawClient, chat: number, name: keyof typeof chatEvents): Message[] {
  const { kind } = chatEvents[name]
  return client
    .events(chat)
    .filter(event => event.kind === kind)
    .map(event => event.body as Message)
}

/** Bodies of the user events of a kind. */
function own(client: RawClient, name: keyof typeof userEvents): unknown[] {
  const { kind } = userEvents[name]
  return client.frames
    .filter(frame => frame[0] === frameType.userEvent && frame[1] === kind)
    .map(frame => frame[3])
}

t.test('messages, on two processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const sql = <Row extends object>(text: string, ...values: unknown[]) =>
    ask<Row>(stack.databaseUrl, text, values)
  const [alice, bob, mallory] = await Promise.all(
    ['Alice', 'Bob', 'Mallory'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !mallory) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const apart = (node: string) => node !== a.node
  const a2 = await joinWhere(t, stack.wsUrl, alice.accessToken, apart)
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, apart)
  const m = await RawClient.join(t, stack.wsUrl, mallory.accessToken)
  let rid = 1_000
  const nextRid = () => ++rid
  const room = async () => {
    const users = [bob.user.id]
    const { chat } = await a.call('createGroup', { rid: nextRid(), title: 'Birds', users })
    await until(() => own(b, 'joined').some(body => (body as { chat: number }).chat === chat.id))
    return chat.id
  }
  const post = async (client: RawClient, chat: number, text: string, more: object = {}) =>
    client.call('send', { chat, rid: nextRid(), text, ...more })
  const chat = await room()

  t.test('what is malformed, and what is not the asker’s, is refused', async t => {
    const { seq } = await post(a, chat, 'Hello')
    const rids = (count: number) => Array.from({ length: count }, nextRid)
    const cases: [string, number, unknown, string][] = [
      [
        'nothing to forward',
        ops.forward.op,
        { chat, from: chat, seqs: [], rids: [] },
        'bad_request',
      ],
      [
        'too many to forward',
        ops.forward.op,
        {
          chat,
          from: chat,
          seqs: Array.from({ length: limits.seqsPerForwardMax + 1 }, (_, i) => i + 1),
          rids: rids(limits.seqsPerForwardMax + 1),
        },
        'bad_request',
      ],
      [
        'a rid too few',
        ops.forward.op,
        { chat, from: chat, seqs: [seq], rids: rids(2) },
        'bad_request',
      ],
      ['no such timer', ops.setAutoDelete.op, { chat, s: 5 }, 'bad_request'],
      ['neither pin nor unpin', ops.pin.op, { chat, seq }, 'bad_request'],
      [
        'too many to hide',
        ops.hide.op,
        { chat, seqs: Array(limits.seqsPerDeleteMax + 1).fill(seq) },
        'bad_request',
      ],
      [
        'a quote without a reply',
        ops.send.op,
        { chat, rid: nextRid(), text: 'x', quote: { text: 'Hello', o: 0 } },
        'bad_reply',
      ],
      [
        'a quote of what nobody said',
        ops.send.op,
        { chat, rid: nextRid(), text: 'x', reply: seq, quote: { text: 'Bye', o: 0 } },
        'bad_reply',
      ],
      [
        'entities that cross',
        ops.send.op,
        {
          chat,
          rid: nextRid(),
          text: 'abcd',
          ents: [
            { t: 'bold', o: 0, l: 3 },
            { t: 'italic', o: 2, l: 2 },
          ],
        },
        'bad_entities',
      ],
      ['clearing a group for all', ops.clearHistory.op, { chat, forAll: true }, 'conflict'],
    ]
    for (const [what, op, body, code] of cases) t.equal(await a.refusal(op, body), code, what)
    for (const [op, body] of [
      [ops.forward.op, { chat, from: chat, seqs: [seq], rids: rids(1) }],
      [ops.pin.op, { chat, seq, on: true }],
      [ops.pins.op, { chat }],
      [ops.hide.op, { chat, seqs: [seq] }],
      [ops.clearHistory.op, { chat }],
      [ops.setAutoDelete.op, { chat, s: 86_400 }],
    ] as const) {
      t.equal(await m.refusal(op, body), 'not_found', `${op} of a stranger`)
    }
  })

  t.test('copies reach everybody in order, also the one who made them', async t => {
    const to = await room()
    const seqs: number[] = []
    for (const text of ['one', 'two', 'three']) seqs.push((await post(b, chat, text)).seq)
    const body = {
      chat: to,
      from: chat,
      seqs: seqs.reverse(),
      rids: [nextRid(), nextRid(), nextRid()],
    }
    const answer = await a.call('forward', body)
    for (const client of [a, a2, b]) {
      await until(() => told(client, to, 'message').filter(row => row.fwd).length === 3)
      const copies = told(client, to, 'message').filter(row => row.fwd)
      t.same(
        copies.map(({ text, seq, from, fwd }) => [text, seq, from, fwd?.from]),
        ['three', 'two', 'one'].map((text, i) => [
          text,
          answer.seqs[i],
          alice.user.id,
          bob.user.id,
        ]),
      )
    }
    t.same(await a2.call('forward', body), answer, 'repeated over another gateway')
    await a.settle()
    t.equal(told(b, to, 'message').filter(row => row.fwd).length, 3)
  })

  t.test('a quote, an album and a called name travel with the message', async t => {
    const username = `bob${Math.random().toString(36).slice(2, 10)}`
    await sql('update users set username = $2 where id = $1', bob.user.id, username)
    const { seq } = await post(a, chat, 'A storm petrel is a small bird.')
    const text = `@${username} which one?`
    const quote = { text: 'small bird', o: 20, ents: [{ t: 'bold' as const, o: 0, l: 5 }] }
    const ents = [{ t: 'mention' as const, o: 0, l: username.length + 1 }]
    const sent = await post(a, chat, text, { ents, reply: seq, quote, album: 9 })
    await until(() => told(b, chat, 'message').some(row => row.seq === sent.seq))
    const row = told(b, chat, 'message').find(each => each.seq === sent.seq)
    t.match(row, { text, ents, reply: seq, quote, album: 9, calls: [bob.user.id] })
    const { messages } = await b.call('history', { chat, around: sent.seq, limit: 2 })
    t.match(messages.at(-1), { quote, album: 9 })
  })

  t.test('a link needs its right, marked or not', async t => {
    const quiet = await room()
    await a.call('setDefaultRights', { chat: quiet, rights: right.post })
    const send = (body: object) =>
      b.refusal(ops.send.op, { chat: quiet, rid: nextRid(), text: 'see it', ...body })
    const ents = [{ t: 'link', o: 0, l: 3, url: 'https://example.org' }]
    t.equal(await send({ ents }), 'forbidden')
    t.equal(await send({ text: 'see https://example.org' }), 'forbidden')
    t.equal(await send({}), null)
  })

  t.test('pins: the new state and a service message; the list has pages', async t => {
    const { seq } = await post(b, chat, 'Read this first')
    t.equal(await b.refusal(ops.pin.op, { chat, seq, on: true }), 'forbidden')
    await a.call('pin', { chat, seq, on: true })
    for (const client of [a, a2, b]) {
      await until(() => told(client, chat, 'message').some(row => row.svc?.t === 'pinned'))
      t.match(told(client, chat, 'changed').at(-1), { seq, text: 'Read this first', pinned: true })
    }
    const page = await b.call('pins', { chat, limit: 1 })
    t.match(page.messages, [{ seq, pinned: true }])
    await a.call('pin', { chat, seq, on: false })
    await until(() => told(b, chat, 'changed').at(-1)?.pinned === undefined)
    t.same((await b.call('pins', { chat })).messages, [])
  })

  t.test('hidden messages are gone on all devices of one person and of nobody else', async t => {
    const { seq } = await post(b, chat, 'private to one')
    await a.call('hide', { chat, seqs: [seq] })
    for (const client of [a, a2]) {
      await until(() => own(client, 'hidden').length > 0)
      t.same(own(client, 'hidden'), [{ chat, seqs: [seq] }])
    }
    t.same(own(b, 'hidden'), [])
    const seen = async (client: RawClient) =>
      (await client.call('history', { chat, around: seq, limit: 2 })).messages.at(-1)
    t.match(await seen(a2), { seq, deleted: true, text: '' })
    t.match(await seen(b), { seq, text: 'private to one' })
    t.ok((await a.call('chat', { chat })).chat.last?.deleted)
  })

  t.test('a direct chat is cleared for one, then for both', async t => {
    // Who are strangers to each other would have to be let in first.
    await sql(
      'insert into contacts (user_id, contact_id) values ($1, $2), ($2, $1)',
      alice.user.id,
      bob.user.id,
    )
    const { chat: direct } = await a.call('createDirect', { user: bob.user.id })
    const { id } = direct
    await post(a, id, 'one')
    await until(() => told(b, id, 'message').length === 1)
    await post(b, id, 'two')
    const places = (client: RawClient) =>
      (own(client, 'place') as { chat: number; me: Mine }[]).filter(each => each.chat === id)
    const { upTo } = await a.call('clearHistory', { chat: id })
    await until(() => places(a2).some(({ me }) => me.hiddenUpTo === upTo))
    const { chat: mine } = await a2.call('chat', { chat: id })
    t.match(mine.me, { hiddenUpTo: upTo, read: upTo })
    t.notOk(mine.last)
    t.same((await b.call('history', { chat: id })).messages.length, upTo)
    await post(a, id, 'three')
    const all = await b.call('clearHistory', { chat: id, forAll: true })
    for (const client of [a, a2, b]) {
      await until(() => places(client).some(({ me }) => me.hiddenUpTo === all.upTo))
      t.same((await client.call('history', { chat: id })).messages, [])
    }
    const left = () =>
      sql<{ n: number }>(
        "select count(*)::int as n from messages where chat_id = $1 and text <> ''",
        id,
      )
    await until(async () => (await left())[0]?.n === 0, { message: 'the job empties them' })
  })

  t.test('messages expire while everybody is told, also past a death of the job', async t => {
    const id = await room()
    await a.call('setAutoDelete', { chat: id, s: 86_400 })
    const first = await post(b, id, 'gone tomorrow')
    const second = await post(b, id, 'gone after a death')
    t.equal(first.expires, first.at + 86_400_000)
    const expire = (seq: number) =>
      sql('update messages set expires_at = now() where chat_id = $1 and seq = $2', id, seq)
    await expire(first.seq)
    const gone = (client: RawClient) => told(client, id, 'deleted').map(row => row.seq)
    for (const client of [a, a2, b]) await until(() => gone(client).length === 1)
    await stack.api.kill()
    await expire(second.seq)
    await stack.api.start()
    for (const client of [a, a2, b]) {
      await until(() => gone(client).length === 2)
      t.same(gone(client), [first.seq, second.seq])
    }
  })

  t.test('every position was told once and in order', async t => {
    const revs = a2.events(chat).map(event => event.rev)
    t.same(
      revs,
      revs.map((_, i) => (revs[0] ?? 0) + i),
    )
    t.same(stack.trouble, [])
  })
})
