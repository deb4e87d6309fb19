// The SQL function that judges rights inside a write against the one that the rest of the product asks.

import t from 'tap'
import { allRights, effectiveRights, type Role } from '#shared/protocol/permissions.ts'
import { openWorld } from '#test/helpers/world.ts'

const roles: Role[] = ['owner', 'admin', 'member', 'restricted', 'banned', 'left']

const { db } = await openWorld(t)

t.test('effective_rights is effectiveRights for every role, own bits and default bits', async t => {
  // Every combination of own bits with each default bit, with none, all, and a few mixed masks.
  const defaults = [
    0,
    allRights,
    47,
    31,
    0b1010101010,
    ...Array.from({ length: 10 }, (_, i) => 1 << i),
  ]
  const rows = await db.query<{ role: Role; own: number; chat: number; may: number }>({
    text: `select role, own, chat, effective_rights(role, own, chat) as may
           from unnest($1::text[]) role, generate_series(0, 1023) own, unnest($2::int[]) chat`,
    values: [roles, defaults],
  })
  t.equal(rows.length, roles.length * 1_024 * defaults.length)
  const wrong = rows.filter(
    ({ role, own, chat, may }) => effectiveRights({ role, rights: own }, chat) !== may,
  )
  t.same(wrong.slice(0, 3), [])
})

t.test('an unknown role has no rights in SQL either', async t => {
  t.same(await db.query({ text: "select effective_rights('root', 1023, 1023) as may" }), [
    { may: 0 },
  ])
})
