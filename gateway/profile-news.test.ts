// Changed profiles: told at once, and in a storm of changes now and then.

import { mock } from 'node:test'
import t from 'tap'
import { limits } from '#shared/protocol/limits.ts'
import { ProfileNews } from './profile-news.ts'

t.test('a profile that changes all the time is told now and then, its last state too', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const told: number[] = []
  const news = new ProfileNews(user => told.push(user))
  for (let i = 0; i < 100; i++) news.put(1)
  t.same(told, [1], 'at once')
  news.put(2)
  t.same(told, [1, 2], 'others do not wait for it')
  mock.timers.tick(limits.profilesEveryMs - 1)
  t.same(told, [1, 2])
  mock.timers.tick(1)
  t.same(told, [1, 2, 1], 'what came meanwhile, once')
  mock.timers.tick(limits.profilesEveryMs)
  mock.timers.tick(limits.profilesEveryMs)
  t.same(told, [1, 2, 1])
  news.put(1)
  t.same(told, [1, 2, 1, 1], 'at once again')
})
