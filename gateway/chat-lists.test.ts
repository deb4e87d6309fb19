import t from 'tap'
import { AppError } from '#shared/protocol/codes.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { Db, Statement } from '#shared/store/db.ts'
import { until } from '#test/helpers/until.ts'
import { ChatLists } from './chat-lists.ts'

interface Read {
  users: number[]
  answer(): void
  fail(error: unknown): void
}

/** Chat lists over a PostgreSQL that answers when it is told to; a chat's id is its user's times 1,000 and more. */
function setUp() {
  const reads: Read[] = []
  const db = {
    query: ({ name, values = [] }: Statement) => {
      const [users, chats] = values as number[][]
      if (name === 'profiles')
        return Promise.resolve(users?.map(id => ({ id, name: 'Alice', username: null, about: '' })))
      const rows = chats?.map((id, i) => ({
        id,
        for_user: users?.[i],
        kind: 'group',
        about: '',
        l_seq: null,
      }))
      return new Promise((resolve, reject) => {
        reads.push({ users: users ?? [], answer: () => resolve(rows), fail: reject })
      })
    },
  }
  const lists = new ChatLists({ db: db as unknown as Db, onRoom: () => undefined })
  const chatsOf = (user: number, count: number) =>
    Array.from({ length: count }, (_, i) => user * 1_000 + i)
  const ask = (user: number, count = 2, isWanted = () => true) =>
    lists.read(user, chatsOf(user, count), isWanted).then(
      list => ({ chats: list.chats.map(chat => chat.id), users: list.users.map(each => each.id) }),
      error => (error instanceof AppError ? error.code : (error as Error).message),
    )
  return { lists, reads, ask, chatsOf }
}

t.test('who asks in one turn is read together and gets their own chats', async t => {
  const { reads, ask, chatsOf } = setUp()
  const asked = [1, 2, 3].map(user => ask(user))
  await until(() => reads.length > 0)
  t.same(reads[0]?.users, [1, 1, 2, 2, 3, 3])
  reads.splice(0)[0]?.answer()
  t.same(
    await Promise.all(asked),
    [1, 2, 3].map(user => ({ chats: chatsOf(user, 2), users: [user] })),
  )
})

t.test('a read is for a bounded number of chats, and few go on at a time', async t => {
  const { lists, reads, ask } = setUp()
  const each = limits.pageChatsMax
  const perRead = Math.floor(limits.chatListReadChatsMax / each)
  const count = perRead * (limits.chatListReadsMax + 1)
  const asked = Array.from({ length: count }, (_, i) => ask(i + 1, each))
  await until(() => reads.length > 0)
  t.equal(reads.length, limits.chatListReadsMax)
  t.equal(lists.waiting, perRead)
  t.ok(reads.every(({ users }) => users.length <= limits.chatListReadChatsMax))
  reads.shift()?.answer()
  await until(() => lists.waiting === 0)
  for (const read of reads) read.answer()
  t.equal((await Promise.all(asked)).length, count)
})

t.test('what nobody wants any more is not read', async t => {
  const { reads, ask } = setUp()
  const gone = ask(1, 2, () => false)
  const here = ask(2)
  await until(() => reads.length > 0)
  t.same(reads[0]?.users, [2, 2])
  reads[0]?.answer()
  t.same(await gone, { chats: [], users: [] })
  t.match(await here, { users: [2] })
})

t.test('when PostgreSQL is away all are told, and the next ones are read', async t => {
  const { reads, ask } = setUp()
  const asked = [ask(1), ask(2)]
  await until(() => reads.length > 0)
  reads.splice(0)[0]?.fail(new AppError('overloaded'))
  t.same(await Promise.all(asked), ['overloaded', 'overloaded'])
  const next = ask(3)
  await until(() => reads.length > 0)
  reads[0]?.answer()
  t.match(await next, { users: [3] })
})

t.test('what cannot be read for one is read for the others', async t => {
  const { reads, ask } = setUp()
  const asked = [1, 2, 3].map(user => ask(user))
  let isDone = false
  const all = Promise.all(asked).finally(() => {
    isDone = true
  })
  await until(() => {
    for (const read of reads.splice(0)) {
      if (read.users.includes(2)) read.fail(new TypeError('a bug of ours'))
      else read.answer()
    }
    return isDone
  })
  const [one, two, three] = await all
  t.match(one, { users: [1] })
  t.equal(two, 'a bug of ours')
  t.match(three, { users: [3] })
})
