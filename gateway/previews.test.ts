// Who gets link previews asked for, and how many.

import t from 'tap'
import type { PreviewJob } from '#shared/actions/show-preview.ts'
import { limits } from '#shared/protocol/limits.ts'
import { Previews } from './previews.ts'

function opened(add: (job: PreviewJob) => Promise<void> = async () => undefined) {
  const jobs: PreviewJob[] = []
  let nowMs = 0
  const previews = new Previews({
    add: job => {
      jobs.push(job)
      return add(job)
    },
    nowMs: () => nowMs,
  })
  const want = (user: number, more: object = {}) =>
    previews.want({ user, chat: 7, seq: jobs.length + 1, text: 'https://birds.example/', ...more })
  return {
    jobs,
    want,
    advance(ms: number) {
      nowMs += ms
    },
  }
}

t.test('messages with a link are asked for, others are not', async t => {
  const { jobs, want } = opened()
  want(1)
  want(1, { text: 'No link' })
  want(1, { noPreview: true })
  want(1, { text: 'look', ents: [{ t: 'link', o: 0, l: 4, url: 'https://other.example/' }] })
  t.same(jobs, [
    { chat: 7, seq: 1, url: 'https://birds.example/' },
    { chat: 7, seq: 2, url: 'https://other.example/' },
  ])
})

t.test('so many of one person, then at a rate; links that are none take nothing of it', async t => {
  const { jobs, want, advance } = opened()
  const { burstPreviewsPerUserMax: max, previewsPerUserPerS } = limits
  for (let i = 0; i < 2 * max; i++) want(1, { text: 'No link' })
  for (let i = 0; i <= max; i++) want(1)
  t.equal(jobs.length, max)
  want(2)
  t.equal(jobs.length, max + 1, 'others have their own')
  advance(1_000 / previewsPerUserPerS)
  want(1)
  want(1)
  t.equal(jobs.length, max + 2)
})

t.test('so many of everybody together, then at a rate', async t => {
  const { jobs, want, advance } = opened()
  const { burstPreviewsMax: max, previewsPerS } = limits
  for (let user = 1; user <= max + 1; user++) want(user)
  t.equal(jobs.length, max)
  advance(1_000 / previewsPerS)
  for (const user of [max + 2, max + 3]) want(user)
  t.equal(jobs.length, max + 1)
})

t.test('a queue that does not take it harms nobody', async t => {
  const { jobs, want } = opened(async () => {
    throw new Error('Redis is away')
  })
  want(1)
  t.equal(jobs.length, 1)
})
