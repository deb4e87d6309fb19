import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { ops } from '#shared/protocol/ops.ts'
import { isMessage, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { ask, isGapFree, storedTexts } from '#test/helpers/raw-view.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

t.test('sends, on two processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const [alice, bob, mallory] = await Promise.all(
    ['Alice', 'Bob', 'Mallory'].map(name => stack.newUser(name)),
  )
  if (!alice || !bob || !mallory) return
  const a = await RawClient.join(t, stack.wsUrl, alice.accessToken)
  const elsewhere = (node: string) => node !== a.node
  const a2 = await joinWhere(t, stack.wsUrl, alice.accessToken, elsewhere)
  const b = await joinWhere(t, stack.wsUrl, bob.accessToken, elsewhere)
  const m = await RawClient.join(t, stack.wsUrl, mallory.accessToken)
  const { chat } = await a.call('createDirect', { user: bob.user.id })
  await b.call('createDirect', { user: alice.user.id })
  const send = (body: Partial<Record<keyof OpIn<'send'>, unknown>>) =>
    a.refusal(ops.send.op, {
      chat: chat.id,
      rid: Math.ceil(Math.random() * 1e12),
      text: 'x',
      ...body,
    })

  t.test('texts and entities that cannot be are refused, each with its code', async t => {
    const text = 'a 😀 b'
    const span = (o: number, l: number, more: object = { t: 'bold' }) => [{ o, l, ...more }]
    const cases: [string, Record<string, unknown>, string | null][] = [
      ['empty', { text: '' }, 'text_empty'],
      ['only spaces', { text: ' \n\t ' }, 'text_empty'],
      ['as long as the plan allows', { text: 'x'.repeat(4_096) }, null],
      ['too long', { text: 'x'.repeat(4_097) }, 'text_too_long'],
      ['longer than any plan', { text: 'x'.repeat(8_193) }, 'bad_request'],
      ['a NUL', { text: 'a\0b' }, 'bad_text'],
      ['a rid of 0', { rid: 0 }, 'bad_request'],
      ['a fraction as rid', { rid: 1.5 }, 'bad_request'],
      ['no rid', { rid: undefined }, 'bad_request'],
      ['silent: false', { silent: false }, 'bad_request'],
      ['entities that fit', { text, ents: span(2, 2) }, null],
      ['an unknown kind of entity', { text, ents: span(0, 1, { t: 'blink' }) }, 'bad_request'],
      ['an entity behind the text', { text, ents: span(0, 99) }, 'bad_entities'],
      ['an entity from behind the text', { text, ents: span(99, 1) }, 'bad_entities'],
      ['an empty entity', { text, ents: span(0, 0) }, 'bad_request'],
      ['an entity before the text', { text, ents: span(-1, 2) }, 'bad_request'],
      ['an entity that begins within a pair', { text, ents: span(3, 2) }, 'bad_entities'],
      ['an entity that ends within a pair', { text, ents: span(0, 3) }, 'bad_entities'],
      ['a link', { text, ents: span(0, 1, { t: 'link', url: 'https://example.com' }) }, null],
      [
        'a script as link',
        { text, ents: span(0, 1, { t: 'link', url: 'javascript:1' }) },
        'bad_entities',
      ],
      [
        'data as link',
        { text, ents: span(0, 1, { t: 'link', url: 'data:text/html,x' }) },
        'bad_entities',
      ],
      ['a link without target', { text, ents: span(0, 1, { t: 'link' }) }, 'bad_entities'],
      ['101 entities', { text, ents: Array(101).fill({ t: 'bold', o: 0, l: 1 }) }, 'bad_request'],
      ['a reply to a message that is not there', { reply: 999 }, 'bad_reply'],
      ['a reply to 0', { reply: 0 }, 'bad_request'],
    ]
    const before = (await storedTexts(stack.databaseUrl, chat.id)).size
    for (const [what, body, code] of cases) t.equal(await send(body), code, what)
    const good = cases.filter(([, , code]) => code === null).length
    t.equal((await storedTexts(stack.databaseUrl, chat.id)).size, before + good)
    await until(() => b.texts(chat.id).length >= good)
    t.equal(b.texts(chat.id).length, good, 'nothing refused was told to anybody')
  })

  t.test(
    'text that is no UTF-8, and unpaired surrogates, are refused and the socket stays',
    async t => {
      const frame = (...text: number[]) => {
        // [10, 7, {chat, rid, text}]
        const head = [0x93, ops.send.op, 7, 0x83]
        const key = (name: string) => [0xa0 | name.length, ...Buffer.from(name)]
        const fields = [...key('chat'), chat.id, ...key('rid'), 99, ...key('text')]
        return Uint8Array.from([...head, ...fields, 0xa0 | text.length, ...text])
      }
      const cases: [string, Uint8Array][] = [
        ['a high surrogate', frame(0xed, 0xa0, 0x80)],
        ['a low surrogate', frame(0xed, 0xb0, 0x80)],
        ['a lone continuation', frame(0x80)],
        ['an overlong slash', frame(0xc0, 0xaf)],
        ['a cut character', frame(0xf0, 0x9f, 0x98)],
        ['past U+10FFFF', frame(0xf4, 0x90, 0x80, 0x80)],
      ]
      for (const [what, bytes] of cases) {
        const client = await RawClient.join(t, stack.wsUrl, alice.accessToken)
        client.sendBytes(bytes)
        t.match(await client.waitFor(([type]) => type === 1), [1, 7, { code: 'bad_text' }], what)
        await client.settle()
        client.cut()
      }
    },
  )

  t.test('an unknown chat and somebody else’s chat answer alike, in every operation', async t => {
    const { chat: group } = await a.call('createGroup', { rid: 1, title: 'private' })
    await a.send(group.id, 'secret')
    const { token } = await a.call('createInvite', { chat: group.id, rid: 2 })
    const bodies: [number, (chat: number) => unknown][] = [
      [ops.send.op, id => ({ chat: id, rid: 5, text: 'x' })],
      [ops.edit.op, id => ({ chat: id, seq: 1, text: 'x' })],
      [ops.delete.op, id => ({ chat: id, seqs: [1] })],
      [ops.history.op, id => ({ chat: id })],
      [ops.read.op, id => ({ chat: id, seq: 1 })],
      [ops.typing.op, id => ({ chat: id })],
      [ops.chat.op, id => ({ chat: id })],
      [ops.diff.op, id => ({ chat: id, since: 0 })],
      [ops.diff.op, id => ({ chat: id, since: 1_000_000 })],
      [ops.editChat.op, id => ({ chat: id, title: 'x' })],
      [ops.members.op, id => ({ chat: id })],
      [ops.addMembers.op, id => ({ chat: id, users: [mallory.user.id] })],
      [ops.removeMember.op, id => ({ chat: id, user: alice.user.id })],
      [ops.leave.op, id => ({ chat: id })],
      [ops.setRole.op, id => ({ chat: id, user: alice.user.id, role: 'member' })],
      [ops.createInvite.op, id => ({ chat: id, rid: 3 })],
      [ops.invites.op, id => ({ chat: id })],
      [ops.revokeInvite.op, id => ({ chat: id, invite: 1 })],
    ]
    const answer = (op: number, body: unknown) =>
      m.ask(op, body).then(
        () => 'done',
        error => `${error.code}: ${error.message}`,
      )
    for (const [op, body] of bodies) {
      const unknown = await answer(op, body(999_999_999))
      t.equal(await answer(op, body(group.id)), unknown, `operation ${op}`)
      t.match(unknown, /^not_found/, `operation ${op}`)
    }
    await m.call('watch', { chats: [group.id, 999_999_999] })
    await a.send(group.id, 'more secrets')
    await m.settle()
    t.same(m.events(group.id), [])
    t.ok(token)
  })

  t.test('who may read but not post is told that it is forbidden', async t => {
    const { chat: channel } = await a.call('createChannel', { rid: 9, title: 'news' })
    const { token } = await a.call('createInvite', { chat: channel.id, rid: 10 })
    await m.call('join', { token })
    t.equal(await m.refusal(ops.send.op, { chat: channel.id, rid: 1, text: 'x' }), 'forbidden')
    await a.send(channel.id, 'for readers')
    await m.waitFor(isMessage(channel.id, 'for readers'))
    t.equal(await m.refusal(ops.members.op, { chat: channel.id }), 'forbidden')
  })

  t.test('the same rid again gets the same answer and one row', async t => {
    const once = await a.send(chat.id, 'once', 4_242)
    t.same(await a.send(chat.id, 'once', 4_242), once)
    t.same(await a.send(chat.id, 'another text', 4_242), once)
    t.same(await a2.send(chat.id, 'once', 4_242), once, 'on the other process')
    const theirs = await b.send(chat.id, 'once, by bob', 4_242)
    t.not(theirs.seq, once.seq, 'another sender’s rid is another’s')
    await until(() => b.texts(chat.id).includes('once'))
    await b.settle()
    t.equal(b.texts(chat.id).filter(text => text === 'once').length, 1)
  })

  t.test('the same rid in flight on two sockets, of one process and of two', async t => {
    const a3 = await joinWhere(t, stack.wsUrl, alice.accessToken, node => node === a.node)
    for (const [one, two] of [
      [a, a3],
      [a, a2],
    ] as const) {
      for (let round = 0; round < 40; round++) {
        const rid = Math.ceil(Math.random() * 1e12)
        const [x, y] = await Promise.all([
          one.send(chat.id, `twice ${rid}`, rid),
          two.send(chat.id, `twice ${rid}`, rid),
        ])
        t.same(x, y)
      }
    }
    const rows = await ask<{ n: string }>(
      stack.databaseUrl,
      'select count(*) as n from messages where chat_id = $1 group by sender_id, rid having count(*) > 1',
      [chat.id],
    )
    t.same(rows, [])
    const stored = await storedTexts(stack.databaseUrl, chat.id)
    t.ok(isGapFree(stored))
    await until(() => b.texts(chat.id).length >= stored.size - 1)
    const seen = b.texts(chat.id).filter(text => text.startsWith('twice'))
    t.equal(seen.length, 80)
    t.equal(new Set(seen).size, 80, 'each once')
  })

  t.test('more than the requests in flight are told to wait, the others are served', async t => {
    const rids = Array.from({ length: limits.inFlightRequestsMax * 3 }, (_, i) => 700_000 + i)
    const answers = await Promise.all(
      rids.map(rid => a.refusal(ops.send.op, { chat: chat.id, rid, text: `flight ${rid}` })),
    )
    const sent = answers.filter(answer => answer === null).length
    t.ok(sent >= limits.inFlightRequestsMax, `${sent} sent`)
    t.ok(answers.every(answer => answer === null || answer === 'rate_limited'))
    const stored = [...(await storedTexts(stack.databaseUrl, chat.id)).values()]
    t.equal(stored.filter(text => text.startsWith('flight')).length, sent)
  })

  t.test('nothing was called an error', async t => {
    t.same(stack.trouble, [])
  })
})

