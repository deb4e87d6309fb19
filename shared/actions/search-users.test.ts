// The search for people: who is found by what, and who is not.

import t from 'tap'
import type { UserId } from '#shared/protocol/ids.ts'
import { limits } from '#shared/protocol/limits.ts'
import { right } from '#shared/protocol/permissions.ts'
import { nextRid, openWorld, refusal } from '#test/helpers/world.ts'
import { answerRequest } from './answer-request.ts'
import { setContact } from './contacts.ts'
import { createDirect, sendToQuiet } from './direct-chats.ts'
import { searchUsers } from './search-users.ts'
import { setBlock } from './set-block.ts'

const world = await openWorld(t)
const named = async (name: string, username: string | null = null) => {
  const [row] = await world.db.query<{ id: UserId }>({
    text: 'insert into users (name, username) values ($1, $2) returning id',
    values: [name, username],
  })
  return row?.id ?? 0
}
const found = async (asker: UserId, query: string, limit = 20) =>
  (await searchUsers(world, asker, query, limit)).map(user => user.id)

t.test(
  'strangers are found by the beginning of their username, from three characters on',
  async t => {
    const [me = 0] = await world.people(1)
    const stranger = await named('Ursula Strange', 'Stormbird')
    for (const query of ['sto', 'STORM', 'stormbird', '@Storm'])
      t.ok((await found(me, query)).includes(stranger), query)
    for (const query of [
      'st',
      '@st',
      'orm',
      'stormbirds',
      'ursula',
      'strange',
      'st%',
      'sto_m',
      '\\',
      '%%%',
      '___',
    ])
      t.notOk((await found(me, query)).includes(stranger), query)
    t.same(await found(me, '@'), [])
    t.equal(await refusal(searchUsers(world, me, 'a\0b', 10)), 'bad_text')
  },
)

t.test('people of common chats and contacts are found by each word of their name, too', async t => {
  const [me = 0] = await world.people(1)
  const member = await named('Anna Ólafsdóttir', 'anna_o')
  const subscriber = await named('Annabel Channel')
  const friend = await named('Zoe Anders')
  const boss = await named('Somebody Else', 'grumpy')
  await world.group(me, [member])
  await world.channel(me, [subscriber])
  await world.direct(me, friend)
  await setContact(world, me, { user: boss, name: 'The Anaconda' })
  t.same(new Set(await found(me, 'an')), new Set([boss, member, friend]))
  t.equal((await found(me, 'an'))[0], boss, 'contacts come first')
  t.same(await found(me, 'ólaf'), [member])
  t.same(await found(me, 'ÓLAF'), [member])
  t.same(await found(me, 'somebody'), [boss], 'a contact by their own name as well')
  t.same(await found(me, 'gr'), [boss])
  t.same(await found(me, 'annab'), [], 'subscribers of one channel do not know each other')
  t.same(await found(member, 'anaconda'), [], 'own names are nobody else’s')
})

t.test('left out: oneself and deleted accounts', async t => {
  const me = await named('Peter Petrel', 'petrel_me')
  const gone = await named('Peter Gone', 'petrel_gone')
  const fine = await named('Peter Fine', 'petrel_fine')
  await world.group(me, [gone, fine])
  await world.db.query({
    text: 'update users set deleted_at = now() where id = $1',
    values: [gone],
  })
  t.same(await found(me, 'peter'), [fine])
  t.same(await found(me, 'petrel_'), [fine])
  await setBlock(world, me, fine, true)
  t.same(await found(me, 'petrel_'), [fine], 'whom one blocks oneself one may look for')
})

t.test('nobody learns from the search that they are blocked or were declined', async t => {
  const me = await named('Quentin Asking', 'quentin_me')
  const contact = await named('Quentin Contact', 'quentin_contact')
  const stranger = await named('Quentin Stranger', 'quentin_stranger')
  const asked = await named('Quentin Asked')
  await setContact(world, me, { user: contact })
  const all = () => Promise.all([found(me, 'quentin'), found(me, 'quentin_'), found(me, 'asked')])
  const chat = await createDirect(world, me, asked)
  const text = { text: 'Hello', ents: undefined, reply: undefined, silent: false }
  await sendToQuiet(world, me, { chat, rid: nextRid(), need: right.post, ...text })
  const before = await all()
  t.same(before, [[contact, asked, stranger], [contact, stranger], [asked]])
  await answerRequest(world, asked, { chat, answer: 'decline' })
  t.same(await all(), before, 'declined')
  for (const other of [contact, stranger, asked]) await setBlock(world, other, me, true)
  t.same(await all(), before, 'blocked')
})

t.test('a search shows a few strangers only, and never more than asked for', async t => {
  const [me = 0] = await world.people(1)
  for (let i = 0; i < limits.searchStrangersMax + 5; i++) await named('Gull', `gull_${i}`)
  t.equal((await found(me, 'gull_', 50)).length, limits.searchStrangersMax)
  t.equal((await found(me, 'gull_', 3)).length, 3)
  const start = 'gull_'.slice(0, limits.searchCharsMin)
  t.equal((await found(me, start, 50)).length, limits.searchStrangersMax)
  t.same(await found(me, start.slice(0, -1), 50), [], 'of whom less of the name is known')
  const users = await searchUsers(world, me, 'gull_', 50)
  t.ok(users.every(user => user.about === undefined))
})

t.test('the search reads an index, not every account', async t => {
  await world.db.query({
    text: `insert into users (name, username) select 'Crowd', 'crowd_' || n from generate_series(1, 20000) n`,
  })
  await world.db.query({ text: 'analyze users' })
  const plan = await world.db.query<{ 'QUERY PLAN': string }>({
    text: `explain select id from users u where u.username is not null
             and lower(u.username::text) collate "C" >= 'crowd_77' and lower(u.username::text) collate "C" < 'crowd_77~'
           order by lower(u.username::text) collate "C" limit 10`,
  })
  t.match(plan.map(row => row['QUERY PLAN']).join('\n'), /users_username_prefix/)
})
