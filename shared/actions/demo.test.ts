import t from 'tap'
import { checkText } from '#shared/protocol/entities.ts'
import { plans } from '#shared/protocol/limits.ts'
import { readChats } from '#shared/store/chat-views.ts'
import { readPositions } from '#shared/store/chats.ts'
import { readHistory } from '#shared/store/messages.ts'
import { findAccount } from '#shared/store/users.ts'
import { appUnderTest } from '#test/helpers/api.ts'
import { seedDemo } from './demo.ts'
import { channelHistory, demoPeople, directHistory, groupHistory } from './demo-history.ts'
import { leaveChat } from './members.ts'

const { call, register, services, db } = await appUnderTest(t, { env: { DEMO: '1' } })
const people = demoPeople.map(({ username, name }) => ({ username, name }))

async function chatsOf(username: string) {
  const id = (await findAccount(db, username))?.me.id ?? 0
  const positions = (await readPositions(db, [id])).get(id) ?? []
  const chats = await readChats(
    db,
    id,
    positions.map(each => each.chat),
  )
  return chats.sort((a, b) => a.id - b.id)
}

t.test('before it is seeded nobody can be entered', async t => {
  t.same((await call('GET', '/api/v1/config')).body.demo, [])
  t.equal((await call('POST', '/api/v1/demo/enter', { json: { username: 'alice' } })).status, 404)
})

t.test(
  'an empty database gets three people, a direct chat, a group and a channel with a history',
  async t => {
    t.equal(await seedDemo(services), true)
    t.same((await call('GET', '/api/v1/config')).body.demo, people)
    const chats = await chatsOf('alice')
    t.match(chats, [
      { kind: 'direct', seq: directHistory.length, members: 2, me: { role: 'member' } },
      // That it was made is a message too.
      { kind: 'group', seq: groupHistory.length + 1, members: 3, title: 'Weekend at the cliffs' },
      { kind: 'channel', seq: channelHistory.length, members: 3, title: 'Petrel station news' },
    ])
    t.ok(chats.reduce((sum, chat) => sum + chat.seq, 0) > 40)
    t.ok(
      chats.some(chat => chat.seq > chat.me.read),
      'something is unread',
    )
    t.equal((await chatsOf('carol')).length, 2)
  },
)

t.test(
  'the history is in order, lies in the past, and has replies and formatting that are right',
  async t => {
    for (const chat of await chatsOf('bob')) {
      const messages = await readHistory(db, chat.id, {}, 100)
      t.equal(messages.length, chat.seq)
      const times = messages.map(message => message.at)
      t.same(
        times,
        times.toSorted((a, b) => a - b),
      )
      t.ok((times.at(-1) as number) < Date.now())
      t.equal(chat.last?.at, times.at(-1))
      for (const message of messages) {
        t.ok((message.reply ?? 0) < message.seq)
        if (message.svc) continue
        checkText(message.text, message.ents, plans.free.messageCharsMax)
      }
      t.ok(
        messages.some(message => message.ents),
        'formatting',
      )
      if (chat.kind !== 'channel')
        t.ok(
          messages.some(message => message.reply),
          'replies',
        )
    }
  },
)

t.test('seeding again changes nothing, not even for somebody who left a chat', async t => {
  const before = await chatsOf('alice')
  t.equal(await seedDemo(services), true)
  t.same(await chatsOf('alice'), before)
  const bob = (await findAccount(db, 'bob'))?.me.id ?? 0
  await leaveChat(services, bob, before[1]?.id ?? 0)
  await seedDemo(services)
  t.equal((await chatsOf('bob')).length, 2)
  // But that they left.
  t.equal((await chatsOf('alice'))[1]?.seq, (before[1]?.seq ?? 0) + 1)
})

t.test('a demo person is entered without a password, anybody else is not', async t => {
  const answer = await call('POST', '/api/v1/demo/enter', { json: { username: 'Alice' } })
  t.equal(answer.status, 200)
  t.match(answer.body, { user: { username: 'alice', name: 'Alice' } })
  t.equal(
    (await call('GET', '/api/v1/me', { token: answer.body.accessToken as string })).status,
    200,
  )
  const dora = await register('dora')
  for (const username of [dora.username, 'nobody']) {
    t.equal((await call('POST', '/api/v1/demo/enter', { json: { username } })).status, 404)
  }
  const login = await call('POST', '/api/v1/auth/login', {
    json: { username: 'alice', password: '' },
  })
  t.equal(login.status, 401, 'no password is not an empty password')
})

t.test('a database that people have registered in is not seeded', async t => {
  t.equal(await seedDemo(services), false)
  const other = await appUnderTest(t, { env: { DEMO: '1' } })
  await other.register('alice')
  t.equal(await seedDemo(other.services), false)
  t.same((await other.call('GET', '/api/v1/config')).body.demo, [])
})

t.test('outside demo mode nobody is entered, even where the demo people exist', async t => {
  const plain = await appUnderTest(t)
  await seedDemo(plain.services)
  t.same((await plain.call('GET', '/api/v1/config')).body.demo, [])
  t.equal(
    (await plain.call('POST', '/api/v1/demo/enter', { json: { username: 'alice' } })).status,
    404,
  )
})

t.test('two processes that seed at once make one demo', async t => {
  const { services, db } = await appUnderTest(t)
  t.same(await Promise.all([seedDemo(services), seedDemo(services)]), [true, true])
  const rows = await db.query({
    text: 'select (select count(*)::int from users) as users, (select count(*)::int from chats) as chats, (select count(*)::int from messages) as messages',
  })
  const messages = directHistory.length + groupHistory.length + channelHistory.length + 1
  t.same(rows, [{ users: 3, chats: 3, messages }])
})
