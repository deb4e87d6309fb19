// The matrix of rights, written down a second time and by hand: a slip in permissions.ts shows here.

import t from 'tap'
import {
  type Actor,
  activeRoles,
  allRights,
  can,
  defaultRights,
  effectiveRights,
  isActive,
  outranks,
  type RightName,
  type Role,
  right,
} from './permissions.ts'

const roles: Role[] = ['owner', 'admin', 'member', 'restricted', 'banned', 'left']
const names = Object.keys(right) as RightName[]

t.test('the bits are fixed for ever and add up to 1023', async t => {
  t.strictSame(right, {
    post: 1,
    media: 2,
    polls: 4,
    links: 8,
    pin: 16,
    invite: 32,
    changeInfo: 64,
    deleteOthers: 128,
    ban: 256,
    promote: 512,
  })
  t.equal(allRights, 1023)
})

t.test('every role, own bit and default bit for every right', async t => {
  // [own bit, default bit] → may; one row a role.
  const expected: Record<Role, (own: boolean, byDefault: boolean) => boolean> = {
    owner: () => true,
    admin: (own, byDefault) => own || byDefault,
    member: (_, byDefault) => byDefault,
    restricted: (own, byDefault) => own && byDefault,
    banned: () => false,
    left: () => false,
  }
  for (const role of roles) {
    for (const name of names) {
      for (const own of [0, right[name]]) {
        for (const byDefault of [0, right[name]]) {
          const others = allRights & ~right[name]
          const what = `${role} ${name} own ${own} default ${byDefault}`
          const may = expected[role](own > 0, byDefault > 0)
          t.equal(can({ role, rights: own }, name, { defaultRights: byDefault }), may, what)
          // The other bits never matter.
          const noisy: Actor = { role, rights: own | others }
          t.equal(can(noisy, name, { defaultRights: byDefault | others }), may, `${what}, noisy`)
        }
      }
    }
  }
})

t.test('what people may do in a fresh chat of each kind', async t => {
  const may = (role: Role, rights: number, byDefault: number) =>
    names.filter(name => can({ role, rights }, name, { defaultRights: byDefault }))
  const talk = ['post', 'media', 'polls', 'links']
  t.same(may('member', 0, defaultRights.direct), [...talk, 'pin'])
  t.same(may('owner', 0, defaultRights.saved), names)
  t.same(may('member', 0, defaultRights.group), [...talk, 'invite'])
  t.same(may('member', 0, defaultRights.channel), [])
  const allButPromote = names.filter(name => name !== 'promote')
  t.same(may('admin', defaultRights.groupAdmin, defaultRights.group), allButPromote)
  t.same(may('admin', defaultRights.channelAdmin, defaultRights.channel), allButPromote)
  t.same(may('owner', 0, defaultRights.channel), names)
})

t.test('active roles read; banned people and those who left do not', async t => {
  t.same(roles.filter(isActive), ['owner', 'admin', 'member', 'restricted'])
  t.same(roles.filter(isActive), activeRoles)
})

t.test('nobody outranks an equal or a superior', async t => {
  const above: Record<Role, Role[]> = {
    owner: ['admin', 'member', 'restricted', 'banned', 'left'],
    admin: ['member', 'restricted', 'banned', 'left'],
    member: ['banned', 'left'],
    restricted: ['banned', 'left'],
    banned: [],
    left: [],
  }
  for (const role of roles)
    t.same(
      roles.filter(other => outranks(role, other)),
      above[role],
      role,
    )
})

t.test('an unknown role has no rights', async t => {
  t.equal(effectiveRights({ role: 'root' as Role, rights: 1023 }, 1023), 0)
})