t.test('10,000 sends at once from one socket, with the limits of production', async t => {
  const text = (name: keyof typeof limits) => String(limits[name])
  const stack = await startStack(t, {
    env: {
      MESSAGE_BURST: text('burstMessagesMax'),
      MESSAGES_PER_S: text('messagesPerS'),
      FRAME_BURST: text('burstFramesMax'),
      FRAMES_PER_S: text('framesPerS'),
    },
  })
  const [mallory, alice, bob] = await Promise.all(
    ['Mallory', 'Alice', 'Bob'].map(name => stack.newUser(name)),
  )
  if (!mallory || !alice || !bob) return
  const join = (token: string) => RawClient.join(t, stack.wsUrl, token)
  const [m, a, b] = await Promise.all(
    [mallory, alice, bob].map(({ accessToken }) => join(accessToken)),
  )
  if (!m || !a || !b) return
  const flooded = (await m.call('createDirect', { user: bob.user.id })).chat
  const calm = (await a.call('createDirect', { user: bob.user.id })).chat
  for (const other of [mallory, alice]) await b.call('createDirect', { user: other.user.id })

  const flood = Array.from({ length: 10_000 }, (_, i) =>
    m
      .send(flooded.id, `${i}`, i + 1)
      .then(result => ({ i, seq: result.seq, code: null, retryMs: 0 }))
      .catch(error => ({
        i,
        seq: 0,
        code: error.code as string,
        retryMs: error.retryMs as number,
      })),
  )
  for (let i = 0; i < 20; i++) await a.send(calm.id, `calm ${i}`)
  await until(() => b.texts(calm.id).length === 20)
  t.pass('somebody else is served meanwhile')

  const answers = await Promise.all(flood)
  const sent = answers.filter(({ code }) => code === null)
  const refused = answers.filter(({ code }) => code !== null)
  t.ok(sent.length > 0 && sent.length < 1_000, `${sent.length} sent`)
  t.ok(
    refused.every(({ code }) => code === 'rate_limited'),
    'the others are told why',
  )
  t.ok(
    refused.every(({ retryMs }) => retryMs > 0),
    'and when',
  )
  t.equal(m.closed, null)
  const stored = await storedTexts(stack.databaseUrl, flooded.id)
  t.ok(isGapFree(stored))
  t.same(
    [...stored.values()],
    sent.map(({ i }) => `${i}`),
    'what was answered is stored, once',
  )
  await until(() => b.texts(flooded.id).length >= sent.length)
  t.same(b.texts(flooded.id), [...stored.values()])

  const retried = refused[0]
  const again = await until(() =>
    m.send(flooded.id, 'again', (retried?.i ?? 0) + 1).catch(() => null),
  )
  t.equal(again?.seq, sent.length + 1, 'later the same rid is served')
})
