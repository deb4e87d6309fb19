// Searching the member list: by the beginning of a name, of a word of it, of a username; by role; page by page.

import t from 'tap'
import type { ChatId, UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { ops } from '#shared/protocol/ops.ts'
import type { Role } from '#shared/protocol/permissions.ts'
import type { Db } from '#shared/store/db.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { leaveChat, setRole } from './members.ts'
import { listMembers, type MemberQuestion } from './read-chats.ts'
import { restrict } from './restrict.ts'

const world = await openWorld(t)
const call = (user: UserId, name: string, username: string | null = null) =>
  world.db.query({
    text: 'update users set name = $2, username = $3 where id = $1',
    values: [user, name, username],
  })
const found = async (actor: UserId, chat: ChatId, query: string, roles?: readonly Role[]) => {
  const { members } = await listMembers(world, actor, chat, { query, roles }, 100)
  return members.map(member => member.user)
}
const ids = (...users: UserId[]) => users.sort((a, b) => a - b)

t.test('the beginning of a name, of one of its words, or of a username; nothing else', async t => {
  const [alice = 0, bob = 0, carol = 0, tricky = 0, gone = 0] = await world.people(5)
  const chat = await world.group(alice, [bob, carol, tricky, gone])
  await call(alice, 'Alice Storm', 'petrel_one')
  await call(bob, 'bob Alison', 'bobby')
  await call(carol, 'Çârol Жанна', null)
  await call(tricky, '100% _under\\score', null)
  await call(gone, 'Alistair', null)
  await leaveChat(world, gone, chat)
  t.same(await found(bob, chat, 'ali'), ids(alice, bob))
  t.same(await found(bob, chat, 'ALI'), ids(alice, bob), 'in any case')
  t.same(await found(bob, chat, 'alice st'), [alice])
  t.same(await found(bob, chat, 'Petrel_'), [alice])
  t.same(await found(bob, chat, 'tr'), [], 'not the middle of a word')
  t.same(await found(bob, chat, 'çâ'), [carol])
  t.same(await found(bob, chat, 'жАН'), [carol])
  t.same(await found(bob, chat, '%'), [], 'no pattern')
  t.same(await found(bob, chat, '100%'), [tricky])
  t.same(await found(bob, chat, '_u'), [tricky])
  t.same(await found(bob, chat, '_under\\'), [tricky])
  t.same(await found(bob, chat, ''), ids(alice, bob, carol, tricky))
  t.equal(await refusal(found(bob, chat, 'a\0')), 'bad_text')
  t.same(await found(alice, chat, 'ali', ['owner']), [alice])
})

t.test('by role, in pages, with a query; the banned only for who may ban', async t => {
  const people = await world.people(8)
  const [alice = 0, admin = 0, muted = 0, banned = 0] = people
  const chat = await world.group(alice, people.slice(1))
  for (const [i, user] of people.entries()) await call(user, `Petrel ${i}`)
  await setRole(world, alice, { chat, user: admin, role: 'admin', rights: 0 })
  await restrict(world, alice, { chat, user: muted, role: 'restricted' })
  await restrict(world, alice, { chat, user: banned, role: 'banned' })
  t.same(await found(muted, chat, '', ['owner', 'admin']), ids(alice, admin))
  t.same(await found(muted, chat, '', ['restricted']), [muted])
  t.same(await found(alice, chat, 'petrel 3', ['banned', 'restricted']), [banned])
  t.same(await found(alice, chat, 'petrel', ['banned', 'restricted']), ids(muted, banned))
  t.equal(await refusal(found(admin, chat, '', ['banned'])), 'forbidden')
  const plain = ids(...people.slice(4))
  const first = await listMembers(world, admin, chat, { query: 'pet', roles: ['member'] }, 3)
  const asked = { query: 'pet', roles: ['member'], after: first.next } as const
  const second = await listMembers(world, admin, chat, asked, 3)
  t.same(
    [...first.members, ...second.members].map(each => each.user),
    plain,
  )
  t.equal(second.next, undefined)
  const shape = ops.members.in
  t.notOk(shape.safeParse({ chat, roles: ['left'] }).success)
  t.notOk(shape.safeParse({ chat, roles: [] }).success)
  t.ok(shape.safeParse({ chat, query: 'x'.repeat(limits.nameCharsMax) }).success)
  t.notOk(shape.safeParse({ chat, query: 'x'.repeat(limits.nameCharsMax + 1) }).success)
})

t.test(
  'a search in a large channel uses the index of names, the list of admins their own',
  async t => {
    const [alice = 0] = await world.people(1)
    const chat = await world.channel(alice)
    for (let from = 0; from < 8_000; from += 1_000) {
      await world.db.query({
        text: `with made as (
               insert into users (name) select 'Reader ' || md5(n::text) from generate_series($2::int, $2::int + 999) n returning id)
             insert into members (chat_id, user_id, role) select $1, id, 'member' from made`,
        values: [chat, from],
      })
    }
    await world.db.query({
      text: 'update chats set member_count = 8001 where id = $1',
      values: [chat],
    })
    const [one] = await world.db.query<{ id: number; name: string }>({
      text: "select id, name from users where name like 'Reader c4ca%' order by id limit 1",
    })
    await world.db.query({ text: 'analyze users, members' })
    const statements: string[] = []
    const db: Db = {
      ...world.db,
      query(statement) {
        statements.push(statement.text)
        return world.db.query(statement)
      },
    }
    const planOf = async (asked: MemberQuestion, users: UserId[]) => {
      statements.length = 0
      const { members } = await listMembers({ db }, alice, chat, asked, 10)
      t.same(
        members.map(member => member.user),
        users,
      )
      const text = statements.find(each => each.includes('m.role = any')) ?? ''
      const plan = await world.db.query({ text: `explain (generic_plan, costs off) ${text}` })
      return JSON.stringify(plan)
    }
    t.match(
      await planOf({ query: one?.name.slice(7, 20) ?? '' }, [one?.id ?? 0]),
      /users_name_trigrams/,
    )
    t.same(await found(alice, chat, 'r', ['owner']), [], 'one letter is enough to ask')
    t.match(await planOf({ roles: ['owner', 'admin'] }, [alice]), /members_special/)
  },
)
