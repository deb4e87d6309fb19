// Who may do what: every operation and every REST route, asked by everybody, in every kind of chat. The tables in rights/
// say what is answered; an operation or a route without a row fails the test. Each case has a chat of its own.

import t from 'tap'
import { frameType } from '#shared/protocol/codec.ts'
import type { AppError } from '#shared/protocol/codes.ts'
import { type OpName, ops } from '#shared/protocol/ops.ts'
import { type Place, type RoomColumn, roomColumns } from '#test/helpers/matrix-world.ts'
import { RawClient } from '#test/helpers/raw-client.ts'
import { answer, casesOf, names, rowsOf, withoutHello } from './rights/cases.ts'
import { type People, personal } from './rights/personal.ts'
import { askers, RestMatrix } from './rights/rest-matrix.ts'
import { routes } from './rights/routes.ts'
import { letters } from './rights/row.ts'
import { openScene } from './rights/scene.ts'

const cases = names.flatMap(casesOf)
const { stack, db, places, clients, aroundOf, ownRoom, readStates } = await openScene(t, cases)
const before = await readStates()

t.test('every operation has a row', async t => {
  const isPersonal = (name: OpName) => name in personal({} as People)
  t.same(
    names.filter(
      name => rowsOf(name).length === 0 && !isPersonal(name) && !withoutHello.includes(name),
    ),
    [],
  )
})

t.test('the answers are those of the table', async t => {
  const wrong: string[] = []
  const run = async (column: RoomColumn) => {
    for (const [i, each] of cases.entries()) {
      if (each.actor !== column) continue
      const body = each.row.body(places[i] as Place, await aroundOf(each.name, column))
      const got = await answer(clients[column], each.name, body)
      if (got !== each.expected) wrong.push(`${each.what}: ${got} instead of ${each.expected}`)
    }
  }
  await Promise.all(roomColumns.map(run))
  t.same(wrong, [])
  t.ok(cases.length > 1_000, `${cases.length} cases`)
})

t.test('what was refused changed nothing, and nobody outside heard of anything', async t => {
  const after = await readStates()
  const changed = cases.flatMap(({ kind, expected, what }, i) => {
    const chat = places[i]?.chat ?? 0
    const mayChange = expected === 'ok' || kind === 'saved'
    return mayChange || before.get(chat) === after.get(chat) ? [] : [what]
  })
  t.same(changed, [])
  for (const column of ['banned', 'left', 'stranger'] as const) {
    const client = clients[column]
    await client.settle()
    const joined = cases.flatMap(({ name, actor, expected }, i) =>
      actor === column && expected === 'ok' && ['join', 'joinPublic'].includes(name)
        ? [places[i]?.chat]
        : [],
    )
    const { saved } = await aroundOf('send', column)
    const own = new Set([...joined, saved.chat])
    const heard = client.frames
      .filter(frame => frame[0] === frameType.chatEvent)
      .map(frame => frame[2] as number)
      .filter(chat => !own.has(chat))
    t.same([...new Set(heard)], [], column)
  }
})

t.test('a chat that is not there, one that is gone, and one of others answer alike', async t => {
  const gone = await ownRoom('owner', 'group')
  await db.query({ text: 'update chats set deleted_at = now() where id = $1', values: [gone] })
  const detail = (client: RawClient, name: OpName, body: unknown) =>
    client.ask(ops[name].op, body).then(
      () => 'ok',
      ({ code, message, retryMs }: AppError) => ({ code, message, retryMs }),
    )
  for (const [i, { name, kind, column, row, what, expected }] of cases.entries()) {
    const place = places[i] as Place
    if (kind !== 'group' || column !== 'stranger' || expected !== 'not_found') continue
    const body = row.body(place, await aroundOf(name, 'stranger'))
    const foreign = await detail(clients.stranger, name, body)
    t.match(foreign, { code: 'not_found' }, what)
    for (const chat of [gone, 4_503_599_627_370_497]) {
      for (const asker of ['stranger', 'owner'] as const) {
        const stale = { ...place, chat, scheduled: chat, foreign: chat }
        const staleBody = row.body(stale, await aroundOf(name, asker))
        const got = await detail(clients[asker], name, staleBody)
        t.same(got, foreign, `${what}, ${chat} by ${asker}`)
      }
    }
  }
})

t.test('a message that is not there', async t => {
  for (const [i, { name, kind, column, row, what }] of cases.entries()) {
    if (!row.stale || column !== 'owner' || kind !== 'group') continue
    const stale = { other: 99_999, own: 99_999, poll: 99_999, ownPoll: 99_999 }
    const body = row.body({ ...(places[i] as Place), ...stale }, await aroundOf(name, 'owner'))
    t.equal(await answer(clients.owner, name, body), row.stale, what)
  }
})

t.test('operations on no chat', async t => {
  const [friend = 0, stranger = 0, blocker = 0, deleted = 0] = await Promise.all(
    ['friend', 'stranger', 'blocker', 'deleted'].map(
      async name => (await stack.newUser(name)).user.id,
    ),
  )
  // Somebody new: the members of the rooms own as many by now as they may.
  const person = await stack.newUser('person')
  const self = person.user.id
  const client = await RawClient.join(t, stack.wsUrl, person.accessToken)
  await db.query({
    text: 'insert into blocks (user_id, blocked_id) values ($1, $2)',
    values: [blocker, self],
  })
  await db.query({ text: 'update users set deleted_at = now() where id = $1', values: [deleted] })
  const table = personal({ self, friend, stranger, blocker, deleted })
  for (const [name, variants] of Object.entries(table) as [
    OpName,
    Record<string, [unknown, string]>,
  ][]) {
    for (const [what, [body, letter]] of Object.entries(variants)) {
      t.equal(await answer(client, name, body), letters[letter], `${name} ${what}`)
    }
  }
  const alone = await RawClient.join(t, stack.wsUrl, (await stack.newUser('alone')).accessToken)
  const { users } = await alone.call('users', { users: [self, stranger, 1] })
  t.same(users, [], 'nobody of whom one may not know')
  const presence = await alone.call('presence', { users: [self, stranger, 1] })
  t.same(
    presence.users.filter(user => user.online || user.lastSeen !== undefined),
    [],
  )
})

t.test('every REST route', async t => {
  const group = places[cases.findIndex(each => each.kind === 'group')] as Place
  const matrix = await RestMatrix.open(stack, db, group)
  const documented = await matrix.documented()
  const without = documented.filter(route => !(route in routes))
  t.same(without, [], 'every route has a row')
  const unknown = Object.keys(routes).filter(route => !documented.includes(route))
  t.same(unknown, [], 'and every row a route')
  for (const [route, { answers }] of Object.entries(routes)) {
    for (const [i, asker] of askers.entries()) {
      t.equal(await matrix.ask(route, asker), answers[i], `${route} ${asker}`)
    }
  }
})

t.test('without HELLO, and with a second one, the connection ends', async t => {
  for (const name of names.filter(each => !withoutHello.includes(each))) {
    const client = await RawClient.open(t, stack.wsUrl)
    client.say(ops[name].op, {})
    t.equal(await client.untilClosed(), 4503, name)
    t.same(
      client.frames.filter(frame => frame[0] !== frameType.control),
      [],
      `${name} is not answered`,
    )
  }
  clients.bare.say(ops.hello.op, { token: 'any', device: 'test' })
  t.equal(await clients.bare.untilClosed(), 4503)
})

t.test('and nothing went wrong inside', async t => t.same(stack.trouble, []))
