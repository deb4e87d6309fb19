// Contacts: nobody but their owner learns of them.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { readVisibleProfiles } from '#shared/store/profiles.ts'
import { eraseUser } from '#shared/store/users.ts'
import { openWorld, refusal } from '#test/helpers/world.ts'
import { listContacts, setContact } from './contacts.ts'
import { readUserDiff } from './sync.ts'

const world = await openWorld(t)

t.test(
  'a contact is added, named, renamed, unnamed and removed; the same again is no change',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    const steps: [Parameters<typeof setContact>[2], object[], boolean][] = [
      [{ user: bob }, [{ user: bob }], true],
      [{ user: bob }, [{ user: bob }], false],
      [{ user: bob, name: 'Bobby' }, [{ user: bob, name: 'Bobby' }], true],
      [{ user: bob, name: 'Bobby' }, [{ user: bob, name: 'Bobby' }], false],
      [{ user: bob, name: '' }, [{ user: bob }], true],
      [{ user: bob, name: 'B' }, [{ user: bob, name: 'B' }], true],
      [{ user: bob, remove: true }, [], true],
      [{ user: bob, remove: true }, [], false],
    ]
    let since = 0
    for (const [change, left, isChange] of steps) {
      const told = await world.announced(() => setContact(world, alice, change))
      t.same(told.users, isChange ? { [alice]: [since + 1] } : {}, JSON.stringify(change))
      t.same((await listContacts(world, alice, 0, 10)).contacts, left)
      t.same((await readUserDiff(world, alice, since)).sections, isChange ? ['contacts'] : [])
      if (isChange) since++
    }
    t.equal(await world.urev(bob), 0, 'they learn nothing')
  },
)

t.test('nobody is their own contact, and nobody who does not exist is one', async t => {
  const [alice = 0, gone = 0] = await world.people(2)
  await eraseUser(world.db, gone)
  t.equal(await refusal(setContact(world, alice, { user: alice })), 'bad_request')
  t.equal(await refusal(setContact(world, alice, { user: 999_999 })), 'not_found')
  t.equal(await refusal(setContact(world, alice, { user: gone })), 'not_found')
  t.equal(await refusal(setContact(world, alice, { user: gone, name: 'a\0b' })), 'bad_text')
  t.equal(await refusal(setContact(world, alice, { user: gone, remove: true })), 'none')
})

t.test('so many and no more, also when they are added at once; pages have them all', async t => {
  const [alice = 0, ...others] = await world.people(4)
  await world.db.query({
    text: `with crowd as (insert into users (name) select 'Person' from generate_series(1, $2::int) returning id)
           insert into contacts (user_id, contact_id) select $1, id from crowd`,
    values: [alice, limits.contactsMax - 1],
  })
  const answers = await Promise.all(others.map(user => refusal(setContact(world, alice, { user }))))
  t.same(answers.sort(), ['none', 'quota_reached', 'quota_reached'])
  const [first = 0] = (await listContacts(world, alice, 0, 1)).contacts.map(each => each.user)
  t.equal(
    await refusal(setContact(world, alice, { user: first, name: 'A' })),
    'none',
    'naming goes on',
  )
  const seen: number[] = []
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await listContacts(world, alice, after, limits.pagePeopleMax)
    t.equal(page.users.length, page.contacts.length)
    seen.push(...page.contacts.map(each => each.user))
    after = page.next
  }
  t.equal(new Set(seen).size, limits.contactsMax)
})

t.test(
  'a contact’s profile is readable without a common chat; what they show is theirs to say',
  async t => {
    const [alice = 0, bob = 0] = await world.people(2)
    await world.db.query({
      text: `update users set about = 'On the cliffs.', privacy = '{"about": {"who": "contacts"}}' where id = $1`,
      values: [bob],
    })
    t.same(await readVisibleProfiles(world.db, alice, [bob]), [])
    await setContact(world, alice, { user: bob })
    t.same(
      (await readVisibleProfiles(world.db, alice, [bob])).map(each => each.about),
      [undefined],
    )
    await setContact(world, bob, { user: alice })
    t.match(await readVisibleProfiles(world.db, alice, [bob]), [{ about: 'On the cliffs.' }])
  },
)

t.test('who deletes their account leaves no list of people behind', async t => {
  const [alice = 0, bob = 0] = await world.people(2)
  await setContact(world, alice, { user: bob, name: 'My dentist' })
  await eraseUser(world.db, alice)
  t.same((await listContacts(world, alice, 0, 10)).contacts, [])
})
