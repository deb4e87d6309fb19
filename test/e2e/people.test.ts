// People over the wire, the two of each pair on different gateway processes: what a block, a request, a privacy rule and
// a ban let through and what not. What must not arrive is looked for after something later has arrived the same way.

import t from 'tap'
import { setOperator } from '#deploy/operator.ts'
import { frameType } from '#shared/protocol/codec.ts'
import { closeCodes } from '#shared/protocol/codes.ts'
import { ephemerals, userEvents } from '#shared/protocol/events.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { ops } from '#shared/protocol/ops.ts'
import { type Frame, isMessage, joinWhere, RawClient } from '#test/helpers/raw-client.ts'
import { startStack } from '#test/helpers/stack.ts'
import { until } from '#test/helpers/until.ts'

const isEphemeral =
  (name: keyof typeof ephemerals, fits: (body: Record<string, unknown>) => boolean = () => true) =>
  ([type, kind, body]: Frame) =>
    type === frameType.ephemeral && kind === ephemerals[name].kind && fits(body as never)

const isUserEvent =
  (name: keyof typeof userEvents, fits: (body: Record<string, unknown>) => boolean = () => true) =>
  ([type, kind, , body]: Frame) =>
    type === frameType.userEvent && kind === userEvents[name].kind && fits(body as never)

const isSection = (section: string) => isUserEvent('section', body => body.section === section)
const isPresence = (user: number, online: boolean) =>
  isEphemeral('presence', body => body.user === user && body.online === online)
const ofPresence = (user: number) => isEphemeral('presence', body => body.user === user)

let rids = 0
const rid = () => ++rids

