// Who may know what, over every combination of who asks, what was set, and what stands between the two.

import t from 'tap'
import type { UserId } from '#shared/protocol/ids.ts'
import {
  completePrivacy,
  type PrivacyField,
  type PrivacyRule,
  privacyFields,
  privacySettings,
} from '#shared/protocol/privacy.ts'
import { openWorld } from '#test/helpers/world.ts'
import { mayKnow, readPrivacy, readSights, storePrivacy } from './privacy.ts'

const world = await openWorld(t)
const fields = Object.keys(privacyFields) as PrivacyField[]
const whos = ['everyone', 'contacts', 'nobody'] as const
const lists = ['none', 'always', 'never'] as const
const stands = ['nothing', 'ownerBlocks', 'viewerBlocks', 'both'] as const

interface Case {
  /** undefined: nothing was ever said. */
  rule: PrivacyRule | undefined
  list: (typeof lists)[number]
  isContact: boolean
  stand: (typeof stands)[number]
}

const cases: Case[] = [undefined, ...whos].flatMap(who =>
  lists.flatMap(list =>
    [true, false].flatMap(isContact =>
      stands.map((stand): Case => ({ rule: who && { who }, list, isContact, stand })),
    ),
  ),
)

const run = (text: string, ...values: unknown[]) => world.db.query({ text, values })
const block = (user: UserId, other: UserId) =>
  run('insert into blocks (user_id, blocked_id) values ($1, $2)', user, other)

/** What the rule alone says of a viewer. */
function ruleAllows({ rule, list, isContact }: Omit<Case, 'stand'>): boolean {
  if (!rule) return true
  if (list === 'never') return false
  if (list === 'always') return true
  return rule.who === 'everyone' || (rule.who === 'contacts' && isContact)
}

/** In words: a block goes before everything; of some fields one's own block takes the sight, too. */
function expected(field: PrivacyField, one: Case): boolean {
  if (one.stand === 'ownerBlocks' || one.stand === 'both') return false
  const bothWays = ['lastSeen', 'groups', 'messages', 'calls'].includes(field)
  if (bothWays && one.stand === 'viewerBlocks') return false
  return ruleAllows(one)
}

async function arrange(one: Case, field: PrivacyField, viewer: UserId, owner: UserId) {
  const exception = one.list === 'none' ? {} : { [one.list]: [viewer] }
  if (one.rule) await storePrivacy(world.db, owner, { [field]: { ...one.rule, ...exception } })
  if (one.isContact)
    await run('insert into contacts (user_id, contact_id) values ($1, $2)', owner, viewer)
  if (one.stand === 'ownerBlocks' || one.stand === 'both') await block(owner, viewer)
  if (one.stand === 'viewerBlocks' || one.stand === 'both') await block(viewer, owner)
}

for (const field of fields) {
  t.test(`${field}: every setting, exception, contact and block`, async t => {
    const [viewer = 0, ...owners] = await world.people(1 + cases.length)
    await Promise.all(cases.map((one, i) => arrange(one, field, viewer, owners[i] ?? 0)))
    const seen = await mayKnow(world.db, viewer, [...owners, viewer, 999_999], field)
    cases.forEach((one, i) => {
      t.equal(seen.has(owners[i] ?? 0), expected(field, one), JSON.stringify(one))
    })
    t.ok(seen.has(viewer), 'everything of oneself')
    t.notOk(seen.has(999_999), 'nothing of nobody')
    const allowed = cases.filter(one => expected(field, one)).length
    t.ok(allowed > 10 && allowed < cases.length - 10, 'the table has both in plenty')
  })
}

t.test('last seen is for those who show theirs, each of the two', async t => {
  for (const mine of whos) {
    for (const theirs of whos) {
      for (const list of lists) {
        const [viewer = 0, owner = 0] = await world.people(2)
        const exception = list === 'none' ? {} : { [list]: [owner] }
        await storePrivacy(world.db, viewer, { lastSeen: { who: mine, ...exception } })
        await storePrivacy(world.db, owner, { lastSeen: { who: theirs } })
        const shows = ruleAllows({ rule: { who: mine }, list, isContact: false })
        const both = shows && theirs === 'everyone'
        const what = `${mine} (${list}) looks at ${theirs}`
        t.equal((await mayKnow(world.db, viewer, [owner], 'lastSeen')).has(owner), both, what)
        t.equal((await mayKnow(world.db, owner, [viewer], 'lastSeen')).has(viewer), both, what)
        t.ok((await mayKnow(world.db, viewer, [owner], 'about')).has(owner), 'only last seen')
      }
    }
  }
})

t.test(
  'presence: of people in a common group or an answered direct chat, never by a channel',
  async t => {
    const [me = 0, inGroup = 0, inChannel = 0, friend = 0, nobody = 0, blocked = 0, left = 0] =
      await world.people(7)
    const group = await world.group(me, [inGroup, blocked, left])
    await world.channel(me, [inChannel])
    await world.direct(me, friend)
    await block(me, blocked)
    await world.place(group, left, 'left')
    const owners = [inGroup, inChannel, friend, nobody, blocked, left]
    const sights = new Map(
      (
        await readSights(
          world.db,
          owners.map(owner => ({ viewer: me, owner })),
        )
      ).map(each => [each.owner, [each.known, each.present]]),
    )
    t.same(sights.get(inGroup), [true, true])
    t.same(sights.get(inChannel), [false, false])
    t.same(sights.get(friend), [true, true])
    t.same(sights.get(nobody), [false, false])
    t.same(sights.get(blocked), [true, false], 'known, and shown as away')
    t.same(sights.get(left), [false, false])
    await storePrivacy(world.db, friend, { lastSeen: { who: 'nobody' } })
    const look = [{ viewer: me, owner: friend }]
    t.match(await readSights(world.db, look), [{ known: true, present: false }])
  },
)

t.test('rules are stored one by one; what cannot be read counts as never said', async t => {
  const [user = 0] = await world.people(1)
  t.same(await readPrivacy(world.db, user), completePrivacy({}))
  await storePrivacy(world.db, user, { about: { who: 'nobody', always: [7] } })
  await storePrivacy(world.db, user, { photo: { who: 'contacts' }, about: undefined })
  t.match(await readPrivacy(world.db, user), {
    about: { who: 'nobody', always: [7] },
    photo: { who: 'contacts' },
    calls: { who: 'everyone' },
  })
  await run(
    `update users set privacy = '{"about": 7, "photo": {"who": "friends"}}' where id = $1`,
    user,
  )
  t.same(await readPrivacy(world.db, user), completePrivacy({}))
})

t.test('a rule has at most 100 people in a list, and nobody in both', async t => {
  const rule = (always: number, never: number, shared = 0) => ({
    who: 'everyone',
    always: Array.from({ length: always }, (_, i) => i + 1),
    never: Array.from({ length: never }, (_, i) => i + 1 + (shared > 0 ? 0 : always)),
  })
  const fits = (value: unknown) => privacySettings.partial().safeParse({ calls: value }).success
  t.ok(fits(rule(100, 100)))
  t.notOk(fits(rule(101, 0)))
  t.notOk(fits(rule(0, 101)))
  t.notOk(fits(rule(2, 2, 1)))
  t.notOk(fits({ who: 'some' }))
  t.end()
})
