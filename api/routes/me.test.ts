import t from 'tap'
import { createRoom } from '#shared/actions/create-chat.ts'
import { addMembers } from '#shared/actions/members.ts'
import { listScheduled, schedule } from '#shared/actions/scheduled.ts'
import { decode } from '#shared/protocol/codec.ts'
import { readMember } from '#shared/store/members.ts'
import { appUnderTest, goodPassword } from '#test/helpers/api.ts'
import { until } from '#test/helpers/until.ts'

const { call, register, events, db, services } = await appUnderTest(t)
t.beforeEach(() => {
  events.length = 0
})

const login = (username: string, password: string) =>
  call('POST', '/api/v1/auth/login', { json: { username, password } })

t.test('nothing of an account is shown without a session', async t => {
  for (const [method, path] of [
    ['GET', '/api/v1/me'],
    ['PATCH', '/api/v1/me'],
    ['DELETE', '/api/v1/me'],
    ['POST', '/api/v1/me/password'],
    ['GET', '/api/v1/sessions'],
    ['DELETE', '/api/v1/sessions/1'],
    ['POST', '/api/v1/auth/logout'],
    ['POST', '/api/v1/auth/logout-all'],
    ['GET', '/api/v1/users/by-username/alice'],
  ] as const) {
    for (const token of [undefined, 'x', 'a.b.c']) {
      const { status, body } = await call(method, path, { token })
      t.same([method, path, status, body.code], [method, path, 401, 'unauthorized'])
    }
  }
})

t.test('a refresh token is no access token', async t => {
  const alice = await register('alice')
  t.equal((await call('GET', '/api/v1/me', { token: alice.refreshToken })).status, 401)
})

t.test('a changed profile is answered, kept and told to the other devices', async t => {
  const alice = await register('alice')
  const change = { name: ' Alice L. ', about: 'Petrels 🌊', username: `${alice.username}_new` }
  const { status, body } = await call('PATCH', '/api/v1/me', {
    token: alice.accessToken,
    json: change,
  })
  t.equal(status, 200)
  t.match(body.user, { name: 'Alice L.', about: 'Petrels 🌊', username: change.username })
  t.same((await call('GET', '/api/v1/me', { token: alice.accessToken })).body, body)
  const [event] = events
  t.match(event, { type: 'user', user: alice.user.id, urev: 1 })
  const [, , urev, { user }] = decode((event as { frame: Uint8Array }).frame).frame as [
    number,
    number,
    number,
    { user: object },
  ]
  t.equal(urev, 1)
  t.match(user, { id: alice.user.id, name: 'Alice L.' })
  t.notOk('premiumUntil' in user, 'only what others may see')
  t.equal((await login(change.username, goodPassword)).status, 200)
  t.equal((await login(alice.username, goodPassword)).status, 401)
})

t.test(
  'fields left out stay, an empty about text clears it, and a taken username is a 409',
  async t => {
    const alice = await register('alice')
    const bob = await register('bob')
    const patch = (json: object) => call('PATCH', '/api/v1/me', { token: alice.accessToken, json })
    await patch({ about: 'something' })
    t.match((await patch({ name: 'New' })).body.user, {
      name: 'New',
      about: 'something',
      username: alice.username,
    })
    t.notOk('about' in ((await patch({ about: '' })).body.user as object))
    const taken = await patch({ username: bob.username.toUpperCase(), name: 'Thief' })
    t.same([taken.status, taken.body.code], [409, 'username_taken'])
    const { body } = await call('GET', '/api/v1/me', { token: alice.accessToken })
    t.match(
      body.user,
      { name: 'New', username: alice.username },
      'nothing of a refused change was kept',
    )
  },
)

t.test('names that cannot be stored or shown are refused with the field that is wrong', async t => {
  const { accessToken: token } = await register('alice')
  const wrong: [object, string][] = [
    [{ name: '' }, '/name'],
    [{ name: '   ' }, '/name'],
    [{ name: 'a\0b' }, '/name'],
    [{ name: '\ud800' }, '/name'],
    [{ name: 'x'.repeat(65) }, '/name'],
    [{ name: null }, '/name'],
    [{ about: 'x'.repeat(301) }, '/about'],
    [{ username: 'ab' }, '/username'],
    [{ username: '1abc' }, '/username'],
    [{ username: 'аlice' }, '/username'],
    [{ username: `a${'b'.repeat(32)}` }, '/username'],
    [{ premiumUntil: 9e12 }, '/premiumUntil'],
    [{ 'a/b~c': 1 }, '/a~1b~0c'],
  ]
  for (const [json, pointer] of wrong) {
    const { status, body } = await call('PATCH', '/api/v1/me', { token, json })
    t.match(
      [status, body],
      [400, { code: 'bad_request', errors: [{ pointer }] }],
      JSON.stringify(json).slice(0, 60),
    )
  }
})

t.test('a new password ends every other session and only those', async t => {
  const alice = await register('alice')
  const other = (await login(alice.username, goodPassword)).body
  const change = (current: string, next: string) =>
    call('POST', '/api/v1/me/password', { token: alice.accessToken, json: { current, next } })
  t.match(await change('not my password', 'another storm'), {
    status: 401,
    body: { code: 'bad_credentials' },
  })
  t.match(await change(goodPassword, 'password1'), { status: 422, body: { code: 'weak_password' } })
  t.match(await change(goodPassword, alice.username), {
    status: 422,
    body: { code: 'weak_password' },
  })
  t.equal((await change(goodPassword, 'another storm')).status, 204)
  t.same(events, [{ type: 'sessionRevoked', user: alice.user.id, session: other.session }])
  t.equal((await call('GET', '/api/v1/me', { token: other.accessToken as string })).status, 401)
  t.equal((await call('GET', '/api/v1/me', { token: alice.accessToken })).status, 200)
  t.equal((await login(alice.username, goodPassword)).status, 401)
  t.equal((await login(alice.username, 'another storm')).status, 200)
})

