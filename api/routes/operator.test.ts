import t from 'tap'
import { setOperator } from '#deploy/operator.ts'
import { createRoom } from '#shared/actions/create-chat.ts'
import { report } from '#shared/actions/report.ts'
import { sendBatch } from '#shared/actions/send-messages.ts'
import { readDiff } from '#shared/actions/sync.ts'
import { decode } from '#shared/protocol/codec.ts'
import { AppError } from '#shared/protocol/codes.ts'
import { reportPage } from '#shared/protocol/http.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { OpIn } from '#shared/protocol/ops.ts'
import { appUnderTest, goodPassword } from '#test/helpers/api.ts'
import { nextRid } from '#test/helpers/world.ts'

const { services, call, register, events, db, url } = await appUnderTest(t)
const path = '/api/v1/operator/reports'

const operator = await register('operator')
await setOperator(url, operator.username, 'on')
const { accessToken: token } = operator

/** Somebody in a group with the reporter, and a message of theirs. */
async function scene() {
  const [alice, bob] = await Promise.all([register('alice'), register('bob')])
  const room = { kind: 'group', rid: nextRid(), title: 'Birds', users: [bob.user.id] } as const
  const chat = await createRoom(services, alice.user.id, 'free', room)
  const blank = { ents: undefined, reply: undefined, silent: false, origin: undefined, members: 2 }
  const message = { chat, sender: bob.user.id, rid: nextRid(), text: 'Buy this', ...blank }
  const { results } = await sendBatch(db, [message])
  const [sent] = results
  if (!sent || sent instanceof AppError) throw sent
  return { alice, bob, chat, seq: sent.seq }
}

async function reported(by: number, input: OpIn<'report'>): Promise<number> {
  await report(services, by, input)
  const rows = await db.query<{ id: number }>({ text: 'select max(id) as id from reports' })
  return rows[0]?.id ?? 0
}

const decide = (id: number, action: string, note?: string) =>
  call('POST', `${path}/${id}`, { token, json: { action, ...(note !== undefined && { note }) } })
const acts = () =>
  db.query<{ actor_id: number; action: string; detail: object; chat_id: number | null }>({
    text: 'select actor_id, action, detail, chat_id from audit_log order by id',
  })

t.test('whoever is no operator finds nothing there, and does nothing', async t => {
  const { alice, chat, seq } = await scene()
  const id = await reported(alice.user.id, { chat, seqs: [seq], reason: 'spam' })
  for (const [method, where, json] of [
    ['GET', path, undefined],
    ['POST', `${path}/${id}`, { action: 'delete' }],
    ['POST', `${path}/999999`, { action: 'delete' }],
  ] as const) {
    const { status, body } = await call(method, where, { token: alice.accessToken, json })
    t.equal(status, 404)
    t.match(body, { code: 'not_found', detail: undefined })
    t.equal((await call(method, where, { json })).status, 401)
  }
  await setOperator(url, alice.username, 'on')
  t.equal((await call('GET', path, { token: alice.accessToken })).status, 200)
  await setOperator(url, alice.username, 'off')
  t.equal((await call('GET', path, { token: alice.accessToken })).status, 404, 'and no longer')
  await t.rejects(setOperator(url, 'nobody_at_all', 'on'), /Nobody is called/)
})

t.test('the queue is paged by id; what is decided leaves it', async t => {
  const { alice, bob, chat, seq } = await scene()
  const ids: number[] = []
  for (let i = 0; i < 3; i++)
    ids.push(await reported(alice.user.id, { chat, seqs: [seq], reason: 'spam', text: `${i}` }))
  const seen: number[] = []
  for (let after: number | undefined = (ids[0] ?? 0) - 1; after !== undefined; ) {
    const answer = await call('GET', `${path}?limit=2&after=${after}`, { token })
    const page = reportPage.parse(answer.body)
    t.ok(page.reports.length <= 2)
    seen.push(...page.reports.map(each => each.id))
    after = page.next
  }
  t.same(seen, ids)
  const closed = await decide(ids[1] ?? 0, 'dismiss', 'A joke.')
  t.match(closed.body, {
    report: {
      state: 'closed',
      action: 'dismiss',
      note: 'A joke.',
      closedBy: operator.user.id,
      user: bob.user.id,
    },
  })
  const open = reportPage.parse(
    (await call('GET', `${path}?limit=${limits.pageReportsMax}`, { token })).body,
  )
  t.notOk(open.reports.some(each => each.id === ids[1]))
  const old = reportPage.parse((await call('GET', `${path}?state=closed`, { token })).body)
  t.ok(old.reports.some(each => each.id === ids[1]))
  t.equal((await decide(ids[1] ?? 0, 'ban')).status, 409, 'a decision is final')
  t.equal((await decide(999_999, 'dismiss')).status, 404)
  t.equal((await decide(ids[0] ?? 0, 'shout')).status, 400)
  t.equal((await call('GET', `${path}?limit=${limits.pageReportsMax + 1}`, { token })).status, 400)
  t.match((await acts()).at(-1), {
    actor_id: operator.user.id,
    action: 'report.dismiss',
    detail: { report: ids[1], chat, user: bob.user.id, note: 'A joke.' },
    chat_id: null,
  })
})

