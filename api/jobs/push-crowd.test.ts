import t from 'tap'
import { PushCrowd, perHostMax, perUserMax } from './push-crowd.ts'

const to = (user: number, host: string) => ({ user, host })
const people = (count: number, host: string) =>
  Array.from({ length: count }, (_, i) => to(i + 1, host))

t.test('so many of a host, so many of a person, and the first ones first', async t => {
  const crowd = new PushCrowd()
  const many = people(perHostMax + 3, 'one.example')
  t.same(crowd.fitting(many), many.slice(0, perHostMax))
  const own = Array.from({ length: perUserMax + 2 }, (_, i) => to(1, `host-${i}.example`))
  t.same(crowd.fitting([...own, to(2, 'one.example')]), [
    ...own.slice(0, perUserMax),
    to(2, 'one.example'),
  ])
  // Asking changes nothing.
  t.same(crowd.busy(), { hosts: [], users: [] })
})

t.test('what is under way takes room until it ends', async t => {
  const crowd = new PushCrowd()
  const first = people(perHostMax, 'one.example')
  for (const each of first) crowd.add(each)
  t.same(crowd.busy(), { hosts: ['one.example'], users: [] })
  const next = to(99, 'one.example')
  t.same(crowd.fitting([next, to(99, 'two.example')]), [to(99, 'two.example')])
  crowd.remove(to(1, 'one.example'))
  t.same(crowd.busy(), { hosts: [], users: [] })
  t.same(crowd.fitting([next]), [next])
  for (let i = 0; i < perUserMax; i++) crowd.add(to(50, `host-${i}.example`))
  t.same(crowd.busy().users, [50])
  t.same(crowd.fitting([to(50, 'other.example')]), [])
})
