// Whose presence is asked for when several parts of the page watch at once.

import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { unionOf, type Watch } from '../../web/state/watched-people.ts'

const people = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => from + index)
const watch = (rank: Watch['rank'], users: readonly number[]): Watch => ({ rank, users })
const max = limits.presenceUsersMax

t.test('all that are watched are asked for, each of them once', async t => {
  t.same(
    unionOf([watch('near', [1, 2]), watch('shown', [2]), watch('group', [3, 3, 1])]),
    [2, 1, 3],
  )
  t.same(unionOf([]), [])
})

t.test(
  'where there are too many, those that are looked at come first, the rest of the list last',
  async t => {
    const far = watch('far', people(1_000, max))
    const shown = watch('shown', [7])
    const near = watch('near', people(100, 50))
    const union = unionOf([far, near, shown])
    t.equal(union.length, max)
    t.equal(union[0], 7)
    t.same(union.slice(1, 51), near.users)
    t.same(union.slice(51), far.users.slice(0, max - 51))
  },
)

t.test('a group is watched as a whole or not at all', async t => {
  const near = watch('near', people(1, 50))
  const fits = watch('group', people(51, max - 50))
  t.equal(unionOf([near, fits]).length, max)
  const overflows = watch('group', people(51, max - 49))
  t.same(unionOf([near, overflows]), near.users)
  const known = watch('group', people(1, max))
  t.equal(unionOf([near, known]).length, max, 'those who are watched already take no room')
})