t.test('of two changes of a password at once one wins', async t => {
  const alice = await register('alice')
  const answers = await Promise.all(
    ['first new one', 'second new one'].map(next =>
      call('POST', '/api/v1/me/password', {
        token: alice.accessToken,
        json: { current: goodPassword, next },
      }),
    ),
  )
  const statuses = answers.map(answer => answer.status).sort()
  // The slower one finds either the old hash replaced, or its current password wrong already.
  t.ok(statuses[0] === 204 && (statuses[1] === 409 || statuses[1] === 401), String(statuses))
})

t.test('a sign-in with the old password does not slip in behind its change', async t => {
  for (let round = 0; round < 10; round++) {
    const alice = await register('alice')
    const [change, ...logins] = await Promise.all([
      call('POST', '/api/v1/me/password', {
        token: alice.accessToken,
        json: { current: goodPassword, next: 'another storm' },
      }),
      ...Array.from({ length: 4 }, () => login(alice.username, goodPassword)),
    ])
    t.equal(change.status, 204)
    for (const { status, body } of logins) {
      if (status !== 200) continue
      const answer = await call('GET', '/api/v1/me', { token: body.accessToken as string })
      t.equal(answer.status, 401)
    }
  }
})

t.test(
  'a deleted account is out of its groups, signed out, nameless, and its username is free',
  async t => {
    const alice = await register('alice')
    const bob = await register('bob')
    const group = await createRoom(services, alice.user.id, 'free', {
      kind: 'group',
      rid: 5,
      title: 'Storm',
      users: [bob.user.id],
    })
    const later = { chat: group, rid: 6, text: 'Later', at: Date.now() + 3_600_000 }
    await schedule(services, alice.user.id, 'free', later)
    const remove = (password: string) =>
      call('DELETE', '/api/v1/me', { token: alice.accessToken, json: { password } })
    t.match(await remove('not my password'), { status: 401, body: { code: 'bad_credentials' } })
    t.equal((await call('GET', '/api/v1/me', { token: alice.accessToken })).status, 200)
    events.length = 0
    t.equal((await remove(goodPassword)).status, 204)

    t.match(events.at(-1), { type: 'sessionRevoked', session: alice.session })
    t.equal((await call('GET', '/api/v1/me', { token: alice.accessToken })).status, 401)
    t.equal(
      (await call('POST', '/api/v1/auth/refresh', { json: { refreshToken: alice.refreshToken } }))
        .status,
      401,
    )
    t.equal((await readMember(db, group, alice.user.id))?.role, 'left')
    t.equal((await readMember(db, group, bob.user.id))?.role, 'owner', 'the group has a new owner')
    const lookup = await call('GET', `/api/v1/users/by-username/${alice.username}`, {
      token: bob.accessToken,
    })
    t.equal(lookup.status, 404)
    const rows = await db.query({
      text: 'select name, username, password_hash, about from users where id = $1',
      values: [alice.user.id],
    })
    t.same(rows, [{ name: 'Deleted account', username: null, password_hash: null, about: '' }])
    t.same(
      (await listScheduled(services, alice.user.id, {})).messages,
      [],
      'what was to be sent later is not kept',
    )
    const again = await call('POST', '/api/v1/auth/register', {
      json: { username: alice.username, name: 'Somebody else', password: goodPassword },
    })
    t.equal(again.status, 201)
  },
)

t.test('who is added to a group while they delete their account leaves it, too', async t => {
  const alice = await register('alice')
  const bob = await register('bob')
  const group = await createRoom(services, bob.user.id, 'free', {
    kind: 'group',
    rid: 7,
    title: 'Storm',
  })
  const isWaiting = async (statement: string) => {
    const rows = await db.query({
      text: `select 1 from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock' and starts_with(query, $1)`,
      values: [statement],
    })
    return rows.length > 0
  }
  const [added, removed] = await db.tx(async tx => {
    // Who adds Alice has her row, but not the outbox yet; she waits for her row, with no group that she knows of.
    await tx.query({ text: 'lock table outbox in exclusive mode' })
    const added = addMembers(services, bob.user.id, group, [alice.user.id])
    await until(() => isWaiting('insert into outbox'))
    const json = { password: goodPassword }
    const removed = call('DELETE', '/api/v1/me', { token: alice.accessToken, json })
    await until(() => isWaiting('select 1 from users'))
    return [() => added, () => removed] as const
  })
  t.match(await added(), { added: [alice.user.id] })
  t.equal((await removed()).status, 204)
  t.equal((await readMember(db, group, alice.user.id))?.role, 'left')
  t.same(
    await db.query({ text: 'select member_count from chats where id = $1', values: [group] }),
    [{ member_count: 1 }],
  )
})

t.test('people are found by exactly their username, in any case', async t => {
  const alice = await register('alice')
  const bob = await register('bob')
  const find = (name: string) =>
    call('GET', `/api/v1/users/by-username/${name}`, { token: bob.accessToken })
  const found = await find(alice.username.toUpperCase())
  t.equal(found.status, 200)
  t.same(found.body.user, { id: alice.user.id, name: alice.username, username: alice.username })
  t.equal((await find(alice.username.slice(0, -1))).status, 404)
  for (const name of ['%25', 'a%00b', '%ff', '..%2f..', 'x'.repeat(5000)])
    t.equal((await find(name)).status, 400, name.slice(0, 9))
})
