// The first message from a day on is found whatever the times are, with few requests.

import fc from 'fast-check'
import t from 'tap'
import type { OpIn, OpOut } from '#shared/protocol/ops.ts'
import { firstSince } from './first-since.ts'

/** A chat whose messages came at these times; nothing up to `hidden` is shown. */
function chatOf(times: readonly number[], hidden = 0) {
  let requests = 0
  const all = times.map((at, index) => ({ seq: index + 1, rev: 1, from: 1, rid: 1, at, text: 'x' }))
  const shown = all.filter(message => message.seq > hidden)
  return {
    requests: () => requests,
    async call(_: 'history', body: OpIn<'history'>): Promise<OpOut<'history'>> {
      requests++
      const limit = body.limit ?? 50
      const { after } = body
      const messages =
        after === undefined
          ? shown.slice(-limit)
          : shown.filter(message => message.seq > after).slice(0, limit)
      return { messages, users: [], rev: 1, seq: times.length }
    },
  }
}

t.test(
  'it is the first one whatever the times are, also in a history that begins later',
  async t => {
    const times = fc
      .array(fc.nat(1_000), { maxLength: 400 })
      .map(list => list.sort((a, b) => a - b))
    await fc.assert(
      fc.asyncProperty(times, fc.nat(1_100), fc.nat(450), async (list, at, hidden) => {
        const chat = chatOf(list, hidden)
        const found = await firstSince(chat, 1, at)
        const index = list.findIndex((time, i) => time >= at && i + 1 > hidden)
        t.equal(found, index < 0 ? undefined : index + 1)
      }),
    )
  },
)

t.test('a hundred thousand messages take a handful of requests', async t => {
  const even = Array.from({ length: 100_000 }, (_, index) => index * 60_000)
  const chat = chatOf(even)
  t.equal(await firstSince(chat, 1, 31_234 * 60_000 - 5), 31_235)
  t.ok(chat.requests() <= 6, `${chat.requests()} requests`)
  const bursts = even.map((at, index) => at + Math.floor(index / 5_000) ** 3 * 86_400_000)
  const uneven = chatOf(bursts)
  t.equal(await firstSince(uneven, 1, bursts[70_000] ?? 0), 70_001)
  t.ok(uneven.requests() <= 22, `${uneven.requests()} requests`)
})