t.test('two operators never decide the same report', async t => {
  const { alice, chat, seq } = await scene()
  const id = await reported(alice.user.id, { chat, seqs: [seq], reason: 'spam' })
  events.length = 0
  const answers = await Promise.all(Array.from({ length: 6 }, () => decide(id, 'delete')))
  t.same(answers.map(each => each.status).sort(), [200, 409, 409, 409, 409, 409])
  t.equal(events.filter(event => event.type === 'chat' && event.chat === chat).length, 1)
})

t.test('reported messages are deleted for everybody, as an event of the chat', async t => {
  const { alice, bob, chat, seq } = await scene()
  const id = await reported(alice.user.id, { chat, seqs: [seq], reason: 'illegal' })
  events.length = 0
  t.equal((await decide(id, 'delete')).status, 200)
  const frames = events.flatMap(event => (event.type === 'chat' ? [decode(event.frame).frame] : []))
  t.match(frames, [[2, 3, chat, Number, { seq, deleted: true, text: '' }]])
  const diff = await readDiff(services, bob.user.id, chat, 0)
  t.match(
    diff.messages.find(each => each.seq === seq),
    { deleted: true, text: '' },
  )
  const kept = reportPage.parse(
    (await call('GET', `${path}?state=closed&after=${id - 1}`, { token })).body,
  )
  t.match(kept.reports[0]?.evidence.messages, [{ seq, text: 'Buy this' }], 'the copy stays')
  const whole = await reported(alice.user.id, { chat, reason: 'other' })
  t.equal((await decide(whole, 'delete')).status, 409, 'a chat is not a message')
  t.equal((await decide(whole, 'ban')).status, 409, 'nor a person')
  t.equal((await decide(whole, 'warn')).status, 409)
  t.equal((await decide(whole, 'dismiss')).status, 200)
})

t.test('a warning is read in the saved messages, without a word of who gave it', async t => {
  const { alice, bob, chat, seq } = await scene()
  const id = await reported(alice.user.id, { chat, seqs: [seq], reason: 'spam' })
  t.equal((await decide(id, 'warn', 'No advertising, please.')).status, 200)
  const rows = await db.query<{ sender_id: number; extra: object }>({
    text: `select m.sender_id, m.extra from messages m join chats c on c.id = m.chat_id
           where c.kind = 'saved' and c.direct_a = $1`,
    values: [bob.user.id],
  })
  t.same(rows, [
    { sender_id: bob.user.id, extra: { svc: { t: 'warning', text: 'No advertising, please.' } } },
  ])
})

t.test('a banned account is signed out everywhere, and nobody signs in to it', async t => {
  const { alice, bob, chat } = await scene()
  const login = () =>
    call('POST', '/api/v1/auth/login', { json: { username: bob.username, password: goodPassword } })
  const second = (await login()).body as { refreshToken?: string; session?: number }
  const id = await reported(alice.user.id, { chat, user: bob.user.id, reason: 'fraud' })
  events.length = 0
  t.equal((await decide(id, 'ban')).status, 200)
  t.same(
    events.map(event => event.type === 'sessionRevoked' && [event.user, event.session]).sort(),
    [
      [bob.user.id, bob.session],
      [bob.user.id, second.session],
    ].sort(),
  )
  t.equal((await call('GET', '/api/v1/me', { token: bob.accessToken })).status, 401)
  const json = { refreshToken: second.refreshToken }
  t.equal((await call('POST', '/api/v1/auth/refresh', { json })).status, 401)
  t.match(await login(), { status: 403, body: { code: 'forbidden' } })
  const wrong = { username: bob.username, password: 'something else entirely' }
  t.equal((await call('POST', '/api/v1/auth/login', { json: wrong })).status, 401, 'as for others')
  await setOperator(url, bob.username, 'unban')
  t.equal((await login()).status, 200)
})

t.test('a sign-in at the moment of the ban does not outlive it', async t => {
  for (let round = 0; round < 5; round++) {
    const { alice, bob, chat } = await scene()
    const id = await reported(alice.user.id, { chat, user: bob.user.id, reason: 'fraud' })
    const json = { username: bob.username, password: goodPassword }
    await Promise.all([
      ...Array.from({ length: 4 }, () => call('POST', '/api/v1/auth/login', { json })),
      decide(id, 'ban'),
    ])
    const rows = await db.query<{ n: number }>({
      text: 'select count(*)::int as n from sessions where user_id = $1 and revoked_at is null',
      values: [bob.user.id],
    })
    t.same(rows, [{ n: 0 }])
  }
})

t.test('operators are not banned by reports', async t => {
  const { alice, bob, chat } = await scene()
  await setOperator(url, bob.username, 'on')
  const id = await reported(alice.user.id, { chat, user: bob.user.id, reason: 'fraud' })
  t.equal((await decide(id, 'ban')).status, 409)
  await setOperator(url, bob.username, 'off')
  t.equal((await decide(id, 'ban')).status, 200)
})
