import { mock } from 'node:test'
import t from 'tap'
import { decode } from '#shared/protocol/codec.ts'
import { limits } from '#shared/protocol/limits.ts'
import type { PostCounts } from '#shared/protocol/models.ts'
import type { Teardown } from '#test/helpers/pg.ts'
import { CountNews } from './count-news.ts'
import type { Hub } from './hub.ts'

function setUp(t: Teardown) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const told: { chat: number; counts: PostCounts[] }[] = []
  const chats = new Map([[1, {}]])
  const hub = {
    chats,
    castWatching: (_chat: number, frame: Uint8Array) => {
      told.push(decode(frame).frame[2] as never)
    },
  } as unknown as Hub
  return { news: new CountNews(hub), told, chats }
}

t.test('counts of a channel leave at once, and then at most so often', async t => {
  const { news, told } = setUp(t)
  news.put(1, [{ seq: 7, views: 3 }])
  t.same(told, [{ chat: 1, counts: [{ seq: 7, views: 3 }] }])
  news.put(1, [{ seq: 7, views: 5, comments: 1, by: [4] }])
  news.put(1, [
    { seq: 7, views: 4 },
    { seq: 8, views: 1 },
  ])
  mock.timers.tick(limits.viewsEveryMs - 1)
  t.equal(told.length, 1)
  mock.timers.tick(1)
  const together = [
    { seq: 8, views: 1 },
    { seq: 7, views: 5, comments: 1, by: [4] },
  ]
  t.same(told[1], { chat: 1, counts: together }, 'the highest of what several processes counted')
  mock.timers.tick(limits.viewsEveryMs)
  t.equal(told.length, 2, 'nothing new, nothing told')
  news.put(1, [{ seq: 9, views: 1 }])
  t.equal(told.length, 3)
})

t.test('only channels that somebody here is in, and the newest posts', async t => {
  const { news, told, chats } = setUp(t)
  news.put(2, [{ seq: 1, views: 1 }])
  t.same(told, [])
  const many = Array.from({ length: limits.countsPerFrameMax + 1 }, (_, i) => ({ seq: i + 1 }))
  news.put(1, many)
  t.equal(told[0]?.counts.length, limits.countsPerFrameMax)
  t.equal(told[0]?.counts.at(-1)?.seq, 2)
  news.put(1, [{ seq: 1, views: 1 }])
  chats.clear()
  mock.timers.tick(limits.viewsEveryMs)
  t.equal(told.length, 1, 'they have left meanwhile')
})