t.test('people, on two processes', async t => {
  const stack = await startStack(t, { gatewayProcesses: 2 })
  const tokensOf = new Map<number, string>()
  const tokenOf = (user: number) => tokensOf.get(user) ?? ''
  const enter = async (name: string, wanted: (node: string) => boolean = () => true) => {
    const tokens = await stack.newUser(name)
    tokensOf.set(tokens.user.id, tokens.accessToken)
    const client = await joinWhere(t, stack.wsUrl, tokens.accessToken, wanted)
    return { client, tokens, id: tokens.user.id }
  }
  const { client: first, id: firstId } = await enter('First')
  const here = (node: string) => node === first.node
  const there = (node: string) => node !== first.node
  /** Two people on different processes. */
  const pair = async () => {
    const [a, b] = await Promise.all([enter('Alice', here), enter('Bob', there)])
    return {
      a: a.client,
      b: b.client,
      alice: a.id,
      bob: b.id,
      aliceTokens: a.tokens,
      bobTokens: b.tokens,
    }
  }
  /** Two who talk already. */
  const friends = async () => {
    const two = await pair()
    const { chat } = await two.a.call('createDirect', { user: two.bob })
    await two.b.call('createDirect', { user: two.alice })
    await two.a.send(chat.id, 'hello')
    await two.b.waitFor(isMessage(chat.id, 'hello'))
    return { ...two, chat: chat.id }
  }
  /** Returns when everything cast before has reached `to`: a group of theirs takes the same ways. */
  const settled = async (from: RawClient, to: RawClient, toId: number) => {
    const { chat } = await from.call('createGroup', { rid: rid(), title: 'later', users: [toId] })
    await to.waitFor(isUserEvent('joined', body => body.chat === chat.id))
    await from.call('typing', { chat: chat.id }).catch(() => undefined)
    await from.send(chat.id, 'later')
    await to.waitFor(isMessage(chat.id, 'later'))
  }

  t.test('a stranger is read, and learns nothing until the answer', async t => {
    const { a, b, alice, bob } = await pair()
    const { chat } = await a.call('createDirect', { user: bob })
    t.equal(chat.me.role, 'member')
    t.equal((await b.call('chats', {})).chats.length, 0)
    await a.send(chat.id, 'Hi')
    await b.waitFor(isUserEvent('joined', body => body.chat === chat.id))
    await b.waitFor(isMessage(chat.id, 'Hi'))
    t.ok((await b.call('chat', { chat: chat.id })).chat.me.request)
    t.match((await a.call('presence', { users: [bob] })).users, [
      { user: bob, online: false, lastSeen: undefined },
    ])
    await b.call('typing', { chat: chat.id })
    await b.call('read', { chat: chat.id, seq: 1 })
    await b.call('delivered', { chat: chat.id, seq: 1 })
    t.equal((await a.call('chat', { chat: chat.id })).chat.peerRead, 0)
    for (let i = 2; i <= limits.requestMessagesMax; i++) await a.send(chat.id, `${i}`)
    t.equal(await a.refusal(ops.send.op, { chat: chat.id, rid: rid(), text: 'x' }), 'forbidden')

    const reply = await b.send(chat.id, 'Hello')
    await a.waitFor(isMessage(chat.id, 'Hello'))
    await b.waitFor(isUserEvent('place', body => body.chat === chat.id))
    t.equal(reply.seq, limits.requestMessagesMax + 1)
    for (const name of ['typing', 'reads', 'delivered'] as const)
      t.same(a.frames.filter(isEphemeral(name)), [], `no ${name} before`)
    await a.waitFor(isPresence(bob, true))
    await b.call('typing', { chat: chat.id })
    await a.waitFor(isEphemeral('typing'))
    await b.call('read', { chat: chat.id, seq: reply.seq })
    await a.waitFor(isEphemeral('reads'))
    t.equal((await a.call('chat', { chat: chat.id })).chat.peerRead, reply.seq)
    await a.send(chat.id, 'free')
    await b.waitFor(isMessage(chat.id, 'free'))
    t.match((await b.call('chat', { chat: chat.id })).chat, {
      peer: alice,
      me: { request: undefined },
    })
  })

  t.test('declined, the chat is gone for one and as before for the other', async t => {
    const { a, b, alice, bob } = await pair()
    const { chat } = await a.call('createDirect', { user: bob })
    await a.send(chat.id, 'Hi')
    await b.waitFor(isMessage(chat.id, 'Hi'))
    await b.call('answerRequest', { chat: chat.id, answer: 'decline', report: 'spam' })
    await b.waitFor(isUserEvent('left', body => body.chat === chat.id))
    const before = a.frames.length
    await a.send(chat.id, 'You there?')
    await settled(a, b, bob)
    t.same(b.texts(chat.id), ['Hi'])
    t.same(
      a.frames
        .slice(before)
        .filter(
          ([type, , , body]) =>
            type === frameType.userEvent && (body as { chat?: number }).chat === chat.id,
        ),
      [],
    )
    t.equal(await b.refusal(ops.history.op, { chat: chat.id }), 'not_found')
    t.same((await b.call('userDiff', { since: 0 })).gone, [chat.id])
    t.ok((await a.call('users', { users: [bob] })).users.some(each => each.id === bob))
    t.ok(alice)
  })

  t.test(
    'a block silences both at once, on every process, and its end brings all back',
    async t => {
      const { a, b, alice, bob, chat } = await friends()
      await Promise.all([
        a.call('presence', { users: [bob] }),
        b.call('presence', { users: [alice] }),
      ])
      await a.call('block', { user: bob, blocked: true })
      await a.waitFor(isSection('blocks'))
      t.equal(await b.refusal(ops.send.op, { chat, rid: rid(), text: 'x' }), 'forbidden')
      t.equal(await a.refusal(ops.send.op, { chat, rid: rid(), text: 'x' }), 'forbidden')
      await Promise.all([a.waitFor(isPresence(bob, false)), b.waitFor(isPresence(alice, false))])
      const gone = b.frames.find(isPresence(alice, false))
      t.same(gone?.[2], { user: alice, online: false }, 'without when they were last seen')
      t.match((await b.call('presence', { users: [alice] })).users, [
        { user: alice, online: false, lastSeen: undefined },
      ])
      const before = b.frames.length
      for (const client of [a, b]) {
        await client.call('typing', { chat })
        await client.call('read', { chat, seq: 1 })
        await client.call('delivered', { chat, seq: 1 })
      }
      a.cut()
      await a.untilClosed()
      const again = await RawClient.join(t, stack.wsUrl, tokenOf(alice))
      await again.settle()
      t.match(
        (await b.call('chat', { chat })).chat.rights,
        (await again.call('chat', { chat })).chat.rights,
      )
      t.same(
        b.frames
          .slice(before)
          .filter(
            ([type, kind]) => type === frameType.ephemeral && kind !== ephemerals.profile.kind,
          ),
        [],
      )
      t.same(
        (await again.call('blocks', {})).blocks.map(each => each.user),
        [bob],
      )

      await again.call('block', { user: bob, blocked: false })
      await b.waitFor(isPresence(alice, true))
      await b.send(chat, 'back')
      await again.waitFor(isMessage(chat, 'back'))
      await b.call('typing', { chat })
      await again.waitFor(isEphemeral('typing'))
    },
  )

  t.test('a block keeps new chats and groups away; in old groups both go on', async t => {
    const { a, b, alice, bob } = await pair()
    const { chat: group } = await a.call('createGroup', { rid: rid(), title: 'both', users: [bob] })
    await b.waitFor(isUserEvent('joined', body => body.chat === group.id))
    await b.call('block', { user: alice, blocked: true })
    t.equal(await a.refusal(ops.createDirect.op, { user: bob }), 'forbidden')
    t.equal(await b.refusal(ops.createDirect.op, { user: alice }), 'forbidden')
    const made = await a.call('createGroup', { rid: rid(), title: 'mine', users: [bob] })
    t.same(made.refused, [bob])
    t.match(await a.call('addMembers', { chat: made.chat.id, users: [bob] }), {
      added: [],
      refused: [bob],
    })
    await a.send(group.id, 'to all')
    await b.waitFor(isMessage(group.id, 'to all'))
    await b.send(group.id, 'and back')
    await a.waitFor(isMessage(group.id, 'and back'))
    const { users } = await a.call('searchUsers', { query: 'bob_' })
    t.ok(
      users.some(each => each.id === bob),
      'the search does not tell who blocks whom',
    )
  })

  t.test(
    'who hides when they are here is away for those, and sees them away too, at once',
    async t => {
      const { a, b, alice, bob } = await friends()
      // Who has just come is known to the other process a moment later.
      for (const [client, user] of [
        [a, bob],
        [b, alice],
      ] as const) {
        await until(async () => {
          const { users } = await client.call('presence', { users: [user] })
          return users[0]?.online === true
        })
      }
      await a.call('setPrivacy', { lastSeen: { who: 'nobody' } })
      await a.waitFor(isSection('privacy'))
      await Promise.all([b.waitFor(isPresence(alice, false)), a.waitFor(isPresence(bob, false))])
      await b.waitFor(isEphemeral('profile', body => body.user === alice))
      t.match((await a.call('privacy', {})).lastSeen, { who: 'nobody' })
      const [before] = [b.frames.filter(ofPresence(alice)).length]
      await a.call('setPrivacy', { lastSeen: { who: 'nobody', always: [bob] } })
      await Promise.all([b.waitFor(isPresence(alice, true)), a.waitFor(isPresence(bob, true))])
      t.equal(b.frames.filter(ofPresence(alice)).length, before + 1)
      await a.call('setPrivacy', { lastSeen: { who: 'contacts' } })
      await until(() => b.frames.filter(isPresence(alice, false)).length === 2)
      await a.call('setContact', { user: bob })
      await until(() => b.frames.filter(isPresence(alice, true)).length === 2)
    },
  )

  t.test(
    'the about text is for those who may read it, and those who look learn of a change',
    async t => {
      const { a, b, alice, bob, aliceTokens, chat } = await friends()
      await b.call('presence', { users: [alice] })
      const say = async (about: string) => {
        const response = await fetch(`${stack.apiUrl}/me`, {
          method: 'PATCH',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${aliceTokens.accessToken}`,
          },
          body: JSON.stringify({ about }),
        })
        t.equal(response.status, 200)
      }
      const seen = async () => (await b.call('users', { users: [alice] })).users[0]?.about
      await say('Between two cliffs.')
      await b.waitFor(isEphemeral('profile', body => body.user === alice))
      t.equal(await seen(), 'Between two cliffs.')
      t.notOk(
        (await b.call('chat', { chat })).users.some(user => user.about),
        'lists have none',
      )
      t.notOk(
        b.frames.some(
          frame => JSON.stringify(frame).includes('cliffs') && frame[0] !== frameType.result,
        ),
        'nor events',
      )
      await a.call('setPrivacy', { about: { who: 'everyone', never: [bob] } })
      t.equal(await seen(), undefined)
      const byName = await fetch(`${stack.apiUrl}/users/by-username/${aliceTokens.user.username}`, {
        headers: { authorization: `Bearer ${tokenOf(bob)}` },
      })
      t.notOk(JSON.stringify(await byName.json()).includes('cliffs'))
    },
  )

  t.test('bad inputs are refused, each with its code', async t => {
    const { a, bob, alice } = await pair()
    const cases: [string, number, unknown, string | null][] = [
      ['a contact who is not there', ops.setContact.op, { user: 999_999 }, 'not_found'],
      ['oneself as contact', ops.setContact.op, { user: alice }, 'bad_request'],
      ['a name too long', ops.setContact.op, { user: bob, name: 'x'.repeat(65) }, 'bad_request'],
      ['the longest name', ops.setContact.op, { user: bob, name: 'x'.repeat(64) }, null],
      ['a block of nobody', ops.block.op, { user: 999_999, blocked: true }, 'not_found'],
      [
        'somebody in both lists',
        ops.setPrivacy.op,
        { calls: { who: 'nobody', always: [7], never: [7] } },
        'bad_request',
      ],
      ['an unknown rule', ops.setPrivacy.op, { calls: { who: 'friends' } }, 'bad_request'],
      ['no rule at all', ops.setPrivacy.op, {}, null],
      ['an empty search', ops.searchUsers.op, { query: ' ' }, 'bad_request'],
      [
        'a search for too many',
        ops.searchUsers.op,
        { query: 'a', limit: limits.searchUsersMax + 1 },
        'bad_request',
      ],
      ['a page too long', ops.contacts.op, { limit: limits.pagePeopleMax + 1 }, 'bad_request'],
      ['no reason', ops.report.op, { chat: 1 }, 'bad_request'],
      [
        'too many messages',
        ops.report.op,
        {
          chat: 1,
          reason: 'spam',
          seqs: Array.from({ length: limits.reportSeqsMax + 1 }, (_, i) => i + 1),
        },
        'bad_request',
      ],
      [
        'as many as may be',
        ops.report.op,
        {
          chat: 1,
          reason: 'spam',
          seqs: Array.from({ length: limits.reportSeqsMax }, (_, i) => i + 1),
        },
        'not_found',
      ],
      [
        'a text too long',
        ops.report.op,
        { chat: 1, reason: 'spam', text: 'x'.repeat(limits.reportTextCharsMax + 1) },
        'bad_request',
      ],
      ['no such request', ops.answerRequest.op, { chat: 1, answer: 'accept' }, 'not_found'],
    ]
    for (const [what, op, body, code] of cases) t.equal(await a.refusal(op, body), code, what)
  })

  t.test('searches are counted, so that nobody lists everybody', async t => {
    const { client } = await enter('Searcher')
    let answered = 0
    const search = () =>
      client.refusal(ops.searchUsers.op, {
        query: `abc${answered}`,
      } satisfies OpIn<'searchUsers'>)
    let code = await search()
    for (; code === null; code = await search()) answered++
    t.ok(answered >= limits.burstSearchesMax, `${answered} answered`)
    t.equal(code, 'rate_limited')
  })

  t.test(
    'a report reaches the operators; a ban closes every socket and keeps the account out',
    async t => {
      const { a, b, alice, bob, aliceTokens, bobTokens, chat } = await friends()
      await setOperator(stack.databaseUrl, aliceTokens.user.username ?? '', 'on')
      const { seq } = await b.send(chat, 'Give me your password')
      await a.waitFor(isMessage(chat, 'Give me your password'))
      const b2 = await joinWhere(t, stack.wsUrl, bobTokens.accessToken, here)
      await a.call('report', { chat, seqs: [seq], reason: 'fraud' })
      const headers = {
        authorization: `Bearer ${aliceTokens.accessToken}`,
        'content-type': 'application/json',
      }
      const queue = `${stack.apiUrl}/operator/reports`
      const { reports } = (await (await fetch(`${queue}?limit=50`, { headers })).json()) as {
        reports: { id: number; reporter: number; user?: number }[]
      }
      const id = reports.find(each => each.reporter === alice && each.user === bob)?.id
      const act = (which: number | undefined, action: string) =>
        fetch(`${queue}/${which}`, { method: 'POST', headers, body: JSON.stringify({ action }) })
      t.equal((await act(id, 'delete')).status, 200)
      await a.waitFor(
        ([type, kind, at, , body]) =>
          type === frameType.chatEvent &&
          kind === 3 &&
          at === chat &&
          (body as { seq: number }).seq === seq,
      )
      await a.call('report', { chat, user: bob, reason: 'fraud' })
      const next = (await (await fetch(`${queue}?after=${id}`, { headers })).json()) as {
        reports: { id: number; reporter: number }[]
      }
      t.equal(
        (await act(next.reports.find(each => each.reporter === alice)?.id, 'ban')).status,
        200,
      )
      for (const client of [b, b2])
        t.equal(await client.untilClosed(), closeCodes.session_revoked.code)
      const { username } = bobTokens.user
      const login = await fetch(`${stack.apiUrl}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password: bobTokens.password }),
      })
      t.equal(login.status, 403)
      t.equal(
        (await fetch(queue, { headers: { authorization: `Bearer ${tokenOf(firstId)}` } })).status,
        404,
      )
    },
  )
  t.same(stack.trouble, [])
})
